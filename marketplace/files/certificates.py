"""Certificates written by the house or by a rehearsal: X.509, for keys that sign or that vouch for such keys."""

from datetime import datetime

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.types import CertificatePublicKeyTypes


def certificate(
    *,
    subject: x509.Name,
    issuer: x509.Name,
    public_key: CertificatePublicKeyTypes,
    valid_from: datetime,
    valid_until: datetime,
    vouches: bool,
) -> x509.CertificateBuilder:
    """A certificate ready to be signed by its issuer: of an authority when it `vouches`, else of a signer."""
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(public_key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(valid_from)
        .not_valid_after(valid_until)
        .add_extension(x509.BasicConstraints(ca=vouches, path_length=0 if vouches else None), critical=True)
        .add_extension(_usage(vouches=vouches), critical=True)
    )


def _usage(*, vouches: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not vouches,
        content_commitment=not vouches,
        key_cert_sign=vouches,
        crl_sign=vouches,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )
