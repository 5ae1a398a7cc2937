"""Considering an exclusion, answering it, deciding."""

from django import forms
from django.utils.translation import gettext_lazy as _

from marketplace.ui.forms import MomentField
from procurement.law.exclusion import CONFLICT, GROUNDS


class ExclusionProposalForm(forms.Form):
    """Ground, facts, and the time left to answer."""

    ground = forms.ChoiceField(
        label=_("Motif"),
        # Nothing is chosen beforehand: the letter leaves at once.
        choices=[
            ("", _("Choisissez un motif")),
            *(
                (
                    str(title),
                    [
                        (one.article, f"{one.title} ({one.article})")
                        for one in GROUNDS.values()
                        if one.of_right is of_right
                    ],
                )
                for title, of_right in (
                    (_("À votre appréciation, l’entreprise entendue"), False),
                    (_("De plein droit"), True),
                )
            ),
        ],
        error_messages={"required": _("Choisissez un motif.")},
    )
    evidence = forms.CharField(
        label=_("Faits et pièces sur lesquels vous vous fondez"),
        help_text=_("L’entreprise les lit dans sa lettre et y répond."),
        widget=forms.Textarea(attrs={"rows": 5}),
        max_length=8000,
    )
    deadline = MomentField(label=_("Observations attendues avant le"), is_binding=True)


class ObservationsForm(forms.Form):
    """What the firm answers."""

    observations = forms.CharField(
        label=_("Observations"),
        help_text=_("Dites ce que vous contestez et les mesures prises pour corriger les manquements."),
        widget=forms.Textarea(attrs={"rows": 8}),
        max_length=20000,
    )
    file = forms.FileField(label=_("Pièce jointe"), required=False, error_messages={"empty": _("Ce fichier est vide.")})


class ExclusionDecisionForm(forms.Form):
    """Exclude or keep, and why."""

    EXCLUDE, KEEP = "exclude", "keep"

    is_excluded = forms.ChoiceField(
        label=_("Décision"),
        choices=[(KEEP, _("Garder l’entreprise dans la procédure")), (EXCLUDE, _("L’exclure"))],
        widget=forms.RadioSelect,
        error_messages={"required": _("Choisissez une réponse.")},
    )
    reasons = forms.CharField(
        label=_("Motifs"),
        help_text=_("Répondez à ses observations. Sa lettre de rejet reprend ces motifs."),
        widget=forms.Textarea(attrs={"rows": 5}),
        max_length=8000,
    )
    other_measures = forms.CharField(
        label=_("Autres mesures envisagées, et pourquoi elles ne suffisent pas"),
        widget=forms.Textarea(attrs={"rows": 3}),
        max_length=4000,
        required=False,
    )

    def __init__(self, *args: object, ground: str, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        if ground != CONFLICT:
            del self.fields["other_measures"]
