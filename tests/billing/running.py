"""Stripe on, on this machine; at the end, nothing that was asked or answered differs from its description."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

import pytest

from tests.billing.stand_in.described import SPEC
from tests.billing.stand_in.server import KEY, SECRET, StandIn

COUNTS = {"requests": 0, "answers": 0}


@contextmanager
def stripe_on(settings: Any, now: datetime) -> Iterator[StandIn]:
    """Point the real client of the site at a stand-in of its own."""
    if not SPEC.exists():
        pytest.skip(f"the description of Stripe's API is not here: {SPEC}")
    with StandIn(int(now.timestamp())) as running:
        settings.STRIPE_SECRET_KEY, settings.STRIPE_WEBHOOK_SECRET = KEY, SECRET
        settings.STRIPE_API_BASE = running.url
        yield running
    COUNTS["requests"] += running.description.requests
    COUNTS["answers"] += running.description.answers
    assert running.description.mismatches == []
