"""Proofs of the intended winners."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from marketplace.ui.forms import DayField, MomentField
from procurement.evaluation.services.clearance import STANDARD_PROOFS, Proof

GROUNDS = [
    ("no_proof", _("Justificatifs absents ou refusés, l’heure limite passée")),
    ("false_statement", _("Fausse déclaration")),
    ("excluded", _("Exclusion prononcée, l’entreprise entendue")),
    ("force_majeure", _("Empêchement sans faute de sa part (force majeure, cas fortuit)")),
]


class ProofListForm(forms.Form):
    """Which proofs, until when."""

    codes = forms.MultipleChoiceField(
        label=_("Justificatifs demandés"),
        choices=[(proof.code, f"{proof.label} ({proof.article})") for proof in STANDARD_PROOFS],
        initial=[proof.code for proof in STANDARD_PROOFS],
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": _("Cochez au moins un justificatif.")},
    )
    deadline = MomentField(label=_("À remettre avant le"), is_binding=True)

    def proofs(self) -> list[Proof]:
        """The proofs ticked."""
        return [proof for proof in STANDARD_PROOFS if proof.code in self.cleaned_data["codes"]]


class ProofForm(forms.Form):
    """One proof received: accepted or not, and until when it holds."""

    ACCEPTED, REFUSED = "accepted", "refused"

    verdict = forms.ChoiceField(
        label=_("Ce justificatif convient-il ?"),
        choices=[(ACCEPTED, _("Oui, accepté")), (REFUSED, _("Non, refusé"))],
        widget=forms.RadioSelect,
        error_messages={"required": _("Choisissez une réponse.")},
    )
    valid_until = DayField(label=_("Valable jusqu’au"), help_text=_("Laissez vide s’il n’expire pas."), required=False)
    file = forms.FileField(
        label=_("Fichier, si vous l’avez reçu autrement"), help_text=_("PDF ou image."), required=False
    )

    @property
    def is_accepted(self) -> bool:
        """Whether it will do."""
        return self.cleaned_data["verdict"] == self.ACCEPTED


class EliminatePartnerForm(ProofListForm):
    """Why a chosen partner falls out, and until when the next one brings its proofs."""

    ground = forms.ChoiceField(
        label=_("Cause"),
        choices=GROUNDS,
        widget=forms.RadioSelect,
        error_messages={"required": _("Choisissez la cause.")},
    )
    reasons = forms.CharField(label=_("Motifs"), widget=forms.Textarea(attrs={"rows": 4}))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["codes"].label = _("Justificatifs demandés à la suivante du classement")
        self.fields["deadline"].label = _("Elle les remet avant le")
        self.order_fields(["ground", "reasons", "codes", "deadline"])


class ProofDepositForm(forms.Form):
    """The firm hands in a proof."""

    file = forms.FileField(
        label=_("Fichier"), error_messages={"required": _("Choisissez un fichier."), "empty": _("Ce fichier est vide.")}
    )
