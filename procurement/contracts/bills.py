"""Invoices as pages show them: where each stands, its steps with their dates, what its lateness costs."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from marketplace.ui.formats import day_words
from procurement.contracts.models import PaymentDue
from procurement.contracts.payment_terms import lateness
from procurement.law.payment import Interest

Kind = PaymentDue.Kind


@dataclass(frozen=True)
class BillStep:
    """One step of an invoice: `state` is one of the kit's."""

    label: str
    state: str
    hint: str = ""


@dataclass(frozen=True)
class Bill:
    """One invoice at an instant. `rates`: ECB rates entered by the operator, read once for a page."""

    row: PaymentDue
    now: datetime
    rates: dict[date, Decimal]

    @property
    def state(self) -> tuple[str, str]:
        """French words and tone."""
        row, today = self.row, timezone.localdate(self.now)
        if row.returned_at is not None:
            return _("Renvoyée"), "danger"
        if row.paid_at is not None:
            return (_("Déduit"), "ok") if row.kind == Kind.CREDIT else (_("Payée"), "ok")
        if row.due_on is not None and row.due_on < today:
            return _("En retard"), "danger"
        if row.mandated_at is not None:
            return _("Mandatée"), "info"
        if row.service_done_at is not None:
            return _("Service fait"), "info"
        if row.invoice_received_at is not None:
            return (_("Déposé"), "warn") if row.kind == Kind.CREDIT else (_("Déposée"), "warn")
        return _("Préparée"), "outline"

    @property
    def interest(self) -> Interest | None:
        """What lateness costs, None in time."""
        return lateness(self.row, now=self.now, rates=self.rates)

    @property
    def owes_interest(self) -> bool:
        """Whether it was paid late and its interest is still owed."""
        return self.row.paid_at is not None and self.row.interest_paid_at is None and self.interest is not None

    @property
    def waits_for_buyer(self) -> bool:
        """Whether the buyer has a step to take: deposited and not paid yet, or its interest owed."""
        is_with_buyer = self.row.invoice_received_at is not None and self.row.returned_at is None
        return is_with_buyer and (self.row.paid_at is None or self.owes_interest)

    @property
    def file(self) -> Any:
        """The PDF once rendered, None before, or for an invoice that came by another road."""
        rendering = getattr(self.row.document, "rendering", None)
        return rendering and rendering.stored_file

    @property
    def steps(self) -> list[BillStep]:
        """Every step with its date and reference, in the order of public accounting."""
        row = self.row
        if row.returned_at is not None:
            done = [self._step(_("Préparée"), row.prepared_at), self._step(_("Déposée"), row.invoice_received_at)]
            return [*done, BillStep(_("Renvoyée au titulaire"), "fix", self._words(row.returned_at))]
        deposit = _("Déposée sur Chorus Pro") if row.prepared_at else _("Reçue par l’acheteur")
        steps = [
            (deposit, row.invoice_received_at, row.deposit_reference),
            (_("Service fait"), row.service_done_at, ""),
            (_("Mandatée"), row.mandated_at, row.mandate_reference),
            (_("Payée"), row.paid_at, row.payment_reference),
        ]
        if row.prepared_at:
            steps.insert(0, (_("Préparée"), row.prepared_at, ""))
        if row.kind == Kind.CREDIT:
            steps = [*steps[:2], (_("Déduit par l’acheteur"), row.paid_at, row.payment_reference)]
        return [self._step(*step) for step in steps]

    def _step(self, label: str, at: datetime | None, reference: str = "") -> BillStep:
        return BillStep(label, "done" if at else "todo", self._words(at, reference))

    def _words(self, at: datetime | None, reference: str = "") -> str:
        return ", ".join(filter(None, (day_words(timezone.localdate(at)) if at else "", reference)))


def bills(rows: Iterable[PaymentDue], *, now: datetime, rates: dict[date, Decimal]) -> list[Bill]:
    """Invoices, those still to be paid first, the most pressing before."""
    ordered = sorted(rows, key=lambda one: (one.paid_at is not None or one.returned_at is not None,
                                            one.due_on or date.max, one.invoice_number))  # fmt: skip
    return [Bill(row, now, rates) for row in ordered]
