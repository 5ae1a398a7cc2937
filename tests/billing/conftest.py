"""The stand-in of Stripe, a company in front of it, and at the end how much was held against the description."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

import pytest

from tests.billing.house import House
from tests.billing.running import COUNTS, stripe_on
from tests.billing.stand_in.server import StandIn


@pytest.fixture
def stand_in(settings: Any, now: datetime) -> Iterator[StandIn]:
    with stripe_on(settings, now) as running:
        yield running


@pytest.fixture
def house(stand_in: StandIn, moving_clock: Any) -> House:
    """A company whose owner may subscribe, at a clock that moves with Stripe's."""
    return House(stand_in, moving_clock)


def pytest_terminal_summary(terminalreporter: Any) -> None:
    if COUNTS["requests"]:
        told = "{requests} requests, {answers} answers and events held against Stripe's description".format(**COUNTS)
        terminalreporter.write_line(f"{told}: 0 mismatches where the tests above passed")
