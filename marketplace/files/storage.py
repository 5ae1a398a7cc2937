"""Bytes on disk: written whole, encrypted and synced before the act that keeps them, checked whenever they are read.

No row is touched here. A staged file that no act keeps is only unread bytes under an address nobody knows.
"""

import hashlib
import io
import os
import secrets
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from django.conf import settings

from marketplace.files import encryption
from marketplace.files.encryption import DamagedFile
from marketplace.files.media_types import checked_media_type

STAGING_LASTS = 10 * 60
"""Seconds after which a staged file was kept by its act, or never will be."""


@dataclass(frozen=True, slots=True)
class StagedFile:
    """Content that is durable on disk and waits for an act to keep it.

    Attributes:
        sha256: Fingerprint of the clear content, in hexadecimal.
        size: Bytes of the clear content.
        media_type: Type seen in the content.
        name: Name given to the file, without folders.
        path: Where it lies, relative to `PRIVATE_ROOT`.
    """

    sha256: str
    size: int
    media_type: str
    name: str
    path: str


def stage(content: bytes | BinaryIO, *, name: str, media_type: str | None = None) -> StagedFile:
    """Write content to the private store: encrypted, synced, renamed. Call it before the act opens.

    Args:
        content: Bytes, or a seekable binary file read from its beginning.
        name: Name of the file, as people know it; its extension must agree with the content.
        media_type: Type that the content must have; None accepts any of the list.

    Raises:
        RefusedFile: The type is not on the list, the file is empty or its name does not fit.
    """
    source = io.BytesIO(content) if isinstance(content, bytes) else content
    name = Path(name.replace("\\", "/")).name
    found = checked_media_type(source, name=name, expected=media_type)
    sha256, size = _fingerprint(source)
    path = _path(sha256)
    _write(source, sha256=sha256, to=Path(settings.PRIVATE_ROOT) / path)
    return StagedFile(sha256=sha256, size=size, media_type=found, name=name, path=path)


def chunks(*, path: str, sha256: str, size: int) -> Iterator[bytes]:
    """The clear content of a stored file, piece by piece. Raises DamagedFile rather than give an altered piece."""
    digest, length = hashlib.sha256(), 0
    try:
        with (Path(settings.PRIVATE_ROOT) / path).open("rb") as source:
            for chunk in encryption.decrypt(source, sha256=sha256):
                digest.update(chunk)
                length += len(chunk)
                yield chunk
    except FileNotFoundError as error:
        raise DamagedFile("the stored file is missing") from error
    if digest.hexdigest() != sha256 or length != size:
        raise DamagedFile("the stored file differs from its fingerprint")


def remove(path: str) -> bool:
    """Remove a stored file from the disk for good; False when it was written less than `STAGING_LASTS` ago."""
    file = Path(settings.PRIVATE_ROOT) / path
    try:
        written_at = file.stat().st_mtime
    except FileNotFoundError:
        return True
    if time.time() - written_at < STAGING_LASTS:
        return False
    file.unlink(missing_ok=True)
    encryption.sync_directory(file.parent)
    return True


def _pieces(source: BinaryIO) -> Iterator[bytes]:
    source.seek(0)
    while piece := source.read(encryption.CHUNK):
        yield piece


def _fingerprint(source: BinaryIO) -> tuple[str, int]:
    digest, size = hashlib.sha256(), 0
    for piece in _pieces(source):
        digest.update(piece)
        size += len(piece)
    return digest.hexdigest(), size


def _unchanged(source: BinaryIO, sha256: str) -> Iterator[bytes]:
    """The pieces again. Raises DamagedFile when they are no longer those of the fingerprint."""
    digest = hashlib.sha256()
    for piece in _pieces(source):
        digest.update(piece)
        yield piece
    if digest.hexdigest() != sha256:
        raise DamagedFile("the content changed while it was being stored")


def _path(sha256: str) -> str:
    address = encryption.address(sha256)
    return f"{address[:2]}/{address[2:4]}/{address}"


def _write(source: BinaryIO, *, sha256: str, to: Path) -> None:
    """Write beside, sync, rename, sync the folder: at any moment the final name holds a whole file or none."""
    to.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    draft = to.with_name(f".{to.name}.{secrets.token_hex(8)}")
    try:
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            encryption.encrypt(_unchanged(source, sha256), sha256=sha256, to=file)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(to)
    finally:
        draft.unlink(missing_ok=True)
    for folder in (to.parent, to.parent.parent, to.parent.parent.parent):
        encryption.sync_directory(folder)
