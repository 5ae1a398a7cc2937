"""Forms of the buyer's writing, one topic each. A draft may be incomplete: the rule book speaks at the check."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from cms.catalogue.domains import DOMAINS
from marketplace.accounts.models import Organisation
from marketplace.ui.forms import DayField, EurosField, MomentField, PercentField
from marketplace.ui.rows import rows_of
from procurement.calls.fields import Draft, DraftRow, NumberField, count, later, text, with_blank
from procurement.calls.models import (
    AcquisitionTerms,
    AwardCriterion,
    Call,
    Phase,
    PhaseObjective,
    SupplySource,
)
from procurement.calls.models.call import Nature, Procedure
from procurement.law.innovation import INDICATORS

MEGABYTE = 10**6


class ProcedureForm(forms.Form):
    """How partners will be chosen, and why so."""

    procedure = forms.ChoiceField(
        label=_("Quelle procédure ?"),
        widget=forms.RadioSelect,
        choices=[
            (Procedure.FORMALISED, _("Partenariat d’innovation, procédure avec négociation (dès le seuil européen)")),
            (Procedure.ADAPTED, _("Partenariat d’innovation, procédure adaptée (sous le seuil européen)")),
        ],
        help_text=_(
            "Choisissez le partenariat si aucune solution existante ne répond au besoin. Si une solution existe, un "
            "achat simple va plus vite. Vous pourrez changer jusqu’à la publication."
        ),
    )
    procedure_reasons = text(
        _("Pourquoi cette procédure et pas une autre ?"),
        _("Deux phrases suffisent. Elles sont gardées au dossier et reprises dans le rapport de présentation."),
        required=True,
    )


class CallForm(Draft):
    """The object of the call."""

    folded = frozenset({"title", "object", "cpv", "nature", "no_lots_reason"})

    title = forms.CharField(label=_("Titre de l’appel"), max_length=200)
    object = later(text(_("Objet"), _("Ce que vous voulez mettre au point, puis acheter. Trois phrases.")))
    domain = later(
        forms.ChoiceField(label=_("Domaine"), choices=with_blank((row.slug, row.label) for row in DOMAINS.values()))
    )
    cpv = later(
        forms.CharField(label=_("Code CPV"), max_length=10, help_text=_("Huit chiffres, par exemple 60000000-8."))
    )
    nature = forms.ChoiceField(label=_("Nature principale"), choices=Nature.choices)
    no_lots_reason = later(
        text(
            _("Pourquoi un seul lot ?"),
            _("Diviser en lots est la règle : écrivez pourquoi un seul convient, ou ajoutez des lots (L2113-10)."),
            rows=2,
        )
    )


class NeedForm(Draft):
    """The need, before any solution."""

    folded = frozenset({"users"})

    problem = later(
        text(_("Le problème"), _("Qui est gêné, quand, et combien cela coûte ? Ne décrivez pas de solution."))
    )
    users = later(text(_("Les personnes concernées"), rows=2))
    expected_results = later(text(_("Ce qui doit changer"), _("Ce que vous mesurerez à la fin."), rows=3))
    sustainable_development = later(text(_("Objectifs de développement durable"), rows=2))
    innovation_indicators = later(
        forms.MultipleChoiceField(
            label=_("Ce qui sera nouveau"),
            widget=forms.CheckboxSelectMultiple,
            choices=list(INDICATORS.items()),
            help_text=_("Cochez tout ce qui est vrai (L2172-3). Un label ne suffit jamais."),
        )
    )
    innovation_reasons = later(
        text(
            _("En quoi la réponse sera nouvelle"),
            _("Nouvelle ou nettement améliorée : produit, procédé ou organisation. Aucun label ne suffit à le dire."),
            rows=3,
        )
    )


class LotRow(DraftRow):
    """A part of the call that goes its own way."""

    title = forms.CharField(label=_("Titre du lot"), max_length=200)
    object = text(_("Objet du lot"), rows=2)


LotRows = rows_of(
    LotRow,
    extra=0,
    row_label=_("Lot"),
    add_label=_("Ajouter un lot"),
    title=_("Les lots"),
    lead=_("Un seul lot suffit souvent. Chaque lot a ses phases, ses critères, ses dates et ses contrats."),
)


class CoBuyerRow(DraftRow):
    """Another buyer of the group, already registered on the site."""

    identifier = forms.CharField(
        label=_("SIREN ou SIRET"), max_length=20, help_text=_("L’organisme doit être inscrit ici comme acheteur.")
    )
    convention_reference = forms.CharField(label=_("Référence de la convention"), max_length=120, required=False)
    convention_signed_on = DayField(label=_("Convention signée le"), required=False)

    def clean_identifier(self) -> str:
        """Digits only. Raises ValidationError when no buyer of the site bears this number."""
        digits = "".join(self.cleaned_data["identifier"].split())
        self.organisation = Organisation.objects.buyers().filter(identifier=digits).first()
        if self.organisation is None:
            raise forms.ValidationError(_("Aucun acheteur inscrit ne porte ce numéro : vérifiez-le, ou invitez-le."))
        return digits

    def values(self) -> dict[str, Any]:
        """The organisation in place of its number."""
        values = super().values()
        values.pop("identifier")
        return {"organisation": self.organisation, **values}


CoBuyerRows = rows_of(
    CoBuyerRow,
    extra=0,
    row_label=_("Acheteur associé"),
    add_label=_("Ajouter un acheteur associé"),
    title=_("Acheter à plusieurs"),
    lead=_("Laissez vide si vous achetez seuls. Une convention signée désigne qui passe le contrat (L2113-6)."),
)


class SourceRow(DraftRow):
    """One search of the study."""

    folded = frozenset({"kind", "searched_on"})

    kind = forms.ChoiceField(label=_("Source"), required=True, choices=with_blank(SupplySource.Kind.choices))
    searched_on = later(DayField(label=_("Date")))
    query = later(text(_("Ce que vous avez cherché"), rows=2))
    result = later(text(_("Ce que vous avez trouvé"), rows=2))
    reason = later(text(_("Pourquoi cela ne répond pas au besoin"), rows=2))


SourceRows = rows_of(
    SourceRow,
    extra=0,
    row_label=_("Recherche"),
    add_label=_("Ajouter une recherche"),
    title=_("Vos recherches"),
    lead=_("Au moins quatre sortes de sources : le catalogue seul ne dit rien du marché européen."),
)


class FirmRow(DraftRow):
    """A firm met before the call."""

    folded = frozenset({"identifier"})

    name = forms.CharField(label=_("Entreprise"), max_length=200)
    identifier = forms.CharField(
        label=_("SIREN ou SIRET"), max_length=20, required=False,
        help_text=_("Elle sera reconnue si elle répond : elle n’est pas exclue pour autant (R2111-2)."),
    )  # fmt: skip
    met_on = later(DayField(label=_("Rencontrée le")))
    information = later(
        text(_("Ce qui lui a été dit"), _("Le règlement le dira à toutes les entreprises, à égalité."), rows=2)
    )


FirmRows = rows_of(
    FirmRow,
    row_label=_("Entreprise"),
    add_label=_("Ajouter une entreprise"),
    title=_("Entreprises rencontrées"),
    lead=_("Rencontrer des entreprises est permis : notez qui, quel jour, et ce que vous leur avez dit."),
)


class StudyForm(Draft):
    """The conclusion of the study, and its signature."""

    folded = frozenset({"conclusion", "rechecked_on"})

    conclusion = later(text(_("Votre conclusion"), _("À cette date, qu’avez-vous trouvé, et que manque-t-il ?")))
    rechecked_on = later(
        DayField(
            label=_("Recherches refaites le"),
            help_text=_("La veille de la publication, vérifiez qu’aucune solution n’est apparue."),
        )
    )
    is_signed = forms.BooleanField(
        label=_("Je signe cette étude : elle dit ce que j’ai cherché et trouvé."), required=False
    )


class PartnersForm(Draft):
    """How many partners, and how much the later purchase may be worth."""

    folded = frozenset({"partner_mode", "estimated_acquisition_ht"})

    partner_mode = later(
        forms.ChoiceField(
            label=_("Combien de partenaires ?"),
            widget=forms.RadioSelect,
            choices=Call.PartnerMode.choices,
            help_text=_("Chaque partenaire a son propre contrat. Le choix est annoncé, il ne change plus (R2172-21)."),
        )
    )
    partners_max = later(count(_("Partenaires au plus")))
    estimated_acquisition_ht = later(
        EurosField(
            label=_("Valeur estimée des achats qui suivront, € HT"),
            help_text=_("Tous les achats possibles, pour tous les partenaires. Elle compte pour les seuils (R2121-1)."),
        )
    )


class ObjectiveRow(DraftRow):
    """A measurable objective."""

    folded = frozenset({"comparison", "unit"})

    indicator = forms.CharField(label=_("Ce qui est mesuré"), max_length=300)
    comparison = forms.ChoiceField(
        label=_("Sens"),
        choices=PhaseObjective.Comparison.choices,
        initial=PhaseObjective.Comparison.AT_LEAST,
    )
    target = later(NumberField(label=_("Cible")))
    unit = forms.CharField(label=_("Unité"), max_length=40, required=False)


ObjectiveRows = rows_of(
    ObjectiveRow, row_label=_("Objectif"), add_label=_("Ajouter un objectif"), title=_("Objectifs mesurables")
)


class PhaseRow(DraftRow):
    """A phase with its objectives."""

    part_classes = {"objectives": ObjectiveRows}
    folded = frozenset(
        {
            "kind", "name", "remuneration_result_ht", "partners_max", "deliverables", "ip_background", "ip_results",
            "ip_open_source", "acceptance_days",
        }
    )  # fmt: skip

    kind = forms.ChoiceField(label=_("Type"), choices=with_blank(Phase.PARTNERSHIP_KINDS))
    name = forms.CharField(label=_("Nom de la phase"), max_length=200, help_text=_("Explorer, essayer, adopter…"))
    duration_months = later(count(_("Durée en mois")))
    remuneration_fixed_ht = later(EurosField(label=_("Rémunération fixe par partenaire, € HT")))
    remuneration_result_ht = EurosField(
        label=_("Rémunération liée aux résultats, € HT"), required=False, initial=0,
        help_text=_("Payée seulement si les objectifs de la phase sont atteints."),
    )  # fmt: skip
    partners_max = count(_("Partenaires au plus dans la phase"))
    deliverables = later(text(_("Livrables"), _("Un par ligne."), rows=3))
    ip_background = later(text(_("Droits antérieurs"), rows=2))
    ip_results = later(
        text(
            _("Droits sur les résultats"),
            _("Qui pourra réutiliser, modifier, vendre ce qui est créé ? En cas de doute, le régime de base du CCAG."),
            rows=2,
        )
    )
    ip_open_source = later(text(_("Logiciels libres"), rows=2))
    acceptance_days = later(count(_("Délai de vérification, en jours")))

    def clean_remuneration_result_ht(self) -> Any:
        """Nothing typed is no result-linked pay."""
        return self.cleaned_data["remuneration_result_ht"] or 0


PhaseRows = rows_of(
    PhaseRow,
    extra=0,
    row_label=_("Phase"),
    add_label=_("Ajouter une phase"),
    title=_("Les phases"),
    lead=_("Au moins une phase de recherche, puis une phase d’acquisition."),
)


class LevelRow(DraftRow):
    """A level to reach before anything is bought."""

    indicator = forms.CharField(label=_("Ce qui est mesuré"), max_length=300)
    comparison = forms.ChoiceField(
        label=_("Sens"), choices=PhaseObjective.Comparison.choices, initial=PhaseObjective.Comparison.AT_LEAST
    )
    pass_mark = NumberField(label=_("Niveau à atteindre"))
    unit = forms.CharField(label=_("Unité"), max_length=40, required=False)
    test_method = later(text(_("Comment c’est mesuré"), rows=2))


LevelRows = rows_of(
    LevelRow,
    row_label=_("Niveau"),
    add_label=_("Ajouter un niveau"),
    title=_("Niveaux de performance à atteindre avant tout achat"),
)


class AcquisitionForm(Draft):
    """Limits of the later purchase."""

    folded = frozenset({"unit_cost_max_ht", "quantity_max", "quantity_unit", "split", "split_shares"})

    unit_cost_max_ht = later(EurosField(label=_("Coût unitaire maximum, € HT")))
    total_cost_max_ht = later(EurosField(label=_("Coût total maximum par partenaire, € HT")))
    quantity_max = later(count(_("Quantité maximum")))
    quantity_unit = later(forms.CharField(label=_("Unité d’œuvre"), max_length=60))
    split = forms.ChoiceField(
        label=_("Si plusieurs partenaires réussissent, comment partager les commandes ?"),
        required=False,
        choices=with_blank(AcquisitionTerms.Split.choices),
    )
    split_shares = forms.CharField(
        label=_("Parts par rang, en %"),
        required=False,
        help_text=_("Par exemple : 60 ; 40. Rien pour des parts égales."),
    )

    def clean_split_shares(self) -> list[int]:
        """Hundredths of a percent by rank. Raises ValidationError for anything that is not a share."""
        one = PercentField()
        return [
            one.clean(part) for part in self.cleaned_data["split_shares"].replace(",", ".").split(";") if part.strip()
        ]


class InvitedForm(Draft):
    """How many candidates are invited to tender."""

    folded = frozenset(
        {"candidates_min", "candidates_max", "elimination_announced", "variants_allowed", "variants_conditions"}
    )

    candidates_min = count(_("Candidats invités au moins"), _("Trois au moins, si autant conviennent (R2142-17)."))
    candidates_max = count(_("Candidats invités au plus"))
    elimination_announced = forms.BooleanField(
        label=_("La négociation peut éliminer des offres par étapes"),
        required=False,
        help_text=_("Annoncez-le maintenant : ce qui n’est pas annoncé n’est pas possible (R2172-30)."),
    )
    variants_allowed = forms.BooleanField(
        label=_("Les variantes sont autorisées"), required=False,
        help_text=_("Sans cette annonce, aucune variante n’est recevable (R2151-8)."),
    )  # fmt: skip
    variants_conditions = text(_("Ce que toute variante respecte"), rows=2)


class CapacityForm(Draft):
    """What candidates must show, and what answering costs them; written lot by lot."""

    folded = frozenset({"turnover_min_ht", "young_firms_admitted", "mockup_asked", "bonus_ht"})

    turnover_min_ht = EurosField(
        label=_("Chiffre d’affaires annuel demandé, € HT"), required=False,
        help_text=_("Laissez vide pour n’en demander aucun. Le plafond dépend de la valeur estimée (R2142-7)."),
    )  # fmt: skip
    young_firms_admitted = forms.BooleanField(
        label=_("Les entreprises trop jeunes prouvent leurs capacités autrement"), required=False, initial=True
    )
    mockup_asked = forms.BooleanField(
        label=_("L’offre comporte une maquette, un échantillon ou un essai"), required=False
    )
    bonus_ht = EurosField(
        label=_("Prime versée à chaque offre, € HT"), required=False,
        help_text=_("Due si l’offre demande un investissement significatif (R2151-15)."),
    )  # fmt: skip


class RequirementRow(DraftRow):
    """What a tender must offer."""

    folded = frozenset({"is_minimum"})

    text = text(_("Exigence"), rows=2, required=True)
    is_minimum = forms.BooleanField(label=_("Exigence minimale : jamais négociée"), required=False)


RequirementRows = rows_of(
    RequirementRow,
    row_label=_("Exigence"),
    add_label=_("Ajouter une exigence"),
    title=_("Exigences"),
    lead=_("Au moins une exigence minimale, précise : les entreprises décident d’après elle de répondre ou non."),
)


class SelectionRow(DraftRow):
    """A criterion that chooses candidates."""

    name = forms.CharField(label=_("Critère"), max_length=200)
    weight = PercentField(label=_("Poids, en %"))
    is_innovation = forms.BooleanField(label=_("Capacité de recherche et d’innovation"), required=False)


SelectionRows = rows_of(
    SelectionRow,
    row_label=_("Critère"),
    add_label=_("Ajouter un critère de sélection"),
    title=_("Choisir les candidats"),
    lead=_("Au moins un critère porte sur la recherche et l’innovation (R2172-28). La somme des poids fait 100 %."),
)


class SubCriterionRow(DraftRow):
    """A sub-criterion, with its share of the criterion."""

    name = forms.CharField(label=_("Sous-critère"), max_length=200)
    weight = PercentField(label=_("Poids dans le critère, en %"))


SubCriterionRows = rows_of(
    SubCriterionRow,
    extra=0,
    row_label=_("Sous-critère"),
    add_label=_("Ajouter un sous-critère"),
    title=_("Sous-critères"),
)


class AwardRow(DraftRow):
    """A criterion that ranks tenders."""

    part_classes = {"children": SubCriterionRows}
    folded, folded_parts = frozenset({"tag"}), frozenset({"children"})

    name = forms.CharField(label=_("Critère"), max_length=200)
    weight = PercentField(label=_("Poids, en %"))
    tag = forms.ChoiceField(label=_("Nature"), choices=AwardCriterion.Tag.choices, initial=AwardCriterion.Tag.QUALITY)


AwardRows = rows_of(
    AwardRow,
    row_label=_("Critère"),
    add_label=_("Ajouter un critère"),
    title=_("Choisir l’offre"),
    lead=_("Annoncez tout ce qui comptera, et pour combien. Un critère non annoncé ne peut pas servir."),
)


class DatesForm(Draft):
    """When the call starts, and until when one may answer."""

    folded = frozenset(
        {
            "launch_date", "opens_at", "candidature", "technical", "price", "megabytes_per_file", "megabytes_in_all",
            "files_max",
        }
    )  # fmt: skip

    launch_date = later(
        DayField(
            label=_("Jour prévu de l’envoi de l’avis"),
            help_text=_("Les seuils et les délais du droit sont ceux de ce jour."),
        )
    )
    opens_at = later(MomentField(label=_("Ouverture des dépôts")))
    closes_at = later(MomentField(label=_("Heure limite"), is_binding=True))
    candidature = later(
        text(
            _("Pièces attendues de la candidature"),
            _("Une par ligne, telle que les entreprises la verront."),
            rows=3,
        )
    )
    technical = later(text(_("Pièces attendues de l’offre technique"), _("Une par ligne."), rows=3))
    price = later(text(_("Pièces attendues du pli de prix"), _("Une par ligne."), rows=2))
    megabytes_per_file = later(count(_("Taille maximum d’un fichier, en Mo"), initial=2000))
    megabytes_in_all = later(count(_("Taille maximum en tout, en Mo"), initial=10000))
    files_max = later(count(_("Nombre maximum de fichiers"), initial=200))
