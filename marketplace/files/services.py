"""Keeping files: staged on disk before the act, kept by a row inside it."""

from typing import BinaryIO

from marketplace.files.encryption import DamagedFile
from marketplace.files.media_types import RefusedFile
from marketplace.files.models import StoredFile
from marketplace.files.storage import StagedFile, stage
from marketplace.journal.acts import current_act

__all__ = ["DamagedFile", "RefusedFile", "StagedFile", "open_stored", "stage", "store"]


def store(
    content: StagedFile | bytes | BinaryIO, *, name: str | None = None, media_type: str | None = None
) -> StoredFile:
    """Keep a file for good, inside an act.

    Args:
        content: What `stage` returned before the act. Bytes are accepted for small content that the act itself
            made: they are written to disk while the chain is locked.
        name: Name under which it is kept; that of the staged file by default.
        media_type: Type that the content must have; None accepts any of the list.

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
    stored.save()
    return stored


def open_stored(stored_file: StoredFile) -> bytes:
    """The content in clear. Raises DamagedFile when it is missing or differs from its fingerprint."""
    return stored_file.read()
