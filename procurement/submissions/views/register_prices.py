"""Prices of bids opened on another buyer profile: one table for all, or typed bid by bid."""

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.utils.translation import gettext as say
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from marketplace.journal.errors import Refusal
from marketplace.ui.spreadsheets import csv_response
from procurement.calls.views import WorkspaceAct, WorkspacePage
from procurement.submissions.forms.answers import PriceForm
from procurement.submissions.forms.registers import PricesTableForm
from procurement.submissions.periods import code_of
from procurement.submissions.register_prices import (
    FIRM,
    NUMBER,
    Pricing,
    columns_of,
    lines_to_price,
    read_prices,
    record_prices,
    recorded_prices,
    why_not_yet,
)
from procurement.submissions.register_table import LARGEST_TABLE
from procurement.submissions.views.registers import PeriodMixin


class PricesTemplate(PeriodMixin, WorkspacePage):
    """The table of prices of a period, with a line for each bid and what is recorded already."""

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """A CSV file."""
        columns = columns_of(self.period)
        lines = lines_to_price(self.period)
        priced = recorded_prices(lines)
        rows = []
        for line in lines:
            known = form_data(priced[line.pk].answers or {}) if line.pk in priced else {}
            rows.append([line.number, line.firm_name, *(known.get(field, "") for field in columns.values())])
        name = f"prix-{self.call.reference}-{code_of(self.period)}.csv"
        return csv_response(name, [NUMBER, FIRM, *columns], rows)


class Prices(PeriodMixin, WorkspaceAct):
    """The bids of a period with their prices; one table brings those of all."""

    template_name = "submissions/received_prices.html"
    form_class = PricesTableForm
    page_title = _("Prix des offres reçues ailleurs")
    submit_label = _("Enregistrer ces prix")

    def get_page_lead(self) -> str:
        """Which period."""
        return self.period.get_kind_display()

    def act(self, form: PricesTableForm) -> Any:
        """Record what the table says, all of it or nothing."""
        sent = form.cleaned_data["table"]
        pricings, faults = read_prices(self.period, sent.read(LARGEST_TABLE + 1))
        if faults:
            raise Refusal(*(f"{fault.where} : {fault.text}" for fault in faults))
        return record_prices(period=self.period, prices=pricings, actor=self.actor, now=self.now)

    success_message = _("Les prix sont enregistrés.")

    def get_success_message(self) -> str:
        """How many."""
        n = len(self.result)
        said = ngettext("Les prix de %(n)s offre sont enregistrés.", "Les prix de %(n)s offres sont enregistrés.", n)
        return said % {"n": n}

    def get_success_url(self) -> str:
        """The same page."""
        return self.link("received_prices")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Bids with their prices, and why nothing may be recorded yet."""
        lines = lines_to_price(self.period)
        priced = recorded_prices(lines)
        return super().get_context_data(
            rows=[(line, priced.get(line.pk)) for line in lines],
            not_yet=why_not_yet(self.period, self.now),
            columns=[NUMBER, FIRM, *columns_of(self.period)],
            **kwargs,
        )


class OnePrice(PeriodMixin, WorkspaceAct):
    """The prices of one bid, typed from its files."""

    form_class = PriceForm
    submit_label = _("Enregistrer ces prix")
    success_message = _("Ces prix sont enregistrés.")
    template_name = "submissions/received_price.html"

    def find(self) -> None:
        """Read the line. Raises Http404 for one that has no prices to record."""
        found = next((one for one in lines_to_price(self.period) if one.pk == self.kwargs["line"]), None)
        if found is None:
            raise Http404
        self.line = found
        self.recorded = recorded_prices([found]).get(found.pk)

    def get_page_title(self) -> str:
        """Whose prices."""
        return say("Prix de %(firm)s") % {"firm": self.line.firm_name}

    def get_page_lead(self) -> str:
        """Which deposit."""
        names = {"number": self.line.number, "kind": self.period.get_kind_display()}
        return say("%(kind)s, pli n° %(number)s. Recopiez les montants de ses pièces.") % names

    def get_form_kwargs(self) -> dict[str, Any]:
        """The amounts that the call asks for."""
        return {**super().get_form_kwargs(), "period": self.period}

    def get_initial(self) -> dict[str, Any]:
        """What is recorded already."""
        return form_data(self.recorded.answers or {}) if self.recorded else {}

    def act(self, form: PriceForm) -> Any:
        """Record."""
        pricing = Pricing(self.line, form.part())
        return record_prices(period=self.period, prices=[pricing], actor=self.actor, now=self.now)

    def get_back_url(self) -> str:
        """All prices."""
        return self.link("received_prices")

    def get_success_url(self) -> str:
        """All prices."""
        return self.get_back_url()

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Why nothing may be recorded yet."""
        return super().get_context_data(not_yet=why_not_yet(self.period, self.now), **kwargs)


def form_data(price: dict[str, Any]) -> dict[str, Any]:
    """Prices recorded, as the fields of `PriceForm` show them."""
    acquisition = price.get("acquisition") or {}
    data: dict[str, Any] = {name: _shown(acquisition[name]) for name in ("unit_ht", "total_ht") if name in acquisition}
    for phase in price.get("phases", []):
        data[f"fixed-{phase['number']}"] = _shown(phase["fixed_ht"])
        data[f"result-{phase['number']}"] = _shown(phase["result_ht"])
    if "vat_rate" in price:
        data["vat_rate"] = f"{price['vat_rate'] / 100:g}".replace(".", ",")
    return data


def _shown(amount: str) -> str:
    return amount.replace(".", ",")
