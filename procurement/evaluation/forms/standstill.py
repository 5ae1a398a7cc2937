"""Letters to all, appeals, the report."""

from collections.abc import Iterable, Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from marketplace.ui.forms import MomentField
from procurement.evaluation.presentation import SECTIONS
from procurement.submissions.models import TenderingParty

ELECTRONIC, PAPER = "electronic", "paper"


class LettersForm(forms.Form):
    """The reasons that each rejected firm reads, and how the letters leave."""

    sending = forms.ChoiceField(
        label=_("Comment partent les lettres ?"),
        choices=[
            (ELECTRONIC, _("Par le profil d’acheteur : délai de suspension de 11 jours")),
            (PAPER, _("Par lettre recommandée : délai de suspension de 16 jours")),
        ],
        initial=ELECTRONIC,
        widget=forms.RadioSelect,
    )

    def __init__(
        self, *args: Any, rejected: Iterable[TenderingParty], drafts: Mapping[Any, str], **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.rejected = list(rejected)
        for party in self.rejected:
            self.fields[f"reasons-{party.pk}"] = forms.CharField(
                label=_("Motifs du rejet : %(name)s") % {"name": party},
                help_text=_("Rédigés d’après vos notes : relisez-les. Rien de ce qu’une autre entreprise a écrit."),
                widget=forms.Textarea(attrs={"rows": 5}),
                initial=drafts.get(party.pk, ""),
                error_messages={"required": _("Écrivez les motifs : l’entreprise a le droit de les connaître.")},
            )

    def reasons(self) -> dict[Any, str]:
        """Reasons by id of party."""
        return {party.pk: self.cleaned_data[f"reasons-{party.pk}"] for party in self.rejected}

    @property
    def is_electronic(self) -> bool:
        """Whether letters leave through the buyer profile."""
        return self.cleaned_data["sending"] == ELECTRONIC


class HoldForm(forms.Form):
    """An appeal that reached the buyer."""

    case_number = forms.CharField(label=_("Numéro de la requête"), max_length=40)
    notified_at = MomentField(label=_("Recours reçu le"))


class ReleaseForm(forms.Form):
    """The judge's order."""

    order_received_at = MomentField(label=_("Ordonnance reçue le"))
    outcome = forms.CharField(label=_("Sens de l’ordonnance"), widget=forms.Textarea(attrs={"rows": 3}))


class PresentationForm(forms.Form):
    """What a person adds to the sections that the site fills by itself."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for code, article, title in SECTIONS:
            self.fields[code] = forms.CharField(
                label=title,
                help_text=_("Complément à ce que le site écrit d’après le dossier (%(article)s).")
                % {"article": article},
                widget=forms.Textarea(attrs={"rows": 2}),
                required=False,
            )

    def additions(self) -> dict[str, str]:
        """What was added, by code of section."""
        return {code: text for code, text in self.cleaned_data.items() if text.strip()}
