"""The visa of the archive service."""

from django import forms
from django.utils.translation import gettext_lazy as _

from marketplace.ui.forms import DayField


class VisaForm(forms.Form):
    """Who agreed to the destruction, under which reference; and that one knows what it means."""

    archivist = forms.CharField(
        label=_("Personne du service d’archives"),
        max_length=200,
        help_text=_("Nom et service, comme sur le bordereau."),
    )
    visa = forms.CharField(label=_("Référence du visa d’élimination"), max_length=120)
    visa_on = DayField(label=_("Date du visa"))
    is_certain = forms.BooleanField(
        label=_("Je comprends que ces contenus seront détruits pour toujours, ici et dans la seconde copie"),
    )
