"""Exclusions told to a firm, its observations, and what was decided (L2141-1 to -11, LR-47, LR-48)."""

from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.db.models import Q

from marketplace.files.models import StoredFile
from marketplace.journal.models import Journalled, JournalledQuerySet
from procurement.calls.models import Lot
from procurement.correspondence.models import Letter
from procurement.evaluation.models.candidates import Candidate
from procurement.law.exclusion import GROUNDS

if TYPE_CHECKING:
    from marketplace.accounts.actors import Actor


class ExclusionQuerySet(JournalledQuerySet):
    """Exclusions, by what was decided and by who may read them."""

    def pronounced(self, lot: Lot) -> "ExclusionQuerySet":
        """Those of the lot that put a firm out."""
        return self.filter(candidate__lot=lot, is_excluded=True)

    def pending(self) -> "ExclusionQuerySet":
        """Told to the firm, and not decided."""
        return self.filter(decided_at__isnull=True)

    def visible_to(self, actor: "Actor") -> "ExclusionQuerySet":
        """Those told to the organisation that the actor acts for, the newest first."""
        if actor.organisation_id is None:
            return self.none()
        told = self.filter(candidate__party__lead_id=actor.organisation_id)
        return told.select_related("candidate__lot__call__lead_buyer").order_by("-proposed_at")


class Exclusion(Journalled):
    """One exclusion considered: its ground is an article of `law.exclusion.GROUNDS`. Never decided without a person."""

    candidate = models.ForeignKey(Candidate, models.PROTECT, related_name="exclusions", verbose_name="candidature")
    ground = models.CharField("motif", max_length=12, choices=[(one.article, one.title) for one in GROUNDS.values()])
    evidence = models.TextField("faits et pièces")
    proposed_at = models.DateTimeField("envisagée le")
    proposed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name="par")
    deadline = models.DateTimeField("observations avant le")
    letter = models.OneToOneField(Letter, models.PROTECT, related_name="+", verbose_name="lettre")
    observations = models.TextField("observations de l’entreprise", blank=True)
    observations_file = models.ForeignKey(
        StoredFile, models.PROTECT, related_name="+", null=True, blank=True, verbose_name="pièce jointe"
    )
    observed_at = models.DateTimeField("observations reçues le", null=True, blank=True)
    is_excluded = models.BooleanField("exclue", null=True, blank=True)
    reasons = models.TextField("motifs de la décision", blank=True)
    other_measures = models.TextField("autres mesures envisagées", blank=True)
    decided_at = models.DateTimeField("décidée le", null=True, blank=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", null=True, blank=True, verbose_name="décidée par"
    )

    objects = ExclusionQuerySet.as_manager()

    class Meta:
        verbose_name = "exclusion envisagée"
        verbose_name_plural = "exclusions envisagées"
        ordering = ["proposed_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["candidate"], condition=Q(decided_at__isnull=True), name="one_exclusion_pending"
            ),
            models.CheckConstraint(
                condition=Q(decided_at__isnull=True, is_excluded__isnull=True)
                | (Q(decided_at__isnull=False, is_excluded__isnull=False) & ~Q(reasons="")),
                name="exclusion_decided_with_reasons",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.candidate}, {self.ground}"
