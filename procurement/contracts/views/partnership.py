"""The partner's side of its own contracts: what it owes, what it was told, what it will be paid."""

from typing import Any

from django.core.paginator import Paginator
from django.forms import BaseForm
from django.http import Http404
from django.urls import reverse
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from marketplace.accounts.pages import ActView, Page, SignedIn
from marketplace.accounts.permissions import Verdict, can
from marketplace.files.services import stage
from procurement.contracts.bills import Bill
from procurement.contracts.figures import calendar_of, payments_of
from procurement.contracts.forms.execution import AgreementForm, HandInForm
from procurement.contracts.forms.formation import ParticularsForm
from procurement.contracts.models import Contract
from procurement.contracts.reading import Dossier, dossiers, with_details
from procurement.contracts.services.formation import complete_contract
from procurement.contracts.services.gates import notify_decision, record_agreement
from procurement.contracts.services.notification import record_receipt
from procurement.contracts.services.phases import hand_in_deliverable
from procurement.contracts.todo import todos_of_holder
from procurement.contracts.views.base import deliverable_or_404, phase_or_404
from procurement.contracts.views.execution import GATE_LAW
from procurement.correspondence.models import Letter
from procurement.correspondence.services import record_reading

ROWS_A_PAGE = 25


class Partnerships(Page):
    """Every contract of the actor's firm."""

    template_name = "contracts/partnerships.html"
    page_title = _("Mes partenariats")
    page_lead = _("Vos contrats, du plus récent au plus ancien.")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """One page of contracts."""
        contracts = with_details(Contract.objects.held_by(self.actor)).order_by("-prepared_at", "number")
        page = Paginator(contracts, ROWS_A_PAGE).get_page(self.request.GET.get("page"))
        return super().get_context_data(rows=dossiers(page.object_list, self.now), page_obj=page, **kwargs)


class OfHolder(SignedIn):
    """A page of one contract for the firm that holds it, and for nobody else."""

    contract: Contract
    dossier: Dossier

    def load(self) -> None:
        """Read the contract. Raises Http404 when absent, or when another firm holds it."""
        contracts = with_details(Contract.objects.held_by(self.actor))
        found = contracts.filter(number=self.kwargs["number"]).first()
        if found is None:
            raise Http404
        self.contract, self.dossier = found, Dossier(found, self.now)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """The contract."""
        return super().get_context_data(contract=self.contract, dossier=self.dossier, **kwargs)


class Partnership(OfHolder, Page):
    """One contract as its holder follows it."""

    template_name = "contracts/partnership.html"

    def get_page_title(self) -> str:
        """What the partnership is about."""
        return self.contract.call.title

    def get_page_lead(self) -> str:
        """With whom, under which number, where it stands."""
        return _t("Avec %(buyer)s, contrat %(number)s : %(stage)s.") % {
            "buyer": self.contract.call.lead_buyer.name,
            "number": self.contract.number,
            "stage": self.dossier.stage.label.lower(),
        }

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """What to do, phases, letters and money."""
        letters = Letter.objects.received_by(self.actor.organisation_id).filter(call=self.contract.call)
        return super().get_context_data(
            todos=todos_of_holder(self.dossier),
            letters=list(letters),
            calendar=calendar_of([self.dossier], self.now),
            bills=[Bill(row, self.now, {}) for row in payments_of([self.dossier])],
            **kwargs,
        )


class HolderAct(OfHolder, ActView):
    """An act of the partner upon its contract."""

    action = "contract.hand_in"

    def allowed(self) -> Verdict:
        """The partner's people."""
        return can(self.actor, self.action, self.contract)

    def get_back_url(self) -> str:
        """The contract."""
        return reverse("contracts:partnership", args=[self.contract.number])

    def get_success_url(self) -> str:
        """The contract."""
        return self.get_back_url()


class Declare(HolderAct):
    """What only the partner knows: signatory, account, advance."""

    action = "contract.complete"
    form_class = ParticularsForm
    page_title = _("Compléter mon contrat")
    page_lead = _("Ces informations entrent dans l’acte d’engagement que vous signerez.")
    submit_label = _("Compléter mon contrat")
    success_message = _("Votre contrat est complété. Son PDF est produit de nouveau.")
    privacy = _("Le compte bancaire sert au paiement. L’équipe de l’acheteur et le comptable public le lisent.")
    law = (
        _("L’avance, en deux phrases"),
        _(
            "Elle est due au-delà de 50 000 € HT et de deux mois d’exécution, et vous pouvez la refuser. "
            "Elle vous est payée d’avance, puis déduite de vos factures."
        ),
        _("Articles R. 2191-3 et R. 2191-7 du code de la commande publique"),
    )

    def get_form_kwargs(self) -> dict[str, Any]:
        """The form asks for each firm of the contract."""
        return super().get_form_kwargs() | {"contract": self.contract}

    def act(self, form: ParticularsForm) -> Any:
        """Complete."""
        return complete_contract(contract=self.contract, particulars=form.particulars(), actor=self.actor, now=self.now)


