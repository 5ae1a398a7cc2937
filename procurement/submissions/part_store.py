"""Sealed parts on disk, each durable before anything says it is held. No Django: the opening process reads it too.

With a mirror, each part is written to the other place too before anything says it is held. A mirror that does not
answer holds up no bidder: the store marks that it is behind, and the site catches up (`mirror.catch_up`).
"""

import contextlib
import os
import secrets
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO
from uuid import UUID

from procurement.submissions.canonical import Unreadable

# A part of 8 MiB, with what sealing adds: more was written by somebody else.
LARGEST_PART = 9 * 1024 * 1024
BEHIND = ".mirror-behind"
"""Name of the mark, in the store, that says that its mirror lacks something."""


@dataclass(frozen=True, slots=True)
class PartStore:
    """Folder of sealed parts: one folder a deposit, one age file a part. `mirror`: folder of the second place."""

    root: Path
    mirror: Path | None = None

    def write(self, deposit: str, file: str, n: int, sealed: bytes) -> None:
        """Write a part and make it and its name survive a power cut. Raises OSError (disk full, most often)."""
        self._write(deposit, file, n, sealed)
        self.mirrored(lambda mirror: PartStore(mirror)._write(deposit, file, n, sealed))

    def mirrored(self, do: Callable[[Path], None]) -> None:
        """Do something in the mirror, if there is one. A mirror that cannot be written leaves the mark `BEHIND`."""
        if self.mirror is None:
            return
        try:
            # A second place that is not mounted is not made here, where it would be the first one again.
            if not self.mirror.is_dir():
                raise FileNotFoundError(self.mirror)
            do(self.mirror)
        except OSError:
            self.root.mkdir(parents=True, exist_ok=True, mode=0o700)
            (self.root / BEHIND).touch()

    @contextlib.contextmanager
    def draft(self, deposit: str, file: str, n: int) -> Iterator[BinaryIO]:
        """A file in which to write a part while it comes, under a name that nobody reads; gone at the end if unnamed.

        Raises OSError (disk full, most often).
        """
        path = self.path(deposit, file, n)
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        draft = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
        try:
            with open(draft, "xb", opener=_private) as target:
                yield target
        finally:
            draft.unlink(missing_ok=True)

    def settle(self, draft: BinaryIO) -> None:
        """Make what a draft holds survive a power cut, before it has its name. Raises OSError."""
        draft.flush()
        os.fsync(draft.fileno())

    def name(self, draft: BinaryIO, deposit: str, file: str, n: int) -> None:
        """Give a settled draft the name of its part, for good, in both places. Raises OSError."""
        self._name(draft, deposit, file, n)
        path = self.path(deposit, file, n)
        self.mirrored(lambda mirror: PartStore(mirror)._copy(path, deposit, file, n))

    def _name(self, draft: BinaryIO, deposit: str, file: str, n: int) -> None:
        path = self.path(deposit, file, n)
        Path(draft.name).replace(path)
        for folder in (path.parent, self.root):
            sync_folder(folder)

    def _write(self, deposit: str, file: str, n: int, sealed: bytes) -> None:
        with self.draft(deposit, file, n) as draft:
            draft.write(sealed)
            self.settle(draft)
            self._name(draft, deposit, file, n)

    def _copy(self, source: Path, deposit: str, file: str, n: int) -> None:
        with source.open("rb") as sealed, self.draft(deposit, file, n) as draft:
            shutil.copyfileobj(sealed, draft)
            self.settle(draft)
            self._name(draft, deposit, file, n)

    def read(self, deposit: str, file: str, n: int, what: str) -> bytes:
        """The sealed bytes of a part that `what` names. Raises Unreadable when it is missing."""
        try:
            with self.path(deposit, file, n).open("rb") as part:
                sealed = part.read(LARGEST_PART + 1)
        except OSError as error:
            raise Unreadable(f"{what} : absente de l’espace de stockage.") from error
        if len(sealed) > LARGEST_PART:
            raise Unreadable(f"{what} : plus grande que ce que le site a reçu.")
        return sealed

    def size(self, deposit: str, file: str, n: int) -> int | None:
        """Bytes held of a part, None when there is none."""
        with contextlib.suppress(OSError):
            return self.path(deposit, file, n).stat().st_size
        return None

    def discard(self, deposit: str, file: str) -> None:
        """Remove the parts of a file that no row describes any more."""
        self._discard(deposit, file)
        self.mirrored(lambda mirror: PartStore(mirror)._discard(deposit, file))

    def _discard(self, deposit: str, file: str) -> None:
        for path in (self.root / str(UUID(deposit))).glob(f"{UUID(file)}-*.age"):
            path.unlink(missing_ok=True)

    def discard_deposit(self, deposit: str) -> None:
        """Remove all parts of a deposit from this place alone, for good. Raises OSError when it does not answer."""
        if not self.root.is_dir():
            raise FileNotFoundError(self.root)
        folder = self.root / str(UUID(deposit))
        if folder.is_dir():
            shutil.rmtree(folder)
        sync_folder(self.root)

    def path(self, deposit: str, file: str, n: int) -> Path:
        """Where a part lies; ids are read as UUIDs, so that no text of a document becomes a path (ValueError)."""
        return self.root / str(UUID(deposit)) / f"{UUID(file)}-{int(n)}.age"


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


def sync_folder(folder: Path) -> None:
    """Make the names in a folder survive a power cut."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
