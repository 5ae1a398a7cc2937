"""Age files as the page's program makes them: one X25519 recipient and nothing else (the site's own library adds more).

Written from the format's description (age-encryption.org/v1), so that a part can be made wrong in one place.
"""

import base64
import hashlib
import hmac
import os

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

CHUNK = 64 * 1024
_LETTERS = "qpzry9x8gf2tvdw0s3jn54khce6mua7l"


def seal(plain: bytes, recipient: str, *, stanzas: bytes = b"") -> bytes:
    """An age file; `stanzas`: lines of more recipients."""
    file_key, ephemeral = os.urandom(16), X25519PrivateKey.generate()
    share, theirs = ephemeral.public_key().public_bytes_raw(), _public(recipient)
    wrap_key = _derive(
        ephemeral.exchange(X25519PublicKey.from_public_bytes(theirs)), share + theirs, b"age-encryption.org/v1/X25519"
    )
    body = ChaCha20Poly1305(wrap_key).encrypt(bytes(12), file_key, None)
    head = b"age-encryption.org/v1\n-> X25519 " + _base64(share) + b"\n" + _base64(body) + b"\n" + stanzas + b"---"
    mac = hmac.new(_derive(file_key, None, b"header"), head, hashlib.sha256).digest()
    nonce = os.urandom(16)
    cipher = ChaCha20Poly1305(_derive(file_key, nonce, b"payload"))
    chunks = [plain[at : at + CHUNK] for at in range(0, len(plain), CHUNK)] or [b""]
    sealed = [
        cipher.encrypt(n.to_bytes(11) + bytes([n == len(chunks) - 1]), chunk, None) for n, chunk in enumerate(chunks)
    ]
    return head + b" " + _base64(mac) + b"\n" + nonce + b"".join(sealed)


def _derive(secret: bytes, salt: bytes | None, info: bytes) -> bytes:
    return HKDF(SHA256(), 32, salt=salt, info=info).derive(secret)


def _base64(data: bytes) -> bytes:
    return base64.b64encode(data).rstrip(b"=")


def _public(recipient: str) -> bytes:
    """The 32 bytes of a bech32 public key, its checksum aside."""
    bits = "".join(f"{_LETTERS.index(letter):05b}" for letter in recipient.removeprefix("age1")[:-6])
    return int(bits[:256], 2).to_bytes(32)
