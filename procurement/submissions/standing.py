"""Where a firm stands in a call: the period it may answer now, its draft, what it handed in already."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from procurement.calls.models import Call, Lot, SubmissionPeriod
from procurement.submissions.deposits import OPEN_TO_ALL
from procurement.submissions.models import Deposit, Invitation, Submission, TenderingParty


@dataclass(frozen=True, slots=True)
class Standing:
    """A firm on one lot.

    Attributes:
        lot: The lot.
        party: The party that the firm leads there, None before it came forward.
        period: The period that it may answer, past its deadline too (late ones are received); None without any.
        upcoming: The next period that it may answer, not open yet.
        draft: Its deposit in progress in `period`.
        submission: What stands as handed in in `period`.
    """

    lot: Lot
    party: TenderingParty | None
    period: SubmissionPeriod | None
    upcoming: SubmissionPeriod | None
    draft: Deposit | None
    submission: Submission | None


def standings(call: Call, organisation_id: Any, now: datetime) -> list[Standing]:
    """Where the firm stands on each lot of a call."""
    lots = list(call.lots.all())
    parties = {party.lot_id: party for party in TenderingParty.objects.filter(lot__in=lots, lead_id=organisation_id)}
    invited = set(Invitation.objects.filter(party__in=parties.values()).values_list("period_id", flat=True))
    periods = SubmissionPeriod.objects.filter(lot__in=lots, keys_ready_at__isnull=False).prefetch_related("deadlines")
    lawful = [period for period in periods if period.kind in OPEN_TO_ALL or period.pk in invited]
    return [_standing(lot, parties.get(lot.pk), [one for one in lawful if one.lot_id == lot.pk], now) for lot in lots]


def _standing(lot: Lot, party: TenderingParty | None, periods: Iterable[SubmissionPeriod], now: datetime) -> Standing:
    begun = [period for period in periods if period.opens_at <= now]
    period = max(begun, key=lambda one: one.opens_at, default=None)
    upcoming = min((one for one in periods if one.opens_at > now), key=lambda one: one.opens_at, default=None)
    draft = submission = None
    if period and party:
        draft = Deposit.objects.filter(period=period, party=party, closed_at__isnull=True).first()
        submission = Submission.objects.current(period).filter(party=party).first()
    return Standing(lot, party, period, upcoming, draft, submission)
