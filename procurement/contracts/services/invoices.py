"""The holder's invoices, prepared from what is known of the contract, with their Factur-X twin (D2192-2, LR-93)."""

from datetime import datetime
from decimal import Decimal

from marketplace.accounts.actors import Actor
from marketplace.accounts.permissions import require
from marketplace.files.documents import request_document
from marketplace.journal.acts import act, record_refusals
from marketplace.journal.errors import Refusal
from procurement.contracts.facts import phase_start_facts
from procurement.contracts.facturx import FILE_NAME, invoice_xml
from procurement.contracts.invoices import invoice_facts, mentions
from procurement.contracts.models import Contract, ContractPhase, PaymentDue, PaymentTerms, Penalty, PurchaseOrder
from procurement.contracts.payment_terms import advance_of, advance_paid, first_phase, terms_facts, terms_of
from procurement.contracts.services.payments import order_billed, payable_ht, work_billed
from procurement.law import advance, claims, execution, payment, price
from procurement.law import facts as law
from procurement.law.findings import refuse

Kind = PaymentDue.Kind


@record_refusals("invoice.prepare")
def prepare_advance(*, contract: Contract, invoice_number: str, actor: Actor, now: datetime) -> PaymentDue:
    """Prepare the invoice of the advance, due at the notification of the contract (R2191-3, LR-87, LR-88).

    Raises NotAllowed, RuleViolation (no advance, guarantee or mention missing), Refusal for one billed already or a
    contract that is not in force. Records `invoice.prepared`.
    """
    require(actor, "contract.bill", contract)
    with act(contract.call.chain, "invoice.prepared", actor=actor, now=now, subject=contract) as entry:
        current = _billable(contract, invoice_number)
        terms = terms_of(current)
        facts = terms_facts(current, terms)
        if advance_paid(current.payments_due.all()):
            raise Refusal("L’avance est déjà facturée : elle ne se verse qu’une fois.")
        amount_ht = claims.without_vat(advance_of(current, facts), current.vat_rate)
        row = PaymentDue(
            contract=current,
            kind=Kind.ADVANCE,
            contract_phase=first_phase(current),
            amount_ht=amount_ht,
            amount_ttc=claims.with_vat(amount_ht, current.vat_rate),
            invoice_number=invoice_number,
        )
        _keep(row, terms, facts, now=now)
        entry.data.update(kind=row.kind, amount_ht=row.amount_ht, amount_ttc=row.amount_ttc)
    return row


@record_refusals("invoice.prepare")
def prepare_invoice(
    *,
    phase: ContractPhase,
    work_ht: Decimal,
    invoice_number: str,
    description: str = "",
    is_balance: bool = False,
    index_value: Decimal | None = None,
    actor: Actor,
    now: datetime,
) -> PaymentDue:
    """Prepare an instalment of a phase, or its balance once its results are recorded (LR-89, LR-90, LR-116 to LR-118).

    `work_ht` is at the prices of the contract; the revision, the recovery of the advance, the retention and the
    penalties decided are computed. Raises NotAllowed, RuleViolation (phase not decided, index or mention missing),
    Refusal for more than the phase pays, or a balance without results. Records `invoice.prepared`.
    """
    require(actor, "contract.bill", phase.contract)
    with act(phase.contract.call.chain, "invoice.prepared", actor=actor, now=now, subject=phase) as entry:
        current = _billable(phase.contract, invoice_number)
        row = ContractPhase.objects.select_related("result", "phase").get(pk=phase.pk)
        row.contract = current
        refuse(execution.check_start(phase_start_facts(row, now=now, step="invoice")))
        billed = work_billed(row)
        if work_ht <= 0:
            raise Refusal("Indiquez un montant positif.")
        if billed + work_ht > payable_ht(row):
            raise Refusal("Cette facture dépasse la rémunération de la phase au contrat : réduisez son montant.")
        if is_balance and row.results_at is None:
            raise Refusal("Le solde vient après les résultats de la phase : demandez un acompte.")
        if is_balance and billed + work_ht < payable_ht(row):
            raise Refusal("Le solde comprend tout ce qui reste dû pour la phase : demandez le montant entier.")
        made = _claim(
            PaymentDue(
                contract=current,
                kind=Kind.SETTLEMENT if is_balance else Kind.PHASE,
                contract_phase=row,
                work_ht=work_ht,
                description=description.strip(),
                index_value=index_value,
                invoice_number=invoice_number,
            ),
            billed=billed,
            is_last=row.results_at is not None and billed + work_ht == payable_ht(row),
            now=now,
        )
        entry.data.update(kind=made.kind, amount_ht=made.amount_ht, amount_ttc=made.amount_ttc)
    return made


