"""Parts that come sealed: a browser made the age file, and nothing here can read it (sealed-bids B.2, B.10; LR-57).

What can be told of it from outside is strict: one X25519 recipient and no other stanza, a length that follows from that
of the content. That the content is what its digest says is seen when it is opened, as for every part. No Django here.
"""

import hashlib
import re
from typing import BinaryIO

from procurement.submissions.canonical import Unreadable
from procurement.submissions.sealing import Part, Readable

_LINE = rb"[A-Za-z0-9+/]{43}\n"
_HEADER = re.compile(rb"age-encryption\.org/v1\n-> X25519 " + _LINE + _LINE + rb"--- " + _LINE)
_HEADER_LEN = 168
_NONCE = 16
_CHUNK = 64 * 1024
_TAG = 16
_READING = 256 * 1024


def sealed_length(plain_len: int) -> int:
    """Bytes of the age file, for one X25519 recipient, of `plain_len` bytes."""
    chunks = max(1, -(-plain_len // _CHUNK))
    return _HEADER_LEN + _NONCE + plain_len + _TAG * chunks


def take_sealed(source: Readable, target: BinaryIO, *, n: int, plain_len: int, plain_digest: str) -> Part:
    """Write a sealed piece as it comes, never held whole; `plain_len` and `plain_digest` are the sender's word.

    Raises Unreadable for anything but an age file to one X25519 recipient of exactly that length, and what `source` and
    `target` raise.
    """
    digest, length, head = hashlib.sha256(), 0, b""
    due = sealed_length(plain_len)
    while piece := source.read(_READING):
        if len(head) < _HEADER_LEN:
            head += piece[: _HEADER_LEN - len(head)]
            if len(head) == _HEADER_LEN and not _HEADER.fullmatch(head):
                raise Unreadable("partie scellée : en-tête de chiffrement inattendu.")
        length += len(piece)
        if length > due:
            break
        digest.update(piece)
        target.write(piece)
    if length != due:
        raise Unreadable("partie scellée : sa longueur n’est pas celle de son contenu.")
    return Part(n, plain_len, plain_digest, length, digest.hexdigest())
