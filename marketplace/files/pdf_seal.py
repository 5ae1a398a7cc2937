"""The seal of the house on a document: PAdES, by a key that signs nothing else (sealed-bids B.7).

PDF readers know elliptic curves but seldom Ed25519: the seal is made by a P-256 key whose certificate the Ed25519 key
« pdf-seal » of the house has issued. Whoever pinned the published keys checks that certificate with them, and a
rotation of the house key brings a new certificate. It is an advanced seal at best: no qualified certificate is here.
Where TIMESTAMP_AUTHORITY is set the seal carries its timestamp (PAdES B-T), unless the authority fails: a document
never waits for it.
"""

import logging
import time
from datetime import UTC, datetime
from pathlib import Path

from asn1crypto import keys as asn1_keys
from asn1crypto import pem
from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.x509.oid import NameOID
from django.conf import settings
from pyhanko.sign.signers import SimpleSigner
from pyhanko_certvalidator.registry import SimpleCertificateStore

from marketplace.files.certificates import certificate
from marketplace.files.pdf_signing import sign_pdf
from marketplace.files.timestamping import FAILURES, CheckedTimeStamper
from marketplace.journal import keys

FIELD = "Cachet"
REASON = "Cachet du site : ce document est tel qu’il a été produit"
# The dates of a house key are those that the site publishes; a certificate cannot be told of its end.
VALID_FROM = datetime(2020, 1, 1, tzinfo=UTC)
VALID_UNTIL = datetime(2049, 12, 31, tzinfo=UTC)


SECONDS = 5
"""How long an authority is waited for, each of the two times that a seal asks it."""

SILENCE = 300
"""Seconds during which an authority that failed is not asked again: in a rush every receipt would wait for it."""

logger = logging.getLogger(__name__)
_asked_again_at: dict[str, float] = {}


def seal_pdf(pdf: bytes, *, now: datetime) -> bytes:
    """The document with the seal of the house, as an incremental update that allows no later change.

    The seal is timestamped when an authority is set and answers soundly, in its time.
    """
    given = {"signer": _signer(now), "field": FIELD, "now": now, "reason": REASON, "is_final": True}
    authority = settings.TIMESTAMP_AUTHORITY
    if authority and time.monotonic() >= _asked_again_at.get(authority, 0):
        try:
            return sign_pdf(pdf, timestamper=CheckedTimeStamper(authority, timeout=SECONDS), **given)
        except FAILURES as error:
            _asked_again_at[authority] = time.monotonic() + SILENCE
            logger.warning("sealed without timestamp: the authority failed (%s)", type(error).__name__)
    return sign_pdf(pdf, **given)


def issuer_certificate(now: datetime) -> x509.Certificate:
    """The certificate of the house key that vouches for the seals of today: its public key is the published one."""
    return x509.load_pem_x509_certificates(_bundle(now).read_bytes())[-1]


def _signer(now: datetime) -> SimpleSigner:
    private, seal, issuer = (content for _, _, content in pem.unarmor(_bundle(now).read_bytes(), multiple=True))
    return SimpleSigner(
        signing_cert=asn1_x509.Certificate.load(seal),
        signing_key=asn1_keys.PrivateKeyInfo.load(private),
        cert_registry=SimpleCertificateStore.from_certs([asn1_x509.Certificate.load(issuer)]),
    )


def _bundle(now: datetime) -> Path:
    """File of the key of today’s seals, its certificate and that of its issuer, made at first use."""
    key_id, house = keys.private_key(keys.Purpose.PDF_SEAL, now)
    path: Path = settings.KEYS_DIR / f"seal-{key_id}.pem"
    if not path.exists():
        keys.write_once(path, _make(key_id, house))
    return path


def _make(key_id: str, house: Ed25519PrivateKey) -> bytes:
    private = ec.generate_private_key(ec.SECP256R1())
    issuer = _name(f"{settings.SITE_NAME}, clé {key_id}")
    dates = {"valid_from": VALID_FROM, "valid_until": VALID_UNTIL}
    seal = certificate(
        subject=_name(f"{settings.SITE_NAME}, cachet des documents"), issuer=issuer,
        public_key=private.public_key(), vouches=False, **dates,
    ).sign(house, None)  # fmt: skip
    vouching = certificate(subject=issuer, issuer=issuer, public_key=house.public_key(), vouches=True, **dates).sign(
        house, None
    )
    secret = private.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return secret + b"".join(one.public_bytes(serialization.Encoding.PEM) for one in (seal, vouching))


def _name(common: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common[:64])])
