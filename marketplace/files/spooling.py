"""Content read back and forth: in memory while it is small, then in a nameless file of the private store."""

import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, cast

from django.conf import settings

IN_MEMORY = 16 * 1024 * 1024
_PIECE = 1024 * 1024


@contextmanager
def spooled(source: BinaryIO | Iterable[bytes], *, at_most: int) -> Iterator[BinaryIO]:
    """The content as a seekable file, gone when the block ends. Raises ValueError beyond `at_most` bytes."""
    root = Path(settings.PRIVATE_ROOT)
    root.mkdir(parents=True, exist_ok=True, mode=0o700)
    with tempfile.SpooledTemporaryFile(max_size=IN_MEMORY, dir=root) as held:
        size = 0
        for piece in _pieces(source):
            size += len(piece)
            if size > at_most:
                raise ValueError("the content is larger than it was said to be")
            held.write(piece)
        held.seek(0)
        yield cast(BinaryIO, held)


def _pieces(source: BinaryIO | Iterable[bytes]) -> Iterator[bytes]:
    read = getattr(source, "read", None)
    if read is None:
        yield from source
        return
    while piece := read(_PIECE):
        yield piece
