"""The evidence file: the company has its own at any time, the team of the call once the opening began (LR-54)."""

from typing import Any

from django import forms
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.http import content_disposition_header
from django.utils.translation import gettext_lazy as _

from marketplace.accounts.pages import ActView, SignedIn
from marketplace.accounts.permissions import can
from marketplace.files.models import GeneratedDocument
from procurement.calls.views import WorkspaceAct
from procurement.submissions.evidence import KIND, deposit_of, evidence_files, evidence_zip, request_evidence
from procurement.submissions.models import Deposit, Receipt, Submission
from procurement.submissions.views.answering import OwnDeposit

LEAD = _(
    "Ce que le site a inscrit de ce dépôt : instants, parties reçues, échecs, heures limites telles qu’elles ont été "
    "décidées, incidents déclarés, santé du site. Rien n’y est lu du pli."
)
LAW = (
    _("Ce que dit la loi"),
    _("Une réponse en retard n’est pas écartée si l’entreprise a été diligente et que le site ne peut prouver qu’il "
      "marchait."),
    "CE, 23 septembre 2021, n° 449250",
)  # fmt: skip
SUCCESS = _("Le dossier est demandé : rechargez cette page dans une minute pour le télécharger.")


class _Evidence(ActView):
    """Ask for a file, and download those asked for."""

    page_title = _("Dossier de preuves")
    page_lead = LEAD
    submit_label = _("Établir le dossier maintenant")
    success_message = SUCCESS
    law = LAW
    deposit: Deposit

    def act(self, form: forms.Form) -> GeneratedDocument:
        """Ask for the file as things stand."""
        return request_evidence(deposit=self.deposit, actor=self.actor, now=self.now)

    def get_success_url(self) -> str:
        """The same page."""
        return self.request.path

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """The files so far."""
        return super().get_context_data(files=evidence_files(self.deposit), **kwargs)


class OwnEvidence(OwnDeposit, _Evidence):
    """A company’s own."""

    template_name = "submissions/evidence.html"

    def get_back_url(self) -> str:
        """The receipt, or the draft."""
        return self.address("receipt" if self.is_sealed else "tasks")


class TeamEvidence(_Evidence, WorkspaceAct):
    """For those who decide on what a bidder says of its lateness."""

    section = "ouverture"
    action = "openings.read"
    template_name = "submissions/team_evidence.html"

    def load(self) -> None:
        """Read the deposit by its receipt. Raises Http404 before the opening began."""
        super().load()
        visible = Submission.objects.visible_to(self.actor).filter(
            period__lot__call=self.call, period__opening_began_at__isnull=False
        )
        receipt = Receipt.objects.filter(number=self.kwargs["receipt"], submission__in=visible).first()
        if receipt is None:
            raise Http404
        self.deposit = Deposit.objects.select_related("period__lot__call", "party__lead").get(
            submission__receipts=receipt
        )

    def get_back_url(self) -> str:
        """The openings."""
        return reverse("submissions:opening", args=[self.call.reference])


class EvidenceZip(SignedIn):
    """The sealed PDF and its JSON."""

    def load(self) -> None:
        """Read the document and whose it is. Raises Http404 for who may not read it, and until it is rendered."""
        documents = GeneratedDocument.objects.select_related("rendering__stored_file").filter(kind=KIND)
        self.document = documents.filter(pk=self.kwargs["document"], rendering__isnull=False).first()
        deposit = deposit_of(self.document) if self.document else None
        if deposit is None or not can(self.actor, "evidence.read", deposit):
            raise Http404

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """The archive."""
        name = f"preuves-{self.document.facts['reference']}.zip"
        return HttpResponse(
            evidence_zip(self.document),
            content_type="application/zip",
            headers={
                "Content-Disposition": content_disposition_header(as_attachment=True, filename=name),
                "Cache-Control": "private, no-store",
                "X-Content-Type-Options": "nosniff",
            },
        )
