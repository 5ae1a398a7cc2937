"""The essential data of a direct purchase: what is missing, and the file to publish on the national portal."""

import json
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from marketplace.accounts.permissions import Verdict, can
from procurement.calls.models import DirectPurchase
from procurement.calls.views import WorkspacePage
from procurement.contracts.models import Contract
from procurement.law import direct as law
from procurement.law import parameters
from procurement.law.calendar import add_months
from procurement.notices.decp import essential_data, essential_data_facts


class OfData(WorkspacePage):
    """A page of the essential data of the only contract of a purchase."""

    serves_purchases = True
    serves_calls = False
    section = "donnees"

    def allowed(self) -> Verdict:
        """The team that reads the contract."""
        return can(self.actor, "contracts.read", self.call)

    def find(self) -> None:
        """Read the purchase and its contract. Raises Http404 while there is none."""
        contracts = Contract.objects.filter(lot__call=self.call)
        related = ("lot__call__lead_buyer", "lot__terms", "party__lead", "payment_terms", "awarded")
        self.contract = contracts.select_related(*related).prefetch_related("phases").first()
        self.purchase = DirectPurchase.objects.filter(call=self.call).first()
        if self.contract is None or self.purchase is None:
            raise Http404
        self.facts = essential_data_facts(self.contract, self.purchase)
        self.findings = law.check_essential_data(self.facts)


class EssentialData(OfData):
    """Whether they are due, until when, and what they lack."""

    template_name = "notices/essential_data.html"
    page_title = _("Données essentielles")
    page_lead = _("Tout contrat dès 40 000 € HT est publié en données ouvertes, sur le portail national.")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """The duty, its last day, what is missing."""
        on, notified = self.call.launch_date, self.facts.notified_on
        return super().get_context_data(
            contract=self.contract,
            is_due=law.must_publish_data(self.contract.amount_ht, on=on),
            least=parameters.value("decp_min", on=on),
            before=notified and add_months(notified, parameters.days("decp_delay", on=on)),
            findings=self.findings,
            file_url=reverse("notices:essential_data_file", args=[self.call.reference]),
            **kwargs,
        )


class EssentialDataFile(OfData):
    """The file itself, in the national format; incomplete data go back to the page that says what they lack."""

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """The JSON document."""
        if self.findings:
            return redirect("notices:essential_data", self.call.reference)
        data = essential_data(self.contract, self.purchase, published_on=timezone.localdate(self.now))
        answer = HttpResponse(json.dumps(data, ensure_ascii=False, indent=2), content_type="application/json")
        answer["Content-Disposition"] = f'attachment; filename="decp-{self.contract.number}.json"'
        return answer
