"""Letters that tell those who took part that the lot ends without a contract (R2185-2, LR-86)."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from procurement.calls.documents import Decision, appeals_block
from procurement.evaluation.services import ending
from procurement.evaluation.views.base import ConfirmedAct


class EndingForm(forms.Form):
    """What comes next, if anything."""

    relaunch = forms.CharField(
        label=_("Ce que vous prévoyez ensuite"),
        help_text=_("Par exemple : un nouvel appel au printemps. Les motifs sont ceux de votre décision."),
        widget=forms.Textarea(attrs={"rows": 3}),
        required=False,
    )


class EndingLettersView(ConfirmedAct):
    """Telling everybody whose answer was opened, at the same instant."""

    template_name = "evaluation/ending.html"
    confirm_template = "evaluation/ending_confirm.html"
    section = "recevabilite"
    action = "ending.tell"
    form_class = EndingForm
    page_title = _("Informer de l’abandon")
    submit_label = _("Relire la lettre")
    confirm_label = _("Envoyer la lettre à toutes")
    success_message = _("Les entreprises sont informées.")
    back = "ending_letters"
    consequence = _("La lettre part à toutes au même instant. Leur réponse ne les engage plus.")
    law = (
        _("Ce que dit la loi"),
        _(
            "Vous pouvez renoncer à tout moment avant la signature. Ceux qui ont participé apprennent les motifs dans "
            "les plus brefs délais."
        ),
        _("Articles R. 2185-1 et R. 2185-2 du code de la commande publique."),
    )

    def preview(self, form: EndingForm) -> dict[str, Any]:
        """The letter, the same for all."""
        cancellation = ending.cancellation_of(self.lot)
        letter = ending.letter_facts(cancellation, **form.cleaned_data) if cancellation else None
        return {"letter": letter, "appeals": appeals_block(self.lot, Decision.ABANDONMENT)}

    def act(self, form: EndingForm) -> Any:
        """Tell them."""
        return ending.tell_participants(lot=self.lot, actor=self.actor, now=self.now, **form.cleaned_data)

    def get_success_message(self) -> str:
        """How many."""
        count = len(self.result)
        return ngettext("%(count)s entreprise est informée.", "%(count)s entreprises sont informées.", count) % {
            "count": count
        }

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """The decision, and who is not told yet."""
        return super().get_context_data(
            cancellation=ending.cancellation_of(self.lot), parties=ending.to_tell(self.lot), **kwargs
        )
