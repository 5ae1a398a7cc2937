"""What the team reads of deposits received on another buyer profile: period by period, line by line."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from marketplace.accounts.models import Membership
from procurement.calls.models import Lot, PeriodEnvelope, SubmissionPeriod
from procurement.submissions.models import OpenedFile, ReceivedLine, ReceivedRegister, RegisterDraft
from procurement.submissions.periods import code_of
from procurement.submissions.register_prices import recorded_prices, why_not_yet_in
from procurement.submissions.verdicts import FRENCH, Admission, Deadline, Instants, Verdict, verdict


@dataclass(frozen=True, slots=True)
class Received:
    """One line of the register in force.

    Attributes:
        files: Its files that were brought, with what the antivirus said of each.
        has_price: Whether its prices are recorded.
        has_account: Whether somebody of the firm reads its letters here.
        admission: The decision on what came late, if one was proposed.
    """

    line: ReceivedLine
    verdict: Verdict
    files: list[OpenedFile]
    has_price: bool
    has_account: bool
    admission: Any

    @property
    def words(self) -> str:
        """The verdict in French."""
        return FRENCH[self.verdict]

    @property
    def is_infected(self) -> bool:
        """Whether malware was found in one of its files."""
        return any(file.stored_file.is_quarantined for file in self.files)

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
    """The periods of the lots that have begun, in order, in a constant number of queries."""
    rows = SubmissionPeriod.objects.filter(lot__in=list(lots), opens_at__lte=now).order_by("opens_at", "lot__number")
    periods = list(rows.select_related("lot__call", "register_draft").prefetch_related("deadlines", "envelopes"))
    imported = ReceivedRegister.objects.filter(period__in=periods, replaced_by__isnull=True)
    registers = {row.period_id: row for row in imported.select_related("table", "archive", "imported_by")}
    for period in periods:
        if period.pk in registers:
            registers[period.pk].period = period
    priced = [period for period in periods if period.pk in registers and _asks_prices(period)]
    not_yet = why_not_yet_in(priced, now) if priced else {}
    lines = _lines(registers.values())
    return [
        ReceivedPeriod(
            period=period,
            code=code_of(period),
            closes_at=period.closes_at(),
            is_over=now > period.closes_at(),
            register=register,
            draft=getattr(period, "register_draft", None),
            lines=lines[register.pk] if register else [],
            asks_prices=_asks_prices(period),
            no_prices_yet=not_yet.get(period.pk, ""),
        )
        for period in periods
        for register in [registers.get(period.pk)]
    ]


def _asks_prices(period: SubmissionPeriod) -> bool:
    return any(one.name == PeriodEnvelope.Name.PRICE for one in period.envelopes.all())


def _lines(registers: Collection[ReceivedRegister]) -> dict[Any, list[Received]]:
    by_id = {register.pk: register for register in registers}
    rows = list(
        ReceivedLine.objects.filter(register__in=list(by_id))
        .select_related("party__lead", "submission__late_admission__proposed_by")
        .prefetch_related("submission__results__files__stored_file")
    )
    priced = recorded_prices(rows)
    read_here = set(
        Membership.objects.active()
        .filter(organisation__in=[row.party.lead_id for row in rows])
        .values_list("organisation_id", flat=True)
    )
    deadlines = {
        key: [Deadline(row.closes_at, row.decided_at) for row in register.period.deadlines.all()]
        for key, register in by_id.items()
    }
    found: dict[Any, list[Received]] = {key: [] for key in by_id}
    for row in rows:
        has_account = row.party.lead_id in read_here
        told = _line(row, deadlines[row.register_id], has_price=row.pk in priced, has_account=has_account)
        found[row.register_id].append(told)
    return found


def _line(row: ReceivedLine, deadlines: list[Deadline], *, has_price: bool, has_account: bool) -> Received:
    admission = getattr(row.submission, "late_admission", None)
    found = verdict(
        Instants(row.received_at, row.received_at),
        deadlines,
        [Admission(admission.proposed_at, admission.confirmed_at)] if admission else [],
    )
    files = [file for result in row.submission.results.all() for file in result.files.all()]
    return Received(row, found, files, has_price, has_account, admission)
