"""What a buyer reads in the notice that came out."""

from collections.abc import Iterable, Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from marketplace.ui.forms import DayField, EurosField, MomentField
from procurement.calls.models import Publication
from procurement.notices.published import Field, fields_of
from procurement.notices.services import AwardSending


def input_of(field: Field) -> forms.Field:
    """The input of a compared field; nothing is required: what is left empty is looked for in the text."""
    common: dict[str, Any] = {"label": f"{field.label} ({field.code.partition('/')[0]})", "required": False}
    match field.kind:
        case "amount":
            return EurosField(**common)
        case "count":
            return forms.IntegerField(**common | {"label": field.label}, min_value=1)
        case "day":
            return DayField(**common)
        case "moment":
            return MomentField(**common)
        case _:
            return forms.CharField(**common, max_length=400)


class PublishedNoticeForm(forms.Form):
    """When and where it came out, its fields as they stand there, or its whole text."""

    published_at = MomentField(label=_("Paru le"))
    url = forms.URLField(label=_("Adresse de l’avis"), max_length=500, required=False, assume_scheme="https")

    def __init__(self, *args: Any, ours: Mapping[str, str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.compared = fields_of(ours)
        for field in self.compared:
            self.fields[name_of(field)] = input_of(field)
        self.fields["text"] = forms.CharField(
            label=_("Texte de l’avis paru"),
            help_text=_("Collez-le en entier : les champs laissés vides y sont cherchés."),
            widget=forms.Textarea(attrs={"rows": 8}),
            max_length=100_000,
            required=False,
        )
        self.fields["file"] = forms.FileField(
            label=_("Avis paru, en PDF"), required=False, error_messages={"empty": _("Ce fichier est vide.")}
        )

    def said(self) -> dict[str, str]:
        """The fields that were typed, by code, in the spelling that the comparison reads."""
        found = {}
        for field in self.compared:
            value = self.cleaned_data.get(name_of(field))
            if value not in (None, ""):
                found[field.code] = _spelt(field, value)
        return found


def name_of(field: Field) -> str:
    """Name of the input of a field."""
    return field.code.lower().replace("/", "-lot-")


def _spelt(field: Field, value: Any) -> str:
    match field.kind:
        case "amount":
            return f"{value:.2f}"
        case "day" | "moment":
            return value.isoformat()
        case _:
            return str(value).strip()


class AwardNoticeForm(forms.Form):
    """When the award notice left by each road, and the number that it got."""

    def __init__(self, *args: Any, channels: Iterable[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.channels = list(channels)
        labels = dict(Publication.Channel.choices)
        for channel in self.channels:
            name = {"channel": labels[channel]}
            self.fields[f"sent_at_{channel}"] = MomentField(label=_("Envoyé le : %(channel)s") % name)
            self.fields[f"number_{channel}"] = forms.CharField(
                label=_("Numéro reçu : %(channel)s") % name, max_length=80
            )

    def sendings(self) -> list[AwardSending]:
        """One sending for each road."""
        said = self.cleaned_data
        return [AwardSending(one, said[f"sent_at_{one}"], said[f"number_{one}"]) for one in self.channels]
