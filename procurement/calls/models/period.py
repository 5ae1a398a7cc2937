"""Submission periods: when a lot receives what, under which limits, sealed to which keys (sealed-bids B.2)."""

from datetime import datetime

from django.conf import settings
from django.db import models

from marketplace.journal.models import Journalled
from procurement.calls.models.lot import Lot

MEBIBYTE = 1024 * 1024


class SubmissionPeriod(Journalled):
    """A lot receives submissions of one kind between two instants. Limits are announced with it (LR-58)."""

    class Kind(models.TextChoices):
        """What is handed in."""

        CANDIDATURE = "candidature", "Candidatures"
        INITIAL = "initial", "Offres initiales"
        ROUND = "round", "Offres intermédiaires"
        FINAL = "final", "Offres finales"
        SINGLE_STEP = "single_step", "Candidatures et offres en une étape"

    lot = models.ForeignKey(Lot, models.PROTECT, related_name="periods", verbose_name="lot")
    kind = models.CharField("nature", max_length=12, choices=Kind.choices)
    round_number = models.PositiveSmallIntegerField("tour", default=0)
    opens_at = models.DateTimeField("ouverture")
    bytes_per_file = models.PositiveBigIntegerField("octets par fichier", default=2048 * MEBIBYTE)
    bytes_in_all = models.PositiveBigIntegerField("octets en tout", default=10240 * MEBIBYTE)
    files_max = models.PositiveIntegerField("nombre de fichiers", default=200)
    media_types = models.JSONField("types de fichiers acceptés", default=list, blank=True)
    # Set when every custodian has proved, on the real wraps, that they hold their key (sealed-bids B.3).
    keys_ready_at = models.DateTimeField("clés vérifiées le", null=True, blank=True)
    # From the first opening on, the deadline cannot move any more (sealed-bids B.4).
    opening_began_at = models.DateTimeField("ouverture des plis commencée le", null=True, blank=True)

    class Meta:
        verbose_name = "période de dépôt"
        verbose_name_plural = "périodes de dépôt"
        ordering = ["opens_at"]
        constraints = [
            models.UniqueConstraint(fields=["lot", "kind", "round_number"], name="period_once_a_kind_and_round")
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}, lot {self.lot_id}"

    def closes_at(self, *, known_at: datetime | None = None) -> datetime:
        """Deadline in force (UTC), or the one that was by `known_at`: the latest, since it only moves forward."""
        return max(row.closes_at for row in self.deadlines.all() if known_at is None or row.decided_at <= known_at)


class PeriodDeadline(Journalled):
    """A deadline of a period. An extension is a new row, never an update, and only moves forward (B.4)."""

    period = models.ForeignKey(SubmissionPeriod, models.PROTECT, related_name="deadlines", verbose_name="période")
    closes_at = models.DateTimeField("heure limite")
    decided_at = models.DateTimeField("décidée le")
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", null=True, blank=True, verbose_name="décidée par"
    )
    reason = models.TextField("motif", blank=True)

    class Meta:
        verbose_name = "heure limite"
        verbose_name_plural = "heures limites"
        ordering = ["decided_at"]

    def __str__(self) -> str:
        return self.closes_at.isoformat()


class ProposedDeadline(Journalled):
    """A later deadline that one person asks for in the last hours; a second one agrees, or nothing moves (B.4)."""

    period = models.ForeignKey(
        SubmissionPeriod, models.PROTECT, related_name="proposed_deadlines", verbose_name="période"
    )
    closes_at = models.DateTimeField("heure limite proposée")
    reason = models.TextField("motif")
    proposed_at = models.DateTimeField("proposée le")
    proposed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name="proposée par"
    )

    class Meta:
        verbose_name = "heure limite proposée"
        verbose_name_plural = "heures limites proposées"
        ordering = ["proposed_at"]

    def __str__(self) -> str:
        return self.closes_at.isoformat()


class PeriodEnvelope(Journalled):
    """An envelope that a submission must hold, with the public key its parts are sealed to."""

    class Name(models.TextChoices):
        """Candidature alone, then technique and price; the three together in a single step."""

        CANDIDATURE = "candidature", "Candidature"
        TECHNICAL = "technical", "Offre technique"
        PRICE = "price", "Prix"

    period = models.ForeignKey(SubmissionPeriod, models.PROTECT, related_name="envelopes", verbose_name="période")
    name = models.CharField("pli", max_length=12, choices=Name.choices)
    recipient = models.CharField("clé publique", max_length=80, blank=True)
    # Labels of the documents asked for in this envelope; receipts list documents by these labels only.
    expected_documents = models.JSONField("pièces attendues", default=list, blank=True)

    class Meta:
        verbose_name = "pli attendu"
        verbose_name_plural = "plis attendus"
        ordering = ["name"]
        constraints = [models.UniqueConstraint(fields=["period", "name"], name="envelope_once_a_period")]

    def __str__(self) -> str:
        return self.get_name_display()
