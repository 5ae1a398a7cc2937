"""The buyer's side of the payment of a contract: terms, invoices step by step, penalties, certificate."""

from decimal import Decimal
from typing import Any

from django.http import Http404
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from marketplace.accounts.pages import Page
from marketplace.accounts.permissions import can
from marketplace.ui.templatetags.ui import euros
from procurement.contracts.bills import Bill
from procurement.contracts.forms import billing as forms
from procurement.contracts.models import PaymentDue, PaymentTerms, Penalty, TransferRequest
from procurement.contracts.payment_sheet import payment_sheet
from procurement.contracts.payment_terms import held_back, stored_rates, terms_of
from procurement.contracts.services import assignment, billing, payments, penalties, retention, transfers
from procurement.contracts.views.base import ContractAct, OfContract
from procurement.contracts.views.money import PAYMENT_LAW

LATENESS_LAW = (
    _("Ce que dit la loi"),
    _(
        "Un retard donne droit, sans demande, à des intérêts au taux directeur de la Banque centrale européenne au "
        "premier jour du semestre, majoré de 8 points, et à 40 €. Ils se paient en 45 jours."
    ),
    _("Articles R. 2192-31, D. 2192-35 et R. 2192-36 du code de la commande publique"),
)
TERMS_LAW = (
    _("Ce que dit la loi"),
    _(
        "L’avance a un taux minimum, la retenue de garantie un maximum, qui dépendent de vous et de la taille du "
        "titulaire. Un acompte se verse au moins tous les trois mois."
    ),
    _("Articles R. 2191-3 à R. 2191-12, R. 2191-22 et R. 2191-33 du code de la commande publique"),
)
PENALTY_LAW = (
    _("Ce que dit le contrat"),
    _(
        "Une pénalité s’annonce, le titulaire a quinze jours pour répondre, puis vous décidez. Leur total ne dépasse "
        "pas le plafond du contrat, 10 % par défaut."
    ),
    _("CCAG de 2021"),
)
RETENTION_LAW = (
    _("Ce que dit la loi"),
    _(
        "La retenue se rend un mois au plus après la fin du délai de garantie, si aucune réserve n’a été notifiée. Le "
        "titulaire peut à tout moment la remplacer par une garantie à première demande ou, si vous l’acceptez, une "
        "caution : ce qui est retenu lui est alors rendu."
    ),
    _("Articles R. 2191-35 à R. 2191-42 du code de la commande publique"),
)
TRANSFER_LAW = (
    _("Ce que dit la loi"),
    _(
        "Les fonds de l’État, des collectivités et des hôpitaux ne sont maniés que par leur comptable public : eux ne "
        "paient pas ainsi. Le délai de paiement et les intérêts de retard restent les mêmes."
    ),
    _("Article 18 du décret n° 2012-1246 ; articles R. 2192-10 et suivants du code de la commande publique"),
)
CERTIFICATE_LAW = (
    _("Ce que dit la loi"),
    _("Le titulaire cède sa créance avec un certificat unique : un second exposerait à payer deux fois."),
    _("Articles R. 2191-45 et suivants du code de la commande publique"),
)


def transfer_news(request: TransferRequest) -> str:
    """One sentence on what came of a transfer."""
    if request.status == TransferRequest.Status.PAID:
        return _t("Le virement est arrivé : la facture est payée.")
    if request.status == TransferRequest.Status.PARTIAL:
        return _t("Une partie est arrivée : il manque %(left)s.") % {"left": euros(request.remaining_ttc)}
    if request.status == TransferRequest.Status.CANCELLED:
        return _t("Ce virement n’est plus attendu. Demandez un nouveau numéro de compte.")
    return _t("Rien n’est encore arrivé. Un virement prend un à deux jours ouvrés.")


