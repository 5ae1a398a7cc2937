"""Examining one bid."""

from collections.abc import Iterable, Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from marketplace.ui.forms import MomentField
from procurement.calls.models import Requirement
from procurement.evaluation.models import Bid, RequirementCheck

MET, MISSED = "met", "missed"


class RequirementsForm(forms.Form):
    """Met or not, for each requirement; a missed one says why."""

    def __init__(
        self,
        *args: Any,
        requirements: Iterable[Requirement],
        found: Mapping[Any, RequirementCheck],
        said: Mapping[int, Mapping[str, Any]],
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.requirements = list(requirements)
        for row in self.requirements:
            check, bidder = found.get(row.pk), said.get(row.number, {})
            self.fields[f"met-{row.pk}"] = forms.ChoiceField(
                label=row.text,
                help_text=_("Exigence minimale.") if row.is_minimum else "",
                choices=[(MET, _("Respectée")), (MISSED, _("Non respectée"))],
                widget=forms.RadioSelect,
                required=row.is_minimum,
                initial=(MET if check.is_met else MISSED) if check else None,
                error_messages={"required": _("Vérifiez chaque exigence minimale.")},
            )
            self.fields[f"comment-{row.pk}"] = forms.CharField(
                label=_("Constat"),
                help_text=_("L’entreprise écrit : %(said)s") % {"said": bidder["comment"]}
                if bidder.get("comment")
                else "",
                widget=forms.Textarea(attrs={"rows": 2}),
                required=False,
                initial=check.comment if check else "",
            )

    def clean(self) -> dict[str, Any]:
        """A missed requirement says in what."""
        for row in self.requirements:
            missed = self.cleaned_data.get(f"met-{row.pk}") == MISSED
            if missed and not self.cleaned_data.get(f"comment-{row.pk}", "").strip():
                self.add_error(f"comment-{row.pk}", _("Écrivez en quoi : la lettre de rejet le dira."))
        return self.cleaned_data

    def checks(self) -> dict[Any, tuple[bool, str]]:
        """Findings as the service takes them; an optional requirement left blank is not checked."""
        return {
            row.pk: (self.cleaned_data[f"met-{row.pk}"] == MET, self.cleaned_data[f"comment-{row.pk}"])
            for row in self.requirements
            if self.cleaned_data.get(f"met-{row.pk}")
        }


class AssessForm(forms.Form):
    """The status of a bid, with reasons when it is set aside."""

    status = forms.ChoiceField(
        label=_("Constat"),
        choices=Bid.Status.choices,
        widget=forms.RadioSelect,
        error_messages={"required": _("Choisissez un constat.")},
    )
    reasons = forms.CharField(
        label=_("Motifs"),
        help_text=_("Nécessaires pour écarter une offre : l’entreprise les lira."),
        widget=forms.Textarea(attrs={"rows": 4}),
        required=False,
    )


class ExplanationForm(forms.Form):
    """What must be justified, until when."""

    question = forms.CharField(
        label=_("Ce que l’entreprise doit justifier"),
        help_text=_("Par exemple : mode de fabrication, solutions techniques, aides reçues, sous-traitance."),
        widget=forms.Textarea(attrs={"rows": 5}),
    )
    deadline = MomentField(label=_("Réponse attendue avant le"), is_binding=True)


class PriceAnswerForm(forms.Form):
    """What the firm answered."""

    answer = forms.CharField(label=_("Réponse de l’entreprise"), widget=forms.Textarea(attrs={"rows": 8}))
