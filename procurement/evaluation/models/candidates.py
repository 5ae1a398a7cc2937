"""Candidates of a lot: their marks on the selection criteria and the decision taken on each (R2144-8, LR-15)."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from marketplace.journal.models import Journalled, JournalledQuerySet
from procurement.calls.models import Lot, SelectionCriterion
from procurement.correspondence.models import Letter
from procurement.submissions.models import Submission, TenderingParty

SCALE_MAX = 4


class CandidateQuerySet(JournalledQuerySet):
    """Candidates, by what was decided on them."""

    def of_lot(self, lot: Lot) -> "CandidateQuerySet":
        """Those of the lot with their party, in the order of reception."""
        return self.filter(lot=lot).select_related("party__lead").order_by("submission__received_at", "id")

    def selected(self, lot: Lot) -> "CandidateQuerySet":
        """Those of the lot who may tender, by rank: selected, and not excluded since."""
        kept = self.filter(lot=lot, decision__is_selected=True).exclude(exclusions__is_excluded=True)
        return kept.order_by("decision__rank", "submission__received_at")


class Candidate(Journalled):
    """A firm or a group whose candidature was received in time, or admitted, and opened (LR-43, LR-53).

    `answers` is what it typed: declarations, capacities, answers by selection criterion.
    """

    lot = models.ForeignKey(Lot, models.PROTECT, related_name="+", verbose_name="lot")
    party = models.ForeignKey(TenderingParty, models.PROTECT, related_name="+", verbose_name="candidat")
    submission = models.OneToOneField(Submission, models.PROTECT, related_name="+", verbose_name="pli déposé")
    answers = models.JSONField("réponses", default=dict)
    registered_at = models.DateTimeField("inscrit le")

    objects = CandidateQuerySet.as_manager()

    class Meta:
        verbose_name = "candidature"
        verbose_name_plural = "candidatures"
        ordering = ["registered_at", "id"]
        constraints = [models.UniqueConstraint(fields=["lot", "party"], name="candidate_once_a_lot")]

    def __str__(self) -> str:
        return str(self.party)


class SelectionScore(Journalled):
    """The agreed score of a candidate on a selection criterion, from 0 (absent) to 4 (excellent), with its reason."""

    candidate = models.ForeignKey(Candidate, models.PROTECT, related_name="scores", verbose_name="candidature")
    criterion = models.ForeignKey(SelectionCriterion, models.PROTECT, related_name="+", verbose_name="critère")
    value = models.PositiveSmallIntegerField("note, de 0 à 4")
    comment = models.TextField("motif")
    evaluator = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name="par")
    at = models.DateTimeField("notée le")

    class Meta:
        verbose_name = "note de sélection"
        verbose_name_plural = "notes de sélection"
        ordering = ["criterion__number"]
        constraints = [
            models.UniqueConstraint(fields=["candidate", "criterion"], name="selection_score_once_a_criterion"),
            models.CheckConstraint(condition=Q(value__lte=SCALE_MAX), name="selection_score_on_scale"),
        ]

    def __str__(self) -> str:
        return f"{self.criterion} : {self.value}"


class SelectionDecision(Journalled):
    """Whether a candidate may tender, with reasons.

    `points` out of 100, None for who was rejected without marks; `rank` among those who qualify.
    """

    candidate = models.OneToOneField(Candidate, models.PROTECT, related_name="decision", verbose_name="candidature")
    is_qualified = models.BooleanField("capacités suffisantes")
    is_selected = models.BooleanField("retenu pour remettre une offre")
    points = models.DecimalField("points sur 100", max_digits=5, decimal_places=2, null=True, blank=True)
    rank = models.PositiveSmallIntegerField("rang", null=True, blank=True)
    reasons = models.TextField("motifs")
    decided_at = models.DateTimeField("décidé le")
    letter = models.OneToOneField(
        Letter, models.PROTECT, related_name="+", null=True, blank=True, verbose_name="lettre de rejet"
    )

    class Meta:
        verbose_name = "décision de sélection"
        verbose_name_plural = "décisions de sélection"
        ordering = ["rank"]
        constraints = [
            models.CheckConstraint(condition=Q(is_selected=False) | Q(is_qualified=True), name="selected_is_qualified"),
        ]

    def __str__(self) -> str:
        return f"{self.candidate}, {'retenu' if self.is_selected else 'écarté'}"
