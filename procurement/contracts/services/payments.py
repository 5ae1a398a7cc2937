"""The road of an invoice: deposited, returned or followed to its payment, and what lateness costs (LR-91, LR-92).

Public accountants pay outside: each step is a dated fact with its reference, recorded by whoever takes it.
"""

from collections.abc import Iterable
from datetime import date, datetime
from decimal import Decimal

from django.utils import timezone

from marketplace.accounts.actors import Actor
from marketplace.accounts.permissions import require
from marketplace.journal.acts import act, record_refusals
from marketplace.journal.errors import Refusal
from procurement.contracts.facts import phase_start_facts
from procurement.contracts.mails import tell_followers, tell_holder
from procurement.contracts.models import Acceptance, Contract, ContractPhase, PaymentDue, PurchaseOrder
from procurement.contracts.payment_terms import lateness_facts, terms_of
from procurement.contracts.services.gates import settlement
from procurement.contracts.services.phases import current_phase
from procurement.law import claims, execution, payment
from procurement.law.findings import refuse

Kind = PaymentDue.Kind
# Buyers whose money is held by a public accountant: nothing is paid there without an order to pay.
WITH_ACCOUNTANT = ("state", "local_authority", "health")


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
    """Record an invoice for a phase that came by another road, and compute the last day to pay it (LR-91).

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
        _refuse_wrong_invoice(contract, amount_ht, invoice_number, received_at, now)
        if work_billed(current) + amount_ht > payable_ht(current):
            raise Refusal("Cette facture dépasse la rémunération de la phase au contrat : demandez-en la correction.")
        row = PaymentDue(
            contract=contract,
            kind=Kind.PHASE,
            contract_phase=current,
            amount_ht=amount_ht,
            amount_ttc=claims.with_vat(amount_ht, contract.vat_rate),
            invoice_number=invoice_number,
            invoice_received_at=received_at,
        )
        row.due_on = payable_by(row)
        row.save()
        entry.data.update(amount_ht=amount_ht, due_on=row.due_on)
    return row


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
    """Record an invoice for a purchase order that came by another road, and compute the last day to pay it (LR-91).

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
        if order_billed(current) + amount_ht > current.amount_ht:
            raise Refusal("Cette facture dépasse le montant commandé : demandez-en la correction.")
        row = PaymentDue(
            contract=current.contract,
            kind=Kind.ORDER,
            order=current,
            amount_ht=amount_ht,
            amount_ttc=claims.with_vat(amount_ht, current.contract.vat_rate),
            invoice_number=invoice_number,
            invoice_received_at=received_at,
        )
        row.due_on = payable_by(row)
        row.save()
        entry.data.update(amount_ht=amount_ht, due_on=row.due_on)
    return row


@record_refusals("invoice.deposit")
def record_deposit(
    *, payment: PaymentDue, deposited_at: datetime, reference: str, actor: Actor, now: datetime
) -> PaymentDue:
    """The holder deposited the invoice on Chorus Pro: the buyer has received it, and the delay begins (LR-91, LR-93).

    Raises NotAllowed, Refusal for an invoice not prepared here, deposited already, from the future or without number.
    Tells the buyer's team. Records `invoice.deposited`.
    """
    require(actor, "contract.bill", payment.contract)
    with act(payment.contract.call.chain, "invoice.deposited", actor=actor, now=now, subject=payment) as entry:
        current = _current(payment)
        if current.prepared_at is None or current.invoice_received_at is not None:
            raise Refusal("Le dépôt de cette facture est déjà consigné.")
        _refuse_wrong_day(deposited_at, current.prepared_at, now, "sa préparation")
        current.invoice_received_at, current.deposit_reference = deposited_at, _given(reference)
        current.due_on = payable_by(current)
        current.save()
        entry.data.update(due_on=current.due_on)
        tell_followers(current.contract, "contracts.invoice_deposited", now=now)
    return current


