"""Keeping files: staged on disk before the act, kept by a row inside it."""

from typing import BinaryIO

from marketplace.files.encryption import DamagedFile
from marketplace.files.media_types import RefusedFile
from marketplace.files.models import StoredFile
from marketplace.files.scanning import Scan
from marketplace.files.storage import StagedFile, remove, stage
from marketplace.journal.acts import current_act

__all__ = [
    "DESTROYED",
    "DamagedFile",
    "RefusedFile",
    "Scan",
    "StagedFile",
    "destroy",
    "open_stored",
    "record_scan",
    "stage",
    "store",
    "wipe",
]

DESTROYED = "Fichier détruit"
"""Name that stands for that of a file destroyed at the end of its keeping."""


def store(
    content: StagedFile | bytes | BinaryIO,
    *,
    name: str | None = None,
    media_type: str | None = None,
    scanned: Scan | None = None,
) -> StoredFile:
    """Keep a file for good, inside an act.

    Args:
        content: What `stage` returned before the act. Bytes are accepted for small content that the act itself
            made: they are written to disk while the chain is locked.
        name: Name under which it is kept; that of the staged file by default.
        media_type: Type that the content must have; None accepts any of the list.
        scanned: What the antivirus said of it before the act; None: it was not asked.

    Raises:
        OutsideAct: No act is open.
        RefusedFile: See `stage`; only for content that was not staged before.
        TypeError: Content that was not staged came without a name.
    """
    opened = current_act()
    if not isinstance(content, StagedFile):
        if name is None:
            raise TypeError("content that was not staged needs a name")
        content = stage(content, name=name, media_type=media_type)
    stored = StoredFile(
        sha256=content.sha256,
        size=content.size,
        media_type=content.media_type,
        name=name or content.name,
        path=content.path,
        stored_at=opened.now,
    )
    if scanned is not None:
        _say(stored, scanned)
    stored.save()
    return stored


def record_scan(stored_file: StoredFile, scanned: Scan) -> None:
    """Keep what the antivirus said of a file already kept, inside an act. Raises OutsideAct."""
    _say(stored_file, scanned)
    stored_file.save()


def _say(stored_file: StoredFile, scanned: Scan) -> None:
    stored_file.scan_verdict, stored_file.scan_detail = scanned.verdict, scanned.detail
    if scanned.verdict != StoredFile.ScanVerdict.NOT_ANALYSED:
        stored_file.scanned_at = current_act().now


def open_stored(stored_file: StoredFile) -> bytes:
    """The content in clear. Raises DamagedFile when it is missing or differs from its fingerprint."""
    return stored_file.read()


def destroy(stored_file: StoredFile) -> None:
    """Say for good that a file is destroyed, inside an act; `wipe` removes its bytes afterwards. Raises OutsideAct."""
    stored_file.name, stored_file.destroyed_at = DESTROYED, current_act().now
    stored_file.save()


def wipe(stored_file: StoredFile) -> bool:
    """Remove the bytes of a destroyed file, outside of the act; done twice, it does nothing more.

    The same bytes may be kept by other files: those stay, and so does their content. Returns False when somebody wrote
    the same bytes a moment ago and may be about to keep them: try again later. Raises ValueError for a file that was
    not destroyed.
    """
    if not stored_file.is_destroyed:
        raise ValueError("only what an act destroyed is wiped")
    if StoredFile.objects.filter(path=stored_file.path, destroyed_at__isnull=True).exists():
        return True
    return remove(stored_file.path)
