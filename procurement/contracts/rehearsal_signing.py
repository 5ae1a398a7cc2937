"""Certificates of fictitious people, made at run time, that sign rehearsals and nothing else.

The authority lives in the memory of one process. Its root is trusted only where settings allow a rehearsal clock.
"""

import threading
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache

from asn1crypto import keys, x509
from cryptography import x509 as c509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID, ObjectIdentifier
from pyhanko.sign.ades.qualified_asn1 import QcStatement, QcStatements
from pyhanko.sign.signers import SimpleSigner
from pyhanko_certvalidator.registry import SimpleCertificateStore

from marketplace.files.certificates import certificate

MARK = "EXEMPLE"
ROOT_NAME = f"{MARK} Autorité de certification fictive, sans valeur"
QC_STATEMENTS = ObjectIdentifier("1.3.6.1.5.5.7.1.3")
VALID_FROM = datetime(2020, 1, 1, tzinfo=UTC)
VALID_UNTIL = datetime(2049, 12, 31, tzinfo=UTC)


@dataclass(frozen=True)
class ExampleAuthority:
    """A fictitious certification authority; every name it certifies begins with « EXEMPLE »."""

    key: ec.EllipticCurvePrivateKey
    certificate: c509.Certificate

    @property
    def root(self) -> x509.Certificate:
        """The root, as trust lists take it."""
        return _as_asn1(self.certificate)

    def signer(
        self,
        name: str,
        *,
        organisation: str = "",
        valid_from: datetime = VALID_FROM,
        valid_until: datetime = VALID_UNTIL,
        qualified: bool = True,
    ) -> SimpleSigner:
        """A new signer with its own key. `qualified` False: a certificate without the declarations of eIDAS."""
        key = ec.generate_private_key(ec.SECP256R1())
        subject = _name(f"{MARK} {name}", organisation)
        builder = certificate(
            subject=subject,
            issuer=self.certificate.subject,
            public_key=key.public_key(),
            valid_from=valid_from,
            valid_until=valid_until,
            vouches=False,
        )
        if qualified:
            statements = QcStatements(
                [QcStatement({"statement_id": "qc_compliance"}), QcStatement({"statement_id": "qc_sscd"})]
            )
            builder = builder.add_extension(
                c509.UnrecognizedExtension(QC_STATEMENTS, statements.dump()), critical=False
            )
        signed = builder.sign(self.key, hashes.SHA256())
        private = key.private_bytes(
            serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        return SimpleSigner(
            signing_cert=_as_asn1(signed),
            signing_key=keys.PrivateKeyInfo.load(private),
            cert_registry=SimpleCertificateStore.from_certs([self.root]),
        )


_making = threading.Lock()


@cache
def _made_authority() -> ExampleAuthority:
    key = ec.generate_private_key(ec.SECP256R1())
    name = _name(ROOT_NAME)
    root = certificate(
        subject=name,
        issuer=name,
        public_key=key.public_key(),
        valid_from=VALID_FROM,
        valid_until=VALID_UNTIL,
        vouches=True,
    )
    return ExampleAuthority(key, root.sign(key, hashes.SHA256()))


@cache
def _made_signer(name: str, organisation: str) -> SimpleSigner:
    return _made_authority().signer(name, organisation=organisation)


def example_authority() -> ExampleAuthority:
    """The authority of this process, made at first use."""
    with _making:
        return _made_authority()


def example_signer(name: str, *, organisation: str = "") -> SimpleSigner:
    """The signer of a fictitious person, the same for the whole process."""
    with _making:
        return _made_signer(name, organisation)


def _name(common: str, organisation: str = "") -> c509.Name:
    attributes = [c509.NameAttribute(NameOID.COUNTRY_NAME, "FR")]
    if organisation:
        attributes.append(c509.NameAttribute(NameOID.ORGANIZATION_NAME, organisation[:64]))
    return c509.Name([*attributes, c509.NameAttribute(NameOID.COMMON_NAME, common[:64])])


def _as_asn1(certificate: c509.Certificate) -> x509.Certificate:
    return x509.Certificate.load(certificate.public_bytes(serialization.Encoding.DER))
