"""Deciding on all candidates at once."""

from collections.abc import Iterable, Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from procurement.evaluation.models import Candidate
from procurement.evaluation.services.selection import Choice

SELECT, LIMIT, REJECT = "select", "limit", "reject"
CHOICES = [
    (SELECT, _("Retenir : invité à remettre une offre")),
    (LIMIT, _("Écarter : capable, mais moins bien classé que le nombre annoncé")),
    (REJECT, _("Rejeter : candidature incomplète, exclue, en double ou sans les capacités demandées")),
]


class SelectionForm(forms.Form):
    """One decision for each candidate; who is not selected reads why. `excluded`: reasons of exclusions, by id."""

    def __init__(self, *args: Any, candidates: Iterable[Candidate], excluded: Mapping[Any, str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.candidates = list(candidates)
        for one in self.candidates:
            self.fields[f"choice-{one.pk}"] = forms.ChoiceField(
                label=_("Décision"),
                choices=CHOICES,
                initial=REJECT if one.pk in excluded else None,
                widget=forms.RadioSelect,
                error_messages={"required": _("Décidez pour chaque candidat : la décision porte sur tous à la fois.")},
            )
            self.fields[f"reasons-{one.pk}"] = forms.CharField(
                label=_("Motifs, si la candidature n’est pas retenue"),
                help_text=_("L’entreprise les lit dans sa lettre, aussitôt la décision prise."),
                initial=excluded.get(one.pk),
                widget=forms.Textarea(attrs={"rows": 3}),
                required=False,
            )

    @property
    def rows(self) -> list[tuple[Candidate, Any, Any]]:
        """Each candidate with its two fields."""
        return [(one, self[f"choice-{one.pk}"], self[f"reasons-{one.pk}"]) for one in self.candidates]

    def clean(self) -> dict[str, Any]:
        """Who is not selected has reasons."""
        for one in self.candidates:
            choice = self.cleaned_data.get(f"choice-{one.pk}")
            if choice in {LIMIT, REJECT} and not self.cleaned_data.get(f"reasons-{one.pk}", "").strip():
                self.add_error(f"reasons-{one.pk}", _("Écrivez pourquoi : la lettre part avec ces motifs."))
        return self.cleaned_data

    def choices(self) -> list[Choice]:
        """The decisions as the service takes them."""
        return [
            Choice(
                one,
                is_qualified=self.cleaned_data[f"choice-{one.pk}"] != REJECT,
                is_selected=self.cleaned_data[f"choice-{one.pk}"] == SELECT,
                reasons=self.cleaned_data[f"reasons-{one.pk}"],
            )
            for one in self.candidates
        ]
