"""Bids once opened: what they say, what they cost, whether they may be ranked (L2152-2 to -6, LR-67 to LR-69)."""

from django.conf import settings
from django.db import models

from marketplace.journal.models import Journalled, JournalledQuerySet
from procurement.calls.models import Lot, Requirement
from procurement.correspondence.models import Letter
from procurement.submissions.models import Submission, TenderingParty


class BidQuerySet(JournalledQuerySet):
    """Bids of a lot."""

    def at_stage(self, lot: Lot, stage: str) -> "BidQuerySet":
        """Those of the lot handed in at one stage, in the order of reception, with their bidder."""
        return self._with_bidder(lot).filter(stage=stage)

    def to_award(self, lot: Lot) -> "BidQuerySet":
        """Those an award may rest on: final ones, or those of a procedure in one step (LR-16)."""
        return self._with_bidder(lot).filter(stage__in=Bid.AWARDABLE_STAGES)

    def _with_bidder(self, lot: Lot) -> "BidQuerySet":
        return self.filter(lot=lot).select_related("party__lead").order_by("submission__received_at", "id")


class Bid(Journalled):
    """What one party offered at one stage of a lot. Amounts in euros HT, computed from `price`, never typed.

    `technical` and `price` are the readable answers of the opened envelopes; `price` stays empty, and the amounts
    None, until the price envelope is opened.
    """

    class Stage(models.TextChoices):
        """When it was handed in."""

        INITIAL = "initial", "Offre initiale"
        ROUND = "round", "Offre intermédiaire"
        FINAL = "final", "Offre finale"
        SINGLE_STEP = "single_step", "Offre en une étape"

    class Status(models.TextChoices):
        """What the buyer found of it; empty: not examined yet."""

        REGULAR = "regular", "Régulière, acceptable et appropriée"
        IRREGULAR = "irregular", "Irrégulière"
        UNACCEPTABLE = "unacceptable", "Inacceptable"
        INAPPROPRIATE = "inappropriate", "Inappropriée"
        ABNORMALLY_LOW = "abnormally_low", "Anormalement basse"

    AWARDABLE_STAGES = (Stage.FINAL, Stage.SINGLE_STEP)

    lot = models.ForeignKey(Lot, models.PROTECT, related_name="+", verbose_name="lot")
    party = models.ForeignKey(TenderingParty, models.PROTECT, related_name="+", verbose_name="soumissionnaire")
    submission = models.OneToOneField(Submission, models.PROTECT, related_name="+", verbose_name="pli déposé")
    stage = models.CharField("étape", max_length=12, choices=Stage.choices)
    round_number = models.PositiveSmallIntegerField("tour", default=0)
    technical = models.JSONField("offre technique", default=dict, blank=True)
    price = models.JSONField("prix", default=dict, blank=True)
    research_ht = models.DecimalField(
        "recherche et développement, € HT", max_digits=14, decimal_places=2, null=True, blank=True
    )
    acquisition_ht = models.DecimalField("acquisition, € HT", max_digits=14, decimal_places=2, null=True, blank=True)
    total_ht = models.DecimalField("total, € HT", max_digits=14, decimal_places=2, null=True, blank=True)
    status = models.CharField("régularité", max_length=16, choices=Status.choices, blank=True)
    status_reasons = models.TextField("motifs de la régularité", blank=True)
    assessed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", null=True, blank=True, verbose_name="examinée par"
    )
    assessed_at = models.DateTimeField("examinée le", null=True, blank=True)
    registered_at = models.DateTimeField("enregistrée le")

    objects = BidQuerySet.as_manager()

    class Meta:
        verbose_name = "offre"
        verbose_name_plural = "offres"
        ordering = ["registered_at", "id"]
        constraints = [
            models.UniqueConstraint(fields=["lot", "party", "stage", "round_number"], name="bid_once_a_stage"),
        ]

    def __str__(self) -> str:
        return f"{self.party}, {self.get_stage_display()}"

    @property
    def is_priced(self) -> bool:
        """Whether the price envelope was opened."""
        return self.total_ht is not None


class RequirementCheck(Journalled):
    """Whether a bid meets a requirement of the lot, as the buyer found (R2161-20, LR-18)."""

    bid = models.ForeignKey(Bid, models.PROTECT, related_name="requirement_checks", verbose_name="offre")
    requirement = models.ForeignKey(Requirement, models.PROTECT, related_name="+", verbose_name="exigence")
    is_met = models.BooleanField("respectée")
    comment = models.TextField("constat", blank=True)
    checked_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name="par")
    checked_at = models.DateTimeField("vérifiée le")

    class Meta:
        verbose_name = "vérification d’exigence"
        verbose_name_plural = "vérifications d’exigences"
        ordering = ["requirement__number"]
        constraints = [models.UniqueConstraint(fields=["bid", "requirement"], name="requirement_checked_once")]

    def __str__(self) -> str:
        return f"{self.requirement} : {'respectée' if self.is_met else 'non respectée'}"


class PriceExplanation(Journalled):
    """Explanations asked about a price that looks abnormally low, and the answer (L2152-6, R2152-3, LR-69)."""

    bid = models.OneToOneField(Bid, models.PROTECT, related_name="price_explanation", verbose_name="offre")
    question = models.TextField("demande")
    asked_at = models.DateTimeField("demandées le")
    deadline = models.DateTimeField("réponse attendue avant le")
    letter = models.OneToOneField(Letter, models.PROTECT, related_name="+", verbose_name="lettre")
    answer = models.TextField("réponse", blank=True)
    answered_at = models.DateTimeField("répondu le", null=True, blank=True)

    class Meta:
        verbose_name = "justification de prix"
        verbose_name_plural = "justifications de prix"

    def __str__(self) -> str:
        return f"justification, {self.bid}"
