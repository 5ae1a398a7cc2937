"""What one signs, and the roads that lead to a signature. No click stands for one."""

from typing import Any

from django.core.paginator import Paginator
from django.forms import BaseForm
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from marketplace.accounts.pages import ActView, Page
from marketplace.accounts.permissions import Verdict, can, visible_or_404
from marketplace.files.services import stage
from procurement.contracts.forms.formation import InkForm, ReasonsForm, SignedPdfForm
from procurement.contracts.models import Contract, SignatoryPower, Signature
from procurement.contracts.permissions import speaks_for_holder
from procurement.contracts.reading import Dossier, dossiers, with_details
from procurement.contracts.services.signature import (
    SignatureRefused,
    refuse_signature,
    sign_as_buyer,
    sign_as_holder,
)
from procurement.evaluation.services.standstill import earliest_signature, holds

ROWS_A_PAGE = 25


class ToSign(Page):
    """Contracts that the actor signs, for the buyer or for their firm."""

    template_name = "contracts/to_sign.html"
    page_title = _("Documents à signer")
    page_lead = _("Aucun clic ne vaut signature : vous déposez un PDF signé, ou vous signez sur papier.")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """One page of contracts, to sign or signed."""
        are_signed = self.request.GET.get("etat") == "signes"
        contracts = Contract.objects.signed_by(self.actor).filter(signed_at__isnull=not are_signed)
        page = Paginator(with_details(contracts).order_by("-prepared_at", "number"), ROWS_A_PAGE).get_page(
            self.request.GET.get("page")
        )
        rows = [(row, self._state(row)) for row in dossiers(page.object_list, self.now)]
        return super().get_context_data(rows=rows, page_obj=page, are_signed=are_signed, **kwargs)

    def _state(self, row: Dossier) -> tuple[str, str]:
        """What the actor sees of it: French words and tone."""
        if row.contract.signed_at is not None:
            return _t("Signé des deux parties"), "ok"
        if row.missing:
            return _t("Pas encore complet"), "outline"
        if speaks_for_holder(self.actor, row.contract):
            return (_t("Signé par vous"), "info") if row.holder_signature else (_t("À signer"), "warn")
        return (_t("À signer"), "warn") if row.holder_signature else (_t("Le partenaire signe d’abord"), "outline")


class OfSigner(ActView):
    """A page of one contract for the person who signs it, on either side."""

    contract: Contract

    def load(self) -> None:
        """Read the contract. Raises Http404 when absent or hidden."""
        self.contract = visible_or_404(with_details(Contract.objects.all()), self.actor, pk=self.kwargs["contract"])
        self.dossier = Dossier(self.contract, self.now)
        self.is_holder = speaks_for_holder(self.actor, self.contract)

    def allowed(self) -> Verdict:
        """The partner's people, or a signatory of the call."""
        action = "contract.sign_as_holder" if self.is_holder else "contract.sign_as_buyer"
        return can(self.actor, action, self.contract)

    @property
    def side(self) -> str:
        """Side for which the actor signs."""
        return Signature.Side.HOLDER if self.is_holder else Signature.Side.BUYER

    def powers(self) -> Any:
        """Powers recorded for this side, those of the person first."""
        organisation = self.contract.party.lead if self.is_holder else self.contract.call.lead_buyer
        return SignatoryPower.objects.filter(call=self.contract.call, organisation=organisation)

    def powers_initial(self) -> dict[str, Any]:
        """The actor's own power, chosen beforehand."""
        return {"power": self.powers().filter(user_id=self.actor.user_id).last()}

    def get_back_url(self) -> str:
        """What one signs."""
        return reverse("contracts:sign", args=[self.contract.pk])

    def get_success_url(self) -> str:
        """What one signed."""
        return self.get_back_url()

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """The contract, what is signed already, and the first day on which the buyer may sign."""
        signable_on = None if self.is_holder else earliest_signature(self.contract.lot, now=self.now)
        return super().get_context_data(
            dossier=self.dossier,
            contract=self.contract,
            is_holder=self.is_holder,
            own=self.dossier.signatures.get(self.side),
            signable_on=signable_on,
            is_early=signable_on is not None and timezone.localdate(self.now) < signable_on,
            holds=[] if self.is_holder else holds(self.contract.lot),
            back_label=_t("Documents à signer") if isinstance(self, Sign) else self.contract.number,
            **kwargs,
        )


