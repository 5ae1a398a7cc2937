"""From the chosen partners to notified contracts, on the buyer's side."""

from typing import Any

from django.forms import BaseForm, Form
from django.utils import timezone
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from marketplace.accounts.models import Organisation
from marketplace.accounts.pages import Page
from marketplace.accounts.permissions import can
from marketplace.files.services import stage
from marketplace.journal.errors import Refusal
from procurement.calls.models import DirectPurchase, TeamRole
from procurement.contracts.acte import BuyerSide
from procurement.contracts.declared import declared_buyer_side
from procurement.contracts.forms.formation import (
    BuyerSideForm,
    InkForm,
    ParticularsForm,
    PowerForm,
    ReceiptForm,
    TransmissionForm,
)
from procurement.contracts.models import Contract, SignatoryPower
from procurement.contracts.services.closing import close_contract
from procurement.contracts.services.formation import complete_contract, prepare_contracts
from procurement.contracts.services.notification import notify, record_receipt, transmit_to_prefect
from procurement.contracts.services.signature import confirm_identity, record_power, sign_as_holder
from procurement.contracts.steps import steps_of, summary_of
from procurement.contracts.views.base import ContractAct, LotAct, LotPage, OfContract
from procurement.evaluation.models import AwardedPartner
from procurement.evaluation.services.standstill import earliest_signature, holds

PREFECT_LAW = (
    _("Ce que dit la loi"),
    _(
        "À partir d’un seuil, une collectivité envoie le contrat signé au préfet dans les quinze jours. "
        "Sans cet envoi et sans la notification, rien ne peut s’exécuter."
    ),
    _("Articles L. 2131-1, L. 2131-2 et D. 2131-5-1 du code général des collectivités territoriales"),
)
PURCHASE_LEAD = _("Préau produit un contrat court, de l’offre choisie. Signé par une partie, il ne change plus.")
PURCHASE_LAW = (
    _("Ce que dit la loi"),
    _("Le contrat est écrit dès 25 000 € HT. Il n’y a ni délai de suspension, ni lettre aux autres entreprises."),
    _("Articles R. 2112-1 et R. 2122-9-1 du code de la commande publique"),
)


class ContractsPage(LotPage):
    """Every contract of a lot: what is done, what comes next."""

    template_name = "contracts/contracts.html"
    section = "contrats"
    page_title = _("Contrats")
    page_lead = _("Un contrat par partenaire : complet, signé par le partenaire, puis par vous, transmis et notifié.")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Contracts, powers, and the first day on which the buyer may sign."""
        rows = self.dossiers()
        signable_on = earliest_signature(self.lot, now=self.now)
        powers = SignatoryPower.objects.filter(call=self.call).select_related("organisation", "document")
        return super().get_context_data(
            rows=[(row, len(steps), *summary_of(steps)) for row in rows for steps in [steps_of(row)]],
            powers=powers,
            signable_on=signable_on,
            is_early=signable_on is not None and timezone.localdate(self.now) < signable_on,
            holds=holds(self.lot),
            partners=self._chosen(),
            may_prepare=bool(can(self.actor, "contracts.prepare", self.lot)),
            are_signed=bool(rows) and all(row.contract.signed_at for row in rows),
            **kwargs,
        )

    def _chosen(self) -> int:
        """How many firms have a contract to be drawn up."""
        if self.call.is_purchase:
            return DirectPurchase.objects.filter(call=self.call, decided_at__isnull=False, is_written=True).count()
        return AwardedPartner.objects.standing(self.lot).count()


class ContractPage(OfContract, Page):
    """One contract: its pieces, signatures, and every step to its effect."""

    template_name = "contracts/contract.html"
    section = "contrats"

    def get_page_title(self) -> str:
        """The contract and its holder."""
        return _t("Contrat %(number)s") % {"number": self.contract.number}

    def get_page_lead(self) -> str:
        """Who holds it, and where it stands."""
        return f"{self.contract.party}, {self.dossier.stage.label.lower()}."

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Steps and powers of this contract."""
        return super().get_context_data(steps=steps_of(self.dossier), **kwargs)


