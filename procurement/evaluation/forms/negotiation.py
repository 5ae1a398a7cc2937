"""Rounds of negotiation: invitations, meetings, eliminations, the end."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from django import forms
from django.forms import BaseFormSet
from django.utils.translation import gettext_lazy as _

from marketplace.ui.forms import MomentField
from procurement.evaluation.forms.rows import rows_of
from procurement.submissions.models import TenderingParty

SIDES = [("", _("Choisir")), ("buyer", _("Acheteur")), ("tenderer", _("Entreprise"))]
BETWEEN = timedelta(hours=2)


class MeetForm(forms.Form):
    """One meeting a tenderer, of the same length for all."""

    duration_minutes = forms.IntegerField(
        label=_("Durée de chaque réunion, en minutes"), min_value=1, max_value=600, initial=60
    )
    place = forms.CharField(label=_("Lieu, ou adresse de la visioconférence"), max_length=160, required=False)

    def __init__(
        self, *args: Any, parties: Iterable[TenderingParty], first: datetime | None = None, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.parties = list(parties)
        for position, party in enumerate(self.parties):
            self.fields[f"at-{party.pk}"] = MomentField(
                label=_("Rendez-vous"), initial=first and first + position * BETWEEN
            )
            self.fields[f"points-{party.pk}"] = forms.CharField(
                label=_("Points à discuter sur son offre"),
                help_text=_("Un par ligne. Cette entreprise seule les lit."),
                widget=forms.Textarea(attrs={"rows": 3}),
                required=False,
            )

    @property
    def rows(self) -> list[tuple[TenderingParty, Any, Any]]:
        """Each tenderer with its fields."""
        return [(party, self[f"at-{party.pk}"], self[f"points-{party.pk}"]) for party in self.parties]

    @property
    def common(self) -> list[Any]:
        """What is the same for all."""
        return [self["duration_minutes"], self["place"]]


class MeetingForm(forms.Form):
    """When it was held, what was shown."""

    held_at = MomentField(label=_("Début"))
    ended_at = MomentField(label=_("Fin"))
    documents_shown = forms.CharField(
        label=_("Documents présentés pendant la réunion"),
        help_text=_("Un par ligne."),
        widget=forms.Textarea(attrs={"rows": 2}),
        required=False,
    )


class AttendeeForm(forms.Form):
    """Somebody who was there."""

    name = forms.CharField(label=_("Nom"), max_length=120)
    side = forms.ChoiceField(label=_("Pour"), choices=SIDES)
    capacity = forms.CharField(label=_("Fonction"), max_length=120, required=False)


class PointForm(forms.Form):
    """A subject of the meeting."""

    subject = forms.CharField(label=_("Sujet"), max_length=200)
    discussion = forms.CharField(label=_("Ce qui a été dit"), widget=forms.Textarea(attrs={"rows": 3}))
    follow_up = forms.CharField(label=_("Suite attendue"), max_length=300, required=False)


class DisclosureForm(forms.Form):
    """Something of another tenderer that was told, with its agreement."""

    item = forms.CharField(label=_("Élément communiqué"), max_length=300)
    consent = forms.CharField(
        label=_("Accord écrit de l’autre entreprise"),
        help_text=_("Date et référence : sans cet accord, rien ne se communique."),
        max_length=300,
        error_messages={
            "required": _("Sans son accord écrit, cet élément ne devait pas être communiqué : indiquez cet accord.")
        },
    )


Attendees: type[BaseFormSet] = rows_of(
    AttendeeForm, title=_("Personnes présentes"), hint=_("Des deux côtés."), at_least=1
)
Points: type[BaseFormSet] = rows_of(PointForm, title=_("Points abordés"), at_least=1)
Disclosures: type[BaseFormSet] = rows_of(
    DisclosureForm,
    title=_("Éléments d’une autre entreprise communiqués"),
    hint=_("Laissez vide si rien n’a été dit de la solution d’une autre entreprise."),
)


class EliminationForm(forms.Form):
    """Who leaves before the next round, and why."""

    def __init__(self, *args: Any, parties: Iterable[TenderingParty], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.parties = list(parties)
        for party in self.parties:
            self.fields[f"leaves-{party.pk}"] = forms.BooleanField(
                label=_("Éliminer %(name)s") % {"name": party}, required=False
            )
            self.fields[f"reasons-{party.pk}"] = forms.CharField(
                label=_("Motifs"), widget=forms.Textarea(attrs={"rows": 3}), required=False
            )

    def eliminations(self) -> dict[Any, str]:
        """Reasons by id of who leaves."""
        return {
            party.pk: self.cleaned_data[f"reasons-{party.pk}"]
            for party in self.parties
            if self.cleaned_data.get(f"leaves-{party.pk}")
        }


class CloseForm(forms.Form):
    """What changes in the documents, told to all alike."""

    objectives = forms.CharField(
        label=_("Ce qui change dans les objectifs des phases"),
        widget=forms.Textarea(attrs={"rows": 3}),
        required=False,
    )
    clauses = forms.CharField(
        label=_("Ce qui change dans les clauses"), widget=forms.Textarea(attrs={"rows": 3}), required=False
    )
    details = forms.CharField(
        label=_("Autres précisions pour tous"), widget=forms.Textarea(attrs={"rows": 3}), required=False
    )

    def changes(self) -> dict[str, str]:
        """What changes, by code."""
        return {name: text.strip() for name, text in self.cleaned_data.items() if text.strip()}
