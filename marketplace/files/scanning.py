"""What an antivirus says of a content: clamd, asked over its socket (INSTREAM), and never « clean » without an answer.

Anything but a plain answer is « not analysed » with the reason: no antivirus set, none that answers, a content larger
than its limits, an archive that it could not look into.
"""

import socket
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import BinaryIO
from urllib.parse import urlsplit

from django.conf import settings

from marketplace.files.models import StoredFile

Verdict = StoredFile.ScanVerdict
CHUNK = 64 * 1024
LARGEST_ANSWER = 4096
PATIENCE = 120
"""Seconds that one step of the talk with the antivirus may take."""

NOT_SET = "Aucun antivirus n’est réglé sur ce site."
SILENT = "L’antivirus n’a pas répondu."
TOO_LARGE = "Ce fichier dépasse ce que l’antivirus accepte de lire."
CLOSED_ARCHIVE = "L’antivirus ne peut pas lire l’intérieur : il est protégé par un mot de passe."
# Alerts by which clamd says that it did not look, not that it found something.
UNREAD = {"Heuristics.Limits.Exceeded": TOO_LARGE, "Heuristics.Encrypted": CLOSED_ARCHIVE}


@dataclass(frozen=True, slots=True)
class Scan:
    """What was said; `detail`: the name of what was found, or in French why nothing was analysed."""

    verdict: Verdict
    detail: str = ""


def is_set() -> bool:
    """Whether this site has an antivirus."""
    return bool(settings.CLAMD_SOCKET)


def scan(content: BinaryIO) -> Scan:
    """Ask the antivirus about a content, read from where it stands. Never raises for an antivirus that fails."""
    return scan_chunks(iter(lambda: content.read(CHUNK), b""))


def scan_chunks(chunks: Iterable[bytes]) -> Scan:
    """The same, for a content that comes piece by piece."""
    if not is_set():
        return Scan(Verdict.NOT_ANALYSED, NOT_SET)
    try:
        return _read(_ask(chunks))
    except OSError:
        return Scan(Verdict.NOT_ANALYSED, SILENT)


def _connect() -> socket.socket:
    address = settings.CLAMD_SOCKET
    if address.startswith("tcp://"):
        parts = urlsplit(address)
        return socket.create_connection((parts.hostname, parts.port or 3310), timeout=PATIENCE)
    connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    connection.settimeout(PATIENCE)
    try:
        connection.connect(address)
    except OSError:
        connection.close()
        raise
    return connection


def _ask(chunks: Iterable[bytes]) -> bytes:
    """Send the content in frames (length on four bytes, then bytes; length 0 ends) and give the answer back."""
    with _connect() as connection:
        try:
            connection.sendall(b"zINSTREAM\0")
            for frame in _frames(chunks):
                connection.sendall(frame)
        except (BrokenPipeError, ConnectionResetError):
            # A content above its limit: clamd says so and hangs up before the end.
            pass
        answer = b""
        while not answer.endswith(b"\0") and len(answer) < LARGEST_ANSWER:
            received = connection.recv(LARGEST_ANSWER)
            if not received:
                break
            answer += received
    return answer


def _frames(chunks: Iterable[bytes]) -> Iterator[bytes]:
    for chunk in chunks:
        yield len(chunk).to_bytes(4, "big") + chunk
    yield bytes(4)


def _read(answer: bytes) -> Scan:
    text = answer.rstrip(b"\0\n").decode("utf-8", "replace")
    if text == "stream: OK":
        return Scan(Verdict.CLEAN)
    if text.startswith("stream: ") and text.endswith(" FOUND"):
        found = text.removeprefix("stream: ").removesuffix(" FOUND")
        why = next((why for alert, why in UNREAD.items() if found.startswith(alert)), None)
        return Scan(Verdict.NOT_ANALYSED, why) if why else Scan(Verdict.INFECTED, found[:200])
    return Scan(Verdict.NOT_ANALYSED, TOO_LARGE if "size limit exceeded" in text else SILENT)