class ContractPayments(OfContract, Page):
    """Everything that is paid under a contract."""

    template_name = "contracts/payments.html"
    section = "budget"

    def get_page_title(self) -> str:
        """Of which contract."""
        return _t("Paiements du contrat %(number)s") % {"number": self.contract.number}

    def get_page_lead(self) -> str:
        """With whom."""
        return _t("Avec %(partner)s.") % {"partner": self.contract.party}

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Terms, invoices, penalties, certificate."""
        return super().get_context_data(
            **payment_sheet(self.contract, self.now),
            may_follow=bool(can(self.actor, "contract.follow", self.contract)),
            may_issue=bool(can(self.actor, "contract.order", self.contract)),
            law=PAYMENT_LAW,
            **kwargs,
        )


class PaymentAct(ContractAct):
    """An act of the buyer on the payment of a contract."""

    section = "budget"
    action = "contract.follow"

    def get_back_url(self) -> str:
        """The payments."""
        return self.address("payments", self.contract.number)


class SetTerms(PaymentAct):
    """How the contract is paid."""

    form_class = forms.PaymentTermsForm
    page_title = _("Modalités de paiement")
    page_lead = _("Les factures du titulaire reprennent ces informations. Elles partent du contrat et de la loi.")
    submit_label = _("Enregistrer les modalités")
    success_message = _("Les modalités de paiement sont enregistrées.")
    law = TERMS_LAW

    def get_initial(self) -> dict[str, Any]:
        """What is recorded, else what the clauses and the law say."""
        terms: PaymentTerms = terms_of(self.contract)
        accountant = {True: "yes", False: "no"}.get(terms.has_public_accountant)
        fields = {name: getattr(terms, name) for name in forms.PaymentTermsForm.base_fields}
        return fields | {"has_public_accountant": accountant}

    def get_form_kwargs(self) -> dict[str, Any]:
        """Buyers of a category with a public accountant are not asked whether they have one."""
        asks = self.call.lead_buyer.buyer_category not in payments.WITH_ACCOUNTANT
        return super().get_form_kwargs() | {"asks_accountant": asks}

    def act(self, form: forms.PaymentTermsForm) -> Any:
        """Record."""
        fields = form.fields_given()
        return billing.set_payment_terms(contract=self.contract, fields=fields, actor=self.actor, now=self.now)


class OneInvoice:
    """One invoice of the contract of the page, whoever reads it."""

    invoice: PaymentDue

    def find_invoice(self) -> None:
        """Read the invoice. Raises Http404 when the contract has none of that id."""
        found = [one for one in self.contract.payments_due.all() if one.pk == self.kwargs["invoice"]]
        if not found:
            raise Http404
        self.invoice = found[0]
        self.invoice.contract = self.contract

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """The invoice at this instant."""
        return super().get_context_data(bill=Bill(self.invoice, self.now, stored_rates()), **kwargs)


class NamedAfterInvoice:
    """A page that an invoice names."""

    def get_page_title(self) -> str:
        """Which invoice."""
        return _t("%(kind)s %(number)s") % {
            "kind": self.invoice.get_kind_display(), "number": self.invoice.invoice_number
        }  # fmt: skip


class OfInvoice(OneInvoice, OfContract):
    """A page of one invoice of a contract, for its buyer."""

    section = "budget"

    def find(self) -> None:
        """Read the contract, then its invoice. Raises Http404."""
        super().find()
        self.find_invoice()


class InvoicePage(NamedAfterInvoice, OfInvoice, Page):
    """One invoice: its sums, its steps, what the buyer does next."""

    template_name = "contracts/invoice.html"

    def get_page_lead(self) -> str:
        """From whom."""
        return _t("De %(partner)s, contrat %(number)s.") % {
            "partner": self.contract.party, "number": self.contract.number
        }  # fmt: skip

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Whether the actor follows the contract, and the road by transfer where it is open."""
        transfer = transfers.request_of(self.invoice)
        return super().get_context_data(
            may_follow=bool(can(self.actor, "contract.follow", self.contract)),
            transfer=transfer,
            may_transfer=transfers.may_be_asked(self.invoice, transfer),
            law=LATENESS_LAW,
            **kwargs,
        )


class InvoiceAct(OfInvoice, PaymentAct):
    """A step of an invoice, recorded by the buyer."""

    law = PAYMENT_LAW

    def get_back_url(self) -> str:
        """The invoice."""
        return self.address("buyer_invoice", self.contract.number, self.kwargs["invoice"])

    def given(self) -> dict[str, Any]:
        """Who acts upon which invoice."""
        return {"payment": self.invoice, "actor": self.actor, "now": self.now}


class ReturnInvoice(InvoiceAct):
    """Send the invoice back."""

    form_class = forms.ReturnForm
    page_title = _("Renvoyer la facture")
    page_lead = _("Elle ne compte plus : le titulaire en prépare une autre, et le délai repart de son dépôt.")
    submit_label = _("Renvoyer la facture")
    success_message = _("La facture est renvoyée : le titulaire est prévenu.")

    def act(self, form: forms.ReturnForm) -> Any:
        """Return."""
        return payments.return_invoice(**self.given(), **form.cleaned_data)


class CertifyService(InvoiceAct):
    """Certify the service."""

    form_class = forms.ServiceDoneForm
    page_title = _("Certifier le service fait")
    page_lead = _("Vous attestez que le travail facturé est fait. Plus tardif que le dépôt, ce jour lance le délai.")
    submit_label = _("Certifier le service fait")
    success_message = _("Le service fait est certifié.")

    def act(self, form: forms.ServiceDoneForm) -> Any:
        """Certify."""
        return payments.record_service_done(**self.given(), **form.cleaned_data)


class AskTransfer(InvoiceAct):
    """Ask where to pay by transfer."""

    template_name = "contracts/ask_transfer.html"
    page_title = _("Payer par virement suivi")
    page_lead = _("Vous recevez un numéro de compte propre à cette facture. L’argent va droit au titulaire.")
    submit_label = _("Obtenir le numéro de compte")
    success_message = _("Virez la somme sur ce compte, avec sa référence. Son arrivée se lit sur cette page.")
    law = TRANSFER_LAW

    def act(self, form: Any) -> Any:
        """Ask."""
        return transfers.ask_transfer(**self.given())


