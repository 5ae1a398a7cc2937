"""A sum due paid by transfer through Stripe, straight to the holder: for buyers without a public accountant only.

Stripe is asked outside of transactions; its answer is kept, so that no page waits for it.
"""

from datetime import datetime
from typing import cast

from marketplace.accounts.actors import Actor
from marketplace.accounts.permissions import can, require
from marketplace.billing import gateway
from marketplace.billing import transfers as at_stripe
from marketplace.billing.payees import payee_of
from marketplace.journal.acts import act, record_refusals
from marketplace.journal.errors import Refusal
from procurement.contracts.mails import tell_holder
from procurement.contracts.models import Contract, PaymentDue, TransferRequest
from procurement.contracts.payment_terms import terms_of
from procurement.contracts.services.payments import payable
from procurement.law import roads
from procurement.law.facts import BuyerCategory, TransferRoadFacts
from procurement.law.findings import refuse

Status = TransferRequest.Status
WAITED_FOR = TransferRequest.WAITED_FOR


@record_refusals("payment.ask_transfer")
def ask_transfer(*, payment: PaymentDue, actor: Actor, now: datetime) -> TransferRequest:
    """Ask Stripe where the buyer pays a sum due: on the holder's own account, without commission (PR-07).

    Asked twice for the same sum, it is one payment; when the sum changed since (a penalty), the former one is
    cancelled. Records `payment.transfer_asked`, with the payment's id at Stripe.

    Raises:
        NotAllowed: Not of the team that follows the contract.
        RuleViolation: A public accountant pays for this buyer, or nobody knows.
        Refusal: The sum is paid, not deposited or a credit note; a part arrived for another sum; the holder has no
            account, or not a complete one; StripeOff, StripeFailed.
    """
    require(actor, "contract.follow", payment.contract)
    current = payable(payment)
    contract = current.contract
    refuse(roads.check_transfer(_road(contract)))
    if current.net_ttc <= 0:
        raise Refusal("Il n’y a rien à virer : cette somme vient en moins des autres.")
    account_id = _account_of_holder(contract)
    former = _forget_another_sum(current)
    membership = actor.membership()
    asked = at_stripe.ask_transfer(
        account_id=account_id,
        gross=current.net_ttc,
        buyer_name=contract.call.lead_buyer.name,
        buyer_email=membership.user.email if membership else "",
        reference=f"{contract.number} {current.invoice_number}".strip(),
        key=f"payment-{current.pk}-{former}-{current.net_ttc}",
    )
    with act(contract.call.chain, "payment.transfer_asked", actor=actor, now=now, subject=current) as entry:
        row = request_of(payable(payment)) or TransferRequest(payment=current)
        row.account_id, row.stripe_id, row.amount_ttc = account_id, asked.payment_id, current.net_ttc
        row.iban, row.bic, row.holder, row.reference = asked.iban, asked.bic, asked.holder, asked.reference
        row.status, row.received_ttc, row.asked_at, row.checked_at = asked.status, asked.received, now, now
        row.save()
        entry.data |= {"stripe": row.stripe_id, "amount_ttc": row.amount_ttc}
    return row


@record_refusals("payment.check_transfer")
def check_transfer(*, payment: PaymentDue, actor: Actor, now: datetime) -> TransferRequest:
    """Ask Stripe what arrived, for either party; arrived whole, the sum is paid and the holder is told.

    What arrives for a sum paid or sent back meanwhile is kept as arrived, and nothing else changes. Records
    `payment.transfer_checked`, or `payment.transferred` when the sum is paid. Raises NotAllowed, Refusal when no
    transfer was asked, StripeOff, StripeFailed.
    """
    contract = payment.contract
    if not can(actor, "contract.bill", contract):
        require(actor, "contract.follow", contract)
    row = request_of(payment)
    if row is None:
        raise Refusal("Aucun virement n’est demandé pour cette facture.")
    if row.status == Status.PAID:
        return row
    told = at_stripe.transfer(account_id=row.account_id, payment_id=row.stripe_id)
    name = "payment.transferred" if told.status == Status.PAID else "payment.transfer_checked"
    with act(contract.call.chain, name, actor=actor, now=now, subject=payment) as entry:
        row.refresh_from_db()
        row.status, row.received_ttc, row.checked_at = told.status, told.received, now
        row.save()
        entry.data |= {"stripe": row.stripe_id, "received_ttc": row.received_ttc}
        current = PaymentDue.objects.select_related("contract__party", "contract__lot__call").get(pk=payment.pk)
        if row.status == Status.PAID and current.paid_at is None and current.returned_at is None:
            current.paid_at, current.payment_reference = now, row.stripe_id
            current.save()
            tell_holder(current.contract, "contracts.transfer_arrived", now=now)
    return row


def request_of(payment: PaymentDue) -> TransferRequest | None:
    """The transfer asked for a sum due, whatever became of it."""
    return TransferRequest.objects.filter(payment=payment).first()


def may_be_asked(payment: PaymentDue, request: TransferRequest | None) -> bool:
    """Whether the page offers this road: open to the buyer, for a sum that waits for no transfer yet."""
    waits = request is not None and request.status in WAITED_FOR and request.amount_ttc == payment.net_ttc
    is_due = payment.paid_at is None and payment.invoice_received_at is not None and payment.net_ttc > 0
    return gateway.is_on() and is_due and not waits and not roads.check_transfer(_road(payment.contract))


def _road(contract: Contract) -> TransferRoadFacts:
    category = cast(BuyerCategory, contract.call.lead_buyer.buyer_category)
    return TransferRoadFacts(buyer_category=category, has_public_accountant=terms_of(contract).has_public_accountant)


def _account_of_holder(contract: Contract) -> str:
    account = payee_of(contract.party.lead)
    if account is None:
        raise Refusal(
            "Le titulaire n’a pas de compte de paiement : demandez-lui de l’ouvrir, depuis « Factures et paiements »."
        )
    if not account.can_be_paid and not at_stripe.partner(account.stripe_id).can_be_paid:
        raise Refusal("Le titulaire n’a pas fini d’ouvrir son compte de paiement : demandez-lui de le compléter.")
    return account.stripe_id


def _forget_another_sum(payment: PaymentDue) -> str:
    """Cancel at Stripe what was asked for another sum. Returns the id of what is over, empty while it is the same."""
    former = request_of(payment)
    if former is None or (former.status in WAITED_FOR and former.amount_ttc == payment.net_ttc):
        return ""
    if former.status not in WAITED_FOR:
        return former.stripe_id
    if at_stripe.transfer(account_id=former.account_id, payment_id=former.stripe_id).received:
        raise Refusal("Une partie du virement est arrivée pour un autre montant : vérifiez son arrivée d’abord.")
    at_stripe.cancel_transfer(account_id=former.account_id, payment_id=former.stripe_id)
    return former.stripe_id
