"""The contract notice as an eForms file: what the call lacks, what is asked, the file."""

import uuid
from typing import Any

from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from marketplace.accounts.permissions import Verdict, can
from procurement.calls.views import WorkspaceAct
from procurement.notices.eforms import MEDIA_TYPE, contract_notice
from procurement.notices.eforms_facts import answered, gaps
from procurement.notices.eforms_reading import read_notice
from procurement.notices.forms_eforms import NoticeFileForm


class NoticeFile(WorkspaceAct):
    """The notice of a formalised call, to load into a service that sends eForms. Nothing is kept here."""

    section = "verifier"
    template_name = "notices/eforms.html"
    form_class = NoticeFileForm
    page_title = _("L’avis en fichier eForms")
    page_lead = _(
        "L’avis de marché européen (sous-type 16, SDK 1.15) en XML, à charger dans un service d’envoi au lieu de "
        "recopier la fiche."
    )
    submit_label = _("Télécharger le fichier XML")
    law = (
        _("Ce que dit la loi"),
        _(
            "Les avis européens suivent les formulaires électroniques de l’Union. L’avis indique les critères de "
            "sélection, le nombre minimum de candidats invités et, s’il y en a un, le nombre maximum."
        ),
        _(
            "Règlement d’exécution (UE) 2019/1780 ; articles R. 2131-16 et R. 2142-15 à R. 2142-18 du code de la "
            "commande publique."
        ),
    )

    def allowed(self) -> Verdict:
        """The house reads; authors and validators take the file."""
        return can(self.actor, "notice.prepare", self.call) if self.request.method == "POST" else Verdict.yes()

    def find(self) -> None:
        """The buyers, the lead first, and what the call holds of the notice."""
        super().find()
        others = self.call.co_buyers.select_related("organisation").order_by("organisation__name", "pk")
        self.buyers = [self.call.lead_buyer, *(row.organisation for row in others)]
        self.held = read_notice(self.call, buyers=self.buyers, notice_id=uuid.uuid4(), now=self.now)
        self.gaps = gaps(self.held)

    def get_form_kwargs(self) -> dict[str, Any]:
        """Each buyer is asked for its own."""
        return {**super().get_form_kwargs(), "buyers": self.buyers, "court": self.held.court.name}

    def form_valid(self, form: NoticeFileForm) -> HttpResponse:
        """The file, or the page that says what is missing."""
        if self.gaps:
            return self.form_invalid(form)
        notice = answered(self.held, form.answers())
        answer = HttpResponse(contract_notice(notice), content_type=MEDIA_TYPE)
        answer["Content-Disposition"] = f'attachment; filename="avis-{self.call.reference}.xml"'
        return answer

    def get_back_url(self) -> str:
        """The sheet of the notice."""
        return reverse("notices:sheet", args=[self.call.reference])

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """What is missing, and where each area was read."""
        parties = [*(buyer.party for buyer in self.held.buyers), self.held.court]
        return super().get_context_data(
            gaps=self.gaps,
            parties=parties,
            can_take=can(self.actor, "notice.prepare", self.call),
            **kwargs,
        )
