"""PAdES signatures, checked everywhere by the same code (annex 12 of the code, eIDAS, LR-63).

Nothing is fetched: trust comes from the roots given, and revocation is said to be unchecked. The machine says what a
certificate tells; that the person named in it is the one who may sign is checked by a human.
"""

import zlib
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from io import BytesIO
from typing import Any, Literal

from asn1crypto import x509
from pyhanko.pdf_utils.misc import PdfError
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.ades.qualified_asn1 import get_qc_statements
from pyhanko.sign.fields import SigSeedSubFilter
from pyhanko.sign.general import SigningError
from pyhanko.sign.validation import EmbeddedPdfSignature, PdfSignatureStatus, validate_pdf_signature
from pyhanko.sign.validation.errors import SignatureValidationError
from pyhanko_certvalidator import ValidationContext

from marketplace.journal.clock import canonical
from procurement.contracts.signed_updates import adds_only_signatures

# What pyHanko raises on bytes that only look like a signed PDF.
MALFORMED = (
    PdfError, SignatureValidationError, SigningError, ArithmeticError, AssertionError, AttributeError, LookupError,
    NotImplementedError, RecursionError, TypeError, ValueError, zlib.error,
)  # fmt: skip

Level = Literal["qualified", "advanced_qualified_certificate", "advanced"]

NOT_SIGNED = (
    "Ce fichier n’est pas signé : il ne contient aucune signature électronique. Une image de signature ou une page "
    "numérisée n’en est pas une. Signez le PDF téléchargé ici avec votre certificat, ou choisissez la voie du papier."
)
NOT_A_PDF = "Ce fichier n’est pas un PDF lisible : déposez le PDF téléchargé ici, une fois signé."
OTHER_DOCUMENT = (
    "Ce fichier n’est pas le document à signer : son contenu ne commence pas par les octets que nous avons produits. "
    "Téléchargez de nouveau le PDF et signez-le sans l’ouvrir ni l’enregistrer avec un autre outil."
)
CHANGED_BEFORE_SIGNING = (
    "Autre chose qu’une signature a été ajouté au document : le texte signé n’est plus celui que nous avons produit. "
    "Signez de nouveau le PDF téléchargé ici."
)
DAMAGED = "La signature de ce fichier est abîmée : signez de nouveau le PDF téléchargé ici."
IDENTITY_REMINDER = (
    "La vérification automatique dit ce que le certificat déclare. Une personne vérifie encore que le signataire est "
    "bien celui qui a le pouvoir de signer."
)
REVOCATION_NOT_CHECKED = (
    "La révocation du certificat n’a pas été interrogée (aucun accès au réseau) : consultez la liste de l’autorité "
    "qui l’a délivré."
)


@dataclass(frozen=True, slots=True)
class SignerReport:
    """What one electronic signature shows."""

    # Name of the person in the certificate, then the whole subject and issuer.
    name: str
    subject: str
    issuer: str
    serial: str
    level: Level
    is_pades: bool
    intact: bool
    trusted: bool
    certificate_valid: bool
    valid_from: str
    valid_until: str
    declared_at: str
    findings: tuple[str, ...] = ()

    @property
    def is_accepted(self) -> bool:
        """Whether nothing stands against this signature."""
        return not self.findings


@dataclass(frozen=True, slots=True)
class SignatureReport:
    """Report on a file that came back signed. `findings` are French sentences: empty, the file is accepted."""

    checked_at: str
    same_document: bool
    signers: tuple[SignerReport, ...] = ()
    findings: tuple[str, ...] = ()
    reminders: tuple[str, ...] = (IDENTITY_REMINDER, REVOCATION_NOT_CHECKED)

    @property
    def is_accepted(self) -> bool:
        """Whether the file holds new, valid PAdES signatures of our exact document and nothing else."""
        return not self.findings and bool(self.signers) and all(signer.is_accepted for signer in self.signers)

    @property
    def all_findings(self) -> list[str]:
        """Every sentence that stands in the way, each once."""
        return list(dict.fromkeys([*self.findings, *(text for signer in self.signers for text in signer.findings)]))

    def as_json(self) -> dict[str, Any]:
        """The report as it is stored beside the signature."""
        return {**asdict(self), "signature_count": len(self.signers), "accepted": self.is_accepted}


