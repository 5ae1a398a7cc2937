"""Time that stands still until a test moves it, and a team that may publish."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.test import TestCase

from marketplace.journal import clock
from procurement.calls.models import Call
from tests.calls.builders import Team, make_team
from tests.calls.pages import NOW
from tests.calls.ready import PROFILE_DECLARED_ON, Draft, ready


@pytest.fixture
def moving() -> Iterator[clock.MovingClock]:
    with clock.rehearsal(NOW) as moving:
        yield moving


@pytest.fixture
def team(settings: Any, moving: clock.MovingClock) -> Team:
    settings.PROFILE_DECLARED_ON = "2026-01-02"
    return make_team()


@pytest.fixture(scope="module")
def module_rows(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    """A transaction around a module: what is written in it once, each test changes inside its own."""
    with django_db_blocker.unblock():
        # Django’s own mark on them lets durable acts open inside.
        atomics = TestCase._enter_atomics()
        try:
            yield
        finally:
            TestCase._rollback_atomics(atomics)


@pytest.fixture(scope="module")
def whole_call(module_rows: None) -> Draft:
    """A call that lacks nothing, built once for the module."""
    return ready(make_team())


@pytest.fixture
def draft(whole_call: Draft, db: None, settings: Any) -> Draft:
    """The call of the module, as its rows stand."""
    settings.PROFILE_DECLARED_ON = PROFILE_DECLARED_ON
    return Draft(Call.objects.get(pk=whole_call.call.pk), whole_call.team, whole_call.now)


@pytest.fixture
def rule(request: pytest.FixtureRequest) -> str:
    """The rule that the row of a table is about, from its mark."""
    return request.node.get_closest_marker("law").args[0]