class Acknowledge(HolderAct):
    """The partner acknowledges the signed contract: it takes effect."""

    action = "contract.record_receipt"
    page_title = _("Accuser réception du contrat")
    page_lead = _("Votre contrat prend effet aujourd’hui : c’est la date de sa notification.")
    submit_label = _("Accuser réception")
    success_message = _("Vous avez accusé réception : le contrat a pris effet.")
    law = (
        _("Ce que dit la loi"),
        _("Le contrat prend effet le jour où vous le recevez. Cette date lance la première phase."),
        _("Article R. 2182-4 du code de la commande publique"),
    )

    def act(self, form: BaseForm) -> Any:
        """Read the letter, then record its reception."""
        letter = self.contract.notification_letter
        if letter is not None and letter.read_at is None:
            record_reading(letter=letter, actor=self.actor, now=self.now)
        return record_receipt(contract=self.contract, actor=self.actor, now=self.now)


class AcknowledgeDecision(HolderAct):
    """The partner acknowledges a decision at the end of a phase."""

    template_name = "contracts/acknowledge_decision.html"
    action = "contract.record_receipt"
    page_title = _("Accuser réception de la décision")
    submit_label = _("Accuser réception")
    success_message = _("Vous avez accusé réception de la décision.")
    law = GATE_LAW

    def load(self) -> None:
        """Read the decision. Raises Http404 when the contract has none of that id."""
        super().load()
        found = [row for row in self.contract.gate_decisions.all() if row.pk == self.kwargs["decision"]]
        if not found or found[0].round_id is None:
            raise Http404
        self.decision = found[0]
        self.decision.contract = self.contract

    def get_page_lead(self) -> str:
        """What the reception entails."""
        if self.decision.ends_contract:
            return _t("Votre contrat prend fin à cette réception. La phase achevée vous est payée selon ses résultats.")
        return _t("La phase suivante peut commencer dès cette réception.")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """The decision and its reasons."""
        return super().get_context_data(decision=self.decision, **kwargs)

    def act(self, form: BaseForm) -> Any:
        """Read the letter, then record its reception."""
        if self.decision.letter.read_at is None:
            self.decision.letter = record_reading(letter=self.decision.letter, actor=self.actor, now=self.now)
        return notify_decision(decision=self.decision, actor=self.actor, now=self.now)


class HolderPhaseAct(HolderAct):
    """An act upon one phase of the partner's contract."""

    def load(self) -> None:
        """Read the phase. Raises Http404 when the contract has none of that number."""
        super().load()
        self.row = phase_or_404(self.dossier, self.kwargs["phase"])

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """The phase."""
        return super().get_context_data(row=self.row, **kwargs)


class HandIn(HolderPhaseAct):
    """Hand in a deliverable."""

    form_class = HandInForm
    page_lead = _("L’acheteur est prévenu. Après une admission ou un rejet, une remise ne se remplace plus.")
    submit_label = _("Remettre le livrable")
    success_message = _("Votre livrable est remis : l’acheteur est prévenu.")

    def load(self) -> None:
        """Read the deliverable. Raises Http404 when the phase has none of that number."""
        super().load()
        self.deliverable = deliverable_or_404(self.row, self.kwargs["deliverable"])

    def get_page_title(self) -> str:
        """Which deliverable."""
        return _t("Remettre : %(name)s") % {"name": self.deliverable.deliverable.name}

    def act(self, form: HandInForm) -> Any:
        """Hand in."""
        file = form.cleaned_data["file"]
        return hand_in_deliverable(
            deliverable=self.deliverable.deliverable,
            file=stage(file, name=file.name) if file else None,
            note=form.cleaned_data["note"],
            actor=self.actor,
            now=self.now,
        )


class Agree(HolderPhaseAct):
    """The partner hands in its signed agreement to other objectives for a phase to come."""

    form_class = AgreementForm
    page_lead = _(
        "Sans votre accord signé, l’acheteur ne peut pas changer vos objectifs. Rien ne vous oblige à le donner."
    )
    submit_label = _("Remettre mon accord")
    success_message = _("Votre accord est remis à l’acheteur.")
    law = GATE_LAW

    def get_page_title(self) -> str:
        """Which phase."""
        return _t("Accord sur les objectifs de la phase %(number)s") % {"number": self.row.phase.number}

    def get_form_kwargs(self) -> dict[str, Any]:
        """The objectives as they stand."""
        return super().get_form_kwargs() | {"objectives": self.row.phase.objectives}

    def act(self, form: AgreementForm) -> Any:
        """Hand in."""
        file = form.cleaned_data["file"]
        return record_agreement(
            phase=self.row.phase,
            objectives=form.objectives(),
            signatory=form.cleaned_data["signatory"],
            signed_at=form.cleaned_data["signed_at"],
            file=stage(file, name=file.name),
            actor=self.actor,
            now=self.now,
        )
