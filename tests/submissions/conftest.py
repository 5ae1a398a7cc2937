"""The stage of this room's tests."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import LazySettings

from marketplace.journal.clock import MovingClock
from tests.submissions.stage import Stage, make_stage


@pytest.fixture(autouse=True)
def _own_store(settings: LazySettings, tmp_path: Path) -> Iterator[None]:
    """Each test has its own folder of sealed parts and of opened files."""
    settings.SUBMISSION_ROOT = tmp_path / "submissions"
    settings.PRIVATE_ROOT = tmp_path / "private"
    return


@pytest.fixture
def stage(db: None, moving_clock: MovingClock) -> Stage:
    """A period of initial tenders, two envelopes; the three custodians have proved their keys."""
    return make_stage(moving_clock)
