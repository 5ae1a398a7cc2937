"""Time that stands still until a test moves it, and a team that may publish."""

from collections.abc import Iterator
from typing import Any

import pytest

from marketplace.journal import clock
from tests.calls.builders import Team, make_team
from tests.calls.pages import NOW


@pytest.fixture
def moving() -> Iterator[clock.MovingClock]:
    with clock.rehearsal(NOW) as moving:
        yield moving


@pytest.fixture
def team(settings: Any, moving: clock.MovingClock) -> Team:
    settings.PROFILE_DECLARED_ON = "2026-01-02"
    return make_team()
