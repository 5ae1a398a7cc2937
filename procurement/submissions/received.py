"""What the team reads of deposits received on another buyer profile: period by period, line by line."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from marketplace.accounts.models import Membership
from procurement.calls.models import Lot, PeriodEnvelope, SubmissionPeriod
from procurement.submissions.models import ReceivedLine, ReceivedRegister, RegisterDraft
from procurement.submissions.periods import code_of
from procurement.submissions.register_prices import recorded_prices, why_not_yet
from procurement.submissions.verdicts import FRENCH, Admission, Deadline, Instants, Verdict, verdict


@dataclass(frozen=True, slots=True)
class Received:
    """One line of the register in force.

    Attributes:
        files: How many of its files were brought.
        has_price: Whether its prices are recorded.
        has_account: Whether somebody of the firm reads its letters here.
        admission: The decision on what came late, if one was proposed.
    """

    line: ReceivedLine
    verdict: Verdict
    files: int
    has_price: bool
    has_account: bool
    admission: Any

    @property
    def words(self) -> str:
        """The verdict in French."""
        return FRENCH[self.verdict]

    @property
    def is_late(self) -> bool:
        """Whether it came after the deadline in force."""
        return self.verdict is not Verdict.ON_TIME


@dataclass(frozen=True, slots=True)
class ReceivedPeriod:
    """A period whose deposits are elsewhere; `no_prices_yet` says why prices may not be recorded now."""

    period: SubmissionPeriod
    code: str
    closes_at: datetime
    is_over: bool
    register: ReceivedRegister | None
    draft: RegisterDraft | None
    lines: list[Received]
    asks_prices: bool
    no_prices_yet: str

    @property
    def unpriced(self) -> int:
        """How many bids on time, or admitted, wait for their prices."""
        return sum(
            not one.has_price and (not one.is_late or bool(one.admission and one.admission.confirmed_at))
            for one in self.lines
        )


def received_in(lots: Iterable[Lot], now: datetime) -> list[ReceivedPeriod]:
    """The periods of the lots that have begun, in order."""
    periods = SubmissionPeriod.objects.filter(lot__in=list(lots), opens_at__lte=now).order_by("opens_at", "lot__number")
    return [
        _period(period, now)
        for period in periods.select_related("lot__call", "register_draft").prefetch_related("deadlines", "envelopes")
    ]


def _period(period: SubmissionPeriod, now: datetime) -> ReceivedPeriod:
    register = ReceivedRegister.objects.select_related("table", "archive", "imported_by").filter(period=period)
    standing = register.filter(replaced_by__isnull=True).first()
    asks_prices = any(one.name == PeriodEnvelope.Name.PRICE for one in period.envelopes.all())
    return ReceivedPeriod(
        period=period,
        code=code_of(period),
        closes_at=period.closes_at(),
        is_over=now > period.closes_at(),
        register=standing,
        draft=getattr(period, "register_draft", None),
        lines=_lines(standing, period) if standing else [],
        asks_prices=asks_prices,
        no_prices_yet=why_not_yet(period, now) if asks_prices and standing else "",
    )


def _lines(register: ReceivedRegister, period: SubmissionPeriod) -> list[Received]:
    rows = list(
        ReceivedLine.objects.filter(register=register)
        .select_related("party__lead", "submission__late_admission__proposed_by")
        .prefetch_related("submission__results__files")
    )
    priced = recorded_prices(rows)
    read_here = set(
        Membership.objects.active()
        .filter(organisation__in=[row.party.lead_id for row in rows])
        .values_list("organisation_id", flat=True)
    )
    deadlines = [Deadline(row.closes_at, row.decided_at) for row in period.deadlines.all()]
    return [
        _line(row, deadlines, has_price=row.pk in priced, has_account=row.party.lead_id in read_here) for row in rows
    ]


def _line(row: ReceivedLine, deadlines: list[Deadline], *, has_price: bool, has_account: bool) -> Received:
    admission = getattr(row.submission, "late_admission", None)
    found = verdict(
        Instants(row.received_at, row.received_at),
        deadlines,
        [Admission(admission.proposed_at, admission.confirmed_at)] if admission else [],
    )
    files = sum(len(result.files.all()) for result in row.submission.results.all())
    return Received(row, found, files, has_price, has_account, admission)
