"""The private annex between the seal and its download: encrypted here, its key in the bidder's browser alone (B.7)."""

import base64
import json
import secrets
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

KEY_SIZE = 32
NONCE_SIZE = 12


def annex_bytes(annex: dict[str, Any]) -> bytes:
    """The annex as a file that people and programs read."""
    return json.dumps(annex, ensure_ascii=False, indent=1).encode()


def lock_annex(annex: dict[str, Any], *, deposit: str) -> tuple[str, str]:
    """The annex encrypted under a fresh key. Returns (what the site keeps, the key it forgets), both as text."""
    key, nonce = secrets.token_bytes(KEY_SIZE), secrets.token_bytes(NONCE_SIZE)
    return _text(nonce + AESGCM(key).encrypt(nonce, annex_bytes(annex), deposit.encode())), _text(key)


def unlock_annex(kept: str, key: str, *, deposit: str) -> bytes | None:
    """The annex as a file (JSON), None when key, text and deposit do not belong together."""
    try:
        sealed = base64.urlsafe_b64decode(kept)
        cipher = AESGCM(base64.urlsafe_b64decode(key))
        return cipher.decrypt(sealed[:NONCE_SIZE], sealed[NONCE_SIZE:], deposit.encode())
    except (InvalidTag, ValueError):
        return None


def _text(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode()
