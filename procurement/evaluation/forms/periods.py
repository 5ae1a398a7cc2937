"""Setting when a lot receives bids."""

from django import forms
from django.utils.translation import gettext_lazy as _

from marketplace.ui.forms import MomentField

ONE_A_LINE = _("Un document par ligne, sous le nom que les entreprises verront.")


class PeriodForm(forms.Form):
    """From when, until when, and what is expected in each envelope."""

    opens_at = MomentField(label=_("Dépôts ouverts à partir du"))
    closes_at = MomentField(
        label=_("Heure limite, la même pour tous"),
        help_text=_("Un jour ouvré, entre 9 h et 18 h."),
        is_binding=True,
    )
    technical = forms.CharField(
        label=_("Documents attendus dans l’offre technique"),
        help_text=ONE_A_LINE,
        widget=forms.Textarea(attrs={"rows": 3}),
        required=False,
    )
    price = forms.CharField(
        label=_("Documents attendus dans le pli de prix"),
        help_text=ONE_A_LINE,
        widget=forms.Textarea(attrs={"rows": 2}),
        required=False,
    )
