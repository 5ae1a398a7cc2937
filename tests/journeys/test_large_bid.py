"""A large bid in a real browser: killed, cut off, resumed, sealed, verified, opened; and without JavaScript.

40 MB in the ordinary suite, 300 MB with PREAU_SLOW=1.
"""

import hashlib
import io
import json
import os
import re
import subprocess
import sys
import threading
import time
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as site
from django.db import connection
from playwright.sync_api import Page

from marketplace.files.media_types import RefusedFile, checked_media_type
from marketplace.files.services import open_stored
from marketplace.journal.outbox import drain
from procurement.submissions import program
from procurement.submissions.announced import NotReceived
from procurement.submissions.codes import Code
from procurement.submissions.models import Attempt, DepositFile, OpenedFile, UnfinishedPart
from procurement.submissions.sealing import PART_SIZE
from procurement.submissions.views import transfers as views
from tests.calls.builders import team_user
from tests.journeys.conftest import session_of
from tests.journeys.looking import Seen, look
from tests.journeys.typists import kill, open_profile
from tests.submissions.browsing import BID, CANDIDATURE, Firm, publish
from tests.submissions.stage import make_stage

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(connection.vendor != "sqlite", reason="a browser sees no database: played once, on SQLite"),
]
MARKER = b"octets-que-personne-ne-doit-lire "
PATIENCE = 120_000


@pytest.fixture
def firm(moving_clock, settings, tmp_path) -> Firm:
    """A firm whose bid lacks its large file only."""
    settings.SUBMISSION_ROOT = tmp_path / "site" / "submissions"
    settings.PRIVATE_ROOT = tmp_path / "site" / "private"
    stage = make_stage(moving_clock, kind="single_step")
    publish(stage)
    firm = Firm(stage, "Tramélys")
    firm.begin()
    firm.fill({**CANDIDATURE, **BID})
    firm.send("candidature", 1)
    firm.send("price", 1)
    return firm


def large_file(folder: Path, size: int) -> tuple[Path, str]:
    """A file that begins as a PDF does and repeats itself nowhere, with its SHA-256."""
    path, digest = folder / "memoire.pdf", hashlib.sha256()
    with path.open("wb") as target:
        piece = b"%PDF-1.7\n" + MARKER
        for left in range(size, 0, -PART_SIZE):
            piece = (piece + os.urandom(PART_SIZE))[: min(left, PART_SIZE)]
            target.write(piece)
            digest.update(piece)
            piece = MARKER
    return path, digest.hexdigest()


class Door:
    """Lets so many parts in, then holds those that follow until they are cut."""

    def __init__(self, receive: Callable[..., bool]) -> None:
        self._receive, self._lock = receive, threading.Lock()
        self.let_in(10**6)
        self.held: list[int] = []
        self.programs: set[str] = set()

    def let_in(self, count: int) -> None:
        self._left, self._cut, self.waiting = count, threading.Event(), 0

    def __call__(self, **sent: Any) -> bool:
        with self._lock:
            self._left -= 1
            cut = self._cut if self._left < 0 else None
        if cut:
            self.waiting += 1
            cut.wait(60)
            raise NotReceived(Code.CUT, status=400)
        is_new = self._receive(**sent)
        self.held.append(sent["n"])
        self.programs.add(sent["sealed"].program if sent["sealed"] else "")
        return is_new

    def cut(self) -> None:
        """What waits never arrives; what comes later is let in."""
        cut, self._left = self._cut, 10**6
        cut.set()


def wait_until(is_true: Callable[[], object]) -> None:
    for _ in range(600):
        if is_true():
            return
        time.sleep(0.1)
    raise AssertionError("this never happened")


def choose(page: Page, path: Path) -> None:
    page.locator("section", has_text="Mémoire technique").locator("input[type=file]").first.set_input_files(path)