@record_refusals("invoice.return")
def return_invoice(*, payment: PaymentDue, reasons: str, actor: Actor, now: datetime) -> PaymentDue:
    """Send an invoice back to the holder: it counts no more, another one replaces it. Its reasons are told.

    Raises NotAllowed, Refusal without reasons, before the deposit, once it is mandated or while a transfer is waited
    for. Records `invoice.returned`.
    """
    require(actor, "contract.follow", payment.contract)
    with act(payment.contract.call.chain, "invoice.returned", actor=actor, now=now, subject=payment):
        current = _current(payment)
        _refuse_before_deposit(current)
        if current.mandated_at is not None or current.paid_at is not None:
            raise Refusal("Cette facture est mandatée ou payée : demandez un avoir au titulaire.")
        if current.waits_for_transfer:
            raise Refusal("Un virement est attendu pour cette facture : elle ne se renvoie plus, demandez un avoir.")
        if not reasons.strip():
            raise Refusal("Écrivez ce que le titulaire doit corriger.")
        current.returned_at, current.return_reasons = now, reasons.strip()
        current.save()
        tell_holder(current.contract, "contracts.invoice_returned", now=now)
    return current


@record_refusals("invoice.service_done")
def record_service_done(*, payment: PaymentDue, done_at: datetime, actor: Actor, now: datetime) -> PaymentDue:
    """Certify that what the invoice pays was done; later than the receipt, it moves the last day to pay (LR-91).

    Raises NotAllowed, Refusal before the deposit, twice, or from the future. Records `invoice.service_done`.
    """
    require(actor, "contract.follow", payment.contract)
    with act(payment.contract.call.chain, "invoice.service_done", actor=actor, now=now, subject=payment) as entry:
        current = _current(payment)
        _refuse_before_deposit(current)
        if current.service_done_at is not None:
            raise Refusal("Le service fait est déjà consigné.")
        _refuse_future(done_at, now)
        current.service_done_at = done_at
        current.due_on = payable_by(current)
        current.save()
        entry.data.update(due_on=current.due_on)
    return current


@record_refusals("invoice.mandate")
def record_mandate(
    *, payment: PaymentDue, mandated_at: datetime, reference: str, actor: Actor, now: datetime
) -> PaymentDue:
    """The order to pay left for the accountant. Raises NotAllowed, Refusal before the service is certified, twice,
    from the future or without number. Records `invoice.mandated`.
    """
    require(actor, "contract.follow", payment.contract)
    with act(payment.contract.call.chain, "invoice.mandated", actor=actor, now=now, subject=payment):
        current = _current(payment)
        _refuse_before_deposit(current)
        if current.service_done_at is None:
            raise Refusal("Certifiez d’abord le service fait : rien ne se mandate avant.")
        if current.mandated_at is not None:
            raise Refusal("Le mandatement est déjà consigné.")
        _refuse_wrong_day(mandated_at, current.invoice_received_at, now, "le dépôt")
        current.mandated_at, current.mandate_reference = mandated_at, _given(reference)
        current.save()
    return current


def record_payment(
    *, payment: PaymentDue, paid_at: datetime, actor: Actor, now: datetime, reference: str = ""
) -> PaymentDue:
    """Record that a sum was paid, or a credit note taken off. A buyer with a public accountant mandates first what was
    prepared here. Raises NotAllowed, Refusal when it was already, was sent back or not deposited, or from the future.
    Records `payment.made`.
    """
    require(actor, "contract.follow", payment.contract)
    with act(payment.contract.call.chain, "payment.made", actor=actor, now=now, subject=payment):
        current = payable(payment)
        has_accountant = current.contract.call.lead_buyer.buyer_category in WITH_ACCOUNTANT
        is_ordered = current.kind == Kind.CREDIT or current.mandated_at is not None
        if current.prepared_at is not None and has_accountant and not is_ordered:
            raise Refusal("Consignez d’abord le mandatement : votre comptable ne paie pas sans lui.")
        if paid_at > now:
            raise Refusal("La date de paiement est dans l’avenir : consignez-la une fois le paiement fait.")
        current.paid_at, current.payment_reference = paid_at, reference.strip()
        current.save()
    return current


@record_refusals("invoice.pay_interest")
def record_interest(
    *, payment: PaymentDue, amount: Decimal, paid_at: datetime, actor: Actor, now: datetime
) -> PaymentDue:
    """Record that interest and flat fee of a late payment were paid whole (R2192-31, LR-92).

    Raises NotAllowed, RuleViolation for less than is owed, a payment in time or an unknown rate, Refusal before the
    principal is paid, twice, or from the future. Records `interest.paid`.
    """
    require(actor, "contract.follow", payment.contract)
    with act(payment.contract.call.chain, "interest.paid", actor=actor, now=now, subject=payment) as entry:
        current = _current(payment)
        if current.paid_at is None or current.due_on is None or current.kind == Kind.CREDIT:
            raise Refusal("Consignez d’abord le paiement : les intérêts se comptent jusqu’à ce jour.")
        if current.interest_paid_at is not None:
            raise Refusal("Le versement des intérêts est déjà consigné.")
        _refuse_future(paid_at, now)
        refuse(_lateness_findings(current, amount, now))
        current.interest_paid, current.interest_paid_at = amount, paid_at
        current.save()
        entry.data.update(amount=amount)
    return current


