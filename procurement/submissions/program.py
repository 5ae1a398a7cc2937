"""The program that seals in the browser, as it is announced: its files, their hashes, one fingerprint (B.10, C12).

Receipts say with which program the files of a bid were sealed. Whoever holds the sources builds the same files and
finds the same fingerprint; a program that was changed for one bidder would have another one.
"""

import base64
import hashlib
from functools import cache
from pathlib import Path
from typing import Any

from marketplace.files.media_types import EXTENSIONS
from procurement.submissions.canonical import canonical

FORMAT = "preau-program/1"
FILES = ("age.js", "judge.js", "upload.js")
"""What a page that receives files serves, under `submissions/` of the static files."""

_FOLDER = Path(__file__).parent / "static" / "submissions"


def integrity(name: str) -> str:
    """What a page asks the browser to compare before it runs a file (subresource integrity, SHA-384)."""
    return "sha384-" + base64.b64encode(_digest(name, "sha384")).decode()


def hashes() -> dict[str, str]:
    """SHA-256 of each file, in hexadecimal."""
    return {name: _digest(name, "sha256").hex() for name in FILES}


def fingerprint() -> str:
    """SHA-256 of the canonical JSON of the announcement, in hexadecimal: what receipts say."""
    return hashlib.sha256(canonical(_announced())).hexdigest()


def announcement() -> dict[str, Any]:
    """What is published: files with their hashes, and the fingerprint that stands for them."""
    return {**_announced(), "fingerprint": fingerprint()}


def for_page() -> dict[str, Any]:
    """What the template of a page that receives files needs: fingerprint, scripts, extensions of accepted types."""
    return {
        "fingerprint": fingerprint(),
        "scripts": FILES,
        "extensions": {media_type: sorted(extensions) for media_type, extensions in EXTENSIONS.items()},
    }


def _announced() -> dict[str, Any]:
    return {"format": FORMAT, "files": hashes()}


def _path(name: str) -> Path:
    # Joined as text: pathlib takes no name that a template marked safe.
    return Path(f"{_FOLDER}/{name}")


def _digest(name: str, algorithm: str) -> bytes:
    return _digest_of_version(name, algorithm, _path(name).stat().st_mtime_ns)


@cache
def _digest_of_version(name: str, algorithm: str, _changed: int) -> bytes:
    """Read anew when the file changes, as it does under a developer's hands: a page would otherwise refuse it."""
    return hashlib.new(algorithm, _path(name).read_bytes()).digest()
