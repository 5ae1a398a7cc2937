"""What Stripe answers, in our words: plain values from its JSON, whatever version of its API wrote it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from marketplace.billing.plans import Period

CENTS = Decimal(100)


class Unreadable(ValueError):  # noqa: N818 - says what it is
    """Stripe answered something that this site does not sell: another currency or another rhythm."""


@dataclass(frozen=True, slots=True)
class SubscriptionState:
    """A subscription as it is at Stripe; names are those of `models.Subscription`."""

    stripe_id: str
    item_id: str
    status: str
    period: str
    began_at: datetime
    paid_until: datetime
    trial_ends_at: datetime | None
    ends_at: datetime | None
    ended_at: datetime | None


@dataclass(frozen=True, slots=True)
class InvoiceState:
    """An invoice as it is at Stripe; names are those of `models.Invoice`, and when its payment was first missed."""

    stripe_id: str
    number: str
    status: str
    issued_at: datetime
    paid_at: datetime | None
    net: Decimal
    vat: Decimal
    gross: Decimal
    pdf_url: str
    is_missed: bool


def subscription_of(told: Mapping[str, Any]) -> SubscriptionState:
    """Read a subscription. Raises Unreadable for a rhythm that is not sold here, KeyError for a shape unknown."""
    item = told["items"]["data"][0]
    recurring = item["price"]["recurring"]
    if recurring["interval"] not in Period.values or recurring["interval_count"] != 1:
        raise Unreadable(f"{recurring['interval_count']} {recurring['interval']}")
    # Versions of 2025 and later keep the period with each line.
    until = told["current_period_end"] if "current_period_end" in told else item["current_period_end"]
    ends_at = told.get("cancel_at") or (until if told["cancel_at_period_end"] else None)
    return SubscriptionState(
        stripe_id=told["id"],
        item_id=item["id"],
        status=told["status"],
        period=recurring["interval"],
        began_at=instant(told["start_date"]),
        paid_until=instant(until),
        trial_ends_at=_maybe(told.get("trial_end")),
        ends_at=_maybe(ends_at),
        ended_at=_maybe(told.get("ended_at")),
    )


def invoice_of(told: Mapping[str, Any]) -> InvoiceState:
    """Read an invoice; amounts are exact, from cents. Raises Unreadable for another currency than the euro."""
    if told["currency"] != "eur":
        raise Unreadable(told["currency"])
    gross = told["total"]
    net = told.get("total_excluding_tax")
    net = gross if net is None else net
    turns = told["status_transitions"]
    return InvoiceState(
        stripe_id=told["id"],
        number=told["number"] or told["id"],
        status=told["status"],
        issued_at=instant(turns.get("finalized_at") or told["created"]),
        paid_at=_maybe(turns.get("paid_at")),
        net=net / CENTS,
        vat=(gross - net) / CENTS,
        gross=gross / CENTS,
        pdf_url=told.get("invoice_pdf") or "",
        is_missed=told["status"] in {"open", "uncollectible"} and bool(told["attempted"]),
    )


def instant(seconds: int) -> datetime:
    """Stripe counts seconds since 1970."""
    return datetime.fromtimestamp(seconds, tz=UTC)


def _maybe(seconds: int | None) -> datetime | None:
    return None if seconds is None else instant(seconds)
