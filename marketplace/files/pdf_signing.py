"""PAdES signatures written into a PDF, whoever signs: a person of a rehearsal, or the house (annex 12, eIDAS)."""

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from io import BytesIO
from typing import Any

from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign.fields import MDPPerm, SigFieldSpec, SigSeedSubFilter
from pyhanko.sign.signers import PdfSignatureMetadata, PdfSigner, SimpleSigner
from pyhanko.sign.signers.pdf_signer import PdfSigningSession
from pyhanko.sign.timestamps import TimeStamper


class _DatedSigner(PdfSigner):
    """A signer that lives at the instant it is given, so that a rehearsal signs on its own clock."""

    def __init__(self, metadata: PdfSignatureMetadata, *, at: datetime, **options: Any) -> None:
        super().__init__(metadata, **options)
        self._at = at

    def init_signing_session(self, *args: Any, **kwargs: Any) -> PdfSigningSession:
        session = super().init_signing_session(*args, **kwargs)
        session.system_time = self._at
        return session


def sign_pdf(
    pdf: bytes,
    *,
    signer: SimpleSigner,
    field: str,
    now: datetime,
    reason: str = "",
    is_final: bool = False,
    timestamper: TimeStamper | None = None,
) -> bytes:
    """Sign a PDF as PAdES B-B in an invisible field, as an incremental update: the given bytes stay as they are.

    With a `timestamper` the signature carries its timestamp (B-T), or nothing is signed: its errors come out.

    `field` must be new in the document; `now` (aware) is the declared time of signature; `is_final` certifies the
    document: any later change breaks it. Raises SigningError.
    """
    certified = {"certify": True, "docmdp_permissions": MDPPerm.NO_CHANGES} if is_final else {}
    metadata = PdfSignatureMetadata(
        field_name=field, md_algorithm="sha256", subfilter=SigSeedSubFilter.PADES, reason=reason or None, **certified
    )
    dated = _DatedSigner(metadata, at=now, signer=signer, new_field_spec=SigFieldSpec(field), timestamper=timestamper)
    # pyHanko runs an event loop of its own, which a thread that is in one already refuses.
    with ThreadPoolExecutor(1) as hand:
        return hand.submit(dated.sign_pdf, IncrementalPdfFileWriter(BytesIO(pdf))).result().getvalue()