class Prepare(LotAct):
    """Draw up the contracts of a lot, or draw them up again."""

    section = "contrats"
    action = "contracts.prepare"
    form_class = BuyerSideForm
    page_title = _("Préparer les contrats")
    page_lead = _(
        "Préau produit l’acte d’engagement et l’annexe financière de chaque partenaire choisi. "
        "Un contrat déjà signé par une partie ne change pas."
    )
    submit_label = _("Préparer les contrats")
    success_message = _("Les contrats sont préparés. Leurs PDF arrivent dans un instant.")
    law = (
        _("Ce que dit la loi"),
        _(
            "Chaque partenaire a son propre contrat, exécuté séparément. L’acte d’engagement dit les phases, leurs "
            "objectifs, leur prix et ce que vous pourrez décider à la fin de chacune."
        ),
        _("Articles R. 2172-20, R. 2172-24 et R. 2172-31 du code de la commande publique"),
    )

    def get_page_lead(self) -> str:
        """What is produced: a direct purchase has one short contract."""
        return str(PURCHASE_LEAD if self.call.is_purchase else self.page_lead)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """What the law says of the contract of a direct purchase."""
        context = super().get_context_data(**kwargs)
        return context | {"law": PURCHASE_LAW} if self.call.is_purchase else context

    def get_form_kwargs(self) -> dict[str, Any]:
        """What is known already: the last preparation, else the signatory of the team."""
        existing = Contract.objects.filter(lot=self.lot).order_by("rank").first()
        side = declared_buyer_side(existing) if existing else BuyerSide()
        signatory = self.call.team.filter(role=TeamRole.SIGNATORY, until=None).select_related("user").first()
        terms = getattr(self.lot, "terms", None)
        clauses = [
            kind for kind in ("environmental", "social") if terms and getattr(terms, f"{kind}_clause")
        ]  # fmt: skip
        return super().get_form_kwargs() | {
            "clauses": clauses,
            "side": side,
            "initial": {
                "signatory": side.signatory or (str(signatory.user) if signatory else ""),
                "capacity": side.capacity,
                "decision": side.decision,
            },
        }

    def act(self, form: BuyerSideForm) -> Any:
        """Draw up."""
        return prepare_contracts(lot=self.lot, buyer_side=form.buyer_side(), actor=self.actor, now=self.now)


class Complete(ContractAct):
    """Write what the partner declares into its contract."""

    section = "contrats"
    back = "contract"
    action = "contract.complete"
    form_class = ParticularsForm
    page_lead = _("Ce que seul le partenaire sait. Il peut aussi le remplir lui-même depuis son espace.")
    submit_label = _("Compléter le contrat")
    success_message = _("Le contrat est complété. Son PDF est produit de nouveau.")

    def get_page_title(self) -> str:
        """Which contract."""
        return _t("Compléter le contrat %(number)s") % {"number": self.contract.number}

    def get_form_kwargs(self) -> dict[str, Any]:
        """The form asks for each firm of the contract."""
        return super().get_form_kwargs() | {"contract": self.contract}

    def act(self, form: ParticularsForm) -> Any:
        """Complete."""
        return complete_contract(contract=self.contract, particulars=form.particulars(), actor=self.actor, now=self.now)


class RecordPower(LotAct):
    """Keep a power to sign, with its proof."""

    section = "contrats"
    action = "contracts.record_power"
    form_class = PowerForm
    page_title = _("Enregistrer un pouvoir de signer")
    page_lead = _("Sans la preuve du pouvoir, personne ne signe pour l’acheteur.")
    submit_label = _("Enregistrer le pouvoir")
    success_message = _("Le pouvoir est enregistré.")
    law = (
        _("Ce que dit la loi"),
        _("La personne qui signe doit en avoir le pouvoir, en vigueur le jour où elle signe et pour ce montant."),
        _(
            "Articles L. 2122-21-1 et L. 2122-22 du code général des collectivités territoriales ; "
            "délégations de l’État"
        ),
    )

    def target(self) -> Any:
        """The call: a power serves every lot."""
        return self.call

    def get_form_kwargs(self) -> dict[str, Any]:
        """The buyer and the partners of the lot."""
        leads = list(AwardedPartner.objects.standing(self.lot).values_list("party__lead_id", flat=True))
        leads += Contract.objects.filter(lot=self.lot).values_list("party__lead_id", flat=True)
        rows = Organisation.objects.filter(pk__in=[self.call.lead_buyer_id, *leads]).order_by("-kind", "name")
        return super().get_form_kwargs() | {"organisations": rows, "initial": {"organisation": self.call.lead_buyer_id}}

    def act(self, form: PowerForm) -> Any:
        """Keep it."""
        given = dict(form.cleaned_data)
        file = given.pop("document")
        return record_power(
            call=self.call, document=stage(file, name=file.name), actor=self.actor, now=self.now, **given
        )


