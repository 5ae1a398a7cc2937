"""The few things that are typed here."""

from django import forms
from django.utils.translation import gettext_lazy as _

from marketplace.billing.plans import Period


class PeriodForm(forms.Form):
    """How often one pays."""

    period = forms.ChoiceField(
        label=_("Rythme de paiement"),
        choices=Period.choices,
        widget=forms.RadioSelect,
        error_messages={"required": _("Choisissez au mois ou à l’année.")},
    )


class VatForm(forms.Form):
    """The VAT number."""

    number = forms.CharField(
        label=_("Numéro de TVA intracommunautaire"),
        help_text=_("En France : FR, deux chiffres, puis votre SIREN. Il figurera sur vos factures."),
        max_length=20,
        error_messages={"required": _("Écrivez votre numéro de TVA.")},
    )
