"""What the site keeps of its own state: the parts read again each night, and samples of its health (B.3, B.4)."""

from django.conf import settings
from django.db import models

from marketplace.journal.models import Journalled
from procurement.calls.models import SubmissionPeriod
from procurement.submissions.models.two_people import DecidedByTwo, by_two_people


class StoreScrub(models.Model):
    """One reading of every sealed part against its hash, with what was found damaged and what could be mended."""

    at = models.DateTimeField("commencée le")
    parts = models.PositiveIntegerField("parties relues")
    repaired = models.PositiveIntegerField("parties réparées depuis la seconde copie")
    # Ids of parts that are sound nowhere.
    damaged = models.JSONField("parties altérées", default=list)

    class Meta:
        verbose_name = "relecture des plis"
        verbose_name_plural = "relectures des plis"
        ordering = ["-at"]

    def __str__(self) -> str:
        return f"relecture du {self.at:%d/%m/%Y}"


class HealthSample(models.Model):
    """How the site was at one instant, every half minute; what could not be measured is empty, never « good » (B.4)."""

    class Clock(models.TextChoices):
        """What the kernel says of its clock."""

        SYNCHRONISED = "synchronised", "À l’heure"
        UNSYNCHRONISED = "unsynchronised", "En doute"
        NOT_MEASURED = "not_measured", "Non mesuré"

    at = models.DateTimeField("instant", db_index=True)
    database_ms = models.PositiveIntegerField("écriture en base, ms", null=True)
    storage_ms = models.PositiveIntegerField("écriture sur disque, ms", null=True)
    free_bytes = models.PositiveBigIntegerField("octets libres", null=True)
    clock = models.CharField("horloge", max_length=16, choices=Clock.choices)
    # Database minus application; the embedded database has no clock of its own.
    drift_us = models.BigIntegerField("écart de l’horloge de la base, µs", null=True)

    class Meta:
        verbose_name = "mesure de santé"
        verbose_name_plural = "mesures de santé"
        ordering = ["at"]

    def __str__(self) -> str:
        return f"mesure du {self.at:%d/%m/%Y}"


class ClockClearance(DecidedByTwo):
    """The reasoned decision of two people that a clock in doubt does not stand against an opening (B.4)."""

    period = models.OneToOneField(SubmissionPeriod, models.PROTECT, related_name="+", verbose_name="période")

    class Meta:
        verbose_name = "levée d’un doute sur l’horloge"
        verbose_name_plural = "levées de doutes sur l’horloge"
        constraints = [by_two_people("clock_cleared_by_two_people")]

    def __str__(self) -> str:
        return f"levée du doute, période {self.period_id}"


class Incident(Journalled):
    """A trouble around a period, declared while nothing of it is open: its opening waits until it is settled (B.4)."""

    period = models.ForeignKey(SubmissionPeriod, models.PROTECT, related_name="incidents", verbose_name="période")
    what = models.TextField("ce qui s’est passé", max_length=500)
    began_at = models.DateTimeField("commencé le")
    declared_at = models.DateTimeField("déclaré le")
    # Nobody: the operator declared it for every period that it touched.
    declared_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", null=True, blank=True, verbose_name="déclaré par"
    )

    class Meta:
        verbose_name = "incident déclaré"
        verbose_name_plural = "incidents déclarés"
        ordering = ["began_at", "declared_at"]

    def __str__(self) -> str:
        return f"incident du {self.began_at:%d/%m/%Y}, période {self.period_id}"


class IncidentSettlement(DecidedByTwo):
    """What two people decided after an incident: when it ended, and why the opening may go on (B.4)."""

    incident = models.OneToOneField(Incident, models.PROTECT, related_name="settlement", verbose_name="incident")
    ended_at = models.DateTimeField("terminé le")

    class Meta:
        verbose_name = "règlement d’un incident"
        verbose_name_plural = "règlements d’incidents"
        constraints = [by_two_people("incident_settled_by_two_people")]

    def __str__(self) -> str:
        return f"règlement, {self.incident}"
