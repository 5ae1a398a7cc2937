"""A real browser for the journeys: Debian's Chromium, one process per module, one fresh profile per person."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore
from playwright.sync_api import Browser, BrowserContext, sync_playwright

from marketplace.accounts.models import User

CHROMIUM = "/usr/bin/chromium"
QUIET = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """One browser for the tests of a module: while its driver lives, no other event loop runs in this thread."""
    if not Path(CHROMIUM).exists():
        pytest.fail("Chromium is missing: `make test` installs it, or `apt-get install chromium`")
    # The driver runs an event loop in this thread; the test itself stays synchronous.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=CHROMIUM, args=QUIET)
        yield browser
        browser.close()
    del os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"]


@pytest.fixture
def visit(chromium: Browser, live_server: object) -> Iterator[Callable[..., BrowserContext]]:
    """Open a window: `visit()` as a visitor, `visit(user)` signed in, with the options of a browser context."""
    opened: list[BrowserContext] = []

    def open_window(user: User | None = None, **options: object) -> BrowserContext:
        context = chromium.new_context(base_url=live_server.url, locale="fr-FR", **options)
        context.set_default_timeout(15_000)
        opened.append(context)
        if user is not None:
            context.add_cookies(
                [{"name": settings.SESSION_COOKIE_NAME, "value": session_of(user), "url": live_server.url}]
            )
        return context

    yield open_window
    for context in opened:
        context.close()


def session_of(user: User) -> str:
    """A session in which the person has signed in, second factor included."""
    session = SessionStore()
    session[SESSION_KEY] = str(user.pk)
    session[BACKEND_SESSION_KEY] = "allauth.account.auth_backends.AuthenticationBackend"
    session[HASH_SESSION_KEY] = user.get_session_auth_hash()
    session.save()
    return str(session.session_key)


@pytest.fixture(autouse=True)
def _quick_documents() -> None:
    """People read the documents of a journey."""
