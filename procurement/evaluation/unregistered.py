"""What was opened and nobody entered yet in the lists of the lot: it waits, and the board says so."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from typing import Any

from procurement.calls.models import PeriodEnvelope, SubmissionPeriod
from procurement.evaluation.models import Bid, Candidate
from procurement.evaluation.services.selection import opened_in

Envelope = PeriodEnvelope.Name


@dataclass
class Opened:
    """Ids of the submissions of a period whose envelopes are open; `prices`: what each price envelope says."""

    candidatures: set[Any] = field(default_factory=set)
    technical: set[Any] = field(default_factory=set)
    prices: dict[Any, Any] = field(default_factory=dict)

    def new_candidatures(self, known: Iterable[Candidate]) -> int:
        """How many opened candidatures are not among the candidates."""
        return len(self.candidatures - {one.submission_id for one in known})

    def has_new_bids(self, known: Iterable[Bid]) -> bool:
        """Whether a technical or a price envelope was opened since bids were registered."""
        by_submission = {bid.submission_id: bid for bid in known}
        changed = (bid.price != (self.prices[pk] or {}) for pk, bid in by_submission.items() if pk in self.prices)
        return any(changed) or bool(self.technical - by_submission.keys())


def opened_of(periods: Collection[SubmissionPeriod]) -> dict[Any, Opened]:
    """What is open in each of the periods, by id, in two queries: contents of price envelopes apart, only ids."""
    found = {period.pk: Opened() for period in periods}
    ids = opened_in(periods, [Envelope.CANDIDATURE, Envelope.TECHNICAL]).order_by()
    for period_id, name, submission_id in ids.values_list("submission__period_id", "envelope__name", "submission_id"):
        one = found[period_id]
        (one.candidatures if name == Envelope.CANDIDATURE else one.technical).add(submission_id)
    prices = opened_in(periods, [Envelope.PRICE]).order_by()
    for period_id, submission_id, answers in prices.values_list("submission__period_id", "submission_id", "answers"):
        found[period_id].prices[submission_id] = answers
    return found


def candidatures(period: SubmissionPeriod, known: Iterable[Candidate]) -> int:
    """How many opened candidatures are not among the candidates."""
    return opened_of([period])[period.pk].new_candidatures(known)


def bids(period: SubmissionPeriod, known: Iterable[Bid]) -> bool:
    """Whether a technical or a price envelope was opened since bids were registered."""
    return opened_of([period])[period.pk].has_new_bids(known)
