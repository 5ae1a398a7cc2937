"""Fixtures of the whole suite: own folders for what the site writes, cheap password hashes and documents, a flush that
may flush."""

import os
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

import pytest
from django.db import connections
from django.test import TransactionTestCase
from django.test.utils import override_settings
from django_tasks_db.models import DBTaskResult
from hypothesis import settings as hypothesis_settings

from marketplace.journal import clock, triggers
from marketplace.ui import printing

# No deadline: the machines of CI are shared. No database: failing examples become tests, not files.
hypothesis_settings.register_profile("preau", deadline=None, database=None)
hypothesis_settings.load_profile("preau")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Leave the long tests for whoever asks for them."""
    if os.environ.get("PREAU_SLOW") == "1":
        return
    for item in items:
        if item.get_closest_marker("slow"):
            item.add_marker(pytest.mark.skip(reason="long: run with PREAU_SLOW=1"))


@pytest.fixture(scope="session", autouse=True)
def _own_folders(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Private files, sealed bids and keys of a test session never meet those of a real site."""
    var = tmp_path_factory.mktemp("var")
    static = var / "static"
    static.mkdir()
    with override_settings(
        PRIVATE_ROOT=var / "private",
        SUBMISSION_ROOT=var / "submissions",
        KEYS_DIR=var / "keys",
        MEDIA_ROOT=var / "media",
        REHEARSAL_CLOCK_ALLOWED=True,
        # Attempts to sign in are counted in memory; the second factor has tests of its own (tests/accounts).
        CACHES={
            name: {"BACKEND": "django.core.cache.backends.locmem.LocMemCache", "LOCATION": name}
            for name in ("default", "drawings", "renditions")
        },
        SECOND_FACTOR_REQUIRED=False,
        PASSWORD_HASHERS=["django.contrib.auth.hashers.MD5PasswordHasher"],
        STATIC_ROOT=static,
        STORAGES={
            "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
            "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
        },
    ):
        yield


@pytest.fixture(scope="session")
def quick_pdf() -> Callable[..., bytes]:
    """A writer of documents that lays out one blank page, once: each document is still bytes of its own."""
    blank = printing.write_pdf("<!doctype html><html lang='fr'><title>Page</title><p>Page</p>")

    def write(markup: str, **_attachments: Any) -> bytes:
        return blank + b"\n%" + sha256(markup.encode()).hexdigest().encode() + b"\n"

    return write


@pytest.fixture(autouse=True)
def _quick_documents(
    request: pytest.FixtureRequest, quick_pdf: Callable[..., bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Laying out documents takes most of the time of acts: it is done for tests marked `documents`, which read them.

    Templates are still rendered, so that a fact which misses is still found.
    """
    if request.node.get_closest_marker("documents") is None:
        monkeypatch.setattr(printing, "write_pdf", quick_pdf)


@pytest.fixture(scope="session", autouse=True)
def _flush_lifts_triggers() -> Iterator[None]:
    """Tests with real transactions end with a flush, which append-only tables refuse: lift their triggers around it.

    The flush itself ends with `post_migrate`, which makes them again.
    """
    teardown = TransactionTestCase._fixture_teardown

    def lifted(case: TransactionTestCase) -> None:
        for alias in case._databases_names(include_mirrors=False):
            lift_triggers(alias)
        teardown(case)
        forget_tasks()

    patch = pytest.MonkeyPatch()
    patch.setattr(TransactionTestCase, "_fixture_teardown", lifted)
    yield
    patch.undo()


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: Any) -> None:
    """The site lays its pages after every migration, which leaves tasks of its own: tests begin with none."""
    with django_db_blocker.unblock():
        forget_tasks()


def forget_tasks() -> None:
    """Empty the queue of a test database."""
    DBTaskResult.objects.all().delete()


def lift_triggers(alias: str = "default") -> None:
    """Remove the triggers of every append-only table of a test database."""
    connection = connections[alias]
    with connection.cursor() as cursor:
        for model in triggers.guarded_models():
            for name in triggers.statements(connection, model):
                cursor.execute(triggers.removal(connection, model, name))


@pytest.fixture
def now() -> datetime:
    """A working day at ten in Paris, for acts that only need an instant."""
    return datetime(2027, 1, 12, 9, 0, tzinfo=UTC)


@pytest.fixture
def moving_clock(now: datetime) -> Iterator[clock.MovingClock]:
    """The process lives at `now`, then wherever the test moves the clock."""
    with clock.rehearsal(now) as moving:
        yield moving
