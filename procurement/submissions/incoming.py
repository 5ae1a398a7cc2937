"""A file on its way in: each piece is sealed and synced to disk as soon as 8 MiB of it are there (sealed-bids B.2)."""

import io
from datetime import datetime
from uuid import uuid4

from marketplace.files.media_types import checked_media_type
from marketplace.journal import clock
from procurement.submissions import sealing
from procurement.submissions.announced import MEBIBYTE, NotReceived
from procurement.submissions.codes import Code
from procurement.submissions.part_store import PartStore


class IncomingFile:
    """Takes the bytes of one file in any portions, and holds at most one part of them in memory, none in clear on disk.

    Attributes:
        parts: What is sealed so far, in order.
        held: Instants (UTC) at which each part was on disk: a file may take hours to come.
    """

    def __init__(
        self,
        store: PartStore,
        deposit: str,
        *,
        envelope: str,
        recipient: str,
        name: str,
        media_type: str,
        label: str,
        limit: int,
    ) -> None:
        """`recipient`: public key of the envelope; `limit`: announced bytes per file."""
        self.file_id, self.salt = str(uuid4()), sealing.new_salt()
        self.envelope, self.name, self.media_type, self.label = envelope, name, media_type, label
        self.parts: list[sealing.Part] = []
        self.held: list[datetime] = []
        self._store, self._deposit, self._recipient, self._limit = store, deposit, recipient, limit
        self._waiting, self._size = bytearray(), 0

    def write(self, data: bytes) -> None:
        """Take more bytes. Raises Refusal beyond the announced size, OSError when the disk is full."""
        self._size += len(data)
        if self._size > self._limit:
            raise NotReceived(
                Code.FILE_SIZE,
                f"« {self.name} » dépasse la limite annoncée de {self._limit // MEBIBYTE} Mio par fichier.",
            )
        self._waiting += data
        while len(self._waiting) >= sealing.PART_SIZE:
            self._seal(bytes(self._waiting[: sealing.PART_SIZE]))
            del self._waiting[: sealing.PART_SIZE]

    def close(self) -> None:
        """Seal what is left. Raises Refusal for an empty file, or one that is not what its name says."""
        if not self.parts and self._waiting:
            # A file of several parts cannot be judged while it passes by: it is when opened.
            checked_media_type(io.BytesIO(self._waiting), name=self.name)
        if self._waiting:
            self._seal(bytes(self._waiting))
            self._waiting.clear()
        if not self.parts:
            raise NotReceived(
                Code.EMPTY, f"« {self.name} » est vide : vérifiez-le sur votre poste et déposez-le à nouveau."
            )

    def discard(self) -> None:
        """Remove its parts: they belong to nothing."""
        self._waiting.clear()
        self._store.discard(self._deposit, self.file_id)

    def _seal(self, piece: bytes) -> None:
        part, sealed = sealing.seal_part(piece, n=len(self.parts) + 1, salt=self.salt, recipient=self._recipient)
        self._store.write(self._deposit, self.file_id, part.n, sealed)
        self.parts.append(part)
        self.held.append(clock.now())