@record_refusals("invoice.prepare")
def prepare_order_invoice(
    *, order: PurchaseOrder, work_ht: Decimal, invoice_number: str, description: str = "",
    index_value: Decimal | None = None, actor: Actor, now: datetime,
) -> PaymentDue:  # fmt: skip
    """Prepare the invoice of a purchase order, or of a part of it. Raises as `prepare_invoice` does."""
    contract = order.contract
    require(actor, "contract.bill", contract)
    with act(contract.call.chain, "invoice.prepared", actor=actor, now=now, subject=order) as entry:
        current = _billable(contract, invoice_number)
        ordered = PurchaseOrder.objects.get(pk=order.pk)
        ordered.contract = current
        billed = order_billed(ordered)
        if work_ht <= 0:
            raise Refusal("Indiquez un montant positif.")
        if billed + work_ht > ordered.amount_ht:
            raise Refusal("Cette facture dépasse le montant commandé : réduisez son montant.")
        made = _claim(
            PaymentDue(
                contract=current,
                kind=Kind.ORDER,
                order=ordered,
                work_ht=work_ht,
                description=description.strip(),
                index_value=index_value,
                invoice_number=invoice_number,
            ),
            billed=billed,
            is_last=False,
            now=now,
        )
        entry.data.update(kind=made.kind, amount_ht=made.amount_ht, amount_ttc=made.amount_ttc)
    return made


@record_refusals("invoice.prepare")
def prepare_credit_note(
    *, corrects: PaymentDue, amount_ht: Decimal, invoice_number: str, description: str, actor: Actor, now: datetime
) -> PaymentDue:
    """Prepare a credit note on an invoice that was deposited: it takes `amount_ht` off, whatever was paid.

    Raises NotAllowed, RuleViolation (mention missing), Refusal for more than the invoice has left, or for one that was
    sent back or never deposited. Records `invoice.prepared`.
    """
    contract = corrects.contract
    require(actor, "contract.bill", contract)
    with act(contract.call.chain, "invoice.prepared", actor=actor, now=now, subject=corrects) as entry:
        current = _billable(contract, invoice_number)
        before = PaymentDue.objects.select_related("contract_phase", "order").get(pk=corrects.pk)
        if before.kind == Kind.CREDIT or before.returned_at is not None or before.invoice_received_at is None:
            raise Refusal("Un avoir corrige une facture déposée : celle-ci ne l’est pas, ou vous a été renvoyée.")
        taken = sum((one.amount_ht for one in before.credit_notes.standing()), Decimal(0))
        if not 0 < amount_ht <= before.amount_ht + taken:
            raise Refusal("L’avoir dépasse ce qui reste de la facture : réduisez son montant.")
        row = PaymentDue(
            contract=current,
            kind=Kind.CREDIT,
            contract_phase=before.contract_phase,
            order=before.order,
            corrects=before,
            amount_ht=-amount_ht,
            amount_ttc=-claims.with_vat(amount_ht, current.vat_rate),
            description=description.strip(),
            invoice_number=invoice_number,
        )
        terms = terms_of(current)
        _keep(row, terms, terms_facts(current, terms), now=now)
        entry.data.update(kind=row.kind, amount_ht=row.amount_ht, amount_ttc=row.amount_ttc)
    return row


