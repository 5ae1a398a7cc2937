"""The company's side: the proofs that a buyer asked of it, handed in one by one (R2144-4)."""

from typing import Any

from django.http import Http404
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from marketplace.accounts.pages import ActView, Page
from marketplace.accounts.permissions import Verdict, visible_or_404
from marketplace.files.services import stage as stage_file
from procurement.evaluation.forms.clearance import ProofDepositForm
from procurement.evaluation.models import Clearance, ClearanceProof
from procurement.evaluation.services import clearance
from procurement.evaluation.views.base import page_of


class ProofsView(Page):
    """Every request of proofs made to the company."""

    template_name = "evaluation/proof_requests.html"
    page_title = _("Justificatifs demandés")
    page_lead = _("Un acheteur veut vous choisir : prouvez-lui que rien ne l’interdit.")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """The requests, the newest first."""
        rows = Clearance.objects.visible_to(self.actor).prefetch_related("proofs")
        return super().get_context_data(rows=page_of(rows, self.request), **kwargs)


class ProofFileView(ActView):
    """One request: each proof with its state, and a file to choose for it."""

    template_name = "evaluation/proofs.html"
    form_class = ProofDepositForm
    page_title = _("Déposer vos justificatifs")
    submit_label = _("Déposer ce justificatif")
    success_message = _("Votre justificatif est déposé. L’acheteur l’examine.")
    law = (
        _("Ce que dit la loi"),
        _(
            "L’acheteur ne demande ces preuves qu’à l’entreprise qu’il veut retenir. Sans elles à l’heure limite, il "
            "passe à la suivante du classement."
        ),
        _("Articles R. 2144-4 et R. 2144-7 du code de la commande publique."),
    )

    def load(self) -> None:
        """The request, for the firm asked alone."""
        self.clearance = visible_or_404(Clearance.objects, self.actor, pk=self.kwargs["clearance"])
        self.proofs = list(self.clearance.proofs.select_related("file"))
        for proof in self.proofs:
            proof.clearance = self.clearance
        self.proof = self._wanted()

    def _wanted(self) -> ClearanceProof | None:
        """The proof that the form is about. Raises Http404 for one of another request."""
        code = self.request.POST.get("proof") or self.request.GET.get("piece")
        if code is None:
            return None
        found = next((one for one in self.proofs if one.code == code), None)
        if found is None:
            raise Http404
        return found

    def allowed(self) -> Verdict:
        """Who sees it may hand in: both are the firm asked."""
        return Verdict.yes()

    def act(self, form: ProofDepositForm) -> ClearanceProof:
        """Hand it in."""
        if self.proof is None:
            raise Http404
        upload = form.cleaned_data["file"]
        return clearance.deposit_proof(
            proof=self.proof, file=stage_file(upload, name=upload.name), actor=self.actor, now=self.now
        )

    def get_success_url(self) -> str:
        """The request again."""
        return reverse("evaluation:proofs", args=[self.clearance.pk])

    def get_back_url(self) -> str:
        """All requests."""
        return reverse("evaluation:proof_requests")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """The proofs, and the one that is being handed in."""
        return super().get_context_data(
            clearance=self.clearance,
            call=self.clearance.partner.decision.lot.call,
            proofs=self.proofs,
            proof=self.proof,
            is_open=self.clearance.completed_at is None and self.clearance.partner.eliminated_at is None,
            **kwargs,
        )
