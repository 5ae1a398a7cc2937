"""What the choice waits for in many lots at once: each kind of row is read for all of them, the first time it is asked.

A stage that no lot has reached costs nothing; one that many have costs as much as for one.
"""

from collections.abc import Collection, Iterable
from datetime import datetime
from functools import cached_property
from typing import Any

from django.db.models import Q

from marketplace.accounts.actors import Actor
from procurement.calls.models import Lot, SubmissionPeriod
from procurement.evaluation.facts import complements_deadlines
from procurement.evaluation.models import (
    AwardedPartner,
    Bid,
    Candidate,
    ClearanceProof,
    Exclusion,
    NegotiationMeeting,
    Ranking,
    ReasonsRequest,
    ScoreSheet,
    StandstillHold,
    TechnicalClosing,
)
from procurement.evaluation.services import ending, reports
from procurement.evaluation.unregistered import Opened, opened_of
from procurement.submissions.models import Invitation, TenderingParty


class Rows:
    """Rows of these lots, by id of lot; `actor`: whose score sheets count as handed in."""

    def __init__(self, lots: Collection[Lot], actor: Actor, now: datetime) -> None:
        self.lots, self.actor, self.now = lots, actor, now

    def _by_lot(self, rows: Iterable[Any], lot_of: str = "lot_id") -> dict[Any, list[Any]]:
        found: dict[Any, list[Any]] = {lot.pk: [] for lot in self.lots}
        for row in rows:
            key: Any = row
            for name in lot_of.split("__"):
                key = getattr(key, name)
            found[key].append(row)
        return found

    @cached_property
    def _periods(self) -> dict[Any, list[SubmissionPeriod]]:
        periods = SubmissionPeriod.objects.filter(lot__in=self.lots)
        return self._by_lot(periods.prefetch_related("deadlines").order_by("opens_at"))

    def period(self, lot: Lot, kinds: Iterable[str]) -> SubmissionPeriod | None:
        """The first period of these kinds in the lot."""
        return next((one for one in self._periods[lot.pk] if one.kind in kinds), None)

    @cached_property
    def opened(self) -> dict[Any, Opened]:
        """What is open, by id of period."""
        return opened_of([one for periods in self._periods.values() for one in periods])

    @cached_property
    def candidates(self) -> dict[Any, list[Candidate]]:
        """Candidates of each lot."""
        return self._by_lot(Candidate.objects.filter(lot__in=self.lots))

    @cached_property
    def undecided(self) -> set[Any]:
        """Lots with a candidate of whom nothing is decided."""
        rows = Candidate.objects.filter(lot__in=self.lots, decision__isnull=True)
        return set(rows.values_list("lot_id", flat=True))

    @cached_property
    def complements(self) -> dict[Any, datetime]:
        """Until when candidatures may be completed, where something is awaited."""
        return complements_deadlines(self.lots)

    @cached_property
    def exclusions(self) -> dict[Any, list[Exclusion]]:
        """Exclusions that may be decided."""
        told = Exclusion.objects.pending().filter(candidate__lot__in=self.lots)
        ready = told.filter(Q(observed_at__isnull=False) | Q(deadline__lt=self.now))
        return self._by_lot(ready.select_related("candidate__party__lead"), "candidate__lot_id")

    @cached_property
    def bids(self) -> dict[Any, list[Bid]]:
        """Bids of each lot, all stages."""
        return self._by_lot(Bid.objects.filter(lot__in=self.lots))

    @cached_property
    def invited_to_final(self) -> set[Any]:
        """Lots whose tenderers are invited to hand in final bids."""
        final = Invitation.objects.filter(period__lot__in=self.lots, period__kind=SubmissionPeriod.Kind.FINAL)
        return set(final.values_list("period__lot_id", flat=True))

    @cached_property
    def meetings(self) -> dict[Any, list[NegotiationMeeting]]:
        """Meetings of each lot, held and to come."""
        return self._by_lot(NegotiationMeeting.objects.filter(lot__in=self.lots).select_related("party__lead"))

    @cached_property
    def technically_closed(self) -> set[Any]:
        """Lots whose scores on the technique are final."""
        return self._at_award(TechnicalClosing.objects)

    @cached_property
    def handed_in(self) -> set[Any]:
        """Lots of which the actor handed in their scores."""
        return self._at_award(ScoreSheet.objects.filter(evaluator_id=self.actor.user_id))

    @cached_property
    def ranked(self) -> set[Any]:
        """Lots with a ranking that an award may rest on."""
        return self._at_award(Ranking.objects)

    def _at_award(self, rows: Any) -> set[Any]:
        found = rows.filter(lot__in=self.lots, stage__in=Bid.AWARDABLE_STAGES)
        return set(found.values_list("lot_id", flat=True))

    @cached_property
    def unasked(self) -> set[Any]:
        """Lots with a chosen partner of whom no proof was asked."""
        standing = AwardedPartner.objects.filter(decision__lot__in=self.lots, eliminated_at__isnull=True)
        return set(standing.filter(clearance__isnull=True).values_list("decision__lot_id", flat=True))

    @cached_property
    def proofs(self) -> dict[Any, list[ClearanceProof]]:
        """Proofs received from chosen partners that nobody has read."""
        rows = ClearanceProof.objects.filter(
            clearance__partner__decision__lot__in=self.lots, clearance__partner__eliminated_at__isnull=True,
            received_at__isnull=False, is_accepted=False, clearance__completed_at=None,
        )  # fmt: skip
        path = "clearance__partner__decision"
        return self._by_lot(rows.select_related(path), f"{path}__lot_id")

    @cached_property
    def untold(self) -> dict[Any, list[TenderingParty]]:
        """Firms that were not told that the lot ended."""
        return ending.untold(self.lots)

    @cached_property
    def presented(self) -> set[Any]:
        """Lots whose *rapport de présentation* is finalised."""
        return reports.presented(self.lots)

    @cached_property
    def holds(self) -> dict[Any, list[StandstillHold]]:
        """Appeals on which the judge has not answered."""
        return self._by_lot(StandstillHold.objects.filter(lot__in=self.lots, order_received_at__isnull=True))

    @cached_property
    def requests(self) -> dict[Any, list[ReasonsRequest]]:
        """Firms that ask why, the most pressing first."""
        rows = ReasonsRequest.objects.filter(lot__in=self.lots, answer__isnull=True)
        return self._by_lot(rows.select_related("letter__recipient").order_by("due_on"))
