"""One world for all the tests of this folder, in a transaction that nothing commits."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from django.test import TestCase
from django.test.utils import override_settings
from pytest_django.plugin import DjangoDbBlocker

from marketplace.journal import clock
from tests.access.world import World, make_world


@contextmanager
def undone() -> Iterator[None]:
    """What happens inside is undone. Django’s own mark lets durable acts open there."""
    atomics = TestCase._enter_atomics()
    try:
        yield
    finally:
        TestCase._rollback_atomics(atomics)


@pytest.fixture(scope="package")
def world(
    django_db_setup: None, django_db_blocker: DjangoDbBlocker, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[World]:
    with (
        override_settings(PROFILE_DECLARED_ON="2025-12-01"),
        django_db_blocker.unblock(),
        undone(),
    ):
        made, at = make_world(tmp_path_factory.mktemp("plays"))
        with clock.rehearsal(at):
            yield made
