"""Why a firm was not chosen: it asks from its letter, the buyer answers by another one (R2181-2, R2181-4)."""

from typing import Any

from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from marketplace.accounts.pages import ActView
from marketplace.accounts.permissions import Verdict, can, visible_or_404
from marketplace.ui.formats import day_words
from procurement.correspondence.models import Letter
from procurement.evaluation.forms.reasons import ReasonsForm
from procurement.evaluation.models import ReasonsRequest
from procurement.evaluation.services import reasons
from procurement.evaluation.views.base import LotAct

LAW = (
    _("Ce que dit la loi"),
    _(
        "L’entreprise écartée qui le demande apprend les motifs et, une fois le choix fait, ce qui a fait préférer "
        "l’offre retenue. L’acheteur répond dans les quinze jours. La demande ne prolonge pas le délai de suspension."
    ),
    _("Articles L. 2181-1, R. 2181-2 et R. 2181-4 du code de la commande publique."),
)


class AskReasonsView(ActView):
    """A firm asks why it was not chosen."""

    page_title = _("Demander les motifs du rejet")
    page_lead = _("L’acheteur vous répond par une lettre, ici, dans les quinze jours.")
    submit_label = _("Envoyer ma demande")
    success_message = _("Votre demande est partie : l’acheteur doit y répondre dans les quinze jours.")
    law = LAW

    def load(self) -> None:
        """Read the letter. Raises Http404 for one that the person may not see."""
        self.letter = visible_or_404(
            Letter.objects.select_related("call", "lot", "recipient"), self.actor, pk=self.kwargs["letter"]
        )

    def allowed(self) -> Verdict:
        """The firm addressed, by a letter of rejection."""
        return can(self.actor, "reasons.ask", self.letter)

    def get_back_url(self) -> str:
        """The letter."""
        return reverse("desk:letter", args=[self.letter.pk])

    def get_success_url(self) -> str:
        """The letter."""
        return self.get_back_url()

    def act(self, form: Any) -> ReasonsRequest:
        """Ask."""
        return reasons.ask_reasons(letter=self.letter, actor=self.actor, now=self.now)


class AnswerReasonsView(LotAct):
    """The buyer answers one request."""

    section = "suspension"
    action = "award.decide"
    form_class = ReasonsForm
    page_title = _("Répondre à une demande de motifs")
    submit_label = _("Envoyer la réponse")
    success_message = _("La réponse est partie.")
    back = "standstill"
    consequence = _("La réponse part par une lettre et ne se reprend pas.")
    law = LAW

    def find(self) -> None:
        """The request, of this lot."""
        super().find()
        rows = ReasonsRequest.objects.select_related("letter__recipient", "letter__document")
        self.asked = get_object_or_404(rows, lot=self.lot, pk=self.kwargs["asked"])
        self.asked.lot = self.lot

    def get_page_lead(self) -> str:
        """Who asks, and until when one may answer."""
        return _now("%(firm)s, réponse au plus tard le %(day)s.") % {
            "firm": self.asked.letter.recipient,
            "day": day_words(self.asked.due_on),
        }

    def get_form_kwargs(self) -> dict[str, Any]:
        """A first text: the reasons that the letter told."""
        told = reasons.told_already(self.asked)
        return {
            **super().get_form_kwargs(),
            "initial": {"reasons": told.get("reasons", "")},
            "owes_advantages": reasons.owes_advantages(self.asked),
        }

    def act(self, form: ReasonsForm) -> Letter:
        """Answer."""
        return reasons.answer_reasons(
            request=self.asked,
            reasons=form.cleaned_data["reasons"],
            advantages=form.cleaned_data.get("advantages", ""),
            actor=self.actor,
            now=self.now,
            accepted=self.accepted(),
        )
