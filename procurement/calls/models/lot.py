"""A lot and all that its tenders and contracts are built on. A call always has at least one lot.

Money is in euros before VAT (HT). Weights are integers in hundredths of a percent: 10 000 is 100 %.
"""

from decimal import Decimal

from django.db import models
from django.db.models import Q

from marketplace.journal.models import Journalled, JournalledQuerySet
from marketplace.journal.triggers import frozen_while
from procurement.calls.models.call import Call
from procurement.calls.stages import stage_case

FULL_WEIGHT = 10_000

# What tenders are built on is frozen once its digest is published (LR-16, LR-64): the database refuses.
# A corrective notice lifts the digest, changes, and publishes the new one, all in one act (LR-39).
_FROZEN = (
    "EXISTS (SELECT 1 FROM calls_lot l JOIN calls_call c ON c.id = l.call_id {joins}"
    "WHERE {link} AND c.criteria_digest <> '')"
)
OF_LOT = _FROZEN.format(joins="", link="l.id = {row}.lot_id")
OF_PHASE = _FROZEN.format(joins="JOIN calls_phase p ON p.lot_id = l.id ", link="p.id = {row}.phase_id")
OF_ACQUISITION = _FROZEN.format(
    joins="JOIN calls_acquisitionterms a ON a.lot_id = l.id ", link="a.id = {row}.acquisition_id"
)


class LotQuerySet(JournalledQuerySet):
    """Lots, by stage."""

    def in_stage(self, stage: str, at: object) -> "LotQuerySet":
        """Lots that are in the stage at that instant; the SQL twin of `stages.stage`."""
        return self.annotate(stage_code=stage_case(at, prefix="timeline__")).filter(stage_code=stage)


class Lot(Journalled):
    """The part of a call that goes its own way from candidature to award (L2113-10, LR-29)."""

    call = models.ForeignKey(Call, models.PROTECT, related_name="lots", verbose_name="appel")
    number = models.PositiveSmallIntegerField("numéro")
    title = models.CharField("titre", max_length=200)
    object = models.TextField("objet", blank=True)
    partners_max = models.PositiveSmallIntegerField("nombre maximum de partenaires", null=True, blank=True)
    # Estimated by the buyer; the value that decides on thresholds is computed from phases (LR-32).
    estimated_acquisition_ht = models.DecimalField(
        "valeur estimée des acquisitions, € HT", max_digits=14, decimal_places=2, null=True, blank=True
    )

    # What candidates must show (R2142-6, LR-41), and what answering costs them (R2151-15, LR-113).
    turnover_min_ht = models.DecimalField(
        "chiffre d’affaires annuel demandé, € HT", max_digits=14, decimal_places=2, null=True, blank=True
    )
    young_firms_admitted = models.BooleanField("entreprises jeunes admises autrement", default=True)
    mockup_asked = models.BooleanField("maquette ou essai demandé avec l’offre", default=False)
    bonus_ht = models.DecimalField("prime par offre, € HT", max_digits=14, decimal_places=2, null=True, blank=True)

    objects = LotQuerySet.as_manager()

    class Meta:
        verbose_name = "lot"
        verbose_name_plural = "lots"
        ordering = ["number"]
        constraints = [models.UniqueConstraint(fields=["call", "number"], name="lot_number_once_a_call")]

    def __str__(self) -> str:
        return f"Lot {self.number} : {self.title}"


@frozen_while(OF_LOT)
class Requirement(Journalled):
    """What a tender must offer; a minimum requirement is never negotiable (R2172-22, LR-05, LR-16)."""

    lot = models.ForeignKey(Lot, models.PROTECT, related_name="requirements", verbose_name="lot")
    number = models.PositiveSmallIntegerField("numéro")
    text = models.TextField("exigence")
    is_minimum = models.BooleanField("exigence minimale", default=False)

    class Meta:
        verbose_name = "exigence"
        verbose_name_plural = "exigences"
        ordering = ["number"]
        constraints = [models.UniqueConstraint(fields=["lot", "number"], name="requirement_number_once_a_lot")]

    def __str__(self) -> str:
        return self.text[:80]


