"""Forms about what another buyer profile received."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from marketplace.accounts.models import Organisation
from procurement.submissions.received_firms import IDENTITY


class FilesForm(forms.Form):
    """The register and the opened files; one that was sent before and is kept may be left out."""

    table = forms.FileField(
        label=_("Registre des dépôts (CSV)"),
        error_messages={"required": _("Joignez le registre des dépôts, en CSV.")},
        widget=forms.FileInput(attrs={"accept": ".csv"}),
        help_text=_("Une ligne par pli, avec la date et l’heure de réception à la seconde et leur fuseau."),
    )
    archive = forms.FileField(
        label=_("Plis ouverts (ZIP)"),
        error_messages={"required": _("Joignez l’archive ZIP des plis ouverts.")},
        widget=forms.FileInput(attrs={"accept": ".zip"}),
        help_text=_("Un dossier par pli, nommé par son numéro au registre."),
    )
    reason = forms.CharField(
        label=_("Ce que ce registre corrige"),
        error_messages={"required": _("Un registre est déjà importé : écrivez ce que celui-ci corrige.")},
        max_length=2_000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("Le motif reste au journal."),
    )

    def __init__(self, *args: Any, kept: set[str], is_correction: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in ("table", "archive"):
            self.fields[name].required = name not in kept
        if not is_correction:
            del self.fields["reason"]


class PricesTableForm(forms.Form):
    """The prices of all bids at once."""

    table = forms.FileField(
        label=_("Tableau des prix (CSV)"),
        widget=forms.FileInput(attrs={"accept": ".csv"}),
        help_text=_("Partez du modèle de cette période : il a déjà une ligne par offre."),
        error_messages={"required": _("Joignez le tableau des prix, en CSV.")},
    )


class ReportForm(forms.Form):
    """Why a bid that came late elsewhere should be admitted, with what the other profile says of that day."""

    reasons = forms.CharField(
        label=_("Ce qui prouve la diligence de l’entreprise"), widget=forms.Textarea(attrs={"rows": 6})
    )
    report = forms.FileField(
        label=_("Rapport d’incident de l’autre profil"),
        help_text=_("Ce qu’il dit de son fonctionnement ce jour-là : un PDF, par exemple."),
        error_messages={"required": _("Joignez le rapport de l’autre profil : la décision se prend devant lui.")},
    )


class FirmForm(forms.ModelForm):
    """What a contract prints of a firm that has no account here."""

    class Meta:
        model = Organisation
        fields = IDENTITY
        help_texts = {"country": _("Deux lettres : FR pour la France.")}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in ("legal_form", "address", "city", "country", "size"):
            self.fields[name].required = True
