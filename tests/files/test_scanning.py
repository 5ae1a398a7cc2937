"""What the antivirus says is kept as it says it, and nothing else is ever « clean » (sealed-bids B.5, LR-58)."""

import io
import zipfile
from collections.abc import Iterator

import pytest

from marketplace.files import scanning
from marketplace.files.scanning import Scan, Verdict, scan
from tests.files.antivirus import CLAMD, EICAR, LIMIT, real_clamd, standing_in


@pytest.fixture(
    scope="module",
    params=["stand-in", pytest.param("clamd", marks=pytest.mark.skipif(CLAMD is None, reason="no clamd here"))],
)
def address(request) -> Iterator[str]:
    with real_clamd() if request.param == "clamd" else standing_in() as path:
        yield path


@pytest.fixture
def antivirus(address, settings) -> str:
    settings.CLAMD_SOCKET = address
    return address


def asked(content: bytes) -> Scan:
    return scan(io.BytesIO(content))


def test_a_clean_content_is_clean(antivirus):
    assert asked(b"un memoire technique " * 5000) == Scan(Verdict.CLEAN)
    # Exactly as large as what is sent at once, and one byte more.
    assert asked(b"x" * scanning.CHUNK).verdict == Verdict.CLEAN
    assert asked(b"x" * (scanning.CHUNK + 1)).verdict == Verdict.CLEAN


def test_what_is_found_is_named(antivirus):
    found = asked(EICAR)
    assert found.verdict == Verdict.INFECTED
    assert "eicar" in found.detail.lower()


def test_malware_across_two_frames_is_found(antivirus):
    assert asked(b" " * (scanning.CHUNK - 30) + EICAR).verdict == Verdict.INFECTED


def test_what_is_too_large_is_not_analysed(antivirus):
    assert asked(b"x" * (LIMIT * 8)) == Scan(Verdict.NOT_ANALYSED, scanning.TOO_LARGE)


def test_without_antivirus_it_is_said(settings):
    settings.CLAMD_SOCKET = ""
    assert asked(EICAR) == Scan(Verdict.NOT_ANALYSED, scanning.NOT_SET)


@pytest.mark.parametrize("path", ["/nowhere/clamd.sock", "tcp://127.0.0.1:9"])
def test_an_antivirus_that_is_down_is_not_a_clean_answer(settings, path):
    settings.CLAMD_SOCKET = path
    assert asked(b"x") == Scan(Verdict.NOT_ANALYSED, scanning.SILENT)


@pytest.mark.parametrize("kind", ["silent", "garbled"])
def test_neither_silence_nor_nonsense_is_a_clean_answer(settings, kind):
    with standing_in(kind) as path:
        settings.CLAMD_SOCKET = path
        assert asked(b"x") == Scan(Verdict.NOT_ANALYSED, scanning.SILENT)


def test_an_archive_that_cannot_be_read_is_not_analysed(settings):
    with standing_in() as path:
        settings.CLAMD_SOCKET = path
        assert asked(b"chiffre-par-mot-de-passe") == Scan(Verdict.NOT_ANALYSED, scanning.CLOSED_ARCHIVE)


@pytest.mark.skipif(CLAMD is None, reason="no clamd here")
def test_the_real_one_looks_into_archives(settings):
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as target:
        target.writestr("notes.txt", EICAR)
    with real_clamd() as path:
        settings.CLAMD_SOCKET = path
        assert asked(archive.getvalue()).verdict == Verdict.INFECTED
