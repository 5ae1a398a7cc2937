"""A small rush over real sockets, a worker killed in the middle; the large one is `tests.benchmarks.deadline_rush`."""

from argparse import Namespace
from typing import Any

import pytest
from django.db import connection

from marketplace.journal.outbox import drain
from tests.benchmarks.deadline_rush import Rush
from tests.benchmarks.rush_checks import complements, faults_of, labels_of

SMALL = Namespace(
    companies=12, window=4.0, hurried=0.5, slow=2, compared=0, size=50_000, workers=2, threads=6, together=True,
    no_tasks=True, kill="worker",
)  # fmt: skip


@pytest.fixture
def environment(settings: Any, tmp_path: Any) -> dict[str, str]:
    """The site of this test, for another process."""
    database = connection.settings_dict
    if connection.vendor == "sqlite":
        address = f"sqlite:///{database['NAME']}"
    else:
        address = "postgres://{USER}:{PASSWORD}@{HOST}:{PORT}/{NAME}".format(**database)
    settings.SUBMISSION_ROOT, settings.KEYS_DIR = tmp_path / "submissions", tmp_path / "keys"
    return {
        "DATABASE_URL": address,
        "PREAU_VAR": str(tmp_path),
        "SECRET_KEY": settings.SECRET_KEY,
        "SECOND_FACTOR_REQUIRED": "0",
        # Static files as they lie in the sources.
        "DEBUG": "1",
    }


@pytest.mark.slow
@pytest.mark.law("LR-53", "LR-56")
@pytest.mark.django_db(transaction=True)
def test_nothing_is_lost_doubled_or_mislabelled_in_a_rush(environment):
    """Slow senders first, double clicks, the deadline moved for all just after it has passed."""
    rush = Rush(SMALL, **environment)
    try:
        rush.run()
    finally:
        rush.close()
    drain()
    assert sum(labels_of(rush.companies).values()) == SMALL.companies
    assert not {name: count for name, count in faults_of(rush.companies).items() if count}
    assert complements()[1] == 0
