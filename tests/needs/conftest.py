"""Mails asked for are counted in the cache: each test begins with none."""

from collections.abc import Iterator

import pytest
from django.core.cache import cache


@pytest.fixture(autouse=True)
def _no_mail_asked_for_yet() -> Iterator[None]:
    cache.clear()
    yield
    cache.clear()
