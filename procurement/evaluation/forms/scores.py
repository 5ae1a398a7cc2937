"""Scores on the written scale, each with its sentence of reason, all criteria on one screen."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django import forms
from django.forms.boundfield import BoundField
from django.utils.translation import gettext_lazy as _

from procurement.law.formulas import SCALE

DEGREES = [(str(value), f"{value} – {words}") for value, words in enumerate(SCALE)]


@dataclass(frozen=True, slots=True)
class Marked:
    """One criterion of the form, with its two fields and what is shown beside."""

    criterion: Any
    value: BoundField
    comment: BoundField
    beside: Any


class Later:
    """A field that may be filled on another day: it is expected all the same, so never marked as optional."""

    def clean(self, value: Any) -> Any:
        """Nothing yet, or a sound value."""
        return "" if value in self.empty_values else super().clean(value)


class LaterChoice(Later, forms.ChoiceField):
    """A degree to choose."""


class LaterText(Later, forms.CharField):
    """A sentence to write."""


class ScoresForm(forms.Form):
    """A degree and a reason for each criterion; one left blank is simply not scored yet.

    `criteria`: anything with `key` and `name`. `given`: (value, comment) by key. `beside`: what the page shows by key.
    """

    scale = [words for _value, words in DEGREES]

    def __init__(
        self,
        *args: Any,
        criteria: Iterable[Any],
        given: Mapping[str, tuple[int, str]],
        beside: Mapping[str, Any] | None = None,
        **kwargs: Any,
    ) -> None:
        self.criteria, self.beside = list(criteria), beside or {}
        initial = {
            name: part
            for key, (value, comment) in given.items()
            for name, part in ((f"value-{key}", str(value)), (f"comment-{key}", comment))
        }
        super().__init__(*args, **{**kwargs, "initial": initial | kwargs.get("initial", {})})
        for criterion in self.criteria:
            self.fields[f"value-{criterion.key}"] = LaterChoice(
                label=_("Note : %(name)s") % {"name": criterion.name},
                choices=DEGREES,
                widget=forms.RadioSelect,
                required=False,
            )
            self.fields[f"comment-{criterion.key}"] = LaterText(
                label=_("Motif, en une phrase"),
                widget=forms.Textarea(attrs={"rows": 3}),
            )

    def clean(self) -> dict[str, Any]:
        """A degree has its reason, a reason its degree."""
        for criterion in self.criteria:
            value, comment = (
                self.cleaned_data.get(f"{part}-{criterion.key}", "").strip() for part in ("value", "comment")
            )
            if value and not comment:
                self.add_error(
                    f"comment-{criterion.key}", _("Écrivez le motif : il servira à la lettre envoyée à l’entreprise.")
                )
            if comment and not value:
                self.add_error(f"value-{criterion.key}", _("Choisissez un degré de l’échelle."))
        return self.cleaned_data

    @property
    def marked(self) -> list[Marked]:
        """Criteria in order, as the page shows them."""
        return [
            Marked(one, self[f"value-{one.key}"], self[f"comment-{one.key}"], self.beside.get(one.key))
            for one in self.criteria
        ]

    def scores(self) -> dict[str, tuple[int, str]]:
        """Value and comment of what was scored, by key of criterion."""
        cleaned = self.cleaned_data
        return {
            one.key: (int(cleaned[f"value-{one.key}"]), cleaned[f"comment-{one.key}"])
            for one in self.criteria
            if cleaned.get(f"value-{one.key}")
        }


class ConsensusForm(ScoresForm):
    """The agreed scores, and who was there."""

    def __init__(self, *args: Any, people: Iterable[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["attended"] = forms.MultipleChoiceField(
            label=_("Personnes présentes"),
            help_text=_("Toutes ont déclaré n’avoir aucun intérêt en cause."),
            choices=list(people),
            widget=forms.CheckboxSelectMultiple,
            error_messages={"required": _("Cochez les personnes présentes.")},
        )