@pytest.mark.parametrize("size", [40_000_000, pytest.param(300_000_000, marks=pytest.mark.slow)])
@pytest.mark.law("LR-57")
def test_a_large_bid_survives_everything(firm, chromium, visit, live_server, tmp_path, monkeypatch, size):
    path, digest = large_file(tmp_path, size)
    parts = -(-size // PART_SIZE)
    door, user = Door(views.receive_part), team_user(firm.actor)
    monkeypatch.setattr(views, "receive_part", door)

    # A first browser, killed by a signal in the middle.
    first = parts // 3 + 1
    door.let_in(first)
    profile = tmp_path / "profile"
    context = open_profile(chromium, profile, live_server.url)
    context.add_cookies([{"name": site.SESSION_COOKIE_NAME, "value": session_of(user), "url": live_server.url}])
    page = context.new_page()
    page.goto(firm.page("files"))
    choose(page, path)
    wait_until(lambda: UnfinishedPart.objects.count() == first and door.waiting)
    kill(context, profile)
    door.cut()
    in_clear = [one for one in (tmp_path / "site").rglob("*") if one.is_file() and MARKER in one.read_bytes()]
    assert not in_clear

    # Another one: it says what is held, goes on from there, and waits while the network is cut.
    window = visit(user, accept_downloads=True)
    window.set_default_timeout(PATIENCE)
    page, seen = window.new_page(), Seen()
    page.goto(firm.page("files"))
    page.get_by_text(f"{first} parties sur {parts} reçues").wait_for()
    look(page, seen, widths=(320,), dark=False)
    door.let_in(1)
    choose(page, path)
    wait_until(lambda: UnfinishedPart.objects.count() == first + 1 and door.waiting)
    window.set_offline(True)
    page.get_by_text("Connexion coupée. L’envoi reprendra seul").first.wait_for()
    door.cut()
    window.set_offline(False)
    page.get_by_text("Reçu entier").nth(2).wait_for()
    # No part that was held was sent again.
    assert sorted(door.held) == list(range(1, parts + 1))
    sent = DepositFile.objects.get(envelope="technical", kind="document")
    assert sent.size == size
    # Sealed before it left: the site held no byte of it in clear, not even in memory.
    assert door.programs == {program.fingerprint()}
    assert sent.programs == [program.fingerprint()]
    assert {"file_begun", "file_resumed", "part_failed", "browser", "file_whole"} <= set(
        Attempt.objects.values_list("event", flat=True)
    )

    # Sealed, receipted, verified.
    page.goto(firm.page("attempts"))
    page.get_by_text("Votre connexion est coupée").first.wait_for()
    look(page, seen, widths=(320,), dark=False)
    page.goto(firm.page("problem"))
    look(page, seen, widths=(320,), dark=False)
    assert not seen.problems
    page.goto(firm.page("review"))
    page.locator("[name=replacement_rule]").check()
    page.get_by_role("button", name="Faire relire ma réponse").click()
    page.locator("[name=declared]").check()
    page.get_by_role("button", name="Déposer ma réponse").click()
    page.get_by_text("Accusé n°").first.wait_for()
    drain()
    page.reload()
    receipt = downloaded(page, "Accusé signé (JSON)", tmp_path / "accuse.json")
    printed = downloaded(page, "Accusé en PDF", tmp_path / "accuse.pdf")
    page.goto("/verifier-un-document/")
    keys = downloaded(page, "Clés publiques", tmp_path / "cles.json", by_address=True)
    verifier = downloaded(page, "verify_receipt.py", tmp_path / "verify_receipt.py", by_address=True)
    page.locator("#document").set_input_files(printed)
    page.get_by_text("Document authentique").wait_for()
    # The signed file too, as it was given or laid out anew.
    for file in (receipt, spread(receipt, tmp_path / "accuse-lisible.json")):
        page.goto("/verifier-un-document/")
        page.locator("#document").set_input_files(file)
        page.get_by_text("Accusé de dépôt, fichier signé").wait_for()
    told = subprocess.run(  # noqa: S603 - our own tool
        [sys.executable, verifier, receipt, "--keys", keys], capture_output=True, text=True, check=False, cwd=tmp_path
    )
    assert (told.returncode, told.stdout.split(" : ")[0]) == (0, "valide"), told.stdout + told.stderr

    # Opened by two custodians: the very bytes that were sent.
    firm.stage.close()
    firm.stage.open("technical")
    opened = open_stored(OpenedFile.objects.get(deposit_file_id=sent.pk).stored_file)
    assert hashlib.sha256(opened).hexdigest() == digest


def test_a_browser_that_cannot_seal_says_so_and_loses_nothing(firm, visit, tmp_path):
    path, _digest = large_file(tmp_path, PART_SIZE + 10)
    window = visit(team_user(firm.actor))
    window.set_default_timeout(PATIENCE)
    window.route("**/submissions/age*.js", lambda route: route.abort())
    page = window.new_page()
    page.goto(firm.page("files"))
    choose(page, path)
    page.get_by_text("Reçu entier").nth(2).wait_for()
    page.get_by_text(re.compile("8,4.Mo.*scellé par le site à son arrivée")).wait_for()
    sent = DepositFile.objects.get(envelope="technical", kind="document")
    assert (sent.size, sent.programs) == (path.stat().st_size, [])


def test_the_browser_judges_files_as_the_site_does(firm, visit, tmp_path):
    page = visit(team_user(firm.actor)).new_page()
    page.goto(firm.page("files"))
    for name, content in corpus():
        told = page.evaluate(
            """async ([name, bytes]) => {
                const extensions = JSON.parse(document.getElementById("extensions").textContent);
                return judge(new File([new Uint8Array(bytes)], name), extensions);
            }""",
            [name, list(content)],
        )
        # The list of accepted types, at the end of one sentence, is the site's alone.
        assert told.split(":")[0] == refusal_of(name, content).split(":")[0], name


def refusal_of(name: str, content: bytes) -> str:
    try:
        checked_media_type(io.BytesIO(content), name=name)
    except RefusedFile as refused:
        return refused.reasons[0]
    return ""


def corpus() -> list[tuple[str, bytes]]:
    """Files of each type, each with a name that fits and one that does not, and files that nobody accepts."""
    bundle = zipped({"lisez-moi.txt": b"bonjour"})
    return [
        ("a.pdf", b"%PDF-1.7\n"),
        ("a.png", b"%PDF-1.7\n"),
        ("sans-extension", b"%PDF-1.7\n"),
        ("a.png", b"\x89PNG\r\n\x1a\n..."),
        ("a.jpeg", b"\xff\xd8\xff\xe0"),
        ("a.age", b"age-encryption.org/v1\n"),
        ("a.age", b"-----BEGIN AGE ENCRYPTED FILE-----\n"),
        ("a.zip", bundle),
        ("a.docx", bundle),
        ("a.zip", b"avant" + bundle),
        ("a.zip", bundle[:-30]),
        ("a.zip", bundle[:40]),
        ("a.docx", zipped({"word/document.xml": b"<w/>"})),
        ("a.xlsx", zipped({"xl/workbook.xml": b"<w/>"})),
        ("a.pptx", zipped({"ppt/presentation.xml": b"<w/>"})),
        ("a.zip", zipped({"ppt/presentation.xml": b"<w/>"})),
        ("a.docx", zipped({"word/document.xml": b"<w/>", "word/vbaProject.bin": b"x"})),
        ("a.odt", zipped({"mimetype": b"application/vnd.oasis.opendocument.text"})),
        ("a.ods", zipped({"mimetype": b"application/vnd.oasis.opendocument.spreadsheet"})),
        ("a.odt", zipped({"mimetype": b"application/vnd.oasis.opendocument.text", "Basic/script.xml": b"x"})),
        ("a.txt", "Bonjour à tous".encode()),
        ("a.txt", "Bonjour à tous".encode("cp1252")),
        ("a.md", b"# Titre"),
        ("a.csv", b"a;b"),
        ("a.pdf", b"Bonjour"),
        ("a.txt", b"MZ\x00\x01"),
        ("a.exe", b"MZ\x00\x01"),
        ("a.txt", b"<!DOCTYPE html><html>"),
        ("a.xml", b"<?xml version='1.0'?><svg>"),
        ("a.xml", b"<?xml version='1.0'?><a/>"),
        ("a.xml", b"<a/>"),
        ("a.json", b'{"a": 1}'),
        ("a.json", b'{"a": '),
        ("a.txt", b'{"a": '),
    ]


def zipped(entries: dict[str, bytes]) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        for name, content in entries.items():
            archive.writestr(name, content)
    return target.getvalue()


def spread(receipt: Path, path: Path) -> Path:
    content = json.loads(receipt.read_text())
    path.write_text(json.dumps(dict(reversed(content.items())), indent=4))
    return path


def downloaded(page: Page, words: str, path: Path, *, by_address: bool = False) -> Path:
    link = page.locator("main").get_by_role("link", name=words).first
    if by_address:
        path.write_bytes(page.request.get(link.get_attribute("href") or "").body())
        return path
    with page.expect_download() as coming:
        link.click()
    coming.value.save_as(path)
    return path


def test_fifty_megabytes_go_without_javascript(firm, visit, tmp_path):
    path, _digest = large_file(tmp_path, 50_000_000)
    window = visit(team_user(firm.actor), java_script_enabled=False)
    window.set_default_timeout(PATIENCE)
    page = window.new_page()
    page.goto(firm.page("files"))
    page.get_by_text("Sans JavaScript, envoyez un fichier à la fois, de 50 Mo au plus").wait_for()
    choose(page, path)
    page.locator("section", has_text="Mémoire technique").get_by_role("button", name="Envoyer").first.click()
    page.get_by_text("Reçu entier").nth(2).wait_for()
    assert DepositFile.objects.get(envelope="technical", kind="document").size == 50_000_000
    assert not [one for one in (tmp_path / "site").rglob("*") if one.is_file() and MARKER in one.read_bytes()]


def test_a_trial_in_the_browser_measures_and_leaves_nothing(firm, visit, tmp_path):
    path, _digest = large_file(tmp_path, 2 * PART_SIZE)
    window, seen = visit(team_user(firm.actor)), Seen()
    window.set_default_timeout(PATIENCE)
    page = window.new_page()
    page.goto(firm.page("tasks"))
    page.get_by_role("link", name="Faire un dépôt d’essai").click()
    page.get_by_role("button", name="Commencer l’essai").click()
    page.locator("input[type=file]").set_input_files(path)
    page.get_by_text("Reçu entier").first.wait_for()
    page.get_by_role("button", name="Déposer pour essayer").wait_for()
    look(page, seen, widths=(320,), dark=False)
    page.get_by_role("button", name="Déposer pour essayer").click()
    page.get_by_text("Votre poste est prêt").first.wait_for()
    look(page, seen, widths=(320,), dark=False)
    assert not seen.problems
    assert not list((tmp_path / "site" / "submissions" / "essais").rglob("*.age"))
