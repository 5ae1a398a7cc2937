"""Keys of the house: Ed25519, one line of keys per purpose, private parts 0600 under settings.KEYS_DIR.

The files are the truth about private keys, numbered by generation (`receipt-1.pem`, after a rotation `receipt-2.pem`);
the rows are what the public sees. A key made in an act that rolls back stays as a file and is used the next time.
"""

import os
import secrets
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from django.conf import settings

from marketplace.journal import canonical, clock
from marketplace.journal.acts import SITE_CHAIN, act
from marketplace.journal.context import Labelled
from marketplace.journal.models import SigningKey

Purpose = SigningKey.Purpose
KEY_ID_LENGTH = 16


def sign(purpose: str, payload: bytes, now: datetime) -> tuple[str, bytes]:
    """Sign bytes with the current key of a purpose, made at first use. Returns (key id, signature of 64 bytes)."""
    key, private = _current(Purpose(purpose), now)
    return key.key_id, private.sign(payload)


def current_key_id(purpose: str, now: datetime) -> str:
    """Return the id of the key that signs for a purpose today, made if there is none."""
    key, _ = _current(Purpose(purpose), now)
    return key.key_id


def private_key(purpose: str, now: datetime) -> tuple[str, Ed25519PrivateKey]:
    """Return (key id, private key) of a purpose today, made if there is none: for formats that sign by themselves."""
    key, private = _current(Purpose(purpose), now)
    return key.key_id, private


def sign_json(purpose: str, document: Mapping[str, Any], now: datetime) -> dict[str, Any]:
    """Return the document with `key_id` and `signature` (hexadecimal) added; the key id is signed with the rest."""
    key, private = _current(Purpose(purpose), now)
    payload = {**document, "key_id": key.key_id}
    return {**payload, "signature": private.sign(canonical.canonical_json(payload)).hex()}


def verify(purpose: str, key_id: str, payload: bytes, signature: bytes, *, at: datetime | None = None) -> bool:
    """Tell whether this key of the house, known for this purpose, signed these bytes.

    With `at`, the instant that the document claims, a key already revoked by then does not count.
    """
    key = SigningKey.objects.filter(key_id=key_id, purpose=purpose).first()
    if key is None or (at is not None and key.revoked_at is not None and key.revoked_at <= at):
        return False
    return _is_signed(key.public_key, payload, signature)


def verify_json(purpose: str, document: Mapping[str, Any]) -> bool:
    """Tell whether a document made by `sign_json` is whole and signed by a key of this purpose."""
    payload = {name: value for name, value in document.items() if name != "signature"}
    try:
        signature = bytes.fromhex(document["signature"])
        return verify(purpose, document["key_id"], canonical.canonical_json(payload), signature)
    except (KeyError, TypeError, ValueError):
        return False


def public_keys() -> dict[str, Any]:
    """Return every public key, revoked ones with their dates, as published at /.well-known/preau-keys.json."""
    return {
        "format": "preau-keys/1",
        "keys": [
            {
                "key_id": key.key_id,
                "purpose": key.purpose,
                "algorithm": "Ed25519",
                "public_key": key.public_key,
                "made_at": clock.canonical(key.made_at),
                "revoked_at": clock.canonical(key.revoked_at) if key.revoked_at else None,
                "previous": key.previous.key_id if key.previous else None,
                "signed_by_previous": key.signed_by_previous or None,
            }
            for key in SigningKey.objects.select_related("previous").order_by("made_at", "pk")
        ],
    }


def rotate(purpose: str, *, actor: Labelled, now: datetime) -> SigningKey:
    """Replace the current key of a purpose by a new one, which the old one signs; records `key.rotated`."""
    with act(SITE_CHAIN, "key.rotated", actor=actor, now=now, purpose=purpose) as entry:
        old, old_private = _current(Purpose(purpose), now)
        generation, _ = _latest(Purpose(purpose))
        private = _make(Purpose(purpose), generation + 1)
        new = _register(Purpose(purpose), private, now)
        new.previous = old
        new.signed_by_previous = old_private.sign(canonical.canonical_json(succession(old=old, new=new))).hex()
        new.save(update_fields=["previous", "signed_by_previous"])
        entry.data.update(old=old.key_id, new=new.key_id)
    return new


def revoke(key_id: str, *, actor: Labelled, now: datetime) -> SigningKey:
    """Date the end of a key: what it signs from now on is not trusted. Records `key.revoked`.

    Raises ValueError for a key that still signs (rotate first), SigningKey.DoesNotExist.
    """
    with act(SITE_CHAIN, "key.revoked", actor=actor, now=now, key=key_id):
        key = SigningKey.objects.get(key_id=key_id)
        if key_id == current_key_id(key.purpose, now):
            raise ValueError(f"{key_id} signs for {key.purpose}: rotate first")
        key.revoked_at = now
        key.save(update_fields=["revoked_at"])
    return key


def succession(*, old: SigningKey, new: SigningKey) -> dict[str, str]:
    """Return what the old key signs when a new one follows it."""
    return {
        "tag": "preau/key/1",
        "purpose": new.purpose,
        "previous": old.key_id,
        "key_id": new.key_id,
        "public_key": new.public_key,
        "made_at": clock.canonical(new.made_at),
    }


def _current(purpose: Purpose, now: datetime) -> tuple[SigningKey, Ed25519PrivateKey]:
    generation, path = _latest(purpose)
    private = _load(path) if path else _make(purpose, generation + 1)
    return _register(purpose, private, now), private


def _register(purpose: Purpose, private: Ed25519PrivateKey, now: datetime) -> SigningKey:
    public = private.public_key().public_bytes_raw()
    key, _ = SigningKey.objects.get_or_create(
        key_id=canonical.sha256(public)[:KEY_ID_LENGTH],
        defaults={"purpose": purpose, "public_key": public.hex(), "made_at": now},
    )
    return key


def _latest(purpose: Purpose) -> tuple[int, Path | None]:
    """Return the highest generation and its file; (0, None) when there is none yet."""
    files = {int(path.stem.rpartition("-")[2]): path for path in settings.KEYS_DIR.glob(f"{purpose.value}-*.pem")}
    generation = max(files, default=0)
    return generation, files.get(generation)


def _load(path: Path) -> Ed25519PrivateKey:
    private = serialization.load_pem_private_key(path.read_bytes(), password=None)
    if not isinstance(private, Ed25519PrivateKey):
        raise TypeError(f"{path.name} is not an Ed25519 key")
    return private


def _make(purpose: Purpose, generation: int) -> Ed25519PrivateKey:
    """Make the key of a generation, once: whoever comes second takes the key of the first."""
    path = settings.KEYS_DIR / f"{purpose.value}-{generation}.pem"
    content = Ed25519PrivateKey.generate().private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    write_once(path, content)
    return _load(path)


def write_once(path: Path, content: bytes) -> None:
    """Write a secret file (0600) that survives a power cut, unless somebody was faster: theirs stands."""
    folder = path.parent
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    draft = folder / f".{path.name}.{secrets.token_hex(8)}"
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with open(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    try:
        # A link never overwrites and never shows half a file.
        path.hardlink_to(draft)
    except FileExistsError:
        pass
    finally:
        draft.unlink()
    # The name must survive a power cut as surely as the receipts that the key signs.
    directory = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(directory)
    finally:
        os.close(directory)


def _is_signed(public_key: str, payload: bytes, signature: bytes) -> bool:
    try:
        Ed25519PublicKey.from_public_bytes(bytes.fromhex(public_key)).verify(signature, payload)
    except InvalidSignature:
        return False
    return True
