"""Forms of the register of backup copies."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.template.defaultfilters import filesizeformat
from django.utils.translation import gettext as say
from django.utils.translation import gettext_lazy as _

from marketplace.accounts.identifiers import InvalidIdentifier, checked_identifier
from marketplace.ui.forms import MomentField
from procurement.calls.models import PeriodEnvelope, SubmissionPeriod
from procurement.submissions.backup_copies import senders
from procurement.submissions.forms.answers import PriceForm
from procurement.submissions.models import BackupCopy, CopyOpening, TenderingParty


class PeriodChoice(forms.ModelChoiceField):
    """A period by its lot and kind."""

    def label_from_instance(self, period: SubmissionPeriod) -> str:
        """Lot, then what is handed in."""
        return say("Lot %(number)s : %(kind)s") % {"number": period.lot.number, "kind": period.get_kind_display()}


class RecordCopyForm(forms.Form):
    """A copy as it came; nothing about who sent it."""

    period = PeriodChoice(
        label=_("Pour quelle remise"), queryset=SubmissionPeriod.objects.none(), empty_label=_("Choisissez")
    )
    received_at = MomentField(
        label=_("Arrivée le"),
        help_text=_("Jour et heure d’arrivée chez vous. La même heure limite vaut pour la copie et pour le pli."),
    )
    medium = forms.ChoiceField(label=_("Support"), choices=BackupCopy.Medium.choices, widget=forms.RadioSelect)
    is_marked = forms.BooleanField(
        label=_("L’enveloppe porte clairement la mention « copie de sauvegarde »"), required=False
    )
    place = forms.CharField(
        label=_("Où elle est gardée, fermée"), help_text=_("Par exemple : coffre du service."), max_length=200
    )

    def __init__(self, *args: Any, periods: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["period"]
        field.queryset = periods
        if len(periods) == 1:
            # Nothing to choose: it is only shown.
            field.empty_label, field.initial = None, periods[0]


class SenderForm(forms.Form):
    """Whose copy it is: a candidate, or a firm that began nothing here."""

    party = forms.ModelChoiceField(
        label=_("Candidat"),
        queryset=TenderingParty.objects.none(),
        required=False,
        empty_label=_("Une autre entreprise, nommée ci-dessous"),
        help_text=_("Ceux qui ont commencé une réponse sur ce site dans cette période."),
    )
    name = forms.CharField(label=_("Nom de l’autre entreprise"), max_length=200, required=False)
    siren = forms.CharField(
        label=_("Son SIREN"),
        max_length=20,
        required=False,
        widget=forms.TextInput(attrs={"inputmode": "numeric", "class": "input--short"}),
    )

    def __init__(self, *args: Any, period: SubmissionPeriod, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["party"].queryset = senders(period)

    def clean_siren(self) -> str:
        """Nine digits that exist, or nothing."""
        typed = self.cleaned_data["siren"]
        try:
            return checked_identifier("siren", typed) if typed.strip() else ""
        except InvalidIdentifier as error:
            raise ValidationError(str(error)) from error


class CopyOpeningForm(forms.Form):
    """The case of the law, and why it holds."""

    ground = forms.ChoiceField(
        label=_("Ce qui empêche de lire le pli électronique"),
        choices=CopyOpening.Ground.choices,
        widget=forms.RadioSelect,
    )
    reasons = forms.CharField(
        label=_("Motifs"),
        help_text=_("Ce qui est constaté, par qui, et quelles pièces manquent."),
        widget=forms.Textarea(attrs={"rows": 4}),
    )


class ContentForm(forms.Form):
    """One file of an envelope of an opened copy, at most as large as announced.

    `asks_prices`: the amounts are asked for too, since nothing else gave them.
    """

    label = forms.ChoiceField(label=_("Pièce"), required=False)
    file = forms.FileField(label=_("Fichier"))

    def __init__(
        self, *args: Any, period: SubmissionPeriod, envelope: PeriodEnvelope, asks_prices: bool, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.limit = period.bytes_per_file
        self.fields["label"].choices = [("", _("Autre document")), *((one, one) for one in envelope.expected_documents)]
        self.fields["file"].help_text = say("%(size)s au plus, comme annoncé pour un fichier déposé ici.") % {
            "size": filesizeformat(self.limit)
        }
        self.prices = PriceForm(period=period) if asks_prices else None
        if self.prices is not None:
            self.fields |= self.prices.fields

    def answers(self) -> dict[str, Any] | None:
        """The prices that the copy gives; None when they were not asked for."""
        if self.prices is None:
            return None
        self.prices.cleaned_data = self.cleaned_data
        return self.prices.part()

    def clean_file(self) -> Any:
        """The file. Raises ValidationError above the announced limit."""
        file = self.cleaned_data["file"]
        if file.size > self.limit:
            raise ValidationError(_("Ce fichier dépasse la limite annoncée."))
        return file


class DestructionForm(forms.Form):
    """How a copy was destroyed."""

    how = forms.CharField(
        label=_("Comment la copie est détruite"),
        help_text=_("Par exemple : broyage de l’enveloppe fermée, devant une seconde personne."),
        max_length=300,
    )
