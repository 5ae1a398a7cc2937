"""The draft of a bidder before the seal: all that was typed or named, encrypted under a key of its own (B.2).

The draft key is wrapped by a server key kept outside of the database and its backups; destroying the wrapped key makes
the draft unreadable for ever. No Django here.
"""

import secrets
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from procurement.submissions.canonical import Unreadable, canonical, read_canonical

KEY_SIZE = 32
_NONCE_SIZE = 12


def new_key() -> bytes:
    """A fresh AES-256 key."""
    return secrets.token_bytes(KEY_SIZE)


def wrap_key(key: bytes, *, server_key: bytes, deposit: str) -> bytes:
    """The draft key as stored beside the deposit."""
    return _seal(key, server_key, f"preau/draft-key/1 {deposit}")


def unwrap_key(wrapped: bytes, *, server_key: bytes, deposit: str) -> bytes:
    """The draft key of this deposit. Raises Unreadable with another server key or deposit."""
    return _open(wrapped, server_key, f"preau/draft-key/1 {deposit}")


def seal_draft(draft: dict[str, Any], *, key: bytes, deposit: str) -> bytes:
    """The draft blob; `draft` holds JSON values without floats."""
    return _seal(canonical(draft), key, f"preau/draft/1 {deposit}")


def open_draft(blob: bytes, *, key: bytes, deposit: str) -> dict[str, Any]:
    """What `seal_draft` was given. Raises Unreadable when blob, key and deposit do not belong together."""
    return read_canonical(_open(blob, key, f"preau/draft/1 {deposit}"), "brouillon")


def seal_digest(digest: str, *, key: bytes, place: str) -> bytes:
    """A hexadecimal digest of content under the draft key; `place` says of which part it is."""
    return _seal(bytes.fromhex(digest), key, f"preau/part-digest/1 {place}")


def open_digest(sealed: bytes, *, key: bytes, place: str) -> str:
    """What `seal_digest` was given. Raises Unreadable with another key or place."""
    return _open(sealed, key, f"preau/part-digest/1 {place}").hex()


def _seal(plain: bytes, key: bytes, context: str) -> bytes:
    nonce = secrets.token_bytes(_NONCE_SIZE)
    return nonce + AESGCM(key).encrypt(nonce, plain, context.encode())


def _open(sealed: bytes, key: bytes, context: str) -> bytes:
    try:
        return AESGCM(key).decrypt(sealed[:_NONCE_SIZE], sealed[_NONCE_SIZE:], context.encode())
    except (InvalidTag, ValueError) as error:
        raise Unreadable("brouillon : la clé du serveur n’est pas la bonne, ou le contenu est altéré.") from error
