"""What happens in a phase, at its end, and when the buyer orders or pays."""

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from marketplace.ui.forms import DayField, EurosField, MomentField, PercentField
from procurement.contracts.forms.formation import SmallFileField
from procurement.contracts.models import Acceptance, GateDecision
from procurement.contracts.reading import PhaseDossier
from procurement.contracts.services.gates import GateChoice

COMPARISONS = {"at_least": _("au moins"), "at_most": _("au plus")}


class NumberField(forms.DecimalField):
    """A measure as people write it, comma included."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("widget", forms.TextInput(attrs={"inputmode": "decimal", "class": "input--short"}))
        super().__init__(max_digits=14, decimal_places=4, **kwargs)
        self.error_messages["invalid"] = _("Indiquez un nombre, par exemple 18 ou 18,5.")

    def to_python(self, value: Any) -> Decimal | None:
        """The number. Raises ValidationError when it is not one."""
        if isinstance(value, str):
            value = value.replace(" ", "").replace("\u00a0", "").replace(",", ".")
        return super().to_python(value)

    def widget_attrs(self, widget: forms.Widget) -> dict[str, Any]:
        """A text input bears neither `min` nor `step`."""
        return {}


class HandInForm(forms.Form):
    """A deliverable that its partner hands in."""

    file = SmallFileField(label=_("Votre livrable"), required=False)
    note = forms.CharField(
        label=_("Note à l’acheteur"), required=False, widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("Ce que contient la remise, ou l’adresse où l’essayer quand il n’y a pas de fichier."),
    )  # fmt: skip


class RecordHandInForm(forms.Form):
    """A deliverable that reached the buyer by another road."""

    file = SmallFileField(label=_("Le livrable"), required=False)
    note = forms.CharField(
        label=_("Comment il a été remis"), widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("La date et le numéro du message sur l’autre profil, ou l’adresse où l’essayer."),
    )  # fmt: skip


DECISIONS = (
    (Acceptance.Decision.ACCEPTED, _("Accepter (admission)")),
    (
        Acceptance.Decision.ACCEPTED_WITH_RESERVES,
        _("Accepter, des points restent à corriger (admission avec réserves)"),
    ),
    (Acceptance.Decision.ACCEPTED_WITH_REDUCTION, _("Accepter à un prix réduit (admission avec réfaction)")),
    (Acceptance.Decision.POSTPONED, _("Demander une correction et une nouvelle remise (ajournement)")),
    (Acceptance.Decision.REJECTED, _("Refuser pour de bon (rejet)")),
)


class DeliverableDecisionForm(forms.Form):
    """The buyer's decision on a deliverable, in the words of the CCAG."""

    decision = forms.ChoiceField(label=_("Votre décision"), choices=DECISIONS, widget=forms.RadioSelect)
    reasons = forms.CharField(
        label=_("Motifs"), required=False, widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("Nécessaires pour toute décision autre que l’admission. Le titulaire les lit."),
    )  # fmt: skip
    reduction = PercentField(
        label=_("Réfaction, en % du prix"), required=False, help_text=_("Pour une admission avec réfaction seulement.")
    )
    lift_before = DayField(
        label=_("Réserves à lever avant le"), required=False, help_text=_("Pour une admission avec réserves seulement.")
    )


