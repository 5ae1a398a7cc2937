"""What is owed to the holder, and by when: an invoice received starts the clock (R2192-10, LR-23, LR-91)."""

from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal

from django.utils import timezone

from marketplace.accounts.actors import Actor
from marketplace.accounts.permissions import require
from marketplace.journal.acts import act, record_refusals
from marketplace.journal.errors import Refusal
from procurement.calls.documents import CENT
from procurement.calls.facts import launch_date
from procurement.contracts.facts import phase_start_facts
from procurement.contracts.models import Acceptance, Contract, ContractPhase, PaymentDue, PurchaseOrder
from procurement.contracts.services.gates import settlement
from procurement.contracts.services.phases import current_phase
from procurement.law import execution, parameters
from procurement.law.calendar import add_days
from procurement.law.findings import refuse


@record_refusals("invoice.record")
def record_invoice(
    *,
    phase: ContractPhase,
    amount_ht: Decimal,
    invoice_number: str,
    received_at: datetime,
    actor: Actor,
    now: datetime,
) -> PaymentDue:
    """Record an invoice for a phase and compute the last day to pay it (LR-91).

    The delay runs from the receipt of the invoice, or from the last acceptance when that is later. Raises NotAllowed,
    RuleViolation when the phase was not decided and notified (LR-23), Refusal for an invoice known already, without
    amount, from the future, or beyond what the phase can pay; once its results are recorded, what it does pay. Records
    `invoice.recorded`.
    """
    require(actor, "contract.follow", phase.contract)
    with act(phase.contract.call.chain, "invoice.recorded", actor=actor, now=now, subject=phase) as entry:
        current = current_phase(phase)
        contract = current.contract
        refuse(execution.check_start(phase_start_facts(current, now=now, step="invoice")))
        if amount_ht <= 0 or received_at > now:
            raise Refusal("Indiquez un montant positif et le jour de réception : il n’est pas dans l’avenir.")
        if PaymentDue.objects.filter(contract=contract, invoice_number=invoice_number).exists():
            raise Refusal(f"La facture {invoice_number} est déjà consignée pour ce contrat.")
        billed = sum((row.amount_ht for row in current.payments_due.all()), Decimal(0))
        if billed + amount_ht > _payable_ht(current):
            raise Refusal("Cette facture dépasse la rémunération de la phase au contrat : demandez-en la correction.")
        payment = PaymentDue(
            contract=contract,
            kind=PaymentDue.Kind.PHASE,
            contract_phase=current,
            amount_ht=amount_ht,
            amount_ttc=_with_vat(amount_ht, contract),
            invoice_number=invoice_number,
            invoice_received_at=received_at,
            due_on=payable_by(contract, since=_clock_starts(current, received_at)),
        )
        payment.save()
        entry.data.update(amount_ht=amount_ht, due_on=payment.due_on)
    return payment


@record_refusals("invoice.record_order")
def record_order_invoice(
    *,
    order: PurchaseOrder,
    amount_ht: Decimal,
    invoice_number: str,
    received_at: datetime,
    actor: Actor,
    now: datetime,
) -> PaymentDue:
    """Record an invoice for a purchase order and compute the last day to pay it (LR-91).

    Raises NotAllowed, Refusal for an invoice known already, without amount, from the future or from before the order,
    or beyond what was ordered. Records `invoice.recorded`.
    """
    contract = order.contract
    require(actor, "contract.follow", contract)
    with act(contract.call.chain, "invoice.recorded", actor=actor, now=now, subject=order) as entry:
        current = PurchaseOrder.objects.select_related("contract__lot__call__lead_buyer").get(pk=order.pk)
        _refuse_wrong_invoice(current.contract, amount_ht, invoice_number, received_at, now)
        if received_at < current.ordered_at:
            raise Refusal("La facture est datée d’avant la commande : corrigez le jour de réception.")
        billed = sum((row.amount_ht for row in current.payments_due.all()), Decimal(0))
        if billed + amount_ht > current.amount_ht:
            raise Refusal("Cette facture dépasse le montant commandé : demandez-en la correction.")
        payment = PaymentDue(
            contract=current.contract,
            kind=PaymentDue.Kind.ORDER,
            order=current,
            amount_ht=amount_ht,
            amount_ttc=_with_vat(amount_ht, current.contract),
            invoice_number=invoice_number,
            invoice_received_at=received_at,
            due_on=payable_by(current.contract, since=received_at),
        )
        payment.save()
        entry.data.update(amount_ht=amount_ht, due_on=payment.due_on)
    return payment


def record_payment(*, payment: PaymentDue, paid_at: datetime, actor: Actor, now: datetime) -> PaymentDue:
    """Record that a sum was paid. Raises NotAllowed, Refusal when it was already. Records `payment.made`."""
    require(actor, "contract.follow", payment.contract)
    with act(payment.contract.call.chain, "payment.made", actor=actor, now=now, subject=payment):
        current = PaymentDue.objects.get(pk=payment.pk)
        if current.paid_at is not None:
            raise Refusal("Ce paiement est déjà consigné.")
        if paid_at > now:
            raise Refusal("La date de paiement est dans l’avenir : consignez-la une fois le paiement fait.")
        current.paid_at = paid_at
        current.save()
    return current


def payable_by(contract: Contract, *, since: datetime) -> date:
    """Last day to pay what became payable at `since`: 30 days, 50 for a public health body (R2192-10, R2192-11)."""
    health = contract.call.lead_buyer.buyer_category == "health"
    days = parameters.days(
        "payment_days_health" if health else "payment_days", on=launch_date(contract.call, contract.prepared_at)
    )
    return add_days(timezone.localdate(since), days)


def _refuse_wrong_invoice(
    contract: Contract, amount_ht: Decimal, invoice_number: str, received_at: datetime, now: datetime
) -> None:
    """Raises Refusal for what no invoice can be, and for one that is recorded already."""
    if amount_ht <= 0 or received_at > now:
        raise Refusal("Indiquez un montant positif et le jour de réception : il n’est pas dans l’avenir.")
    if PaymentDue.objects.filter(contract=contract, invoice_number=invoice_number).exists():
        raise Refusal(f"La facture {invoice_number} est déjà consignée pour ce contrat.")


def _with_vat(amount_ht: Decimal, contract: Contract) -> Decimal:
    return (amount_ht * (10_000 + contract.vat_rate) / 10_000).quantize(CENT, rounding=ROUND_HALF_UP)


def _payable_ht(phase: ContractPhase) -> Decimal:
    """What the phase can pay, € HT: without its result-linked part once the results say that it is not due."""
    return phase.remuneration_ht if phase.results_at is None else settlement(phase)


def _clock_starts(phase: ContractPhase, received_at: datetime) -> datetime:
    accepted = Acceptance.objects.filter(
        deliverable__contract_phase=phase, decision__in=Acceptance.ACCEPTING
    ).values_list("decided_at", flat=True)
    return max([received_at, *accepted])
