"""What was opened and nobody entered yet in the lists of the lot: it waits, and the board says so."""

from collections.abc import Iterable

from procurement.calls.models import PeriodEnvelope, SubmissionPeriod
from procurement.evaluation.models import Bid, Candidate
from procurement.evaluation.services.selection import opened

Envelope = PeriodEnvelope.Name


def candidatures(period: SubmissionPeriod, known: Iterable[Candidate]) -> int:
    """How many opened candidatures are not among the candidates."""
    found = opened(period, Envelope.CANDIDATURE).values_list("submission_id", flat=True)
    return len(set(found) - {one.submission_id for one in known})


def bids(period: SubmissionPeriod, known: Iterable[Bid]) -> bool:
    """Whether a technical or a price envelope was opened since bids were registered."""
    by_submission = {bid.submission_id: bid for bid in known}
    technical = set(opened(period, Envelope.TECHNICAL).values_list("submission_id", flat=True))
    prices = dict(opened(period, Envelope.PRICE).values_list("submission_id", "answers"))
    is_old = any(bid.price != (prices[pk] or {}) for pk, bid in by_submission.items() if pk in prices)
    return is_old or bool(technical - by_submission.keys())
