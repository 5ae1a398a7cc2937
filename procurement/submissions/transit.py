"""Opened files on their way from the opening process to the store: encrypted on disk under a key of one session.

A file is a row of AES-256-GCM frames, one for each part. Nothing in clear ever touches the disk, and what a crash
leaves behind opens with no key. No Django here.
"""

import io
import secrets
from collections.abc import Sequence
from pathlib import Path
from typing import BinaryIO

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from procurement.submissions.canonical import Unreadable

_TAG_SIZE = 16
_NONCE_SIZE = 12


def write_frame(target: BinaryIO, plain: bytes, *, key: bytes, file: str, n: int) -> None:
    """Append frame `n` (from 0) of a file."""
    nonce = secrets.token_bytes(_NONCE_SIZE)
    target.write(nonce + AESGCM(key).encrypt(nonce, plain, _place_of(file, n)))


class TransitReader(io.RawIOBase):
    """A transit file read in clear, seekable as the private store asks. Raises Unreadable when it was altered."""

    def __init__(self, path: Path, *, key: bytes, file: str, lengths: Sequence[int]) -> None:
        """`lengths`: bytes in clear of each frame, in order."""
        super().__init__()
        self._source = path.open("rb")
        self._cipher, self._file, self._lengths = AESGCM(key), file, lengths
        self._size, self._at = sum(lengths), 0
        self._frame, self._held = -1, b""

    def readable(self) -> bool:
        """Yes."""
        return True

    def seekable(self) -> bool:
        """Yes."""
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """Move to a byte in clear."""
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self._size}[whence]
        self._at = min(max(base + offset, 0), self._size)
        return self._at

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        """Fill the buffer with what is left of the current frame."""
        frame, start = self._place()
        if frame == len(self._lengths):
            return 0
        if frame != self._frame:
            self._held, self._frame = self._decrypt(frame), frame
        piece = self._held[self._at - start :][: len(buffer)]
        buffer[: len(piece)] = piece
        self._at += len(piece)
        return len(piece)

    def close(self) -> None:
        """Close the file on disk."""
        self._source.close()
        super().close()

    def _place(self) -> tuple[int, int]:
        start = 0
        for frame, length in enumerate(self._lengths):
            if self._at < start + length:
                return frame, start
            start += length
        return len(self._lengths), start

    def _decrypt(self, frame: int) -> bytes:
        self._source.seek(sum(self._lengths[:frame]) + frame * (_NONCE_SIZE + _TAG_SIZE))
        sealed = self._source.read(_NONCE_SIZE + self._lengths[frame] + _TAG_SIZE)
        nonce, sealed = sealed[:_NONCE_SIZE], sealed[_NONCE_SIZE:]
        try:
            return self._cipher.decrypt(nonce, sealed, _place_of(self._file, frame))
        except (InvalidTag, ValueError) as error:
            raise Unreadable("fichier ouvert : altéré avant son rangement.") from error


def _place_of(file: str, n: int) -> bytes:
    return f"preau/transit/1 {file} {n}".encode()
