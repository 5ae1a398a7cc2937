"""Objects of Stripe in the shape of its API 2023-08-16, with every member that its description asks for."""

from typing import Any

DAY = 24 * 3600
MONTH, YEAR = 30 * DAY, 365 * DAY
LENGTHS = {"month": MONTH, "year": YEAR}


def listed(url: str, rows: list[dict[str, Any]], *, limit: int, after: str = "") -> dict[str, Any]:
    """A page of a list, newest first as Stripe gives it."""
    ids = [row["id"] for row in rows]
    start = ids.index(after) + 1 if after in ids else 0
    page = rows[start : start + limit]
    return {"object": "list", "url": url, "data": page, "has_more": start + limit < len(rows)}


def customer(pk: str, params: dict[str, Any], now: int, *, live: bool) -> dict[str, Any]:
    return {
        "id": pk,
        "object": "customer",
        "created": now,
        "livemode": live,
        "name": params.get("name"),
        "email": params.get("email"),
        "metadata": params.get("metadata", {}),
        "preferred_locales": params.get("preferred_locales", []),
    }


def tax_id(pk: str, customer_id: str, params: dict[str, Any], now: int, *, live: bool) -> dict[str, Any]:
    return {
        "id": pk,
        "object": "tax_id",
        "created": now,
        "livemode": live,
        "customer": customer_id,
        "country": params["value"][:2],
        "type": params["type"],
        "value": params["value"],
        "verification": {"status": "pending", "verified_address": None, "verified_name": None},
    }


def price(pk: str, params: dict[str, Any], now: int, *, live: bool) -> dict[str, Any]:
    return {
        "id": pk,
        "object": "price",
        "active": True,
        "billing_scheme": "per_unit",
        "created": now,
        "currency": params["currency"],
        "livemode": live,
        "lookup_key": params["lookup_key"],
        "metadata": {},
        "product": f"prod_{pk}",
        "recurring": {
            "interval": params["recurring"]["interval"],
            "interval_count": 1,
            "usage_type": "licensed",
            "aggregate_usage": None,
        },
        "tax_behavior": params["tax_behavior"],
        "type": "recurring",
        "unit_amount": params["unit_amount"],
        "unit_amount_decimal": str(params["unit_amount"]),
    }


def session(pk: str, url: str, params: dict[str, Any], now: int, *, live: bool) -> dict[str, Any]:
    return {
        "id": pk,
        "object": "checkout.session",
        "automatic_tax": {"enabled": True, "status": None},
        "cancel_url": params["cancel_url"],
        "created": now,
        "currency": "eur",
        "custom_fields": [],
        "custom_text": {"shipping_address": None, "submit": None},
        "customer": params["customer"],
        "expires_at": now + DAY,
        "livemode": live,
        "locale": params["locale"],
        "metadata": {},
        "mode": params["mode"],
        "payment_method_types": ["card"],
        "payment_status": "unpaid",
        "shipping_options": [],
        "status": "open",
        "subscription": None,
        "success_url": params["success_url"],
        "url": url,
    }


def portal(pk: str, url: str, params: dict[str, Any], now: int, *, live: bool) -> dict[str, Any]:
    return {
        "id": pk,
        "object": "billing_portal.session",
        "configuration": "bpc_1",
        "created": now,
        "customer": params["customer"],
        "flow": None,
        "livemode": live,
        "locale": params.get("locale"),
        "on_behalf_of": None,
        "return_url": params.get("return_url"),
        "url": url,
    }


def subscription(
    pk: str, customer_id: str, of: dict[str, Any], now: int, *, trial_days: int, live: bool
) -> dict[str, Any]:
    ends = now + (trial_days * DAY or LENGTHS[of["recurring"]["interval"]])
    return {
        "id": pk,
        "object": "subscription",
        "automatic_tax": {"enabled": True},
        "billing_cycle_anchor": now,
        "cancel_at": None,
        "cancel_at_period_end": False,
        "canceled_at": None,
        "collection_method": "charge_automatically",
        "created": now,
        "currency": "eur",
        "current_period_end": ends,
        "current_period_start": now,
        "customer": customer_id,
        "ended_at": None,
        "items": {
            "object": "list",
            "data": [
                {
                    "id": f"si_{pk}",
                    "object": "subscription_item",
                    "created": now,
                    "metadata": {},
                    "price": of,
                    "quantity": 1,
                    "subscription": pk,
                }
            ],
            "has_more": False,
            "url": f"/v1/subscription_items?subscription={pk}",
        },
        "livemode": live,
        "metadata": {"plan": "preau-atelier"},
        "start_date": now,
        "status": "trialing" if trial_days else "active",
        "trial_end": now + trial_days * DAY if trial_days else None,
        "trial_start": now if trial_days else None,
    }


