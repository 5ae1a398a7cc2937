"""The clock and the folders of this room's tests."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from django.core.cache import cache

from marketplace.journal import clock

NOW = datetime(2027, 1, 12, 9, 0, tzinfo=UTC)


@pytest.fixture
def moving(settings: Any, tmp_path: Path) -> Iterator[clock.MovingClock]:
    """A clock in hand at NOW, and folders of the test’s own."""
    settings.PROFILE_DECLARED_ON = "2026-01-02"
    settings.SUBMISSION_ROOT, settings.PRIVATE_ROOT = tmp_path / "submissions", tmp_path / "private"
    with clock.rehearsal(NOW) as moving:
        yield moving


@pytest.fixture(autouse=True)
def _nothing_counted() -> None:
    """Nobody has asked for a mail yet."""
    cache.clear()
