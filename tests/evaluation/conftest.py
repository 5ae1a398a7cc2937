"""One lot goes up the steps of `builders.STEPS`, each made once for all the tests that start there.

    @pytest.mark.starts_at("awarded")
    def test_…(journey): …

The fixture `empty_site` is for tests that write a call of their own.
"""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from copy import deepcopy
from datetime import datetime

import pytest
from django.test import TestCase
from pytest_django.plugin import DjangoDbBlocker

from tests.evaluation import builders
from tests.evaluation.builders import Journey

HEIGHTS = {name: height for height, name in enumerate(builders.STEPS, start=1)}


class Ladder:
    """Savepoints one inside another, each with what the journey is once its step is made.

    The outermost is a transaction that nothing commits. Django’s own mark on them lets durable acts open inside.
    """

    def __init__(self) -> None:
        self._atomics = [TestCase._enter_atomics()]
        self._journeys: list[Journey] = []

    def stand_at(self, height: int, now: datetime) -> Journey | None:
        """Go up or down to a step; the journey is a copy, for one test."""
        while len(self._journeys) > height:
            self._journeys.pop()
            self._undo()
        while len(self._journeys) < height:
            self._go_up(now)
        return deepcopy(self._journeys[-1]) if self._journeys else None

    def leave(self) -> None:
        """Undo everything."""
        while self._atomics:
            self._undo()

    def _go_up(self, now: datetime) -> None:
        step = list(builders.STEPS.values())[len(self._journeys)]
        below = deepcopy(self._journeys[-1]) if self._journeys else None
        self._atomics.append(TestCase._enter_atomics())
        try:
            self._journeys.append(step(below, now))
        except BaseException:
            self._undo()
            raise

    def _undo(self) -> None:
        TestCase._rollback_atomics(self._atomics.pop())


@pytest.fixture(scope="package")
def _ladder(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[Ladder]:
    with django_db_blocker.unblock():
        ladder = Ladder()
    yield ladder
    with django_db_blocker.unblock():
        ladder.leave()


@pytest.fixture
def _rung(
    request: pytest.FixtureRequest, _ladder: Ladder, now: datetime, django_db_blocker: DjangoDbBlocker
) -> Journey | None:
    with django_db_blocker.unblock():
        return _ladder.stand_at(_height_of(request.node), now)


# The rung comes before `db`: pytest-django then undoes the test, and checks its foreign keys, inside the rung.


@pytest.fixture
def journey(_rung: Journey | None, db: None) -> Journey:
    """The lot at the step that the mark `starts_at` names."""
    assert _rung is not None, "say with @pytest.mark.starts_at where the test starts"
    return _rung


@pytest.fixture
def branch(journey: Journey) -> Callable[[], AbstractContextManager[Journey]]:
    """Several continuations from the same step: `with branch() as journey:`, undone at its end."""

    @contextmanager
    def try_one() -> Iterator[Journey]:
        atomics = TestCase._enter_atomics()
        try:
            yield deepcopy(journey)
        finally:
            TestCase._rollback_atomics(atomics)

    return try_one


@pytest.fixture
def empty_site(_rung: None, db: None) -> None:
    """A database without any call."""


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "starts_at(step): the step of tests.evaluation.builders.STEPS to start from")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Tests of this folder run from the lowest step to the highest, so that each step is made once."""
    places = [place for place, item in enumerate(items) if "_ladder" in getattr(item, "fixturenames", ())]
    ordered = sorted((items[place] for place in places), key=_height_of)
    for place, item in zip(places, ordered, strict=True):
        items[place] = item


def _height_of(item: pytest.Item) -> int:
    mark = item.get_closest_marker("starts_at")
    return 0 if mark is None or "empty_site" in item.fixturenames else HEIGHTS[mark.args[0]]