def invoice(pk: str, number: str, of: dict[str, Any], now: int, *, is_paid: bool, live: bool) -> dict[str, Any]:
    net = of["items"]["data"][0]["price"]["unit_amount"]
    tax = net * 20 // 100
    gross = net + tax
    return {
        "id": pk,
        "object": "invoice",
        "amount_due": gross,
        "amount_paid": gross if is_paid else 0,
        "amount_remaining": 0 if is_paid else gross,
        "amount_shipping": 0,
        "attempt_count": 1,
        "attempted": True,
        "automatic_tax": {"enabled": True, "status": "complete"},
        "collection_method": "charge_automatically",
        "created": now,
        "currency": "eur",
        "customer": of["customer"],
        "default_tax_rates": [],
        "invoice_pdf": f"https://pay.stripe.com/invoice/{pk}/pdf",
        "lines": {"object": "list", "data": [], "has_more": False, "url": f"/v1/invoices/{pk}/lines"},
        "livemode": live,
        "number": number,
        "paid": is_paid,
        "paid_out_of_band": False,
        "payment_settings": {"default_mandate": None, "payment_method_options": None, "payment_method_types": None},
        "period_end": now,
        "period_start": now,
        "post_payment_credit_notes_amount": 0,
        "pre_payment_credit_notes_amount": 0,
        "starting_balance": 0,
        "status": "paid" if is_paid else "open",
        "status_transitions": {
            "finalized_at": now,
            "marked_uncollectible_at": None,
            "paid_at": now if is_paid else None,
            "voided_at": None,
        },
        "subscription": of["id"],
        "subtotal": net,
        "tax": tax,
        "total": gross,
        "total_excluding_tax": net,
        "total_tax_amounts": [],
    }


def event(pk: str, kind: str, thing: dict[str, Any], now: int, *, live: bool) -> dict[str, Any]:
    return {
        "id": pk,
        "object": "event",
        "api_version": "2023-08-16",
        "created": now,
        "data": {"object": thing},
        "livemode": live,
        "pending_webhooks": 1,
        "request": {"id": None, "idempotency_key": None},
        "type": kind,
    }


def account(pk: str, params: dict[str, Any], now: int) -> dict[str, Any]:
    return {
        "id": pk,
        "object": "account",
        "charges_enabled": False,
        "country": params["country"],
        "created": now,
        "email": params.get("email"),
        "metadata": params.get("metadata", {}),
        "payouts_enabled": False,
        "type": params["type"],
    }


def payment(pk: str, params: dict[str, Any], now: int, *, live: bool) -> dict[str, Any]:
    """A payment that waits for a bank transfer."""
    iban = {"account_holder_name": "Jeune Pousse", "bic": "AGRIFRPP", "country": "FR", "iban": f"FR14{pk[-6:]:0>23}"}
    return {
        "id": pk,
        "object": "payment_intent",
        "amount": params["amount"],
        "amount_received": 0,
        "capture_method": "automatic",
        "confirmation_method": "automatic",
        "created": now,
        "currency": params["currency"],
        "customer": params["customer"],
        "description": params["description"],
        "livemode": live,
        "metadata": params["metadata"],
        "next_action": {
            "type": "display_bank_transfer_instructions",
            "display_bank_transfer_instructions": {
                "type": "eu_bank_transfer",
                "amount_remaining": params["amount"],
                "currency": "eur",
                "financial_addresses": [{"type": "iban", "iban": iban, "supported_networks": ["sepa"]}],
                "hosted_instructions_url": None,
                "reference": f"VIR{pk[-6:]}",
            },
        },
        "payment_method_types": params["payment_method_types"],
        "status": "requires_action",
    }
