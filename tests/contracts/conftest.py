"""A contract made once for all the tests of a module: each test undoes only what it did itself."""

from collections.abc import Callable, Iterator
from copy import deepcopy

import pytest
from django.test import TestCase
from pytest_django.plugin import DjangoDbBlocker

from procurement.contracts.models import Contract
from tests.contracts.builders import Awarded

Arrange = Callable[[], tuple[Awarded, Contract]]


@pytest.fixture(scope="module")
def _arranged(
    request: pytest.FixtureRequest, django_db_setup: None, django_db_blocker: DjangoDbBlocker
) -> Iterator[tuple[Awarded, Contract]]:
    """What the function `arrange` of the module made, in a transaction that nothing commits.

    Django’s own mark on it lets durable acts open inside (as tests/evaluation/conftest.py does, step by step).
    """
    arrange: Arrange = request.module.arrange
    with django_db_blocker.unblock():
        atomics = TestCase._enter_atomics()
        try:
            made = arrange()
        except BaseException:
            TestCase._rollback_atomics(atomics)
            raise
    yield made
    with django_db_blocker.unblock():
        TestCase._rollback_atomics(atomics)


# The arrangement comes before `db`: pytest-django then undoes the test, and checks its foreign keys, inside of it.


@pytest.fixture
def arranged(_arranged: tuple[Awarded, Contract], db: None) -> tuple[Awarded, Contract]:
    """The lot and its first contract, for one test."""
    return deepcopy(_arranged)
