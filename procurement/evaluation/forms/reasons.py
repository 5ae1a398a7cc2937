"""The answer to a firm that asks why it was not chosen."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _


class ReasonsForm(forms.Form):
    """The reasons; what made the chosen tender better, where it is owed."""

    reasons = forms.CharField(
        label=_("Motifs du rejet"),
        help_text=_("Ceux de votre lettre, précisés. Rien de ce qu’une autre entreprise a écrit."),
        widget=forms.Textarea(attrs={"rows": 6}),
        error_messages={"required": _("Écrivez les motifs : l’entreprise a le droit de les connaître.")},
    )
    advantages = forms.CharField(
        label=_("Caractéristiques et avantages de l’offre retenue"),
        help_text=_("En quoi elle est meilleure, critère par critère, sans secret des affaires ni prix unitaire."),
        widget=forms.Textarea(attrs={"rows": 6}),
        error_messages={"required": _("Dites ce qui a fait la différence : la loi le demande une fois le choix fait.")},
    )

    def __init__(self, *args: Any, owes_advantages: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not owes_advantages:
            del self.fields["advantages"]
