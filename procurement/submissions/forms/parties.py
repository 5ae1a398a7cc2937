"""Who tenders: a firm alone, or a group led by the firm that fills the form."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from marketplace.accounts.models import Organisation
from marketplace.ui.forms import PercentField
from marketplace.ui.rows import Row, rows_of
from procurement.submissions.deposits import WHOLE
from procurement.submissions.models import GroupChange, TenderingParty


class MemberRow(Row):
    """Another firm of the group, registered on the site, and its share."""

    identifier = forms.CharField(
        label=_("SIREN de l’entreprise"),
        help_text=_("Elle doit être inscrite sur le site."),
        max_length=20,
        widget=forms.TextInput(attrs={"inputmode": "numeric", "class": "input--short"}),
    )
    share = PercentField(label=_("Sa part, en %"))

    def clean_identifier(self) -> Organisation:
        """The firm of this number. Raises ValidationError when none is registered."""
        digits = "".join(self.cleaned_data["identifier"].split())
        found = Organisation.objects.filter(kind=Organisation.Kind.SUPPLIER, identifier=digits).first()
        if found is None:
            raise ValidationError(
                _("Aucune entreprise inscrite n’a ce SIREN : vérifiez-le, ou demandez-lui de s’inscrire.")
            )
        return found


MemberRows = rows_of(
    MemberRow, row_label=_("Membre"), add_label=_("Ajouter un membre"), title=_("Autres membres du groupement")
)


class PartyForm(forms.Form):
    """Alone or in a group. The share of the lead is what the others leave."""

    kind = forms.ChoiceField(
        label=_("Comment répondez-vous ?"),
        choices=[
            (TenderingParty.Kind.SINGLE, _("Seul")),
            (
                TenderingParty.Kind.SEVERAL_LIABILITY,
                _("En groupement conjoint : chaque membre s’engage sur sa part"),
            ),
            (
                TenderingParty.Kind.JOINT_AND_SEVERAL,
                _("En groupement solidaire : chaque membre s’engage sur le tout"),
            ),
        ],
        initial=TenderingParty.Kind.SINGLE,
        widget=forms.RadioSelect,
    )

    def __init__(self, *args: Any, members: forms.BaseFormSet, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.members = members

    def is_valid(self) -> bool:
        """Whether form and rows are: both show their errors."""
        own, rows = super().is_valid(), self.members.is_valid()
        return own and rows

    def shares(self, lead: Organisation) -> dict[Organisation, int] | None:
        """Shares in hundredths of a percent, the lead's included; None for a firm alone."""
        others = {row["identifier"]: row["share"] for row in self.members.rows()}
        if self.cleaned_data["kind"] == TenderingParty.Kind.SINGLE and not others:
            return None
        return {lead: WHOLE - sum(others.values()), **others}


class ConsentForm(forms.Form):
    """Whether a firm takes its part in a group."""

    ACCEPT, REFUSE = "accept", "refuse"
    answer = forms.ChoiceField(
        label=_("Votre entreprise participe-t-elle à ce groupement ?"),
        choices=[
            (ACCEPT, _("Oui : elle accepte cette part, cette forme et ce mandataire")),
            (REFUSE, _("Non : rien ne sera déposé en son nom")),
        ],
        widget=forms.RadioSelect,
    )


class GroupChangeForm(PartyForm):
    """Who tenders from now on, on what ground, and what the buyer checked."""

    ground = forms.ChoiceField(
        label=_("Pourquoi ce changement est-il permis ?"), choices=GroupChange.Ground.choices, widget=forms.RadioSelect
    )
    evidence = forms.CharField(
        label=_("Pièce qui le prouve"), max_length=300, required=False,
        help_text=_("Jugement, acte, attestation. Vide dans le premier cas."),
    )  # fmt: skip
    capacities_kept = forms.BooleanField(
        label=_("Les capacités du candidat restent suffisantes : je les ai examinées"), required=False
    )
    equality_kept = forms.BooleanField(
        label=_("Ni l’égalité entre candidats ni la concurrence n’en souffrent"), required=False
    )
    reasons = forms.CharField(label=_("Motifs de votre accord"), widget=forms.Textarea(attrs={"rows": 4}))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["kind"].label = _("Forme du candidat")
