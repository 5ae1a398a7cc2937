"""The holder's side of its payment: what it bills, deposits and is paid, penalties, certificate; and the rates."""

from typing import Any

from django.http import Http404
from django.urls import reverse
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from marketplace.accounts.models import Organisation
from marketplace.accounts.pages import ActView, Page
from marketplace.accounts.permissions import Verdict, can
from procurement.contracts.figures import left_of_order, left_to_bill
from procurement.contracts.forms import billing as forms
from procurement.contracts.models import Penalty, ReferenceRate
from procurement.contracts.payment_sheet import payment_sheet
from procurement.contracts.payment_terms import advance_paid, clauses_of, terms_of
from procurement.contracts.services import assignment, billing, invoices, payments, penalties, transfers
from procurement.contracts.views.base import phase_or_404
from procurement.contracts.views.billing import (
    CERTIFICATE_LAW,
    LATENESS_LAW,
    PENALTY_LAW,
    TRANSFER_LAW,
    NamedAfterInvoice,
    OneInvoice,
    transfer_news,
)
from procurement.contracts.views.money import PAYMENT_LAW
from procurement.contracts.views.partnership import HolderAct, OfHolder

INVOICE_LAW = (
    _("Ce que dit la loi"),
    _(
        "Vos factures passent par Chorus Pro, avec une dizaine de mentions obligatoires. Préau les écrit à partir du "
        "contrat ; le PDF porte la version structurée que Chorus Pro lit."
    ),
    _("Articles L. 2192-1 et D. 2192-2 du code de la commande publique"),
)


