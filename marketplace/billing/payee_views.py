"""« Recevoir des virements »: the account on which a company is paid by buyers without a public accountant."""

from typing import Any

from django.forms import BaseForm
from django.urls import reverse_lazy
from django.utils.translation import gettext_lazy as _

from marketplace.accounts.pages import Page
from marketplace.billing import gateway, payees
from marketplace.billing.models import PayeeAccount
from marketplace.billing.views import OfCompany, OwnerAct

PAYEE = reverse_lazy("billing:payee")


class PayeePage(OfCompany, Page):
    """The account as last read at Stripe."""

    template_name = "billing/payee.html"
    page_title = _("Recevoir des virements")
    page_lead = _("Pour les contrats avec un acheteur sans comptable public : société d’économie mixte, association.")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """The account, and whether the actor may open it."""
        return super().get_context_data(
            account=payees.payee_of(self.organisation),
            is_owner=self.is_owner,
            is_on=gateway.is_on(),
            is_test=gateway.is_on() and not gateway.is_live(),
            **kwargs,
        )


class PayeeAct(OwnerAct):
    """An act of the owners on this account."""

    back_url = success_url = PAYEE


class OpenPayee(PayeeAct):
    """To Stripe's page, which asks what the law asks of whoever is paid."""

    page_title = _("Ouvrir votre compte de paiement")
    page_lead = _(
        "Stripe, prestataire agréé, vérifie l’identité de l’entreprise et son compte bancaire. Le compte est à votre "
        "nom chez Stripe : l’argent ne passe jamais par ce site, et nous ne prenons aucune commission."
    )
    submit_label = _("Continuer chez Stripe")
    privacy = _("Stripe reçoit votre adresse électronique ; vous lui donnez le reste vous-même.")

    def act(self, form: BaseForm) -> str:
        """Open it."""
        return payees.open_payee_account(organisation=self.organisation, actor=self.actor, now=self.now)

    def get_success_url(self) -> str:
        """Stripe's page."""
        return self.result


class CheckPayee(PayeeAct):
    """Read the account again."""

    page_title = _("Vérifier votre compte de paiement")
    page_lead = _("Nous demandons à Stripe si le compte est complet.")
    submit_label = _("Vérifier maintenant")

    def act(self, form: BaseForm) -> PayeeAccount:
        """Ask."""
        return payees.check_payee_account(organisation=self.organisation, actor=self.actor, now=self.now)

    def get_success_message(self) -> str:
        """What Stripe said."""
        if self.result.can_be_paid:
            return str(_("Votre compte est complet : vous pouvez recevoir des virements."))
        return str(_("Stripe attend encore des informations : reprenez là où vous en étiez."))
