"""One world for all the tests of this folder, in a transaction that nothing commits."""

from collections.abc import Iterator
from copy import deepcopy
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connection
from django.test.utils import override_settings
from pytest_django.plugin import DjangoDbBlocker

from marketplace.journal import clock
from tests.access.asking import undone
from tests.access.world import World, make_world

REFUSALS = {"404.html": "introuvable", "layout/forbidden.html": "{{ reasons|join:' ' }}"}
"""Thousands of refusals are asked for here: who gets one is at stake, not how its page looks."""


@pytest.fixture(scope="package")
def world(
    django_db_setup: None, django_db_blocker: DjangoDbBlocker, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[World]:
    if connection.vendor != "sqlite":
        pytest.skip("who may do what does not depend on the database: asked once, on SQLite")
    with (
        override_settings(
            PROFILE_DECLARED_ON="2025-12-01", TEMPLATES=_short_refusals(tmp_path_factory.mktemp("templates"))
        ),
        django_db_blocker.unblock(),
        undone(),
    ):
        made, at = make_world(tmp_path_factory.mktemp("plays"))
        with clock.rehearsal(at):
            yield made


def _short_refusals(folder: Path) -> list[dict]:
    for name, text in REFUSALS.items():
        page = folder / name
        page.parent.mkdir(exist_ok=True)
        page.write_text(text, encoding="utf-8")
    templates = deepcopy(settings.TEMPLATES)
    templates[0]["DIRS"].insert(0, folder)
    return templates
