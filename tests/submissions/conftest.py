"""The stage of this room's tests."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import LazySettings

from marketplace.journal.clock import MovingClock
from procurement.submissions.sealing import PART_SIZE
from tests.submissions.browsing import Firm, publish
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


@pytest.fixture
def firm(db: None, moving_clock: MovingClock) -> Firm:
    """A firm that fills an application: three parts a file, four in all, three files."""
    stage = make_stage(
        moving_clock, kind="candidature", bytes_per_file=3 * PART_SIZE, bytes_in_all=4 * PART_SIZE, files_max=3
    )
    publish(stage)
    firm = Firm(stage, "Tramélys")
    firm.begin()
    return firm
