"""Declaring one's interests."""

from django import forms
from django.utils.translation import gettext_lazy as _


class InterestForm(forms.Form):
    """None, or one, with a sentence about it."""

    NONE, SOME = "none", "some"

    interest = forms.ChoiceField(
        label=_("Avez-vous un intérêt avec une entreprise qui peut répondre à cet appel ?"),
        help_text=_(
            "Un emploi, des parts, un prêt, un proche, une activité, passés ou présents : tout ce qui peut influencer "
            "votre jugement, ou le laisser croire."
        ),
        choices=[
            (NONE, _("Non, je n’ai aucun intérêt en cause")),
            (SOME, _("Oui : je me retire de cet appel, pour de bon")),
        ],
        widget=forms.RadioSelect,
        error_messages={"required": _("Choisissez une réponse.")},
    )
    text = forms.CharField(
        label=_("Quel intérêt ?"),
        help_text=_("Seulement si vous vous retirez. Seule la personne chargée de l’appel lit cette phrase."),
        widget=forms.Textarea(attrs={"rows": 3}),
        required=False,
    )

    @property
    def has_interest(self) -> bool:
        """Whether the person steps aside."""
        return self.cleaned_data["interest"] == self.SOME