def check_signature(
    signed_pdf: bytes, original: bytes, *, trust_roots: Iterable[x509.Certificate], now: datetime
) -> SignatureReport:
    """Check a file that came back signed against the exact bytes that were given out to be signed.

    `original` may itself hold the other party's signature; only the new ones are reported. `now` (aware) is when the
    file was received: without a trusted timestamp, that instant alone proves that the signature existed.
    """
    if signed_pdf == original:
        return _refused(NOT_SIGNED, same_document=True, now=now)
    try:
        reader = PdfFileReader(BytesIO(signed_pdf))
        signatures = list(reader.embedded_regular_signatures)
    except MALFORMED:
        return _refused(NOT_A_PDF, now=now)
    if not signatures:
        return _refused(NOT_SIGNED, now=now)
    if not signed_pdf.startswith(original):
        return _refused(OTHER_DOCUMENT, now=now)
    try:
        return _report_on_update(reader, signatures, original, trust_roots=list(trust_roots), now=now)
    except MALFORMED:
        return _refused(DAMAGED, now=now)


def _refused(finding: str, *, now: datetime, same_document: bool = False) -> SignatureReport:
    return SignatureReport(checked_at=canonical(now), same_document=same_document, findings=(finding,))


def _report_on_update(
    reader: PdfFileReader,
    signatures: Sequence[EmbeddedPdfSignature],
    original: bytes,
    *,
    trust_roots: list[x509.Certificate],
    now: datetime,
) -> SignatureReport:
    given = PdfFileReader(BytesIO(original))
    already = {signature.field_name for signature in given.embedded_regular_signatures}
    new = [signature for signature in signatures if signature.field_name not in already]
    if not new:
        return _refused(NOT_SIGNED, same_document=True, now=now)
    untouched = adds_only_signatures(reader, given_revisions=given.xrefs.total_revisions)
    return SignatureReport(
        checked_at=canonical(now),
        same_document=untouched,
        signers=tuple(_signer_report(signature, trust_roots=trust_roots, now=now) for signature in new),
        findings=() if untouched else (CHANGED_BEFORE_SIGNING,),
    )


def _signer_report(
    signature: EmbeddedPdfSignature, *, trust_roots: list[x509.Certificate], now: datetime
) -> SignerReport:
    certificate = signature.signer_cert
    context = ValidationContext(trust_roots=trust_roots, moment=now, allow_fetching=False)
    try:
        status: PdfSignatureStatus | None = validate_pdf_signature(signature, context)
    except MALFORMED:
        status = None
    declared = signature.self_reported_timestamp
    validity = certificate["tbs_certificate"]["validity"]
    begins, ends = validity["not_before"].native, validity["not_after"].native
    in_force = begins <= now <= ends and (declared is None or begins <= declared <= ends)
    facts = {
        "is_pades": signature.sig_object.get("/SubFilter") == SigSeedSubFilter.PADES.value,
        "intact": status is not None and status.intact and status.valid and bool(status.docmdp_ok),
        "trusted": status is not None and status.trusted,
        "certificate_valid": in_force,
    }
    level = certificate_level(certificate)
    return SignerReport(
        name=certificate.subject.native.get("common_name", certificate.subject.human_friendly),
        subject=certificate.subject.human_friendly,
        issuer=certificate.issuer.human_friendly,
        serial=format(certificate.serial_number, "x"),
        level=level,
        valid_from=canonical(begins),
        valid_until=canonical(ends),
        declared_at=canonical(declared) if declared else "",
        findings=tuple(_objections(**facts, level=level, postdated=declared is not None and declared > now)),
        **facts,
    )


def _objections(
    *, is_pades: bool, intact: bool, trusted: bool, certificate_valid: bool, level: Level, postdated: bool
) -> Iterable[str]:
    if not intact:
        yield "Le document a été modifié après la signature, ou la signature est abîmée : signez de nouveau."
    if not is_pades:
        yield "La signature n’est pas au format PAdES : choisissez ce format dans votre outil de signature."
    if not certificate_valid:
        yield (
            "Le certificat n’était pas en cours de validité à la date de la signature : "
            "signez avec un certificat valable, ou sur papier."
        )
    elif intact and not trusted:
        yield (
            "L’autorité qui a délivré le certificat n’est pas reconnue ici : utilisez un certificat d’un prestataire "
            "de la liste de confiance européenne, ou signez sur papier."
        )
    if level == "advanced":
        yield (
            "Le certificat n’est pas qualifié : la signature doit reposer sur un certificat qualifié "
            "(annexe 12 du code de la commande publique). Prenez-en un, ou signez sur papier."
        )
    if postdated:
        yield "La date de signature déclarée est à venir : réglez l’horloge de votre poste et signez de nouveau."


def certificate_level(certificate: x509.Certificate) -> Level:
    """What the certificate declares by its qcStatements (ETSI EN 319 412-5): qualified, and made on a secure device."""
    declared = {statement["statement_id"].native for statement in get_qc_statements(certificate)}
    if "qc_compliance" not in declared:
        return "advanced"
    return "qualified" if "qc_sscd" in declared else "advanced_qualified_certificate"