class RecordPaper(ContractAct):
    """Record that the partner signed on paper; the original stays with the buyer."""

    section = "contrats"
    action = "contract.record_holder_ink"
    form_class = InkForm
    page_title = _("Consigner la signature du partenaire sur papier")
    page_lead = _("Vous attestez détenir l’original signé de sa main. Après vous, le contrat ne change plus.")
    submit_label = _("Consigner la signature")
    success_message = _("La signature du partenaire est consignée.")

    def get_form_kwargs(self) -> dict[str, Any]:
        """Powers of the partner, and the person that the contract names."""
        holders = (self.contract.data.get("signatures") or {}).get("holders") or [{}]
        powers = SignatoryPower.objects.filter(call=self.call, organisation=self.contract.party.lead)
        return super().get_form_kwargs() | {
            "powers": powers,
            "initial": {"signatory": holders[0].get("name", ""), "capacity": holders[0].get("capacity", "")},
        }

    def act(self, form: InkForm) -> Any:
        """Record."""
        scan = form.cleaned_data["scan"]
        return sign_as_holder(
            contract=self.contract, ink=form.ink(stage(scan, name=scan.name)), power=form.cleaned_data.get("power"),
            actor=self.actor, now=self.now,
        )  # fmt: skip


class ConfirmIdentity(ContractAct):
    """A person says that the signer is the one who may sign: no machine can."""

    section = "contrats"
    template_name = "contracts/confirm_identity.html"
    action = "contract.confirm_identity"
    page_title = _("Confirmer l’identité du signataire")
    page_lead = _(
        "Vous attestez que la personne du certificat est celle qui a le pouvoir de signer. Votre nom est gardé."
    )
    submit_label = _("Confirmer l’identité")
    success_message = _("L’identité du signataire est confirmée.")
    law = (
        _("Ce que dit la loi"),
        _("La signature électronique repose sur un certificat qualifié. Une personne vérifie encore qui signe."),
        _("Annexe 12 du code de la commande publique ; règlement (UE) n° 910/2014"),
    )

    def act(self, form: BaseForm) -> Any:
        """Confirm."""
        signature = self.dossier.holder_signature
        if signature is None:
            raise Refusal("Le partenaire n’a pas encore signé : il n’y a pas de signataire à vérifier.")
        if signature.identity_checked_at is not None:
            raise Refusal("L’identité de ce signataire est déjà confirmée.")
        signature.document.contract = self.contract
        return confirm_identity(signature=signature, actor=self.actor, now=self.now)


class Transmit(ContractAct):
    """Record the transmission to the prefect."""

    section = "contrats"
    action = "contract.follow"
    form_class = TransmissionForm
    page_title = _("Consigner la transmission au préfet")
    page_lead = _("Le numéro de l’accusé prouve l’envoi. Préau produit le bordereau des pièces.")
    submit_label = _("Consigner la transmission")
    success_message = _("La transmission au préfet est consignée.")
    law = PREFECT_LAW

    def act(self, form: TransmissionForm) -> Any:
        """Record."""
        return transmit_to_prefect(
            contract=self.contract, accepted=self.accepted(), actor=self.actor, now=self.now, **form.cleaned_data
        )


class Notify(ContractAct):
    """Send the signed contract to its holder."""

    section = "contrats"
    action = "contract.follow"
    form_class = Form
    page_title = _("Notifier le contrat")
    page_lead = _(
        "Le contrat signé part au titulaire. Il prend effet, et la première phase est lancée, à sa réception."
    )
    submit_label = _("Notifier le contrat")
    success_message = _("Le contrat est envoyé à son titulaire.")
    law = (
        _("Ce que dit la loi"),
        _("Le contrat prend effet le jour où le titulaire le reçoit. Cette date est celle de la notification."),
        _("Article R. 2182-4 du code de la commande publique"),
    )

    def act(self, form: BaseForm) -> Any:
        """Send."""
        return notify(contract=self.contract, actor=self.actor, now=self.now)


class RecordReceipt(ContractAct):
    """Record when the holder received the contract."""

    section = "contrats"
    action = "contract.follow"
    form_class = ReceiptForm
    page_title = _("Consigner la réception du contrat")
    page_lead = _("Cette date est celle de la notification : le contrat prend effet.")
    submit_label = _("Consigner la réception")
    success_message = _("Le contrat est notifié : il a pris effet.")

    def act(self, form: ReceiptForm) -> Any:
        """Record."""
        return record_receipt(
            contract=self.contract, received_at=form.cleaned_data["received_at"], actor=self.actor, now=self.now
        )


class Close(ContractAct):
    """Close a contract that ran its course."""

    section = "contrats"
    action = "contract.follow"
    page_title = _("Clore le contrat")
    page_lead = _("Plus rien ne pourra y être remis, commandé ni décidé. Les paiements dus restent à faire.")
    submit_label = _("Clore le contrat")
    success_message = _("Le contrat est clos.")

    def act(self, form: BaseForm) -> Any:
        """Close."""
        return close_contract(contract=self.contract, actor=self.actor, now=self.now)
