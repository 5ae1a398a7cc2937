"""Calendar and budget of the contracts of a lot, as charts and lines. Money in euros HT."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal

from django.utils import timezone
from django.utils.translation import gettext as _

from marketplace.ui.charts import Gantt, GanttRow, Meter, Part, Span
from marketplace.ui.formats import euros_words, short_day_words
from procurement.calls.documents import CENT
from procurement.contracts.models import ContractPhase, PaymentDue, PurchaseOrder
from procurement.contracts.reading import Dossier, PhaseDossier
from procurement.contracts.services.gates import settlement
from procurement.law.calendar import add_months


def calendar_of(rows: Sequence[Dossier], now: datetime) -> Gantt:
    """One row for each phase and partner, with the days on which decisions reached the partner."""
    lines = []
    for dossier in rows:
        after = _day(dossier.contract.notified_at or dossier.contract.prepared_at)
        for phase in dossier.phases:
            line = _line(phase, after, now)
            if line is not None:
                lines.append((phase.phase.number, dossier.contract.rank, line))
                after = line.spans[0].end
    legend = (
        ("brand", _("Phase commencée")),
        ("sun", _("Prévu")),
        ("clay", _("Décision reçue par le partenaire")),
    )
    return Gantt(
        rows=[line for _number, _rank, line in sorted(lines, key=lambda one: one[:2])],
        today=_day(now),
        legend=legend,
    )


def _line(row: PhaseDossier, after: date, now: datetime) -> GanttRow | None:
    """A phase on the calendar; None for one that will not take place."""
    phase, contract = row.phase, row.contract
    begun = phase.started_at
    if begun is None and row.dossier.has_ended:
        return None
    begin = _day(begun) if begun else max(after, _day(now))
    planned = add_months(begin, phase.duration_months or 1)
    ended = phase.results_at or (begun and (contract.stopped_at or contract.closed_at))
    end = _day(ended) if ended else planned
    decisions = [one.notified_at for one in (row.decision, row.closing_decision) if one and one.notified_at]
    words = _("du %(begin)s au %(end)s, %(state)s") % {
        "begin": short_day_words(begin), "end": short_day_words(end), "state": row.state[0].lower(),
    }  # fmt: skip
    if row.deliverables:
        words += _(", livrables admis : %(done)s sur %(all)s") % {
            "done": row.accepted_count, "all": len(row.deliverables)
        }  # fmt: skip
    marks = [_day(at) for at in decisions]
    if marks:
        words += _(", décision reçue le %(days)s") % {"days": _listed(short_day_words(day) for day in marks)}
    return GanttRow(
        label=_("Phase %(number)s : %(name)s, %(partner)s")
        % {"number": phase.number, "name": phase.name, "partner": contract.party},
        note=words,
        spans=[Span(begin, max(begin, end), "brand" if begun else "sun")],
        marks=[day for day in marks if begin <= day <= max(begin, end)],
    )


@dataclass(frozen=True, slots=True)
class BudgetLine:
    """What one phase of one contract plans, commits and pays, € HT."""

    row: PhaseDossier
    planned: Decimal
    committed: Decimal
    invoiced: Decimal
    paid: Decimal

    @property
    def to_pay(self) -> Decimal:
        """Committed and not paid yet."""
        return self.committed - self.paid

    @property
    def available(self) -> Decimal:
        """Planned and not committed."""
        return self.planned - self.committed


@dataclass(frozen=True, slots=True)
class Budget:
    """The lines of a lot, and their sums."""

    lines: Sequence[BudgetLine]

    @property
    def planned(self) -> Decimal:
        """Most that the contracts can cost."""
        return _sum(line.planned for line in self.lines)

    @property
    def committed(self) -> Decimal:
        """What decisions and orders bind."""
        return _sum(line.committed for line in self.lines)

    @property
    def invoiced(self) -> Decimal:
        """What was billed."""
        return _sum(line.invoiced for line in self.lines)

    @property
    def paid(self) -> Decimal:
        """What was paid."""
        return _sum(line.paid for line in self.lines)

    @property
    def to_pay(self) -> Decimal:
        """Committed and not paid."""
        return self.committed - self.paid

    @property
    def available(self) -> Decimal:
        """Planned and not committed."""
        return self.planned - self.committed

    def meter(self) -> Meter:
        """One stacked bar: paid, to pay, available."""
        return Meter(
            parts=[
                Part(_("Payé : %(amount)s HT") % {"amount": euros_words(self.paid)}, self.paid, "brand"),
                Part(_("Engagé, à payer : %(amount)s HT") % {"amount": euros_words(self.to_pay)}, self.to_pay, "info"),
                Part(_("Disponible : %(amount)s HT") % {"amount": euros_words(self.available)}, self.available, ""),
            ],
            total=self.planned,
            label=_("%(committed)s engagés sur %(planned)s HT prévus au plus.")
            % {"committed": euros_words(self.committed), "planned": euros_words(self.planned)},
        )


def budget_of(rows: Iterable[Dossier]) -> Budget:
    """Planned, committed and paid, phase by phase and partner by partner."""
    lines = [_budget_line(phase) for dossier in rows for phase in dossier.phases]
    return Budget(sorted(lines, key=lambda line: (line.row.phase.number, line.row.contract.rank)))


def _budget_line(row: PhaseDossier) -> BudgetLine:
    phase, contract = row.phase, row.contract
    planned = phase.remuneration_ht
    decided = row.decision is not None and row.decision.notified_at is not None
    committed = Decimal(0)
    if row.result is not None:
        committed = settlement(phase)
    elif decided:
        committed = phase.remuneration_ht
    payments = list(phase.payments_due.all())
    if phase.is_acquisition:
        planned += contract.total_cost_max_ht or contract.acquisition_ht or Decimal(0)
        committed += row.dossier.ordered_ht
        payments += [one for order in contract.purchase_orders.all() for one in order.payments_due.all()]
    standing = [one for one in payments if one.returned_at is None]
    # What the index adds, or takes off, is bound with the invoice that says it.
    revised = _sum(one.revision_ht for one in standing)
    return BudgetLine(
        row,
        planned + revised,
        committed + revised,
        invoiced=_sum(counted_ht(one, contract.vat_rate) for one in standing),
        paid=_sum(counted_ht(one, contract.vat_rate) for one in standing if one.paid_at),
    )


def counted_ht(row: PaymentDue, vat_rate: int) -> Decimal:
    """What an invoice adds to what the contract costs, € HT: its amount, less the advance that was counted before."""
    return row.amount_ht - (row.recovered_ttc * 10_000 / (10_000 + vat_rate)).quantize(CENT, rounding=ROUND_HALF_UP)


def left_to_bill(phase: ContractPhase) -> Decimal:
    """What the phase may still be billed, at the prices of the contract, € HT, from rows read already."""
    rows = [one for one in phase.payments_due.all() if one.returned_at is None]
    advances = {one.pk for one in rows if one.kind == PaymentDue.Kind.ADVANCE}
    billed = _sum(
        one.amount_ht if one.work_ht is None else one.work_ht
        for one in rows
        if one.pk not in advances and one.corrects_id not in advances
    )
    payable = phase.remuneration_ht if phase.results_at is None else settlement(phase)
    return max(payable - billed, Decimal(0))


def left_of_order(order: PurchaseOrder) -> Decimal:
    """What a purchase order may still be billed, at the prices of the contract, € HT, from rows read already."""
    standing = (one for one in order.payments_due.all() if one.returned_at is None)
    billed = _sum(one.amount_ht if one.work_ht is None else one.work_ht for one in standing)
    return max(order.amount_ht - billed, Decimal(0))


def payments_of(rows: Iterable[Dossier]) -> list[PaymentDue]:
    """Sums due on all contracts: those to pay first, the most pressing before."""
    found = [payment for dossier in rows for payment in dossier.contract.payments_due.all()]
    return sorted(found, key=lambda one: (one.paid_at is not None, one.due_on or date.max))


def _sum(amounts: Iterable[Decimal]) -> Decimal:
    return sum(amounts, Decimal(0))


def _listed(words: Iterable[str]) -> str:
    return _(" et le ").join(words)


def _day(at: datetime) -> date:
    return timezone.localdate(at)
