"""Which authorities the site trusts for signatures."""

from pathlib import Path

from asn1crypto import pem, x509
from django.conf import settings

from procurement.contracts.rehearsal_signing import example_authority


def trust_roots() -> list[x509.Certificate]:
    """Roots that a signing certificate may lead to.

    Those of the folder `settings.SIGNATURE_TRUST_ROOTS` (PEM or DER), where the operator lays the authorities of the
    European trusted list; in a rehearsal, the fictitious authority of this process too, and never elsewhere.
    """
    folder = settings.SIGNATURE_TRUST_ROOTS
    roots = [_certificate(path) for path in sorted(Path(folder).iterdir())] if folder else []
    if settings.REHEARSAL_CLOCK_ALLOWED:
        roots.append(example_authority().root)
    return roots


def _certificate(path: Path) -> x509.Certificate:
    content = path.read_bytes()
    if pem.detect(content):
        _, _, content = pem.unarmor(content)
    return x509.Certificate.load(content)
