"""The page from which a buyer types the notice of a call at the BOAMP and the JOUE."""

from typing import Any

from django import forms
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from marketplace.accounts.permissions import Verdict, can
from procurement.calls.views import WorkspaceAct
from procurement.notices.services import print_sheet, printed_sheets
from procurement.notices.sheet import sheet_facts


class Sheet(WorkspaceAct):
    """Every field of the notice, to read or to print."""

    section = "verifier"
    template_name = "notices/sheet.html"
    page_title = _("Fiche de saisie de l’avis")
    page_lead = _(
        "Recopiez ces champs dans le formulaire du BOAMP, qui transmet au JOUE. Notez ensuite l’heure d’envoi et le "
        "numéro reçu : ils sont demandés pour publier."
    )
    submit_label = _("Produire la fiche en PDF")
    success_message = _("La fiche est en préparation : elle est ici dans une minute au plus.")
    law = (
        _("Ce que dit la loi"),
        _(
            "Selon la valeur, l’avis paraît au BOAMP ou dans un journal d’annonces légales, ou au BOAMP et au JOUE. "
            "Rien ne paraît en France avant le JOUE, sauf 48 heures après qu’il a confirmé la réception."
        ),
        "R2131-12 à R2131-19",
    )

    def allowed(self) -> Verdict:
        """The house reads; authors and validators print."""
        return can(self.actor, "notice.prepare", self.call) if self.request.method == "POST" else Verdict.yes()

    def act(self, form: forms.Form) -> Any:
        """Keep the sheet as it stands."""
        return print_sheet(call=self.call, actor=self.actor, now=self.now)

    def get_back_url(self) -> str:
        """The check page."""
        return reverse("calls:check", args=[self.call.reference])

    def get_success_url(self) -> str:
        """This page."""
        return reverse("notices:sheet", args=[self.call.reference])

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Fields, and the sheets printed before."""
        return super().get_context_data(
            sheet=sheet_facts(self.call, now=self.now),
            printed=printed_sheets(self.call),
            can_print=can(self.actor, "notice.prepare", self.call),
            **kwargs,
        )
