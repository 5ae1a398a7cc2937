"""Tests, orders, invoices and payments of the contracts of a lot."""

from decimal import Decimal
from typing import Any

from django.http import Http404
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from marketplace.accounts.permissions import can
from procurement.contracts.bills import Bill
from procurement.contracts.figures import budget_of, payments_of
from procurement.contracts.forms.execution import InvoiceForm, OrderForm, PaymentForm, PerformanceTestForm
from procurement.contracts.models import PaymentDue
from procurement.contracts.services.acquisition import agreed_levels, next_order_number, order, record_test
from procurement.contracts.services.payments import record_invoice, record_order_invoice, record_payment
from procurement.contracts.views.base import ContractAct, LotAct, LotPage, PhaseAct

PAYMENT_LAW = (
    _("Ce que dit la loi"),
    _(
        "L’acheteur paie en 30 jours au plus après la facture, ou après l’admission si elle est plus tardive "
        "(50 jours pour un établissement de santé). Un retard donne droit à des intérêts et à 40 €."
    ),
    _("Articles R. 2192-10, R. 2192-11, R. 2192-31 et D. 2192-35 du code de la commande publique"),
)
ORDER_LAW = (
    _("Ce que dit la loi"),
    _(
        "Vous n’achetez que si les résultats atteignent les niveaux convenus et restent sous les coûts maximums. "
        "Acheter reste facultatif."
    ),
    _("Article R. 2172-32 du code de la commande publique"),
)


