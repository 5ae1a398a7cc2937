"""What a bidder types in each task. `part` is the answer that a valid form makes, in the shape that evaluation reads.

Amounts are text with two decimals: canonical JSON has no floats.
"""

from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext as say
from django.utils.translation import gettext_lazy as _

from marketplace.ui.formats import euros_words
from marketplace.ui.forms import EurosField, PercentField
from marketplace.ui.rows import Row, rows_of
from procurement.calls.models import SubmissionPeriod
from procurement.submissions.tasklist import Kind, Task, acquisition_terms, requirements, research_phases

LONGEST_ANSWER = 6_000
LONGEST_COMMENT = 1_000
VAT_RATE = 2_000
CENT = Decimal("0.01")


class AnswerForm(forms.Form):
    """What is asked in one task of a period; `rows`: lines of the same kind, where there are some."""

    rows: forms.BaseFormSet | None = None

    def __init__(self, *args: Any, period: SubmissionPeriod, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.period = period
        self.ask()

    def ask(self) -> None:
        """Add the fields that depend on the call."""

    def part(self) -> Any:
        """The answer, once valid."""
        return dict(self.cleaned_data)


class DeclarationForm(AnswerForm):
    """The sworn statement (R2143-3, LR-44)."""

    exclusion_grounds_absent = forms.BooleanField(
        label=_(
            "Je déclare sur l’honneur que mon entreprise n’est dans aucun des cas d’exclusion des marchés publics, et "
            "que ses salariés sont employés régulièrement."
        ),
        error_messages={"required": _("Cochez la case : sans cette déclaration, la candidature est incomplète.")},
    )


class CapacitiesForm(AnswerForm):
    """Three figures about the firm (R2143-3)."""

    turnover_ht = EurosField(
        label=_("Chiffre d’affaires du dernier exercice, en € HT"),
        help_text=_("Indiquez 0 si votre entreprise n’a pas encore clos d’exercice."),
    )
    staff = forms.IntegerField(label=_("Personnes dans l’entreprise"), min_value=0, max_value=1_000_000)
    research_staff = forms.IntegerField(label=_("Dont en recherche et développement"), min_value=0, max_value=1_000_000)

    def part(self) -> dict[str, Any]:
        """Figures, the amount as text."""
        return {**self.cleaned_data, "turnover_ht": _written(self.cleaned_data["turnover_ht"])}


class CriterionForm(AnswerForm):
    """An answer in words to one criterion."""

    text = forms.CharField(
        label=_("Votre réponse"),
        max_length=LONGEST_ANSWER,
        help_text=_("6 000 signes au plus. Vous pouvez renvoyer à un fichier joint."),
        widget=forms.Textarea(attrs={"rows": 14}),
    )

    def part(self) -> str:
        """The text."""
        return self.cleaned_data["text"]


class RequirementsForm(AnswerForm):
    """Whether each requirement is met, and how."""

    def ask(self) -> None:
        """One choice and one comment for each requirement."""
        for one in requirements(self.period):
            label = one.text if not one.is_minimum else say("%(text)s (exigence minimale)") % {"text": one.text}
            self.fields[f"met-{one.number}"] = forms.ChoiceField(
                label=label,
                choices=[("yes", _("Nous y répondons")), ("no", _("Nous n’y répondons pas"))],
                widget=forms.RadioSelect,
            )
            self.fields[f"comment-{one.number}"] = forms.CharField(
                label=_("Comment, ou pourquoi"),
                required=False,
                max_length=LONGEST_COMMENT,
                widget=forms.Textarea(attrs={"rows": 2}),
            )

    def part(self) -> list[dict[str, Any]]:
        """One line a requirement."""
        numbers = [name.removeprefix("met-") for name in self.fields if name.startswith("met-")]
        return [
            {
                "number": int(number),
                "met": self.cleaned_data[f"met-{number}"] == "yes",
                "comment": self.cleaned_data[f"comment-{number}"],
            }
            for number in numbers
        ]


class SubcontractorRow(Row):
    """A firm to which a part is left (R2193-1, LR-60)."""

    name = forms.CharField(label=_("Nom de l’entreprise"), max_length=200)
    identifier = forms.CharField(label=_("SIREN"), max_length=20, required=False)
    work = forms.CharField(label=_("Ce qu’elle réalisera"), max_length=LONGEST_COMMENT)


SubcontractorRows = rows_of(SubcontractorRow, row_label=_("Sous-traitant"), add_label=_("Ajouter un sous-traitant"))


class SubcontractingForm(AnswerForm):
    """The subcontractors known today, none most often."""

    def ask(self) -> None:
        """Rows that follow what was posted or kept."""
        given = self.data if self.is_bound else None
        self.rows = SubcontractorRows(given, prefix="st", initial=self.initial.get("st"))

    def is_valid(self) -> bool:
        """Whether every row is."""
        own, rows = super().is_valid(), self.rows.is_valid()
        return own and rows

    def part(self) -> list[dict[str, Any]]:
        """One line a subcontractor."""
        return self.rows.rows()


class SecretsForm(AnswerForm):
    """What falls under business secrecy: helps the buyer, without binding it (CRPA L311-6)."""

    secrets = forms.CharField(
        label=_("Ce qui relève du secret des affaires"),
        help_text=_("Une ligne par élément : méthode, plan, prix détaillé…"),
        required=False,
        max_length=LONGEST_ANSWER,
        widget=forms.Textarea(attrs={"rows": 6}),
    )

    def part(self) -> list[str]:
        """One text a line."""
        return [line.strip() for line in self.cleaned_data["secrets"].splitlines() if line.strip()]


class PriceForm(AnswerForm):
    """Prices before VAT: each research phase under its announced limit, then the cost of an acquisition."""

    def ask(self) -> None:
        """Two amounts a research phase, two for the acquisition, the VAT rate."""
        for phase in research_phases(self.period):
            name = {"phase": phase.name, "number": phase.number}
            self.fields[f"fixed-{phase.number}"] = _amount(
                say("Phase %(number)s, %(phase)s : part fixe, en € HT") % name, phase.remuneration_fixed_ht
            )
            if phase.remuneration_result_ht:
                self.fields[f"result-{phase.number}"] = _amount(
                    say("Phase %(number)s, %(phase)s : part liée aux résultats, en € HT") % name,
                    phase.remuneration_result_ht,
                )
        if terms := acquisition_terms(self.period):
            unit = terms.quantity_unit or say("unité")
            self.fields["unit_ht"] = _amount(
                say("Adopter : prix unitaire (%(unit)s), en € HT") % {"unit": unit}, terms.unit_cost_max_ht
            )
            self.fields["total_ht"] = _amount(say("Adopter : coût total, en € HT"), terms.total_cost_max_ht)
        self.fields["vat_rate"] = PercentField(label=_("Taux de TVA"), initial=VAT_RATE)

    def part(self) -> dict[str, Any]:
        """Phases, acquisition and VAT rate (hundredths of a percent)."""
        given = self.cleaned_data
        return {
            "phases": [
                {
                    "number": phase.number,
                    "fixed_ht": _written(given[f"fixed-{phase.number}"]),
                    "result_ht": _written(given.get(f"result-{phase.number}") or Decimal(0)),
                }
                for phase in research_phases(self.period)
            ],
            "acquisition": {name: _written(given.get(name) or Decimal(0)) for name in ("unit_ht", "total_ht")},
            "vat_rate": given["vat_rate"],
        }


FORMS: dict[Kind, type[AnswerForm]] = {
    Kind.DECLARATION: DeclarationForm,
    Kind.CAPACITIES: CapacitiesForm,
    Kind.CRITERION: CriterionForm,
    Kind.REQUIREMENTS: RequirementsForm,
    Kind.SUBCONTRACTING: SubcontractingForm,
    Kind.SECRETS: SecretsForm,
    Kind.PRICE: PriceForm,
}


def form_for(task: Task) -> type[AnswerForm]:
    """The form of a task."""
    return FORMS[task.kind]


def _amount(label: str, limit: Decimal | None) -> EurosField:
    """An amount, with its announced limit in the hint and in the refusal."""
    if limit is None:
        return EurosField(label=label)
    words = euros_words(limit)
    return EurosField(
        label=label,
        max_value=limit,
        help_text=say("%(limit)s HT au plus.") % {"limit": words},
        error_messages={"max_value": say("Indiquez un montant de %(limit)s au plus.") % {"limit": words}},
    )


def _written(amount: Decimal) -> str:
    return str(amount.quantize(CENT))