class MyPayments(OfHolder, Page):
    """Everything that its holder is paid under a contract."""

    template_name = "contracts/my_payments.html"

    def get_page_title(self) -> str:
        """Of which contract."""
        return _t("Factures et paiements du contrat %(number)s") % {"number": self.contract.number}

    def get_page_lead(self) -> str:
        """With whom."""
        return _t("Avec %(buyer)s.") % {"buyer": self.contract.call.lead_buyer.name}

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Terms, invoices, penalties, certificate; and what is left to bill."""
        sheet = payment_sheet(self.contract, self.now)
        return super().get_context_data(
            **sheet,
            may_bill_advance=bool(sheet["advance_ttc"]) and advance_paid(self.contract.payments_due.all()) <= 0,
            phases_to_bill=[row.phase for row in self.dossier.phases if row.can_be_billed and left_to_bill(row.phase)],
            orders_to_bill=[order for order in self.contract.purchase_orders.all() if left_of_order(order)],
            law=PAYMENT_LAW,
            **kwargs,
        )


class BillingAct(HolderAct):
    """An act of the holder on its payment."""

    action = "contract.bill"
    law = INVOICE_LAW

    def get_back_url(self) -> str:
        """The payments."""
        return reverse("contracts:my_payments", args=[self.contract.number])


class MyBilling(BillingAct):
    """What only the holder knows of its invoices."""

    form_class = forms.HolderBillingForm
    page_title = _("Mes informations de facturation")
    page_lead = _("Elles entrent dans toutes les factures de ce contrat.")
    submit_label = _("Enregistrer mes informations")
    success_message = _("Vos informations de facturation sont enregistrées.")

    def get_initial(self) -> dict[str, Any]:
        """What is recorded."""
        terms = terms_of(self.contract)
        return {"siret": terms.holder_siret, "monthly_asked": terms.monthly_asked}

    def act(self, form: forms.HolderBillingForm) -> Any:
        """Record."""
        return billing.set_holder_billing(contract=self.contract, actor=self.actor, now=self.now, **form.cleaned_data)


class PrepareAct(BillingAct):
    """An invoice is prepared: one lands on its page, to download it."""

    submit_label = _("Préparer la facture")
    success_message = _("La facture est prête : téléchargez-la, puis déposez-la sur Chorus Pro.")
    page_lead = _("Préau écrit les mentions obligatoires et calcule les montants. Rien ne part vers l’acheteur.")

    def get_success_url(self) -> str:
        """The invoice."""
        return reverse("contracts:my_invoice", args=[self.contract.number, self.result.pk])


class BillAdvance(PrepareAct):
    """The invoice of the advance."""

    form_class = forms.NumberForm
    page_title = _("Préparer la facture d’avance")

    def act(self, form: forms.NumberForm) -> Any:
        """Prepare."""
        return invoices.prepare_advance(contract=self.contract, actor=self.actor, now=self.now, **form.cleaned_data)


class ClaimAct(PrepareAct):
    """An invoice for work."""

    form_class = forms.ClaimForm

    def get_form_kwargs(self) -> dict[str, Any]:
        """An index is asked for when the price moves."""
        moves = clauses_of(self.contract).price_form in ("adjustable", "revisable")
        index = terms_of(self.contract).index_name or _t("l’indice du contrat")
        return super().get_form_kwargs() | {"index_name": index if moves else ""}


class BillPhase(ClaimAct):
    """An instalment or the balance of a phase."""

    def load(self) -> None:
        """Read the phase. Raises Http404 when the contract has none of that number."""
        super().load()
        self.row = phase_or_404(self.dossier, self.kwargs["phase"])

    def get_page_title(self) -> str:
        """Which phase."""
        return _t("Facturer la phase %(number)s : %(name)s") % {
            "number": self.row.phase.number, "name": self.row.phase.name
        }  # fmt: skip

    def get_form_kwargs(self) -> dict[str, Any]:
        """The balance comes after the results."""
        return super().get_form_kwargs() | {"may_balance": self.row.phase.results_at is not None}

    def get_initial(self) -> dict[str, Any]:
        """What is left of the phase."""
        return {"work_ht": left_to_bill(self.row.phase), "is_balance": self.row.phase.results_at is not None}

    def act(self, form: forms.ClaimForm) -> Any:
        """Prepare."""
        return invoices.prepare_invoice(phase=self.row.phase, actor=self.actor, now=self.now, **form.cleaned_data)


class BillOrder(ClaimAct):
    """The invoice of a purchase order."""

    def load(self) -> None:
        """Read the order. Raises Http404 when the contract has none of that number."""
        super().load()
        found = [one for one in self.contract.purchase_orders.all() if one.number == self.kwargs["order"]]
        if not found:
            raise Http404
        self.order = found[0]
        self.order.contract = self.contract

    def get_page_title(self) -> str:
        """Which order."""
        return _t("Facturer la commande %(order)s") % {"order": self.order.reference}

    def get_initial(self) -> dict[str, Any]:
        """What is left of the order."""
        return {"work_ht": left_of_order(self.order)}

    def act(self, form: forms.ClaimForm) -> Any:
        """Prepare."""
        return invoices.prepare_order_invoice(order=self.order, actor=self.actor, now=self.now, **form.cleaned_data)


class OfMyInvoice(OneInvoice, OfHolder):
    """A page of one invoice, for its holder."""

    def load(self) -> None:
        """Read the contract, then its invoice. Raises Http404."""
        super().load()
        self.find_invoice()


class MyInvoice(NamedAfterInvoice, OfMyInvoice, Page):
    """One invoice as its holder follows it."""

    template_name = "contracts/my_invoice.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """What the law says of lateness, and the transfer that is waited for."""
        transfer = transfers.request_of(self.invoice)
        return super().get_context_data(transfer=transfer, law=LATENESS_LAW, **kwargs)


class MyInvoiceAct(OfMyInvoice, BillingAct):
    """A step of an invoice, recorded by its holder."""

    def get_back_url(self) -> str:
        """The invoice."""
        return reverse("contracts:my_invoice", args=[self.contract.number, self.kwargs["invoice"]])


class Deposit(MyInvoiceAct):
    """The invoice was deposited."""

    form_class = forms.DepositForm
    page_title = _("Consigner le dépôt sur Chorus Pro")
    page_lead = _("Déposez le PDF sur Chorus Pro, puis notez ici le jour et le numéro : l’acheteur est prévenu.")
    submit_label = _("Consigner le dépôt")
    success_message = _("Le dépôt est consigné : le délai de paiement court.")

    def act(self, form: forms.DepositForm) -> Any:
        """Record."""
        return payments.record_deposit(payment=self.invoice, actor=self.actor, now=self.now, **form.cleaned_data)


class CheckMyTransfer(MyInvoiceAct):
    """Whether the buyer's transfer arrived."""

    page_title = _("Vérifier l’arrivée du virement")
    page_lead = _("Nous demandons à Stripe ce qui est arrivé sur votre compte.")
    submit_label = _("Vérifier maintenant")
    law = TRANSFER_LAW

    def act(self, form: Any) -> Any:
        """Ask."""
        return transfers.check_transfer(payment=self.invoice, actor=self.actor, now=self.now)

    def get_success_message(self) -> str:
        """What came."""
        return transfer_news(self.result)