class BudgetPage(LotPage):
    """Planned, committed, paid and left, by phase and partner; what is to pay, and by when."""

    template_name = "contracts/budget.html"
    section = "budget"
    page_title = _("Budget et factures")
    page_lead = _("Tous les montants sont hors taxes, sauf mention contraire.")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Budget lines, sums due, and what may be billed."""
        rows = self.dossiers()
        budget = budget_of(rows)
        return super().get_context_data(
            rows=rows,
            budget=budget,
            meter=budget.meter() if rows else None,
            bills=[Bill(payment, self.now, {}) for payment in payments_of(rows)],
            may_follow=bool(rows) and bool(can(self.actor, "contract.follow", rows[0].contract)),
            law=PAYMENT_LAW,
            **kwargs,
        )


class RecordInvoice(PhaseAct):
    """An invoice for a phase."""

    section = "budget"
    back = "budget"
    action = "contract.follow"
    form_class = InvoiceForm
    page_lead = _("Préau calcule le dernier jour pour payer et le rappelle à l’équipe.")
    submit_label = _("Consigner la facture")
    success_message = _("La facture est consignée, avec le jour où elle doit être payée.")
    law = PAYMENT_LAW

    def get_page_title(self) -> str:
        """For which phase, from whom."""
        return _t("Facture de la phase %(number)s, %(partner)s") % {
            "number": self.row.phase.number, "partner": self.contract.party
        }  # fmt: skip

    def act(self, form: InvoiceForm) -> Any:
        """Record."""
        return record_invoice(phase=self.row.phase, actor=self.actor, now=self.now, **form.cleaned_data)


class RecordOrderInvoice(ContractAct):
    """An invoice for a purchase order."""

    section = "budget"
    action = "contract.follow"
    form_class = InvoiceForm
    page_lead = RecordInvoice.page_lead
    submit_label = _("Consigner la facture")
    success_message = RecordInvoice.success_message
    law = PAYMENT_LAW

    def load(self) -> None:
        """Read the order. Raises Http404 when the contract has none of that number."""
        super().load()
        found = [one for one in self.contract.purchase_orders.all() if one.number == self.kwargs["order"]]
        if not found:
            raise Http404
        self.order = found[0]

    def get_page_title(self) -> str:
        """For which order."""
        return _t("Facture de la commande %(order)s") % {"order": self.order.reference}

    def get_back_url(self) -> str:
        """The budget."""
        return self.address("budget")

    def act(self, form: InvoiceForm) -> Any:
        """Record."""
        return record_order_invoice(order=self.order, actor=self.actor, now=self.now, **form.cleaned_data)


class RecordPayment(LotAct):
    """A payment that was made."""

    section = "budget"
    back = "budget"
    action = "contracts.follow"
    form_class = PaymentForm
    page_lead = _("Le partenaire voit la date du paiement dans son espace.")
    submit_label = _("Consigner le paiement")
    success_message = _("Le paiement est consigné.")
    law = PAYMENT_LAW

    def find(self) -> None:
        """Read the sum due. Raises Http404 when it is of another lot."""
        super().find()
        rows = PaymentDue.objects.select_related("contract__party__lead", "contract__lot__call__lead_buyer")
        self.payment = rows.filter(pk=self.kwargs["payment"], contract__lot=self.lot).first()
        if self.payment is None:
            raise Http404

    def get_page_title(self) -> str:
        """Which invoice, from whom."""
        return _t("Payer la facture %(number)s, %(partner)s") % {
            "number": self.payment.invoice_number, "partner": self.payment.contract.party
        }  # fmt: skip

    def act(self, form: PaymentForm) -> Any:
        """Record."""
        return record_payment(payment=self.payment, actor=self.actor, now=self.now, **form.cleaned_data)


class RecordTest(ContractAct):
    """The test of what research produced."""

    section = "phases"
    action = "contract.follow"
    form_class = PerformanceTestForm
    page_lead = _("Un niveau manqué ou un coût dépassé interdit toute commande, jusqu’à un essai réussi.")
    submit_label = _("Consigner l’essai")
    success_message = _("L’essai est consigné.")
    law = ORDER_LAW

    def get_page_title(self) -> str:
        """Whose solution."""
        return _t("Essai de performance, %(partner)s") % {"partner": self.contract.party}

    def get_back_url(self) -> str:
        """The phases."""
        return self.address("phases")

    def get_form_kwargs(self) -> dict[str, Any]:
        """One number for each agreed level, the costs of the tender."""
        return super().get_form_kwargs() | {
            "rows": agreed_levels(self.lot),
            "mark": "pass_mark",
            "initial": {"unit_cost_ht": self.contract.unit_cost_ht, "total_cost_ht": self.contract.acquisition_ht},
        }

    def act(self, form: PerformanceTestForm) -> Any:
        """Record."""
        data = form.cleaned_data
        given = {name: data[name] for name in ("unit_cost_ht", "total_cost_ht", "tested_at", "protocol")}
        return record_test(contract=self.contract, measured=form.measured(), actor=self.actor, now=self.now, **given)


class PlaceOrder(ContractAct):
    """A purchase order, within the limits of the contract."""

    template_name = "contracts/order.html"
    section = "phases"
    action = "contract.order"
    form_class = OrderForm
    page_lead = _("La commande engage l’acheteur : le bon de commande est produit et daté d’aujourd’hui.")
    submit_label = _("Commander")
    success_message = _("La commande est passée : le bon de commande arrive dans un instant.")
    law = ORDER_LAW

    def get_page_title(self) -> str:
        """From whom."""
        return _t("Commander à %(partner)s") % {"partner": self.contract.party}

    def get_back_url(self) -> str:
        """The phases."""
        return self.address("phases")

    def get_initial(self) -> dict[str, Any]:
        """The price of the tender, and the number that the order will bear."""
        return {"unit_cost_ht": self.contract.unit_cost_ht, "number": next_order_number(self.contract)}

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """What may still be ordered."""
        cap, most = self.contract.total_cost_max_ht, self.contract.quantity_max
        return super().get_context_data(
            left_ht=None if cap is None else max(cap - self.dossier.ordered_ht, Decimal(0)),
            left_quantity=None if most is None else max(most - self.dossier.ordered_quantity, 0),
            unit=getattr(getattr(self.lot, "acquisition", None), "quantity_unit", ""),
            **kwargs,
        )

    def act(self, form: OrderForm) -> Any:
        """Order."""
        return order(contract=self.contract, actor=self.actor, now=self.now, **form.cleaned_data)
