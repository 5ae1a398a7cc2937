"""Money over all contracts: the cash calendar of a firm, the budget of a buyer; each as a page and as a table."""

from typing import Any

from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from marketplace.accounts.models import Organisation
from marketplace.accounts.pages import Page, SignedIn
from marketplace.ui.spreadsheets import csv_response
from procurement.desk import treasury
from procurement.desk.views.company import CompanyPage

PER_PAGE = 50


class CashCalendar(CompanyPage):
    """What a firm is to be paid, and when."""

    template_name = "desk/cash_calendar.html"
    page_title = _("Trésorerie")
    page_lead = _("Ce que vos contrats doivent vous rapporter, du plus proche au plus lointain. Montants TTC.")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Sums by kind, and one page of receipts."""
        rows = treasury.receipts_of(self.actor, self.now)
        page = Paginator(rows, PER_PAGE).get_page(self.request.GET.get("page"))
        return super().get_context_data(totals=treasury.totals(rows), page=page, **kwargs)


class CashCalendarTable(CompanyPage):
    """The same, as a table to take away."""

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Every receipt."""
        rows = treasury.receipts_of(self.actor, self.now)
        header = (_t("Date"), _t("Contrat"), _t("Acheteur"), _t("Objet"), _t("Montant TTC"), _t("État"))
        lines = (
            (
                one.on,
                one.contract.number,
                one.contract.call.lead_buyer.name,
                one.label,
                one.amount_ttc,
                str(one.state[0]),
            )
            for one in rows
        )  # fmt: skip
        return csv_response("tresorerie.csv", header, lines)


class OfBuyer(SignedIn):
    """A page for people who act for a buyer."""

    def load(self) -> None:
        """Raises Http404 for anybody else."""
        if not Organisation.objects.buyers().filter(pk=self.actor.organisation_id).exists():
            raise Http404


class BuyerBudgetPage(OfBuyer, Page):
    """What a buyer committed, received and paid, over the calls in whose team one is."""

    template_name = "desk/buyer_budget.html"
    page_title = _("Budget")
    page_lead = _("Les contrats des appels où vous avez un rôle. Montants HT.")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """One page of contracts, all years."""
        budget = treasury.budget_of_buyer(self.actor, self.now)
        page = Paginator(budget.rows, PER_PAGE).get_page(self.request.GET.get("page"))
        return super().get_context_data(budget=budget, page=page, **kwargs)


class BuyerBudgetTable(OfBuyer):
    """The same, as a table to take away."""

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Every contract."""
        header = (
            _t("Appel"), _t("Contrat"), _t("Partenaire"), _t("Prévu HT"), _t("Engagé HT"), _t("Facturé HT"),
            _t("Payé HT"), _t("Reste à payer HT"),
        )  # fmt: skip
        rows = treasury.budget_of_buyer(self.actor, self.now).rows
        return csv_response(
            "budget.csv",
            header,
            (
                (
                    one.contract.call.reference, one.contract.number, str(one.contract.party), one.planned,
                    one.committed, one.invoiced, one.paid, one.remaining,
                )
                for one in rows
            ),
        )  # fmt: skip