class Credit(MyInvoiceAct, PrepareAct):
    """A credit note."""

    form_class = forms.CreditForm
    page_title = _("Préparer un avoir")
    page_lead = _("Un avoir enlève tout ou partie d’une facture déposée. L’acheteur le déduit.")
    submit_label = _("Préparer l’avoir")
    success_message = _("L’avoir est prêt : téléchargez-le, puis déposez-le sur Chorus Pro.")

    def act(self, form: forms.CreditForm) -> Any:
        """Prepare."""
        return invoices.prepare_credit_note(corrects=self.invoice, actor=self.actor, now=self.now, **form.cleaned_data)

    def get_success_url(self) -> str:
        """The credit note."""
        return reverse("contracts:my_invoice", args=[self.contract.number, self.result.pk])


class AnswerPenalty(BillingAct):
    """The holder answers a penalty."""

    template_name = "contracts/my_penalty.html"
    form_class = forms.ObservationsForm
    page_title = _("Répondre à une pénalité")
    page_lead = _("L’acheteur lit vos observations avant de décider.")
    submit_label = _("Envoyer mes observations")
    success_message = _("Vos observations sont parties.")
    law = PENALTY_LAW

    def load(self) -> None:
        """Read the penalty. Raises Http404 when the contract has none of that id."""
        super().load()
        self.penalty = Penalty.objects.filter(contract=self.contract, pk=self.kwargs["penalty"]).first()
        if self.penalty is None:
            raise Http404

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """The penalty."""
        return super().get_context_data(penalty=self.penalty, **kwargs)

    def act(self, form: forms.ObservationsForm) -> Any:
        """Answer."""
        return penalties.observe_penalty(penalty=self.penalty, actor=self.actor, now=self.now, **form.cleaned_data)


class AskCertificate(BillingAct):
    """Ask for the certificate."""

    page_title = _("Demander le certificat de cessibilité")
    page_lead = _("Votre banque l’exige pour vous avancer ce que l’acheteur vous doit. Il n’y en a qu’un par contrat.")
    submit_label = _("Demander le certificat")
    success_message = _("Votre demande est partie : un signataire de l’acheteur délivre le certificat.")
    law = CERTIFICATE_LAW

    def act(self, form: Any) -> Any:
        """Ask."""
        return assignment.ask_certificate(contract=self.contract, actor=self.actor, now=self.now)


class Rates(ActView):
    """The ECB rates with which interest is computed, entered by the operator."""

    template_name = "contracts/rates.html"
    form_class = forms.ReferenceRateForm
    page_title = _("Taux de référence")
    page_lead = _("Un taux qui manque n’est jamais deviné : les pages disent qu’il manque jusqu’à votre saisie.")
    submit_label = _("Enregistrer le taux")
    success_message = _("Le taux est enregistré : les intérêts de retard sont recalculés.")
    law = LATENESS_LAW

    def load(self) -> None:
        """Read the operator for whom one acts. Raises Http404 for anybody else."""
        rows = Organisation.objects.filter(kind=Organisation.Kind.OPERATOR)
        self.operator = rows.filter(pk=self.actor.organisation_id).first() or rows.first()
        if self.operator is None:
            raise Http404

    def allowed(self) -> Verdict:
        """People of the operator."""
        return can(self.actor, "rate.record", self.operator)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Rates entered so far."""
        return super().get_context_data(rates=ReferenceRate.objects.all(), **kwargs)

    def act(self, form: forms.ReferenceRateForm) -> Any:
        """Record."""
        return billing.record_reference_rate(
            operator=self.operator, actor=self.actor, now=self.now, **form.cleaned_data
        )

    def get_success_url(self) -> str:
        """The same page."""
        return reverse("contracts:rates")

    def get_back_url(self) -> str:
        """The operator's first page."""
        return reverse("accounts:verify_buyers")