def _claim(row: PaymentDue, *, billed: Decimal, is_last: bool, now: datetime) -> PaymentDue:
    """Compute the sums of a claim, keep it, and tie to it the penalties that it bears."""
    contract = row.contract
    terms = terms_of(contract)
    facts = terms_facts(contract, terms)
    first = first_phase(contract)
    bears_advance = row.contract_phase is not None and first is not None and row.contract_phase.pk == first.pk
    paid = advance_paid(contract.payments_due.all()) if bears_advance else Decimal(0)
    if row.index_value is not None and terms.index_base:
        row.coefficient = price.coefficient(fixed_share=terms.fixed_share, base=terms.index_base, value=row.index_value)
    sums = claims.ClaimFacts(
        work_ht=row.work_ht,
        vat_rate=contract.vat_rate,
        coefficient=row.coefficient or claims.ONE,
        advance_ttc=paid,
        recovered_before_ttc=_recovered(row.contract_phase),
        done_before_ttc=claims.with_vat(billed, contract.vat_rate),
        whole_ttc=claims.with_vat(first.remuneration_ht, contract.vat_rate) if bears_advance else Decimal(0),
        recovery=advance.rhythm(facts),
        retention_rate=terms.retention_rate,
        is_last=is_last,
    )
    claim = claims.compose(sums)
    borne = _penalties(contract, up_to=claim.net_ttc)
    row.revision_ht, row.amount_ht, row.amount_ttc = claim.revision_ht, claim.amount_ht, claim.amount_ttc
    row.recovered_ttc, row.retained_ttc = claim.recovered_ttc, min(claim.retained_ttc, claim.due_ttc)
    row.penalties_ttc = sum((one.amount_ht for one in borne), Decimal(0))
    _keep(row, terms, facts, now=now)
    for one in borne:
        one.payment = row
        one.save()
    return row


def _recovered(phase: ContractPhase | None) -> Decimal:
    rows = phase.payments_due.standing() if phase is not None else ()
    return sum((row.recovered_ttc for row in rows), Decimal(0))


def _penalties(contract: Contract, *, up_to: Decimal) -> list[Penalty]:
    """Penalties decided and not taken off yet, oldest first, as far as the claim can bear them whole."""
    waiting = contract.penalties.filter(decision=Penalty.Decision.APPLY).select_related("payment")
    borne, left = [], up_to
    for one in waiting.order_by("decided_at"):
        free = one.payment is None or one.payment.returned_at is not None
        if free and one.amount_ht <= left:
            borne.append(one)
            left -= one.amount_ht
    return borne


def _keep(row: PaymentDue, terms: PaymentTerms, facts: law.PaymentTermsFacts, *, now: datetime) -> None:
    """Ask the rules, then keep the sum due with its document and its structured twin."""
    said = invoice_facts(row, terms, now=now)
    asked = law.InvoiceFacts(
        kind=row.kind,
        terms=facts,
        mentions=mentions(said),
        guarantee_required=terms.guarantee_required,
        guarantee_received_on=terms.guarantee_received_on,
        index_value=row.index_value,
    )
    refuse([*payment.check_terms(facts), *payment.check_invoice(asked)])
    row.prepared_at = now
    row.document = request_document(
        kind="invoice",
        title=f"{said['title']} {row.invoice_number}",
        template="pdf/contracts/invoice.html",
        facts={**said, "factur_x": invoice_xml(said)},
        attachments=[(FILE_NAME, "factur_x")],
        subject=row.contract,
    )
    row.save()


def _billable(contract: Contract, invoice_number: str) -> Contract:
    """The contract as it stands. Raises Refusal when it does not bind, or knows the number already."""
    current = (
        Contract.objects.select_related("lot__call__lead_buyer", "lot__terms", "party__lead", "payment_terms")
        .prefetch_related("phases", "payments_due")
        .get(pk=contract.pk)
    )
    if current.notified_at is None:
        raise Refusal("Le contrat n’est pas notifié : rien ne se facture encore.")
    if not invoice_number.strip():
        raise Refusal("Indiquez le numéro de la facture, dans la suite de votre comptabilité.")
    if current.payments_due.filter(invoice_number=invoice_number).exists():
        raise Refusal(f"La facture {invoice_number} est déjà consignée pour ce contrat.")
    return current
