"""What the evaluation copied from bids goes with them, at the end of their keeping (LR-107, LR-108)."""

from collections.abc import Iterable

from procurement.evaluation.models import Bid, Candidate
from procurement.submissions.models import Submission


def forget_answers(submissions: Iterable[Submission]) -> None:
    """Empty what firms wrote in candidatures and bids, inside the act; scores, reasons and totals stay."""
    given = list(submissions)
    for candidate in Candidate.objects.filter(submission__in=given):
        candidate.answers = {}
        candidate.save()
    for bid in Bid.objects.filter(submission__in=given):
        bid.technical, bid.price = {}, {}
        bid.save()