@frozen_while(OF_LOT)
class SelectionCriterion(Journalled):
    """Criterion that chooses candidates (R2142-15 s.); `is_innovation`: R&D and innovation capacity (LR-13)."""

    lot = models.ForeignKey(Lot, models.PROTECT, related_name="selection_criteria", verbose_name="lot")
    number = models.PositiveSmallIntegerField("numéro")
    name = models.CharField("critère", max_length=200)
    weight = models.PositiveIntegerField("poids, en centièmes de %")
    is_innovation = models.BooleanField("capacité de R&D et d’innovation", default=False)

    class Meta:
        verbose_name = "critère de sélection"
        verbose_name_plural = "critères de sélection"
        ordering = ["number"]

    def __str__(self) -> str:
        return self.name


@frozen_while(OF_LOT)
class AwardCriterion(Journalled):
    """Criterion or sub-criterion that ranks tenders (L2152-7, LR-20, LR-64). Weights sum to 100 % at each level."""

    class Tag(models.TextChoices):
        """What the law wants to recognise among criteria."""

        PRICE = "price", "Prix ou coût"
        ENVIRONMENT = "environment", "Environnement"
        RESEARCH = "research", "Recherche et innovation"
        QUALITY = "quality", "Qualité"

    lot = models.ForeignKey(Lot, models.PROTECT, related_name="award_criteria", verbose_name="lot")
    parent = models.ForeignKey("self", models.PROTECT, related_name="children", null=True, blank=True)
    number = models.PositiveSmallIntegerField("numéro")
    name = models.CharField("critère", max_length=200)
    weight = models.PositiveIntegerField("poids, en centièmes de %")
    tag = models.CharField("nature", max_length=12, choices=Tag.choices, default=Tag.QUALITY)
    # Name of a formula of evaluation.scoring, locked before opening (LR-65).
    formula = models.CharField("formule de notation", max_length=24, default="scale_0_4")

    class Meta:
        verbose_name = "critère d’attribution"
        verbose_name_plural = "critères d’attribution"
        ordering = ["number"]

    def __str__(self) -> str:
        return self.name


@frozen_while(OF_LOT)
class Phase(Journalled):
    """A phase of research and development, or of acquisition (R2172-23, R2172-24, LR-06, LR-08)."""

    class Kind(models.TextChoices):
        """Two kinds in a partnership, in this order; the single one of a direct purchase."""

        RESEARCH = "research", "Recherche et développement"
        ACQUISITION = "acquisition", "Acquisition"
        DIRECT = "direct", "Achat direct"

    PARTNERSHIP_KINDS = ((Kind.RESEARCH, Kind.RESEARCH.label), (Kind.ACQUISITION, Kind.ACQUISITION.label))

    lot = models.ForeignKey(Lot, models.PROTECT, related_name="phases", verbose_name="lot")
    number = models.PositiveSmallIntegerField("numéro")
    kind = models.CharField("type", max_length=12, choices=Kind.choices)
    name = models.CharField("nom", max_length=200)
    duration_months = models.PositiveSmallIntegerField("durée en mois", null=True, blank=True)
    # Per partner. The result-linked part is paid only when the phase's objectives are reached.
    remuneration_fixed_ht = models.DecimalField(
        "rémunération fixe par partenaire, € HT", max_digits=14, decimal_places=2, null=True, blank=True
    )
    remuneration_result_ht = models.DecimalField(
        "rémunération liée aux résultats, € HT", max_digits=14, decimal_places=2, default=Decimal(0)
    )
    # How many partners may go on into this phase; the first phase takes all those awarded.
    partners_max = models.PositiveSmallIntegerField("partenaires au plus dans la phase", null=True, blank=True)
    ip_background = models.TextField("droits antérieurs", blank=True)
    ip_results = models.TextField("droits sur les résultats", blank=True)
    ip_open_source = models.TextField("logiciels libres", blank=True)
    acceptance_days = models.PositiveSmallIntegerField("délai de vérification en jours", null=True, blank=True)

    class Meta:
        verbose_name = "phase"
        verbose_name_plural = "phases"
        ordering = ["number"]
        constraints = [models.UniqueConstraint(fields=["lot", "number"], name="phase_number_once_a_lot")]

    def __str__(self) -> str:
        return f"Phase {self.number} : {self.name}"

    @property
    def remuneration_ht(self) -> Decimal | None:
        """Most that one partner can be paid for the phase, € HT; None while the buyer has not said it."""
        if self.remuneration_fixed_ht is None:
            return None
        return self.remuneration_fixed_ht + self.remuneration_result_ht


