"""People at a keyboard: pages whose clock is in the test's hands, and a browser that can be killed."""

import os
import re
import signal
import time
from pathlib import Path

from allauth.account.models import EmailAddress
from django.contrib.sessions.models import Session
from playwright.sync_api import Browser, BrowserContext, Locator, Page

from marketplace.accounts.models import User
from tests.factories import PASSWORD
from tests.journeys.conftest import CHROMIUM, QUIET

HALF_A_MINUTE = 30


def with_stopped_clock(page: Page) -> Page:
    """The same page, whose time passes only when told to."""
    page.clock.install(time="2027-01-12T09:00:00Z")
    page.clock.pause_at("2027-01-12T09:00:01Z")
    return page


def pass_until_sent(page: Page, milliseconds: int) -> int:
    """Let time pass, in which the page must send what is typed; the status of the answer."""
    with page.expect_response(lambda answer: answer.request.method == "POST") as answer:
        page.clock.run_for(milliseconds)
    return int(answer.value.status)


def said(page: Page, words: str | re.Pattern[str]) -> Locator:
    """The line below the form, once it says so."""
    line = page.locator("[data-autosave-status]").filter(has_text=words)
    line.wait_for()
    return line


def may_sign_in(user: User) -> User:
    """Somebody whose address is verified."""
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    return user


def end_sessions() -> None:
    """Every session of the site is over, as after the night."""
    Session.objects.all().delete()


def sign_in(page: Page, user: User) -> None:
    """Fill the form of the sign-in page that is shown."""
    page.get_by_label("Adresse électronique").fill(user.email)
    page.get_by_label("Mot de passe", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Me connecter").click()


def open_profile(browser: Browser, profile: Path, address: str) -> BrowserContext:
    """A Chromium of its own, which keeps what it knows in a folder."""
    context = browser.browser_type.launch_persistent_context(
        str(profile), executable_path=CHROMIUM, args=QUIET, base_url=address, locale="fr-FR"
    )
    context.set_default_timeout(15_000)
    return context


def wait_until_written(profile: Path, text: str) -> None:
    """Wait until the browser has put on disk what a page gave it to keep."""
    for _ in range(10 * HALF_A_MINUTE):
        folder = profile / "Default" / "Local Storage" / "leveldb"
        if any(text.encode() in file.read_bytes() for file in folder.glob("*.log")):
            return
        time.sleep(0.1)
    raise AssertionError(text)


def kill(context: BrowserContext, profile: Path) -> None:
    """End the browser's process at once: no page is told, nothing is written any more."""
    process = int(os.readlink(profile / "SingletonLock").rsplit("-", 1)[1])
    with context.expect_event("close"):
        os.kill(process, signal.SIGKILL)
