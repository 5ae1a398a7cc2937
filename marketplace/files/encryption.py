"""Encryption at rest: who holds the disk or a backup without the key folder reads nothing.

A stored file is a header (magic, key id, salt) followed by chunks of AES-256-GCM. Each file has a key of its own,
derived from the server key, the salt and the SHA-256 of the content: a file put in another's place, cut, reordered
or extended does not open. The server key lives in `KEYS_DIR/files.key` (0600). Losing it means losing the files.
"""

import hashlib
import os
import secrets
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import BinaryIO

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.hmac import HMAC
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings

MAGIC = b"PREAUF01"
CHUNK = 64 * 1024
"""Bytes of clear content in a chunk; the last one may be shorter."""

_KEY_LENGTH = 32
_KEY_ID_LENGTH = 8
_SALT_LENGTH = 16
_TAG_LENGTH = 16
_COUNTER_LENGTH = 11
_HEADER_LENGTH = len(MAGIC) + _KEY_ID_LENGTH + _SALT_LENGTH


class DamagedFile(Exception):  # noqa: N818 - it names a state of the file, which people must read
    """A stored file is missing, was altered, or belongs to another key: nothing of it may be used."""


def server_key() -> bytes:
    """The 32-byte key of this server, made at its first use. Raises DamagedFile when the key file is not whole."""
    path = Path(settings.KEYS_DIR) / "files.key"
    if not path.exists():
        _make_key(path)
    key = path.read_bytes()
    if len(key) != _KEY_LENGTH:
        raise DamagedFile(f"{path.name} holds {len(key)} bytes instead of {_KEY_LENGTH}")
    return key


def _make_key(path: Path) -> None:
    """Write a new key under its final name in one step, so that two processes starting together agree on one."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    draft = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(secrets.token_bytes(_KEY_LENGTH))
            file.flush()
            os.fsync(file.fileno())
        os.link(draft, path)
    except FileExistsError:
        pass  # another process was first: its key is the key
    finally:
        draft.unlink()
    sync_directory(path.parent)


def sync_directory(directory: Path) -> None:
    """Make the names in a directory survive a power cut."""
    descriptor = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def address(sha256: str) -> str:
    """The name under which content is kept: keyed, so that the disk alone does not tell which known file is held."""
    mac = HMAC(server_key(), SHA256())
    mac.update(b"preau file address\0" + bytes.fromhex(sha256))
    return mac.finalize().hex()


def encrypt(chunks: Iterable[bytes], *, sha256: str, to: BinaryIO) -> None:
    """Write the header and the encrypted chunks of a content whose SHA-256 is known to `to`.

    Raises:
        ValueError: A chunk other than the last is not of `CHUNK` bytes; it could not be read back.
    """
    master = server_key()
    header = MAGIC + _key_id(master) + secrets.token_bytes(_SALT_LENGTH)
    cipher = _cipher(master, header, sha256)
    to.write(header)
    held, number = b"", 0
    for chunk in chunks:
        if held:
            if len(held) != CHUNK:
                raise ValueError("only the last chunk may be shorter")
            to.write(cipher.encrypt(_nonce(number, is_last=False), held, header))
            number += 1
        held = chunk
    to.write(cipher.encrypt(_nonce(number, is_last=True), held, header))


def decrypt(source: BinaryIO, *, sha256: str) -> Iterator[bytes]:
    """Give back the clear chunks, each one authenticated.

    Raises:
        DamagedFile: The file was altered, cut, or is not the content of this SHA-256 under the key of this server.
    """
    master = server_key()
    header = source.read(_HEADER_LENGTH)
    if not header.startswith(MAGIC) or len(header) != _HEADER_LENGTH:
        raise DamagedFile("the header of the stored file is not ours")
    if header[len(MAGIC) : len(MAGIC) + _KEY_ID_LENGTH] != _key_id(master):
        raise DamagedFile("the stored file was encrypted under another server key")
    cipher = _cipher(master, header, sha256)
    number, current = 0, source.read(CHUNK + _TAG_LENGTH)
    while True:
        following = source.read(CHUNK + _TAG_LENGTH)
        try:
            yield cipher.decrypt(_nonce(number, is_last=not following), current, header)
        except (InvalidTag, ValueError) as error:
            raise DamagedFile(f"chunk {number} of the stored file was altered") from error
        if not following:
            return
        number, current = number + 1, following


def _key_id(master: bytes) -> bytes:
    return hashlib.sha256(b"preau file key id\0" + master).digest()[:_KEY_ID_LENGTH]


def _cipher(master: bytes, header: bytes, sha256: str) -> AESGCM:
    """The cipher of one file; its key is used once, so that counting nonces are safe."""
    purpose = b"preau file content\0" + bytes.fromhex(sha256)
    derivation = HKDF(algorithm=SHA256(), length=_KEY_LENGTH, salt=header[-_SALT_LENGTH:], info=purpose)
    return AESGCM(derivation.derive(master))


def _nonce(number: int, *, is_last: bool) -> bytes:
    return number.to_bytes(_COUNTER_LENGTH, "big") + bytes([is_last])
