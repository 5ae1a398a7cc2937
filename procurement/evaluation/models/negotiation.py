"""Rounds of negotiation: the same length for all, minutes for the one tenderer met (R2172-30, LR-16 to LR-19)."""

from django.db import models
from django.db.models import Q

from marketplace.files.models import GeneratedDocument
from marketplace.journal.models import Journalled, JournalledQuerySet
from procurement.calls.models import Lot
from procurement.correspondence.models import Letter
from procurement.submissions.models import TenderingParty


class NegotiationMeetingQuerySet(JournalledQuerySet):
    """Meetings of negotiation."""

    def held(self, lot: Lot) -> "NegotiationMeetingQuerySet":
        """Those of the lot that took place and were recorded."""
        return self.filter(lot=lot, held_at__isnull=False)


class NegotiationMeeting(Journalled):
    """A meeting with one tenderer in one round. Its minutes go to this tenderer only (L2132-1, LR-19).

    `duration_minutes` is announced, equal for all tenderers of the round. `attendees`: {"name", "side", "capacity"},
    side "buyer" or "tenderer"; `points`: {"subject", "discussion", "follow_up"}; `documents_shown`: names;
    `disclosures`: what was said of another tenderer's solution, {"item", "consent"} with the consent of that tenderer.
    """

    lot = models.ForeignKey(Lot, models.PROTECT, related_name="+", verbose_name="lot")
    party = models.ForeignKey(TenderingParty, models.PROTECT, related_name="+", verbose_name="soumissionnaire")
    round_number = models.PositiveSmallIntegerField("tour", default=1)
    invited_at = models.DateTimeField("invité le")
    planned_at = models.DateTimeField("prévue le")
    duration_minutes = models.PositiveSmallIntegerField("durée en minutes, égale pour tous")
    place = models.CharField("lieu", max_length=160, blank=True)
    invitation = models.OneToOneField(Letter, models.PROTECT, related_name="+", verbose_name="invitation")
    held_at = models.DateTimeField("commencée le", null=True, blank=True)
    ended_at = models.DateTimeField("terminée le", null=True, blank=True)
    attendees = models.JSONField("présents", default=list, blank=True)
    points = models.JSONField("points abordés", default=list, blank=True)
    documents_shown = models.JSONField("documents présentés", default=list, blank=True)
    disclosures = models.JSONField("éléments d’un autre candidat communiqués", default=list, blank=True)
    minutes = models.OneToOneField(
        GeneratedDocument, models.PROTECT, related_name="+", null=True, blank=True, verbose_name="compte rendu"
    )

    objects = NegotiationMeetingQuerySet.as_manager()

    class Meta:
        verbose_name = "réunion de négociation"
        verbose_name_plural = "réunions de négociation"
        ordering = ["round_number", "planned_at"]
        constraints = [
            models.UniqueConstraint(fields=["lot", "party", "round_number"], name="meeting_once_a_round"),
            models.CheckConstraint(condition=Q(duration_minutes__gt=0), name="meeting_lasts"),
            models.CheckConstraint(
                condition=Q(held_at__isnull=True) | Q(minutes__isnull=False), name="meeting_held_has_minutes"
            ),
        ]

    def __str__(self) -> str:
        return f"tour {self.round_number}, {self.party}"


class RoundElimination(Journalled):
    """A tenderer left out of the next round, on the award criteria, where that was announced (R2172-30, LR-17)."""

    lot = models.ForeignKey(Lot, models.PROTECT, related_name="+", verbose_name="lot")
    party = models.OneToOneField(TenderingParty, models.PROTECT, related_name="+", verbose_name="soumissionnaire")
    reasons = models.TextField("motifs")
    decided_at = models.DateTimeField("décidé le")
    letter = models.OneToOneField(Letter, models.PROTECT, related_name="+", verbose_name="lettre")

    class Meta:
        verbose_name = "élimination en cours de négociation"
        verbose_name_plural = "éliminations en cours de négociation"
        ordering = ["decided_at"]

    def __str__(self) -> str:
        return str(self.party)
