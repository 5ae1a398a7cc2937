"""What `check` says of the keys of Stripe."""

from typing import Any

from django.conf import settings
from django.core import checks

from marketplace.billing import gateway


def check_keys(**kwargs: Any) -> list[checks.CheckMessage]:
    """A key of a known kind, with the secret of its notifications."""
    if not gateway.is_on():
        return []
    found: list[checks.CheckMessage] = []
    if not settings.STRIPE_SECRET_KEY.startswith(gateway.LIVE + gateway.TEST):
        found.append(checks.Error("STRIPE_SECRET_KEY is neither a live nor a test secret key", id="billing.E001"))
    if not settings.STRIPE_WEBHOOK_SECRET:
        found.append(checks.Error("STRIPE_WEBHOOK_SECRET is not set: no notification would pass", id="billing.E002"))
    return found
