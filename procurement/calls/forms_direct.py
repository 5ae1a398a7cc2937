"""Forms of the file of a direct purchase, and of its decision."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.utils.translation import gettext_lazy as _
from stdnum.exceptions import ValidationError as WrongNumber
from stdnum.fr import siren, siret

from marketplace.ui.formats import euros_words
from marketplace.ui.forms import DayField, EurosField, PercentField
from marketplace.ui.rows import rows_of
from procurement.calls.fields import Draft, DraftRow, count, later, text
from procurement.calls.models import DirectPurchase
from procurement.calls.models.call import Nature
from procurement.law.innovation import INDICATORS

SIRET_DIGITS = 14
OFFER_MAX = 25_000_000
CCAGS = (
    "CCAG des marchés de fournitures courantes et de services, arrêté du 30 mars 2021",
    "CCAG des marchés de techniques de l’information et de la communication, arrêté du 30 mars 2021",
    "CCAG des marchés de prestations intellectuelles, arrêté du 30 mars 2021",
    "CCAG des marchés industriels, arrêté du 30 mars 2021",
    "CCAG des marchés de travaux, arrêté du 30 mars 2021",
)


class NeedPart(Draft):
    """The need, and why what answers it counts as innovative (LR-02)."""

    title = forms.CharField(label=_("Le problème à résoudre, en une ligne"), max_length=200)
    problem = later(text(_("Le besoin"), _("Qui est gêné, quand, et combien cela coûte ?"), rows=3))
    object = later(text(_("Ce que vous achetez"), _("Une ou deux phrases : elles sont l’objet du contrat."), rows=2))
    nature = forms.ChoiceField(label=_("Nature principale"), choices=Nature.choices)
    cpv = later(
        forms.CharField(label=_("Code CPV"), max_length=10, help_text=_("Huit chiffres, par exemple 48000000-8."),
                        validators=[RegexValidator(r"^\d{8}(-\d)?$", _("Écrivez huit chiffres, et la clé si vous "
                                                                     "l’avez : 48000000-8."))])
    )  # fmt: skip
    innovation_indicators = later(
        forms.MultipleChoiceField(
            label=_("Ce qui est nouveau"), widget=forms.CheckboxSelectMultiple, choices=list(INDICATORS.items()),
            help_text=_("Cochez tout ce qui est vrai (L2172-3). Un label ne suffit jamais."),
        )
    )  # fmt: skip
    innovation_reasons = later(
        text(
            _("La preuve"),
            _("En quoi c’est nouveau ou nettement amélioré, et d’où vous le savez : essai, publication, comparaison. "
              "L’entreprise déclare ; vous vérifiez."),
            rows=3,
        )
    )  # fmt: skip


class ValuePart(Draft):
    """What the whole need is worth (LR-103)."""

    purchase_ht = later(EurosField(label=_("Cet achat, € HT"), help_text=_("Pour toute sa durée.")))
    options_ht = EurosField(label=_("Options et reconductions, € HT"), required=False, initial=0)
    same_need_ht = EurosField(
        label=_("Le même besoin acheté ailleurs, € HT"), required=False, initial=0,
        help_text=_("Tout ce que votre organisme achète pour ce besoin, par d’autres contrats, dans l’année."),
    )  # fmt: skip
    operation_ht = EurosField(
        label=_("Si c’est un lot d’une opération plus large : tous les lots, € HT"), required=False,
        help_text=_("Laissez vide sinon."),
    )  # fmt: skip
    small_lots_ht = EurosField(
        label=_("Dans ce cas : les lots achetés ainsi, celui-ci compris, € HT"), required=False,
    )  # fmt: skip

    def clean(self) -> dict[str, Any]:
        """Amounts left empty count for nothing, those of an operation aside."""
        asked = super().clean()
        for name in ("options_ht", "same_need_ht"):
            asked[name] = asked.get(name) or 0
        return asked


class OfferRow(DraftRow):
    """An offer that was considered."""

    firm_name = forms.CharField(label=_("Entreprise"), max_length=200)
    siren = forms.CharField(
        label=_("SIREN"), max_length=20, required=False,
        help_text=_("Il relie l’offre au compte de l’entreprise : sans lui, elle ne peut pas signer ici."),
    )  # fmt: skip
    received_on = DayField(label=_("Reçue le"), required=False)
    amount_ht = EurosField(label=_("Montant, € HT"))
    opinion = later(text(_("Votre avis"), _("En quoi elle répond, ou pas, au besoin."), rows=2))

    def clean_siren(self) -> str:
        """Nine digits, from a SIREN or a SIRET. Raises ValidationError for a wrong number."""
        digits = "".join(self.cleaned_data["siren"].split())
        if not digits:
            return ""
        try:
            (siret if len(digits) == SIRET_DIGITS else siren).validate(digits)
        except WrongNumber:
            raise ValidationError(_("Ce numéro ne passe pas le contrôle : vérifiez les neuf chiffres.")) from None
        return digits[:9]


OfferRows = rows_of(
    OfferRow,
    row_label=_("Offre"),
    add_label=_("Ajouter une offre"),
    title=_("Les offres examinées"),
    lead=_("Une seule suffit si elle est pertinente. Plusieurs montrent mieux le bon emploi des deniers publics."),
)


class ComparisonPart(Draft):
    """The note that shows a relevant offer and a good use of money (LR-104)."""

    comparison = later(
        text(
            _("Note de comparaison"),
            _("À quoi vous avez comparé : autres offres, prix connus, coût de ne rien faire. Et pourquoi ce prix est "
              "juste."),
        )
    )  # fmt: skip


class WorkPart(Draft):
    """What the short contract says."""

    months = later(count(_("Durée, en mois")))
    deliverables = later(text(_("Ce qui est remis"), _("Un par ligne."), rows=3))
    acceptance_days = count(_("Vérification : jours après la remise"), initial=30)
    place = later(forms.CharField(label=_("Lieu d’exécution"), max_length=160))
    place_code = later(
        forms.CharField(label=_("Code postal du lieu"), max_length=5,
                        validators=[RegexValidator(r"^\d{5}$", _("Écrivez cinq chiffres."))])
    )  # fmt: skip
    vat_rate = PercentField(label=_("TVA, en %"), initial=2000)
    ccag = forms.ChoiceField(
        label=_("CCAG"), required=False, choices=[("", _("Aucun")), *((one, one) for one in CCAGS)],
        help_text=_("Il règle ce que le contrat court ne dit pas : droits, retards, résiliation."),
    )  # fmt: skip
    budget_line = later(forms.CharField(label=_("Imputation budgétaire"), max_length=120))
    accounting_officer = later(forms.CharField(label=_("Comptable assignataire")))
    court_name = later(forms.CharField(label=_("Tribunal compétent"), max_length=160))


class DecisionForm(forms.Form):
    """The second person chooses an offer."""

    offer = forms.ModelChoiceField(label=_("Offre choisie"), queryset=None, widget=forms.RadioSelect, empty_label=None)
    is_written = forms.TypedChoiceField(
        label=_("Forme"), widget=forms.RadioSelect, coerce=lambda answer: answer == "yes", initial="yes",
        choices=[("yes", _("Un contrat écrit, signé ici")), ("no", _("Une simple commande, hors du site"))],
        help_text=_("Le contrat écrit s’impose dès 25 000 € HT (R2112-1)."),
    )  # fmt: skip
    reasons = text(_("Motifs"), _("Deux phrases : pourquoi cette offre, pour ce prix."), required=True)
    exclusions_checked = forms.BooleanField(
        label=_("J’ai lu les attestations fiscale et sociale et la déclaration de l’entreprise : elle n’est pas exclue "
                "des marchés publics."),
        required=False,
    )  # fmt: skip

    def __init__(self, *args: Any, purchase: DirectPurchase, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["offer"].queryset = purchase.offers.all()
        self.fields["offer"].label_from_instance = lambda one: f"{one.firm_name}, {euros_words(one.amount_ht)} HT"


class OfferFileForm(forms.Form):
    """The document of an offer."""

    file = forms.FileField(label=_("Document de l’offre"), help_text=_("PDF de préférence. 25 Mo au plus."))

    def clean_file(self) -> Any:
        """The file. Raises ValidationError when it is too big."""
        file = self.cleaned_data["file"]
        if file.size > OFFER_MAX:
            raise ValidationError(_("Ce fichier dépasse 25 Mo : joignez-en un plus léger."))
        return file


class GiveUpForm(forms.Form):
    """Why the purchase stops."""

    reasons = text(_("Motifs"), _("Ils restent au dossier."), required=True)
