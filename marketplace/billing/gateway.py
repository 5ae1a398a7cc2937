"""The only door to Stripe: plain values in, plain values out, never inside a transaction.

The official client is used as it is. Stripe off (no key) is an ordinary state of the site: `is_on` says so, and
everything else raises `StripeOff`.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import stripe
from django.conf import settings
from django.utils.translation import gettext as _

from marketplace.billing import plans
from marketplace.billing.plans import Period
from marketplace.billing.reading import InvoiceState, SubscriptionState, invoice_of, subscription_of
from marketplace.journal.errors import Refusal

API_VERSION = "2023-08-16"
"""Version of the API that is spoken: the one whose published description every request and answer is checked with.

Told with each request, so that a change at Stripe never changes what is read here; `reading` knows later shapes too.
"""

LIVE = ("sk_live_", "rk_live_")
TEST = ("sk_test_", "rk_test_")
PRODUCT = "preau-atelier"


class StripeOff(Refusal):
    """No key is set: nothing is sold on this site."""

    def __init__(self) -> None:
        super().__init__(
            _("Le paiement n’est pas ouvert sur ce site : la formule ne se souscrit pas. Tout le reste est gratuit.")
        )


class StripeFailed(Refusal):
    """Stripe could not be reached, or refused. `code` is safe to keep: a code of Stripe, never a text."""

    def __init__(self, error: stripe.StripeError) -> None:
        super().__init__(
            _("Stripe, qui tient les paiements, ne répond pas. Rien n’est changé : réessayez dans quelques minutes.")
        )
        status = f"http-{error.http_status}" if error.http_status else type(error).__name__
        self.code = str(error.code or status)


def is_on() -> bool:
    """Whether the site has a key of Stripe."""
    return bool(settings.STRIPE_SECRET_KEY)


def listens() -> bool:
    """Whether notifications may be believed: without a secret, anybody could sign them."""
    return is_on() and bool(settings.STRIPE_WEBHOOK_SECRET)


def is_live() -> bool:
    """Whether the key moves real money; without any key, False."""
    return settings.STRIPE_SECRET_KEY.startswith(LIVE)


def new_customer(*, name: str, email: str, organisation_id: str, key: str) -> str:
    """Open a customer; returns its id. `key` makes a second try give the same one."""
    params = {
        "name": name,
        "email": email,
        "preferred_locales": ["fr"],
        "metadata": {"organisation": organisation_id},
    }
    with asking() as client:
        return client.v1.customers.create(params=params, options={"idempotency_key": key}).id


def checkout(
    *, customer_id: str, period: Period, success_url: str, cancel_url: str, trial_days: int, key: str
) -> tuple[str, str]:
    """Open a page of payment for the plan; returns its id and its address. `trial_days` 0: no trial."""
    subscription: dict[str, Any] = {"metadata": {"plan": PRODUCT}}
    if trial_days:
        subscription["trial_period_days"] = trial_days
        subscription["trial_settings"] = {"end_behavior": {"missing_payment_method": "cancel"}}
    with asking() as client:
        session = client.v1.checkout.sessions.create(
            params={
                "mode": "subscription",
                "customer": customer_id,
                "line_items": [{"price": _price_id(client, period), "quantity": 1}],
                "subscription_data": subscription,
                "payment_method_collection": "if_required" if trial_days else "always",
                "automatic_tax": {"enabled": True},
                "tax_id_collection": {"enabled": True},
                "customer_update": {"name": "auto", "address": "auto"},
                "billing_address_collection": "required",
                "locale": "fr",
                "success_url": success_url,
                "cancel_url": cancel_url,
            },
            options={"idempotency_key": key},
        )
        return session.id, str(session.url)


def close_checkout(session_id: str) -> None:
    """Close a page of payment that is still open, so that two windows never pay twice."""
    with asking() as client:
        if client.v1.checkout.sessions.retrieve(session_id).status == "open":
            client.v1.checkout.sessions.expire(session_id)


def portal(*, customer_id: str, return_url: str) -> str:
    """Address of Stripe's own page for the means of payment and the address of invoices."""
    with asking() as client:
        params = {"customer": customer_id, "return_url": return_url, "locale": "fr"}
        return client.v1.billing_portal.sessions.create(params=params).url


def change_period(*, stripe_id: str, item_id: str, period: Period) -> None:
    """Pay at another rhythm from now on; what was paid and not used is deducted."""
    with asking() as client:
        client.v1.subscriptions.update(
            stripe_id,
            params={
                "items": [{"id": item_id, "price": _price_id(client, period)}],
                "proration_behavior": "create_prorations",
            },
        )


def end_at_period(stripe_id: str, *, ends: bool) -> None:
    """Let a subscription end with its period, or go on after all."""
    with asking() as client:
        client.v1.subscriptions.update(stripe_id, params={"cancel_at_period_end": ends})


def set_vat_number(*, customer_id: str, number: str) -> None:
    """Write the VAT number of a customer in the place of those it had."""
    with asking() as client:
        known = list(client.v1.customers.tax_ids.list(customer_id, params={"limit": 100}).auto_paging_iter())
        if not any(one.value == number for one in known):
            client.v1.customers.tax_ids.create(customer_id, params={"type": "eu_vat", "value": number})
        for one in known:
            if one.value != number:
                client.v1.customers.tax_ids.delete(customer_id, one.id)


def vat_number(customer_id: str) -> str:
    """The VAT number of a customer, empty when none is known."""
    with asking() as client:
        found = client.v1.customers.tax_ids.list(customer_id, params={"limit": 10}).data
    return next((one.value for one in found if one.type == "eu_vat"), "")


def subscriptions_of(customer_id: str) -> list[SubscriptionState]:
    """Every subscription of a customer, ended ones too."""
    with asking() as client:
        listed = client.v1.subscriptions.list(params={"customer": customer_id, "status": "all", "limit": 100})
        return [subscription_of(one.to_dict()) for one in listed.auto_paging_iter()]


def invoices_of(customer_id: str) -> list[InvoiceState]:
    """Every invoice of a customer but drafts."""
    with asking() as client:
        listed = client.v1.invoices.list(params={"customer": customer_id, "limit": 100})
        return [invoice_of(one.to_dict()) for one in listed.auto_paging_iter() if one.status != "draft"]


def _price_id(client: stripe.StripeClient, period: Period) -> str:
    """The price at Stripe of what the settings say; made at the first sale, and again when the settings change."""
    amount = plans.cents(plans.price(period))
    key = f"{PRODUCT}-{Period(period).value}-{amount}"
    found = client.v1.prices.list(params={"lookup_keys": [key], "active": True, "limit": 1}).data
    if found:
        return found[0].id
    made = client.v1.prices.create(
        params={
            "currency": "eur",
            "unit_amount": amount,
            "recurring": {"interval": Period(period).value},
            "tax_behavior": "exclusive",
            "lookup_key": key,
            "product_data": {"name": f"Formule {plans.NAME}"},
        },
        options={"idempotency_key": f"price-{key}"},
    )
    return made.id


@contextmanager
def asking() -> Iterator[stripe.StripeClient]:
    """The client of Stripe, for one question. Raises StripeOff without a key, StripeFailed for whatever fails."""
    if not is_on():
        raise StripeOff
    client = stripe.StripeClient(
        settings.STRIPE_SECRET_KEY,
        stripe_version=API_VERSION,
        base_addresses={"api": settings.STRIPE_API_BASE} if settings.STRIPE_API_BASE else None,
        max_network_retries=1,
    )
    try:
        yield client
    except stripe.StripeError as error:
        raise StripeFailed(error) from error
