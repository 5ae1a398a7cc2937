"""What Stripe sends: checked, kept as it came, answered at once. `handling` says what is done with it."""

import json
from datetime import datetime
from typing import Any

import stripe
from django.conf import settings
from django.db import IntegrityError, transaction

from marketplace.billing.models import Event
from marketplace.billing.tasks import handle

TOLERANCE = 300
"""Seconds after which a signed notification is a copy of an old one."""


class BadNotification(Exception):  # noqa: N818 - says what it is
    """It is not Stripe's, it is too old, or it is not readable."""


def receive(*, body: bytes, signature: str, now: datetime) -> Event | None:
    """Keep a notification and leave it to a task, in one transaction. Returns None for one that came before.

    The age of the signature is measured with the clock of the machine, as the library does. Raises BadNotification.
    """
    try:
        text = body.decode()
        stripe.WebhookSignature.verify_header(text, signature, settings.STRIPE_WEBHOOK_SECRET, TOLERANCE)
        event = _event(json.loads(text), body, now)
    except (stripe.SignatureVerificationError, ValueError, KeyError, TypeError) as error:
        raise BadNotification from error
    try:
        with transaction.atomic():
            event.save(force_insert=True)
            handle.enqueue(event.pk)
    except IntegrityError:
        return None
    return event


def _event(told: dict[str, Any], body: bytes, now: datetime) -> Event:
    thing = told["data"]["object"]
    customer = thing["id"] if thing.get("object") == "customer" else thing.get("customer")
    return Event(
        event_id=told["id"],
        type=told["type"],
        is_live=told["livemode"],
        stripe_account=told.get("account") or "",
        customer_id=customer if isinstance(customer, str) else "",
        body=body,
        received_at=now,
    )
