"""Whether a document was issued here, for somebody who holds it and therefore has its fingerprint.

Nothing is told that the document would not say: a public document is named with its call; of any other one only its
nature and instants are, never who it is about or for which call (sealed-bids B.9).
"""

import hashlib
from dataclasses import dataclass
from datetime import datetime

from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from marketplace.files.models import Rendering, StoredFile
from procurement.calls.models import Call, CallDocument
from procurement.submissions.models import Receipt

KINDS = {
    "rules": gettext_lazy("Règlement de consultation"),
    "clauses": gettext_lazy("Clauses administratives (CCAP)"),
    "programme": gettext_lazy("Programme fonctionnel (CCTP)"),
    "draft_contract": gettext_lazy("Projet d’acte d’engagement"),
    "financial_annex": gettext_lazy("Cadre de l’annexe financière"),
    "notice_sheet": gettext_lazy("Fiche de saisie de l’avis"),
    "opening_minutes": gettext_lazy("Procès-verbal d’ouverture"),
    "candidature_report": gettext_lazy("Rapport sur les candidatures"),
    "negotiation_minutes": gettext_lazy("Compte rendu de négociation"),
    "analysis_report": gettext_lazy("Rapport d’analyse des offres"),
    "presentation_report": gettext_lazy("Rapport de présentation"),
    "cao_minutes": gettext_lazy("Procès-verbal de commission d’appel d’offres"),
    "acte_engagement": gettext_lazy("Acte d’engagement"),
    "annexe_financiere": gettext_lazy("Annexe financière"),
    "direct_contract": gettext_lazy("Contrat d’achat innovant"),
    "gate_report": gettext_lazy("Rapport de fin de phase"),
    "gate_decision": gettext_lazy("Décision de fin de phase"),
    "acceptance": gettext_lazy("Décision sur un livrable"),
    "purchase_order": gettext_lazy("Bon de commande"),
    "prefect_bordereau": gettext_lazy("Bordereau de transmission au préfet"),
    "incident_report": gettext_lazy("Rapport d’incident"),
}


@dataclass(frozen=True)
class Issued:
    """What may be said of an authentic document; `call` only for one that everybody may read."""

    kind: str
    issued_at: datetime
    call: Call | None = None
    received_at: datetime | None = None


def issued(fingerprint: str) -> Issued | None:
    """What we know of the document that has this SHA-256 (64 characters), None when none was issued here."""
    files = StoredFile.objects.holding(fingerprint)
    rendering = Rendering.objects.filter(stored_file__in=files).select_related("document").first()
    if rendering is None:
        return _signed(fingerprint) or _joined(fingerprint)
    document = rendering.document
    receipt = Receipt.objects.filter(document=document).select_related("submission").first()
    if receipt is not None:
        return Issued(receipt.get_kind_display(), receipt.issued_at, received_at=receipt.submission.received_at)
    row = _online().filter(document=document).first()
    kind = _("Courrier") if document.kind.startswith("letter_") else KINDS.get(document.kind, _("Document"))
    return Issued(str(kind), rendering.rendered_at, call=row.call if row else None)


def _signed(fingerprint: str) -> Issued | None:
    """The file of a receipt (JSON): what its PDF says, for the same holder."""
    receipt = Receipt.objects.filter(fingerprint=fingerprint).select_related("submission").first()
    if receipt is None or hashlib.sha256(receipt.signed.encode()).hexdigest() != fingerprint:
        return None
    kind = _("%(kind)s, fichier signé") % {"kind": receipt.get_kind_display()}
    return Issued(kind, receipt.issued_at, received_at=receipt.submission.received_at)


def _joined(fingerprint: str) -> Issued | None:
    """A file that a buyer joined to a published call: we did not write it, but we put it online."""
    row = _online().filter(file__sha256=fingerprint).order_by("added_at").first()
    return Issued(_("Document joint à un appel"), row.added_at, call=row.call) if row else None


def _online() -> QuerySet[CallDocument]:
    rows = CallDocument.objects.filter(call__files_public_since__isnull=False).exclude(call__criteria_digest="")
    return rows.select_related("call")
