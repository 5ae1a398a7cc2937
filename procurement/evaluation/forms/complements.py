"""Asking for complements of candidatures, and handing them in."""

from collections.abc import Iterable, Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from marketplace.ui.forms import MomentField
from procurement.evaluation.models import Candidate
from procurement.evaluation.services.complements import Asked

ITEM_MAX = 240


class ComplementsForm(forms.Form):
    """For each candidate what it is asked for; one time limit for all."""

    deadline = MomentField(label=_("À remettre avant le, la même heure limite pour tous"), is_binding=True)

    def __init__(
        self, *args: Any, candidates: Iterable[Candidate], missing: Mapping[Any, list[str]], **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.candidates, self.missing = list(candidates), missing
        for one in self.candidates:
            found = missing[one.pk]
            if found:
                self.fields[f"asked-{one.pk}"] = forms.MultipleChoiceField(
                    label=_("Ce que le site ne trouve pas"),
                    choices=[(str(index), label) for index, label in enumerate(found)],
                    initial=[str(index) for index in range(len(found))],
                    widget=forms.CheckboxSelectMultiple,
                    required=False,
                )
                self.fields[f"found-{one.pk}"] = forms.CharField(
                    label=_("Où se trouve ce que vous décochez"),
                    help_text=_("Écrivez dans quelle pièce de son dossier vous l’avez lu. Sinon, demandez-le."),
                    widget=forms.Textarea(attrs={"rows": 2}),
                    required=False,
                )
            self.fields[f"other-{one.pk}"] = forms.CharField(
                label=_("Autres pièces absentes ou incomplètes"),
                help_text=_("Une par ligne."),
                widget=forms.Textarea(attrs={"rows": 2}),
                required=False,
            )

    @property
    def rows(self) -> list[tuple[Candidate, list[Any]]]:
        """Each candidate with its fields."""
        names = ("asked", "found", "other")
        return [
            (one, [self[f"{name}-{one.pk}"] for name in names if f"{name}-{one.pk}" in self.fields])
            for one in self.candidates
        ]

    def clean(self) -> dict[str, Any]:
        """An item fits in a line of the letter."""
        for one in self.candidates:
            if any(len(line) > ITEM_MAX for line in self.cleaned_data.get(f"other-{one.pk}", "").splitlines()):
                self.add_error(f"other-{one.pk}", _("Une pièce se nomme en 240 signes au plus : raccourcissez."))
        return self.cleaned_data

    def asked(self) -> list[Asked]:
        """The request as the service takes it."""
        return [self._asked(one) for one in self.candidates]

    def _asked(self, candidate: Candidate) -> Asked:
        found = self.missing[candidate.pk]
        ticked = [found[int(index)] for index in self.cleaned_data.get(f"asked-{candidate.pk}", [])]
        others = [line.strip() for line in self.cleaned_data[f"other-{candidate.pk}"].splitlines() if line.strip()]
        return Asked(
            candidate,
            items=tuple(dict.fromkeys([*ticked, *others])),
            found_elsewhere=self.cleaned_data.get(f"found-{candidate.pk}", ""),
        )


class ComplementForm(forms.Form):
    """One item handed in: a file, a text, or both."""

    file = forms.FileField(label=_("Fichier"), required=False, error_messages={"empty": _("Ce fichier est vide.")})
    text = forms.CharField(
        label=_("Réponse écrite"),
        help_text=_("Pour une information ou une déclaration qui ne demande pas de fichier."),
        widget=forms.Textarea(attrs={"rows": 4}),
        max_length=8000,
        required=False,
    )


class ReceivedComplementForm(ComplementForm):
    """An item that came by the other buyer profile, with its instant there."""

    received_at = MomentField(label=_("Reçue sur l’autre profil le"))

    field_order = ("received_at", "file", "text")