@frozen_while(OF_PHASE)
class PhaseObjective(Journalled):
    """A measurable objective: what is measured, and the mark to reach (R2172-24, LR-08)."""

    class Comparison(models.TextChoices):
        """On which side of the mark the result must lie."""

        AT_LEAST = "at_least", "au moins"
        AT_MOST = "at_most", "au plus"

    phase = models.ForeignKey(Phase, models.PROTECT, related_name="objectives", verbose_name="phase")
    number = models.PositiveSmallIntegerField("numéro")
    indicator = models.CharField("ce qui est mesuré", max_length=300)
    comparison = models.CharField("sens", max_length=8, choices=Comparison.choices, default=Comparison.AT_LEAST)
    target = models.DecimalField("cible", max_digits=14, decimal_places=4, null=True, blank=True)
    unit = models.CharField("unité", max_length=40, blank=True)

    class Meta:
        verbose_name = "objectif"
        verbose_name_plural = "objectifs"
        ordering = ["number"]

    def __str__(self) -> str:
        return self.indicator


@frozen_while(OF_PHASE)
class PhaseDeliverable(Journalled):
    """What the partner hands in during a phase."""

    phase = models.ForeignKey(Phase, models.PROTECT, related_name="deliverables", verbose_name="phase")
    number = models.PositiveSmallIntegerField("numéro")
    name = models.CharField("livrable", max_length=300)

    class Meta:
        verbose_name = "livrable attendu"
        verbose_name_plural = "livrables attendus"
        ordering = ["number"]

    def __str__(self) -> str:
        return self.name


@frozen_while(OF_LOT)
class AcquisitionTerms(Journalled):
    """Limits of the optional purchase that follows research (R2172-32, LR-24, LR-25, LR-120)."""

    class Split(models.TextChoices):
        """How orders are shared when several partners succeed."""

        EQUAL = "equal", "Parts égales"
        RANKING = "ranking", "Selon le classement aux critères d’attribution"
        GRADED = "graded", "Répartition graduée"

    lot = models.OneToOneField(Lot, models.PROTECT, related_name="acquisition", verbose_name="lot")
    unit_cost_max_ht = models.DecimalField(
        "coût unitaire maximum, € HT", max_digits=14, decimal_places=2, null=True, blank=True
    )
    total_cost_max_ht = models.DecimalField(
        "coût total maximum par partenaire, € HT", max_digits=14, decimal_places=2, null=True, blank=True
    )
    quantity_max = models.PositiveIntegerField("quantité maximum", null=True, blank=True)
    quantity_unit = models.CharField("unité d’œuvre", max_length=60, blank=True)
    split = models.CharField("répartition", max_length=8, choices=Split.choices, blank=True)
    # Shares by rank in hundredths of a percent, for the two split modes that need them: [6000, 4000].
    split_shares = models.JSONField("parts par rang", default=list, blank=True)

    class Meta:
        verbose_name = "conditions d’acquisition"
        verbose_name_plural = "conditions d’acquisition"

    def __str__(self) -> str:
        return f"acquisition, lot {self.lot_id}"


@frozen_while(OF_ACQUISITION)
class PerformanceLevel(Journalled):
    """A level the results must reach before anything may be ordered (R2172-32, LR-24)."""

    acquisition = models.ForeignKey(AcquisitionTerms, models.PROTECT, related_name="levels")
    number = models.PositiveSmallIntegerField("numéro")
    indicator = models.CharField("ce qui est mesuré", max_length=300)
    comparison = models.CharField(
        "sens", max_length=8, choices=PhaseObjective.Comparison.choices, default=PhaseObjective.Comparison.AT_LEAST
    )
    pass_mark = models.DecimalField("niveau à atteindre", max_digits=14, decimal_places=4)
    unit = models.CharField("unité", max_length=40, blank=True)
    test_method = models.TextField("méthode d’essai", blank=True)

    class Meta:
        verbose_name = "niveau de performance"
        verbose_name_plural = "niveaux de performance"
        ordering = ["number"]

    def __str__(self) -> str:
        return self.indicator


