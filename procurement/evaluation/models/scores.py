"""Individual scores, the agreed ones, and the ranking frozen with its arithmetic (R2152-6, LR-65, LR-71)."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from marketplace.journal.models import Journalled, JournalledQuerySet
from procurement.calls.models import AwardCriterion, Lot
from procurement.evaluation.models.bids import Bid
from procurement.evaluation.models.candidates import SCALE_MAX


class Score(Journalled):
    """What one evaluator gives a bid on one criterion, from 0 (absent) to 4 (excellent), with a sentence of reason."""

    bid = models.ForeignKey(Bid, models.PROTECT, related_name="scores", verbose_name="offre")
    criterion = models.ForeignKey(AwardCriterion, models.PROTECT, related_name="+", verbose_name="critère")
    evaluator = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name="par")
    value = models.PositiveSmallIntegerField("note, de 0 à 4")
    comment = models.TextField("motif")
    at = models.DateTimeField("notée le")

    class Meta:
        verbose_name = "note individuelle"
        verbose_name_plural = "notes individuelles"
        ordering = ["criterion__number", "at"]
        constraints = [
            models.UniqueConstraint(fields=["bid", "criterion", "evaluator"], name="score_once_an_evaluator"),
            models.CheckConstraint(condition=Q(value__lte=SCALE_MAX), name="score_on_scale"),
        ]

    def __str__(self) -> str:
        return f"{self.criterion} : {self.value}"


class ScoreSheet(Journalled):
    """An evaluator handed in all their scores of a stage: they change no more, and the others may see them."""

    lot = models.ForeignKey(Lot, models.PROTECT, related_name="+", verbose_name="lot")
    stage = models.CharField("étape", max_length=12, choices=Bid.Stage.choices)
    evaluator = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name="par")
    handed_in_at = models.DateTimeField("rendue le")

    class Meta:
        verbose_name = "fiche de notation"
        verbose_name_plural = "fiches de notation"
        ordering = ["handed_in_at"]
        constraints = [models.UniqueConstraint(fields=["lot", "stage", "evaluator"], name="sheet_once_a_stage")]

    def __str__(self) -> str:
        return f"{self.evaluator}, {self.get_stage_display()}"


class ConsensusScore(Journalled):
    """The score agreed by those present, which the ranking uses. `attended`: ids of the people."""

    bid = models.ForeignKey(Bid, models.PROTECT, related_name="consensus_scores", verbose_name="offre")
    criterion = models.ForeignKey(AwardCriterion, models.PROTECT, related_name="+", verbose_name="critère")
    value = models.PositiveSmallIntegerField("note, de 0 à 4")
    comment = models.TextField("motif")
    attended = models.JSONField("présents", default=list)
    agreed_at = models.DateTimeField("arrêtée le")

    class Meta:
        verbose_name = "note arrêtée"
        verbose_name_plural = "notes arrêtées"
        ordering = ["criterion__number"]
        constraints = [
            models.UniqueConstraint(fields=["bid", "criterion"], name="consensus_once_a_criterion"),
            models.CheckConstraint(condition=Q(value__lte=SCALE_MAX), name="consensus_on_scale"),
        ]

    def __str__(self) -> str:
        return f"{self.criterion} : {self.value}"


class TechnicalClosing(Journalled):
    """The technical evaluation of a stage is closed: prices may be opened, agreed scores change no more."""

    lot = models.ForeignKey(Lot, models.PROTECT, related_name="+", verbose_name="lot")
    stage = models.CharField("étape", max_length=12, choices=Bid.Stage.choices)
    closed_at = models.DateTimeField("close le")
    closed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name="par")

    class Meta:
        verbose_name = "clôture de l’évaluation technique"
        verbose_name_plural = "clôtures d’évaluation technique"
        constraints = [models.UniqueConstraint(fields=["lot", "stage"], name="technical_closing_once_a_stage")]

    def __str__(self) -> str:
        return f"{self.get_stage_display()}, {self.closed_at:%d/%m/%Y}"


class RankingQuerySet(JournalledQuerySet):
    """Rankings; the last one of a lot and stage rules."""

    def in_force(self, lot: Lot) -> "Ranking | None":
        """The last ranking of bids that an award may rest on."""
        return self.filter(lot=lot, stage__in=Bid.AWARDABLE_STAGES).order_by("ranked_at").last()


class Ranking(Journalled):
    """A ranking reckoned from agreed scores and prices, frozen when it was made (COMPUTE, LR-71)."""

    lot = models.ForeignKey(Lot, models.PROTECT, related_name="+", verbose_name="lot")
    stage = models.CharField("étape", max_length=12, choices=Bid.Stage.choices)
    ranked_at = models.DateTimeField("classé le")
    # How marks are rounded, and each formula in words: the letter and the report print them as they were.
    method = models.JSONField("méthode", default=list)

    objects = RankingQuerySet.as_manager()

    class Meta:
        verbose_name = "classement"
        verbose_name_plural = "classements"
        ordering = ["ranked_at"]

    def __str__(self) -> str:
        return f"{self.get_stage_display()}, {self.ranked_at:%d/%m/%Y}"


class RankedBid(Journalled):
    """A bid in a ranking: points out of 100, rank (shared when tied) and the arithmetic of each criterion.

    `marks` is a list of {"criterion", "number", "name", "weight", "mark", "points", "arithmetic": [str],
    "children": […]} in the order of the criteria; marks and points are strings with two decimals.
    """

    ranking = models.ForeignKey(Ranking, models.PROTECT, related_name="ranked_bids", verbose_name="classement")
    bid = models.ForeignKey(Bid, models.PROTECT, related_name="rankings", verbose_name="offre")
    rank = models.PositiveSmallIntegerField("rang")
    is_tied = models.BooleanField("à égalité", default=False)
    points = models.DecimalField("points sur 100", max_digits=5, decimal_places=2)
    marks = models.JSONField("notes", default=list)

    class Meta:
        verbose_name = "offre classée"
        verbose_name_plural = "offres classées"
        ordering = ["rank", "id"]
        constraints = [models.UniqueConstraint(fields=["ranking", "bid"], name="ranked_once")]

    def __str__(self) -> str:
        return f"{self.rank}. {self.bid}"
