"""A contract paid by bank transfer, straight to the partner's own account at Stripe.

The money never passes through us and no commission is taken: the payment is made on the partner's account, in its name.
Whether a buyer may pay so is a question of law that the caller asks first (`procurement.law.roads`); nothing here
knows of buyers or contracts: plain values in, plain values out, never inside a transaction.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from marketplace.billing import plans
from marketplace.billing.gateway import asking
from marketplace.billing.reading import CENTS


class NoInstructions(ValueError):  # noqa: N818 - says what misses
    """Stripe gave no bank account to pay to."""


@dataclass(frozen=True, slots=True)
class Partner:
    """The account of a partner at Stripe: its id, whether it may be paid yet, whose it is (empty: not opened here)."""

    account_id: str
    can_be_paid: bool
    organisation_id: str


@dataclass(frozen=True, slots=True)
class Transfer:
    """A transfer that is waited for.

    Attributes:
        payment_id: The payment at Stripe.
        status: "waiting" for the transfer, "partial", "paid" or "cancelled".
        received: What came, in euros TTC.
        remaining: What is still to come, in euros TTC.
        iban, bic, holder: Where the buyer pays; empty once nothing is waited for.
        reference: What the buyer writes on its transfer.
    """

    payment_id: str
    status: str
    received: Decimal
    remaining: Decimal
    iban: str = ""
    bic: str = ""
    holder: str = ""
    reference: str = ""


def open_partner(*, email: str, organisation_id: str, key: str) -> Partner:
    """Open an account in the partner's own name, which it completes at Stripe. Raises StripeOff, StripeFailed."""
    with asking() as client:
        account = client.v1.accounts.create(
            params={
                "type": "standard",
                "country": "FR",
                "email": email,
                "metadata": {"organisation": organisation_id},
            },
            options={"idempotency_key": key},
        )
        return _partner_of(account.to_dict())


def partner(account_id: str) -> Partner:
    """Whether a partner may be paid yet. Raises StripeOff, StripeFailed."""
    with asking() as client:
        account = client.v1.accounts.retrieve(account_id)
        return _partner_of(account.to_dict())


def completing_url(*, account_id: str, return_url: str) -> str:
    """Address of Stripe's page on which the partner completes its account. Raises StripeOff, StripeFailed."""
    with asking() as client:
        link = client.v1.account_links.create(
            params={
                "account": account_id,
                "type": "account_onboarding",
                "return_url": return_url,
                "refresh_url": return_url,
            }
        )
        return link.url


def ask_transfer(
    *, account_id: str, gross: Decimal, buyer_name: str, buyer_email: str, reference: str, key: str
) -> Transfer:
    """Ask for a transfer of `gross` euros TTC on the partner's account; `key` makes a second try ask for the same one.

    Raises ValueError for an amount that is not a positive number of cents, NoInstructions, StripeOff, StripeFailed.
    """
    if gross <= 0:
        raise ValueError(f"{gross} is nothing to pay")
    amount = plans.cents(gross)
    with asking() as client:
        buyer = client.v1.customers.create(
            params={"name": buyer_name, "email": buyer_email, "preferred_locales": ["fr"]},
            options={"stripe_account": account_id, "idempotency_key": f"{key}-buyer"},
        )
        payment = client.v1.payment_intents.create(
            params={
                "amount": amount,
                "currency": "eur",
                "customer": buyer.id,
                "confirm": True,
                "payment_method_types": ["customer_balance"],
                "payment_method_data": {"type": "customer_balance"},
                "payment_method_options": {
                    "customer_balance": {
                        "funding_type": "bank_transfer",
                        "bank_transfer": {"type": "eu_bank_transfer", "eu_bank_transfer": {"country": "FR"}},
                    }
                },
                "description": reference,
                "metadata": {"reference": reference},
            },
            options={"stripe_account": account_id, "idempotency_key": key},
        )
        found = _transfer_of(payment.to_dict())
    if not found.iban and found.status != "paid":
        raise NoInstructions(found.payment_id)
    return found


def transfer(*, account_id: str, payment_id: str) -> Transfer:
    """A transfer as it is now at Stripe. Raises StripeOff, StripeFailed."""
    with asking() as client:
        payment = client.v1.payment_intents.retrieve(payment_id, options={"stripe_account": account_id})
        return _transfer_of(payment.to_dict())


def cancel_transfer(*, account_id: str, payment_id: str) -> Transfer:
    """Wait for a transfer no more. Raises StripeOff; StripeFailed when it is paid."""
    with asking() as client:
        payment = client.v1.payment_intents.cancel(payment_id, options={"stripe_account": account_id})
        return _transfer_of(payment.to_dict())


def _partner_of(told: Mapping[str, Any]) -> Partner:
    owner = (told.get("metadata") or {}).get("organisation", "")
    return Partner(told["id"], bool(told.get("charges_enabled")), owner)


def _transfer_of(told: Mapping[str, Any]) -> Transfer:
    due = told["amount"]
    if told["status"] in {"succeeded", "canceled"}:
        received = told["amount_received"]
        status = "paid" if told["status"] == "succeeded" else "cancelled"
        remaining = 0 if status == "cancelled" else due - received
        return Transfer(told["id"], status, received / CENTS, remaining / CENTS)
    action = (told.get("next_action") or {}).get("display_bank_transfer_instructions") or {}
    remaining = action.get("amount_remaining", due)
    iban = next((one["iban"] for one in action.get("financial_addresses", []) if one["type"] == "iban"), {})
    return Transfer(
        payment_id=told["id"],
        status="partial" if remaining < due else "waiting",
        received=(due - remaining) / CENTS,
        remaining=remaining / CENTS,
        iban=iban.get("iban", ""),
        bic=iban.get("bic", ""),
        holder=iban.get("account_holder_name", ""),
        reference=action.get("reference") or "",
    )