def payable(payment: PaymentDue) -> PaymentDue:
    """A sum due as it stands now, which may be paid. Raises Refusal when it was, was sent back or is not deposited."""
    current = _current(payment)
    if current.paid_at is not None:
        raise Refusal("Ce paiement est déjà consigné.")
    _refuse_before_deposit(current)
    return current


def payable_by(row: PaymentDue) -> date | None:
    """Last day to pay an invoice: the days of the contract, from its receipt or what was accepted later (LR-91)."""
    if row.kind == Kind.CREDIT or row.invoice_received_at is None:
        return None
    starts = [row.invoice_received_at]
    if row.kind in (Kind.PHASE, Kind.SETTLEMENT):
        starts += Acceptance.objects.filter(
            deliverable__contract_phase=row.contract_phase, decision__in=Acceptance.ACCEPTING
        ).values_list("decided_at", flat=True)
    if row.service_done_at is not None and len(starts) == 1:
        starts.append(row.service_done_at)
    days = terms_of(row.contract).payment_days
    return payment.due_on(*(timezone.localdate(at) for at in starts), days=days)


def payable_ht(phase: ContractPhase) -> Decimal:
    """What the phase can pay, € HT: without its result-linked part once the results say that it is not due."""
    return phase.remuneration_ht if phase.results_at is None else settlement(phase)


def work_billed(phase: ContractPhase) -> Decimal:
    """What was billed of a phase, at the prices of the contract, € HT: the advance aside, credit notes taken off."""
    rows = phase.payments_due.standing().exclude(kind=Kind.ADVANCE).exclude(corrects__kind=Kind.ADVANCE)
    return _work_of(rows)


def order_billed(order: PurchaseOrder) -> Decimal:
    """What was billed of a purchase order, at the prices of the contract, € HT, credit notes taken off."""
    return _work_of(order.payments_due.standing())


def _work_of(rows: Iterable[PaymentDue]) -> Decimal:
    return sum((row.amount_ht if row.work_ht is None else row.work_ht for row in rows), Decimal(0))


def _lateness_findings(row: PaymentDue, amount: Decimal, now: datetime) -> list:
    return payment.check_lateness(lateness_facts(row, now=now, interest_paid=amount))


def _current(row: PaymentDue) -> PaymentDue:
    rows = PaymentDue.objects.select_related(
        "contract__lot__call__lead_buyer", "contract__lot__terms", "contract__party__lead", "contract__payment_terms",
        "contract_phase",
    )  # fmt: skip
    current = rows.get(pk=row.pk)
    if current.returned_at is not None:
        raise Refusal("Cette facture a été renvoyée au titulaire : elle n’attend plus rien.")
    return current


def _refuse_before_deposit(row: PaymentDue) -> None:
    if row.invoice_received_at is None:
        raise Refusal("Cette facture n’est pas déposée : le titulaire la dépose d’abord sur Chorus Pro.")


def _refuse_future(day: datetime, now: datetime) -> None:
    if day > now:
        raise Refusal("Cette date est dans l’avenir : consignez le fait une fois accompli.")


def _refuse_wrong_day(day: datetime, after: datetime, now: datetime, what: str) -> None:
    _refuse_future(day, now)
    if timezone.localdate(day) < timezone.localdate(after):
        raise Refusal(f"Cette date précède {what} : corrigez le jour.")


def _given(reference: str) -> str:
    if not reference.strip():
        raise Refusal("Indiquez le numéro : il sert de preuve aux deux parties.")
    return reference.strip()


def _refuse_wrong_invoice(
    contract: Contract, amount_ht: Decimal, invoice_number: str, received_at: datetime, now: datetime
) -> None:
    """Raises Refusal for what no invoice can be, and for one that is recorded already."""
    if amount_ht <= 0 or received_at > now:
        raise Refusal("Indiquez un montant positif et le jour de réception : il n’est pas dans l’avenir.")
    if PaymentDue.objects.filter(contract=contract, invoice_number=invoice_number).exists():
        raise Refusal(f"La facture {invoice_number} est déjà consignée pour ce contrat.")