class ContractTerms(Journalled):
    """Clauses chosen before publication and printed in each contract of the lot (fields A1 to I6)."""

    class PriceForm(models.TextChoices):
        """Form of the price (R2112-6 s., LR-116)."""

        FIRM = "firm", "Prix fermes"
        ADJUSTABLE = "adjustable", "Prix ajustables"
        REVISABLE = "revisable", "Prix révisables"

    class SocialException(models.TextChoices):
        """Why a contract has no social clause (L2112-2-1, LR-27)."""

        AVAILABLE_SOLUTION = "available_solution", "Une solution immédiatement disponible répond au besoin"
        NO_LINK = "no_link", "Aucun lien suffisant avec l’objet du contrat"
        RESTRICTS_COMPETITION = "restricts_competition", "Restreint la concurrence ou rend l’exécution trop difficile"
        SHORT_WORKS = "short_works", "Travaux de moins de six mois"

    lot = models.OneToOneField(Lot, models.PROTECT, related_name="terms", verbose_name="lot")
    # Gate clause (R2172-31, LR-22).
    gate_powers = models.TextField("ce que l’acheteur peut décider en fin de phase", blank=True)
    gate_partner_choice = models.TextField("comment les partenaires qui continuent sont choisis", blank=True)
    gate_financial_consequences = models.TextField("conséquences financières", blank=True)
    gate_notice_days = models.PositiveSmallIntegerField("préavis en jours", null=True, blank=True)
    gate_notification = models.TextField("notification des décisions de phase", blank=True)
    # Money.
    vat_rate = models.PositiveIntegerField("TVA, en centièmes de %", default=2000)
    advance_rate = models.PositiveIntegerField("avance, en centièmes de %", null=True, blank=True)
    advance_recovery = models.TextField("remboursement de l’avance", blank=True)
    instalments = models.TextField("acomptes", blank=True)
    price_form = models.CharField("forme du prix", max_length=10, choices=PriceForm.choices, blank=True)
    price_month = models.DateField("mois d’établissement des prix", null=True, blank=True)
    price_formula = models.TextField("formule de révision", blank=True)
    penalties = models.TextField("pénalités", blank=True)
    retention_rate = models.PositiveIntegerField("retenue de garantie, en centièmes de %", default=0)
    accounting_officer = models.TextField("comptable assignataire", blank=True)
    budget_line = models.CharField("imputation budgétaire", max_length=120, blank=True)
    # Execution.
    ccag = models.CharField("CCAG de référence", max_length=160, blank=True)
    ccag_departures = models.TextField("dérogations au CCAG", blank=True)
    place = models.CharField("lieu d’exécution", max_length=160, blank=True)
    environmental_clause = models.TextField("clause environnementale", blank=True)
    social_clause = models.TextField("clause sociale", blank=True)
    social_exception = models.CharField(
        "exception à la clause sociale", max_length=24, choices=SocialException.choices, blank=True
    )
    social_exception_reason = models.TextField("motif de l’exception", blank=True)
    confidentiality = models.TextField("confidentialité et secrets", blank=True)
    personal_data_processed = models.BooleanField("traite des données personnelles", null=True, blank=True)
    personal_data = models.TextField("données personnelles", blank=True)
    # The annex that goes with the clause (RGPD art. 28, LR-101).
    personal_data_kinds = models.TextField("données traitées", blank=True)
    personal_data_purpose = models.TextField("finalité du traitement", blank=True)
    personal_data_duration = models.TextField("durée de conservation", blank=True)
    personal_data_processors = models.TextField("sous-traitants ultérieurs", blank=True)
    personal_data_security = models.TextField("mesures de sécurité", blank=True)
    insurance = models.TextField("assurances", blank=True)
    termination = models.TextField("résiliation", blank=True)
    court_name = models.CharField("tribunal compétent", max_length=160, blank=True)
    court_address = models.TextField("adresse du tribunal", blank=True)
    tender_validity_days = models.PositiveSmallIntegerField("validité des offres en jours", null=True, blank=True)

    class Meta:
        verbose_name = "clauses du contrat"
        verbose_name_plural = "clauses des contrats"
        constraints = [
            models.CheckConstraint(
                condition=Q(advance_rate__isnull=True) | Q(advance_rate__lte=FULL_WEIGHT), name="advance_at_most_whole"
            )
        ]

    def __str__(self) -> str:
        return f"clauses, lot {self.lot_id}"