class Sign(OfSigner):
    """What one signs in five lines, its PDF and fingerprint, and the three roads."""

    template_name = "contracts/sign.html"
    form_class = SignedPdfForm
    submit_label = _("Déposer le PDF signé")
    success_message = _("Votre signature est vérifiée et enregistrée.")
    refused: SignatureRefused | None = None

    def get_page_title(self) -> str:
        """What is signed."""
        return _t("Signer le contrat %(number)s") % {"number": self.contract.number}

    def get_form_kwargs(self) -> dict[str, Any]:
        """Powers of the side, with the actor's own."""
        return super().get_form_kwargs() | {"powers": self.powers(), "initial": self.powers_initial()}

    def get_back_url(self) -> str:
        """The list, where « Annuler » leads."""
        return reverse("contracts:to_sign")

    def get_success_url(self) -> str:
        """The same page, with the report."""
        return reverse("contracts:sign", args=[self.contract.pk])

    def act(self, form: SignedPdfForm) -> Any:
        """Hand in the signed file; a refused one leaves its report on the page."""
        given = {
            "contract": self.contract,
            "signed_pdf": form.cleaned_data["signed_pdf"].read(),
            "power": form.cleaned_data.get("power"),
            "actor": self.actor,
            "now": self.now,
        }
        try:
            if self.is_holder:
                return sign_as_holder(**given)
            return sign_as_buyer(**given, accepted=self.accepted())
        except SignatureRefused as refused:
            self.refused = refused
            raise

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """The report of a file that was refused."""
        report = self.refused.report.as_json() if self.refused else None
        return super().get_context_data(report=report, **kwargs)


class SignOnPaper(OfSigner):
    """The buyer signs on paper and records it: the scan is a copy, the original binds."""

    template_name = "layout/act.html"
    form_class = InkForm
    page_title = _("Consigner votre signature sur papier")
    page_lead = _("Votre signature conclut le contrat. L’original papier fait foi : gardez-le au dossier.")
    submit_label = _("Consigner la signature")
    success_message = _("Le contrat est signé des deux parties.")
    law = (
        _("Ce que dit la loi"),
        _("Après les lettres aux entreprises écartées, vous attendez la fin du délai de suspension avant de signer."),
        _("Article R. 2182-1 du code de la commande publique"),
    )

    def allowed(self) -> Verdict:
        """The buyer's signatory: the partner's paper is recorded by the buyer."""
        return can(self.actor, "contract.sign_as_buyer", self.contract)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """A direct purchase knows no standstill: the law of the others says nothing of it."""
        context = super().get_context_data(**kwargs)
        return context | {"law": ()} if self.contract.call.is_purchase else context

    def get_form_kwargs(self) -> dict[str, Any]:
        """The person whom the contract names."""
        buyer = (self.contract.data.get("signatures") or {}).get("buyer") or {}
        initial = {"signatory": buyer.get("name", ""), "capacity": buyer.get("capacity", "")} | self.powers_initial()
        return super().get_form_kwargs() | {"powers": self.powers(), "initial": initial}

    def act(self, form: InkForm) -> Any:
        """Sign."""
        scan = form.cleaned_data["scan"]
        return sign_as_buyer(
            contract=self.contract, ink=form.ink(stage(scan, name=scan.name)), power=form.cleaned_data.get("power"),
            accepted=self.accepted(), actor=self.actor, now=self.now,
        )  # fmt: skip


class RefuseToSign(OfSigner):
    """Say no, and why."""

    template_name = "layout/act.html"
    form_class = ReasonsForm
    page_title = _("Refuser de signer")
    page_lead = _("L’acheteur reçoit vos motifs et peut préparer une nouvelle version. Rien n’est signé.")
    submit_label = _("Refuser de signer")
    success_message = _("Votre refus et ses motifs sont transmis à l’acheteur.")

    def act(self, form: BaseForm) -> Any:
        """Refuse."""
        return refuse_signature(
            contract=self.contract, reasons=form.cleaned_data["reasons"], actor=self.actor, now=self.now
        )
