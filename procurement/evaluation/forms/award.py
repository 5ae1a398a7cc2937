"""The report, the tender board, the choice."""

from collections.abc import Iterable
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from marketplace.ui.forms import DayField, MomentField
from procurement.evaluation.forms.rows import rows_of
from procurement.evaluation.models import RankedBid

REASONS = forms.Textarea(attrs={"rows": 6})


class ReportForm(forms.Form):
    """What the report concludes."""

    conclusion = forms.CharField(
        label=_("Conclusion"),
        help_text=_("Ce que vous proposez, et pourquoi. Les notes, motifs et calculs sont déjà dans le rapport."),
        widget=REASONS,
    )


class AuthorForm(forms.Form):
    """Somebody who wrote the report."""

    name = forms.CharField(label=_("Nom"), max_length=120)
    capacity = forms.CharField(label=_("Fonction"), max_length=120, required=False)


Authors = rows_of(AuthorForm, title=_("Auteurs du rapport"), at_least=1)


class ChosenForm(forms.Form):
    """Bids of the ranking among which to choose."""

    def __init__(self, *args: Any, ranked: Iterable[RankedBid], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.ranked = list(ranked)
        self.fields["chosen"] = forms.MultipleChoiceField(
            label=_("Partenaires choisis"),
            help_text=_("Les mieux classés, dans la limite du nombre annoncé."),
            choices=[(str(row.bid_id), f"{row.rank}. {row.bid.party}") for row in self.ranked],
            widget=forms.CheckboxSelectMultiple,
            error_messages={"required": _("Cochez au moins une offre.")},
        )
        self.order_fields(["chosen"])

    def bids(self) -> list[Any]:
        """The bids chosen."""
        return [row.bid for row in self.ranked if str(row.bid_id) in self.cleaned_data["chosen"]]


class ChooseForm(ChosenForm):
    """The choice and its reasons."""

    reasons = forms.CharField(
        label=_("Motifs du choix"),
        help_text=_("Repris dans les lettres à toutes les entreprises : restez aux critères publiés."),
        widget=REASONS,
    )


class BoardForm(ChosenForm):
    """A sitting of the tender board."""

    held_at = MomentField(label=_("Séance tenue le"))
    convened_on = DayField(label=_("Convoquée le"))
    place = forms.CharField(label=_("Lieu"), max_length=160, required=False)
    quorum = forms.IntegerField(label=_("Quorum, en nombre de voix"), min_value=1)
    votes_for = forms.IntegerField(label=_("Votes pour"), min_value=0)
    votes_against = forms.IntegerField(label=_("Votes contre"), min_value=0, initial=0)
    votes_abstention = forms.IntegerField(label=_("Abstentions"), min_value=0, initial=0)
    reasons = forms.CharField(label=_("Motifs du choix de la commission"), widget=REASONS)
    signed_file = forms.FileField(
        label=_("Procès-verbal signé, numérisé"),
        help_text=_("PDF. Vous pouvez aussi consigner la séance sans lui."),
        required=False,
    )


class MemberForm(forms.Form):
    """A member of the board."""

    name = forms.CharField(label=_("Nom"), max_length=120)
    capacity = forms.CharField(label=_("Qualité"), max_length=120, help_text=_("Président, titulaire, suppléant…"))
    voting = forms.BooleanField(label=_("A voix délibérative"), required=False)
    present = forms.BooleanField(label=_("Présent"), required=False)


Members = rows_of(MemberForm, title=_("Membres de la commission"), at_least=1)