class MeasuresForm(forms.Form):
    """One number for each objective or level; what was not measured stays empty."""

    def __init__(self, *args: Any, rows: Iterable[Mapping[str, Any]], mark: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.numbers = []
        fields = {}
        for row in rows:
            self.numbers.append(row["number"])
            fields[f"measured_{row['number']}"] = NumberField(
                label=row["indicator"], required=False,
                help_text=_("Attendu : %(side)s %(mark)s %(unit)s. Vide : non mesuré, donc non atteint.")
                % {"side": COMPARISONS[row["comparison"]], "mark": _comma(row[mark]), "unit": row["unit"]},
            )  # fmt: skip
        self.fields = fields | self.fields

    def measured(self) -> dict[int, Decimal]:
        """What was measured, by number."""
        found = {number: self.cleaned_data[f"measured_{number}"] for number in self.numbers}
        return {number: value for number, value in found.items() if value is not None}


class ResultsForm(MeasuresForm):
    """Results of a phase against its objectives."""

    summary = forms.CharField(
        label=_("Votre appréciation des résultats"), widget=forms.Textarea(attrs={"rows": 5}),
        help_text=_("La décision de fin de phase repose sur elle ; le rapport la reprend."),
    )  # fmt: skip
    score = NumberField(
        label=_("Note sur 10, selon la méthode annoncée"), required=False,
        help_text=_("Laissez vide : la part des objectifs atteints."),
    )  # fmt: skip


class PerformanceTestForm(MeasuresForm):
    """The test before any purchase."""

    unit_cost_ht = EurosField(label=_("Coût unitaire constaté, en euros HT"))
    total_cost_ht = EurosField(label=_("Coût total constaté, en euros HT"))
    tested_at = MomentField(label=_("Essai fait le"))
    protocol = forms.CharField(
        label=_("Déroulement de l’essai"), widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("Où, avec qui, selon quelle méthode du contrat."),
    )  # fmt: skip


class ProposalForm(forms.Form):
    """What the team proposes at the end of a phase."""

    proposal = forms.CharField(
        label=_("Ce que l’équipe propose de décider"), widget=forms.Textarea(attrs={"rows": 5}),
        help_text=_("Pour chaque partenaire : continuer, modifier, réduire ou arrêter. Le rapport porte ce texte."),
    )  # fmt: skip


class DecisionSheetForm(forms.Form):
    """One decision for each contract of a round."""

    CHOICES = [(kind.value, kind.label) for kind in GateDecision.Decision if kind != GateDecision.Decision.BEGIN]

    def __init__(self, *args: Any, rows: Sequence[PhaseDossier], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.rows = rows
        for row in rows:
            pk = row.contract.number
            self.fields[f"decision_{pk}"] = forms.ChoiceField(
                label=_("Décision pour %(partner)s") % {"partner": row.contract.party}, choices=self.CHOICES,
                widget=forms.RadioSelect,
            )  # fmt: skip
            self.fields[f"reasons_{pk}"] = forms.CharField(
                label=_("Motifs"), widget=forms.Textarea(attrs={"rows": 3}),
                help_text=_("Le partenaire les lit : écrivez ce qui, dans ses résultats, fonde la décision."),
            )  # fmt: skip
            self.fields[f"starts_on_{pk}"] = DayField(
                label=_("Début prévu de la phase suivante"), required=False,
                help_text=_("Par défaut : après le préavis du contrat."),
            )  # fmt: skip
            self.fields[f"substantial_{pk}"] = forms.BooleanField(
                label=_("Le changement toucherait aux termes essentiels du contrat"), required=False
            )

    def blocks(self) -> list[tuple[PhaseDossier, list[Any]]]:
        """Each contract with its fields, in order."""
        names = ("decision", "reasons", "starts_on", "substantial")
        return [(row, [self[f"{name}_{row.contract.number}"] for name in names]) for row in self.rows]

    def choices(self) -> list[GateChoice]:
        """What was decided, as the service takes it; a changed phase takes the last agreement of the partner."""
        return [self._choice(row) for row in self.rows]

    def _choice(self, row: PhaseDossier) -> GateChoice:
        pk, data = row.contract.number, self.cleaned_data
        return GateChoice(
            contract=row.contract,
            decision=data[f"decision_{pk}"],
            reasons=data[f"reasons_{pk}"],
            agreement=last_agreement(row),
            substantial_change=data[f"substantial_{pk}"],
            starts_on=data[f"starts_on_{pk}"],
        )


class AgreementForm(forms.Form):
    """Other objectives for the next phase, which the partner signs."""

    signatory = forms.CharField(label=_("Personne qui a signé l’accord"), max_length=160)
    signed_at = MomentField(label=_("Signé le"))
    file = SmallFileField(label=_("Accord signé"))

    def __init__(self, *args: Any, objectives: Sequence[Mapping[str, Any]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.given = objectives
        fields = {}
        for row in objectives:
            fields[f"target_{row['number']}"] = NumberField(
                label=row["indicator"], initial=_decimal(row["target"]),
                help_text=_("Aujourd’hui : %(side)s %(mark)s %(unit)s. Écrivez l’objectif convenu.")
                % {"side": COMPARISONS[row["comparison"]], "mark": _comma(row["target"]), "unit": row["unit"]},
            )  # fmt: skip
        self.fields = fields | self.fields

    def clean(self) -> dict[str, Any]:
        """Raises ValidationError when nothing changes."""
        data = super().clean()
        if not self.errors and all(self._target(row) == row["target"] for row in self.given):
            raise ValidationError(_("Aucun objectif ne change : un accord n’a pas d’objet."))
        return data

    def objectives(self) -> list[dict[str, Any]]:
        """The objectives as agreed."""
        return [{**row, "target": self._target(row)} for row in self.given]

    def _target(self, row: Mapping[str, Any]) -> str:
        target: Decimal = self.cleaned_data[f"target_{row['number']}"]
        return f"{target.normalize():f}"


class OrderForm(forms.Form):
    """A purchase order."""

    quantity = forms.IntegerField(
        label=_("Quantité"),
        min_value=1,
        widget=forms.TextInput(attrs={"inputmode": "numeric", "class": "input--short"}),
    )
    unit_cost_ht = EurosField(label=_("Prix unitaire, en euros HT"))
    deliver_by = DayField(label=_("À livrer avant le"), required=False)
    delivery_place = forms.CharField(
        label=_("Lieu de livraison"), max_length=250, required=False, help_text=_("Par défaut : le lieu du contrat.")
    )
    number = forms.IntegerField(widget=forms.HiddenInput)


class InvoiceForm(forms.Form):
    """An invoice as it came."""

    invoice_number = forms.CharField(label=_("Numéro de la facture"), max_length=80)
    amount_ht = EurosField(label=_("Montant, en euros HT"))
    received_at = MomentField(label=_("Reçue le"), help_text=_("Le délai de paiement part de ce jour."))


class PaymentForm(forms.Form):
    """A payment that was made."""

    paid_at = MomentField(label=_("Payé le"))
    reference = forms.CharField(label=_("Référence du virement"), max_length=80, required=False)


def last_agreement(row: PhaseDossier) -> Any:
    """The partner's last agreement on the phase that follows, None without."""
    following = next((one for one in row.dossier.phases if one.phase.number > row.phase.number), None)
    agreements = list(following.phase.agreements.all()) if following else []
    return agreements[-1] if agreements else None


def _comma(text: Any) -> str:
    return str(text or "").replace(".", ",")


def _decimal(text: Any) -> Decimal | None:
    return None if text in (None, "") else Decimal(text)
