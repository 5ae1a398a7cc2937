"""Several stored files in one ZIP, written while it leaves: the same files give the same bytes."""

import zipfile
from collections.abc import Iterable, Iterator
from io import RawIOBase
from typing import Any

from marketplace.files.models import StoredFile

EPOCH = (1980, 1, 1, 0, 0, 0)
"""The first date that ZIP knows: that of every entry, so that equal sets are equal files."""


class _Outlet(RawIOBase):
    """Takes what the archive writes and hands it on; it never goes back, so the archive need not be kept."""

    def __init__(self) -> None:
        self.pending = bytearray()

    def writable(self) -> bool:
        """Yes; and nothing else."""
        return True

    def write(self, data: Any) -> int:
        """Keep what has to leave."""
        self.pending += data
        return len(data)

    def take(self) -> bytes:
        """What was written since the last time."""
        taken = bytes(self.pending)
        self.pending.clear()
        return taken


def zip_chunks(files: Iterable[tuple[str, StoredFile | bytes]]) -> Iterator[bytes]:
    """A ZIP of (name, file) pairs, piece by piece, uncompressed: PDF are compressed already.

    Raises DamagedFile in the middle, which breaks the download off.
    """
    outlet = _Outlet()
    with zipfile.ZipFile(outlet, "w") as archive:
        for name, file in files:
            entry = zipfile.ZipInfo(name, EPOCH)
            with archive.open(entry, "w") as written:
                for chunk in [file] if isinstance(file, bytes) else file.chunks():
                    written.write(chunk)
                    yield outlet.take()
    yield outlet.take()