class CheckTransfer(InvoiceAct):
    """Whether the transfer arrived."""

    page_title = _("Vérifier l’arrivée du virement")
    page_lead = _("Nous demandons à Stripe ce qui est arrivé sur le compte du titulaire.")
    submit_label = _("Vérifier maintenant")
    law = TRANSFER_LAW

    def act(self, form: Any) -> Any:
        """Ask."""
        return transfers.check_transfer(**self.given())

    def get_success_message(self) -> str:
        """What came."""
        return transfer_news(self.result)


class Mandate(InvoiceAct):
    """The order to pay left."""

    form_class = forms.MandateForm
    page_title = _("Consigner le mandatement")
    page_lead = _("Votre comptable paie hors de ce site : gardez ici le numéro du mandat.")
    submit_label = _("Consigner le mandatement")
    success_message = _("Le mandatement est consigné.")

    def act(self, form: forms.MandateForm) -> Any:
        """Record."""
        return payments.record_mandate(**self.given(), **form.cleaned_data)


class PayInterest(InvoiceAct):
    """Interest was paid."""

    template_name = "contracts/interest.html"
    form_class = forms.InterestForm
    page_title = _("Consigner les intérêts de retard")
    page_lead = _("Ils sont dus sans que le titulaire les demande.")
    submit_label = _("Consigner les intérêts")
    success_message = _("Le versement des intérêts est consigné.")
    law = LATENESS_LAW

    def get_initial(self) -> dict[str, Any]:
        """What is owed, where it can be computed."""
        owed = Bill(self.invoice, self.now, stored_rates()).interest
        return {"amount": owed.total} if owed else {}

    def act(self, form: forms.InterestForm) -> Any:
        """Record."""
        return payments.record_interest(**self.given(), **form.cleaned_data)


class ReleaseRetention(PaymentAct):
    """Give back what is kept back."""

    form_class = forms.RetentionForm
    page_title = _("Rendre la retenue de garantie")
    submit_label = _("Consigner la restitution")
    success_message = _("La restitution est consignée : le titulaire est prévenu.")
    law = RETENTION_LAW

    def get_page_lead(self) -> str:
        """How much."""
        return _t("%(amount)s sont retenus sur les factures payées.") % {"amount": euros(held_back(self.contract))}

    def act(self, form: forms.RetentionForm) -> Any:
        """Record."""
        return retention.release_retention(contract=self.contract, actor=self.actor, now=self.now, **form.cleaned_data)


class NotifyPenalty(PaymentAct):
    """Announce a penalty."""

    form_class = forms.PenaltyForm
    page_title = _("Annoncer une pénalité")
    page_lead = _("Le titulaire est prévenu et peut répondre. Rien n’est retenu avant votre décision.")
    submit_label = _("Annoncer la pénalité")
    success_message = _("La pénalité est annoncée : le titulaire peut présenter ses observations.")
    law = PENALTY_LAW

    def get_form_kwargs(self) -> dict[str, Any]:
        """The phases of the contract."""
        phases = [(str(row.number), f"{row.number}. {row.name}") for row in self.contract.phases.all()]
        return super().get_form_kwargs() | {"phases": phases}

    def act(self, form: forms.PenaltyForm) -> Any:
        """Announce."""
        data = dict(form.cleaned_data)
        number = data.pop("phase")
        phase = next((row for row in self.contract.phases.all() if str(row.number) == number), None)
        return penalties.notify_penalty(contract=self.contract, phase=phase, actor=self.actor, now=self.now, **data)


class DecidePenalty(PaymentAct):
    """Apply or waive a penalty."""

    template_name = "contracts/penalty.html"
    form_class = forms.PenaltyDecisionForm
    page_title = _("Décider sur une pénalité")
    submit_label = _("Décider")
    success_message = _("La décision est enregistrée : le titulaire est prévenu.")
    law = PENALTY_LAW

    def find(self) -> None:
        """Read the penalty. Raises Http404 when the contract has none of that id."""
        super().find()
        self.penalty = Penalty.objects.filter(contract=self.contract, pk=self.kwargs["penalty"]).first()
        if self.penalty is None:
            raise Http404

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """The penalty."""
        return super().get_context_data(penalty=self.penalty, **kwargs)

    def act(self, form: forms.PenaltyDecisionForm) -> Any:
        """Decide."""
        return penalties.decide_penalty(
            penalty=self.penalty, actor=self.actor, now=self.now, accepted=self.accepted(), **form.cleaned_data
        )


class IssueCertificate(PaymentAct):
    """Give the certificate."""

    action = "contract.order"
    form_class = forms.CertificateForm
    page_title = _("Délivrer le certificat de cessibilité")
    page_lead = _("C’est un exemplaire unique : le PDF est produit une fois, à signer et à remettre au titulaire.")
    submit_label = _("Délivrer le certificat")
    success_message = _("Le certificat est délivré : le PDF arrive dans un instant.")
    law = CERTIFICATE_LAW

    def get_initial(self) -> dict[str, Decimal]:
        """All that may be assigned."""
        return {"amount_ttc": assignment.assignable_ttc(self.contract)}

    def act(self, form: forms.CertificateForm) -> Any:
        """Issue."""
        return assignment.issue_certificate(contract=self.contract, actor=self.actor, now=self.now, **form.cleaned_data)
