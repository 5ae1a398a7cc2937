"""Money over all contracts: what a firm is to be paid and when, what a buyer committed, received and paid."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from django.utils import timezone
from django.utils.translation import gettext as _

from marketplace.accounts.actors import Actor
from procurement.contracts.bills import Bill
from procurement.contracts.figures import budget_of, counted_ht, left_to_bill
from procurement.contracts.models import Contract, PaymentDue
from procurement.contracts.payment_terms import stored_rates, terms_of, to_give_back
from procurement.contracts.reading import Dossier, PhaseDossier, dossiers, with_details
from procurement.law import claims, price
from procurement.law.calendar import add_days, add_months

LATE, DUE, EXPECTED = "late", "due", "expected"


@dataclass(frozen=True)
class Receipt:
    """One sum that a firm waits for, € TTC. `on` is None where no date can be computed yet."""

    kind: str
    contract: Contract
    label: str
    amount_ttc: Decimal
    on: date | None
    bill: Bill | None = None

    @property
    def state(self) -> tuple[str, str]:
        """French words and tone."""
        return {LATE: (_("En retard"), "danger"), DUE: (_("À recevoir"), "warn"), EXPECTED: (_("Attendu"), "outline")}[
            self.kind
        ]


def receipts_of(actor: Actor, now: datetime) -> list[Receipt]:
    """Every sum that the actor's firm waits for, the nearest first: invoices, phases to bill, retentions."""
    contracts = with_details(Contract.objects.held_by(actor).filter(notified_at__isnull=False)).order_by("number")
    rates, found = stored_rates(), []
    for row in dossiers(contracts, now):
        found += _invoices(row, now, rates)
        found += [one for phase in row.phases for one in _to_bill(phase, now)]
        found += _retention(row)
    return sorted(found, key=lambda one: (one.on or date.max, one.contract.number, one.label))


def totals(rows: Iterable[Receipt]) -> dict[str, Decimal]:
    """Sums by kind, € TTC."""
    sums = {LATE: Decimal(0), DUE: Decimal(0), EXPECTED: Decimal(0)}
    for one in rows:
        sums[one.kind] += one.amount_ttc
    return sums


def _invoices(row: Dossier, now: datetime, rates: dict[date, Decimal]) -> list[Receipt]:
    found = []
    for one in row.contract.payments_due.all():
        if one.paid_at is not None or one.returned_at is not None:
            continue
        one.contract = row.contract
        is_late = one.due_on is not None and one.due_on < timezone.localdate(now)
        kind = LATE if is_late else DUE if one.invoice_received_at else EXPECTED
        label = f"{one.get_kind_display()} {one.invoice_number}"
        found.append(Receipt(kind, row.contract, label, one.net_ttc, one.due_on, Bill(one, now, rates)))
    return found


def _to_bill(phase: PhaseDossier, now: datetime) -> list[Receipt]:
    """What a phase begun may still be billed: paid, at best, so many days after its planned end."""
    contract, row = phase.contract, phase.phase
    if row.started_at is None or row.is_acquisition or contract.stopped_at is not None:
        return []
    left = left_to_bill(row)
    if not left:
        return []
    end = timezone.localdate(row.results_at or row.started_at)
    if row.results_at is None:
        end = add_months(end, row.duration_months or 0)
    on = add_days(max(end, timezone.localdate(now)), terms_of(contract).payment_days)
    label = _("Phase %(number)s, à facturer") % {"number": row.number}
    return [Receipt(EXPECTED, contract, label, claims.with_vat(left, contract.vat_rate), on)]


def _retention(row: Dossier) -> list[Receipt]:
    """What was kept back on invoices: given back a month after the guarantee."""
    contract = row.contract
    held = to_give_back(contract)
    if not held:
        return []
    ended, terms = contract.closed_at or contract.stopped_at, terms_of(contract)
    until = ended and price.retention_released_on(
        timezone.localdate(ended), guarantee_months=terms.guarantee_months,
        on=contract.call.launch_date or timezone.localdate(contract.prepared_at),
    )  # fmt: skip
    return [Receipt(EXPECTED, contract, _("Retenue de garantie"), held, until)]


@dataclass(frozen=True)
class Spending:
    """What one contract costs its buyer, € HT."""

    contract: Contract
    planned: Decimal
    committed: Decimal
    invoiced: Decimal
    paid: Decimal

    @property
    def remaining(self) -> Decimal:
        """Committed and not paid."""
        return self.committed - self.paid


@dataclass(frozen=True)
class Year:
    """What was billed and paid in one year, over all contracts, € HT."""

    year: int
    invoiced: Decimal
    paid: Decimal


@dataclass(frozen=True)
class BuyerBudget:
    """All contracts of a buyer that the actor may read, and the years."""

    rows: Sequence[Spending]
    years: Sequence[Year]

    @property
    def total(self) -> dict[str, Decimal]:
        """Sums of the rows."""
        names = ("planned", "committed", "invoiced", "paid", "remaining")
        return {name: sum((getattr(row, name) for row in self.rows), Decimal(0)) for name in names}


def budget_of_buyer(actor: Actor, now: datetime) -> BuyerBudget:
    """Committed, billed, paid and left, by call and contract, then by year."""
    contracts = Contract.objects.visible_to(actor).filter(lot__call__lead_buyer_id=actor.organisation_id)
    read = dossiers(with_details(contracts).order_by("lot__call__reference", "lot__number", "rank"), now)
    rows = []
    for row in read:
        lines = budget_of([row])
        rows.append(Spending(row.contract, lines.planned, lines.committed, lines.invoiced, lines.paid))
    payments = [(one, row.contract.vat_rate) for row in read for one in row.contract.payments_due.all()]
    return BuyerBudget(rows, _years(payments))


def _years(payments: Iterable[tuple[PaymentDue, int]]) -> list[Year]:
    invoiced: dict[int, Decimal] = {}
    paid: dict[int, Decimal] = {}
    for one, rate in payments:
        if one.returned_at is not None:
            continue
        amount = counted_ht(one, rate)
        billed_at = one.invoice_received_at or one.prepared_at
        for sums, at in ((invoiced, billed_at), (paid, one.paid_at)):
            if at is not None:
                year = timezone.localdate(at).year
                sums[year] = sums.get(year, Decimal(0)) + amount
    none = Decimal(0)
    return [Year(year, invoiced.get(year, none), paid.get(year, none)) for year in sorted({*invoiced, *paid})]
