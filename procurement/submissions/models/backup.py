"""The register of backup copies: how each came, whose it is, whether it was opened, what became of it (LR-55)."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from marketplace.files.models import GeneratedDocument, StoredFile
from marketplace.journal.models import Journalled
from procurement.calls.models import Call, PeriodEnvelope, SubmissionPeriod
from procurement.submissions.models.parties import TenderingParty
from procurement.submissions.models.two_people import DecidedByTwo, by_two_people


class BackupCopy(Journalled):
    """A copy that reached the buyer outside of this site (R2132-11).

    Until the opening of its period only the arrival is known; then its sender, `party` or, for a firm that handed
    nothing in here, `sender_name` and `sender_siren`.
    """

    class Medium(models.TextChoices):
        """What it came on."""

        PAPER = "paper", "Papier"
        PHYSICAL = "physical", "Support physique"
        ELECTRONIC = "electronic", "Voie électronique"

    call = models.ForeignKey(Call, models.PROTECT, related_name="+", verbose_name="appel")
    period = models.ForeignKey(SubmissionPeriod, models.PROTECT, related_name="+", verbose_name="période")
    number = models.PositiveIntegerField("numéro")
    received_at = models.DateTimeField("arrivée le")
    medium = models.CharField("support", max_length=10, choices=Medium.choices)
    is_marked = models.BooleanField("porte la mention « copie de sauvegarde »")
    place = models.CharField("lieu où elle est gardée", max_length=200)
    recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name="inscrite par"
    )
    recorded_at = models.DateTimeField("inscrite le")
    party = models.ForeignKey(
        TenderingParty, models.PROTECT, related_name="+", null=True, blank=True, verbose_name="candidat"
    )
    sender_name = models.CharField("expéditeur", max_length=200, blank=True)
    sender_siren = models.CharField("SIREN de l’expéditeur", max_length=9, blank=True)
    # Malware was found in it.
    discarded_at = models.DateTimeField("écartée le", null=True, blank=True)
    destroyed_at = models.DateTimeField("détruite le", null=True, blank=True)
    destroyed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", null=True, blank=True, verbose_name="détruite par"
    )
    destroyed_how = models.CharField("moyen de destruction", max_length=300, blank=True)
    certificate = models.OneToOneField(
        GeneratedDocument, models.PROTECT, related_name="+", null=True, blank=True, verbose_name="certificat"
    )

    class Meta:
        verbose_name = "copie de sauvegarde"
        verbose_name_plural = "copies de sauvegarde"
        ordering = ["number"]
        constraints = [
            models.UniqueConstraint(fields=["call", "number"], name="backup_copy_number_once_a_call"),
            models.CheckConstraint(
                condition=Q(destroyed_at__isnull=True) | Q(destroyed_by__isnull=False, certificate__isnull=False),
                name="backup_copy_destroyed_with_a_certificate",
            ),
        ]

    def __str__(self) -> str:
        return f"copie de sauvegarde n° {self.number}"

    @property
    def sender(self) -> str:
        """Who sent it, once known."""
        return str(self.party) if self.party else self.sender_name

    @property
    def is_opened(self) -> bool:
        """Whether two people decided to open it."""
        return getattr(self, "opening", None) is not None and self.opening.confirmed_at is not None


class CopyOpening(DecidedByTwo):
    """Two people open a backup copy, in one of the two cases of the law (annex 6 art. 2)."""

    class Ground(models.TextChoices):
        """Why the electronic files do not serve."""

        MALWARE = "malware", "Programme malveillant trouvé dans les fichiers électroniques"
        INCOMPLETE = "incomplete", "Envoi électronique commencé à temps et resté inachevé"
        LATE = "late", "Pli électronique arrivé en retard, envoi commencé à temps"
        UNREADABLE = "unreadable", "Pli électronique illisible, envoi commencé à temps"

    copy = models.OneToOneField(BackupCopy, models.PROTECT, related_name="opening", verbose_name="copie")
    ground = models.CharField("cas", max_length=10, choices=Ground.choices)

    class Meta:
        verbose_name = "ouverture d’une copie de sauvegarde"
        verbose_name_plural = "ouvertures de copies de sauvegarde"
        constraints = [by_two_people("copy_opening_by_two_people")]

    def __str__(self) -> str:
        return f"ouverture, {self.copy}"


class CopyFile(Journalled):
    """A file found in an opened copy, as the buyer brought it here; one with malware stays as a trace."""

    copy = models.ForeignKey(BackupCopy, models.PROTECT, related_name="files", verbose_name="copie")
    envelope = models.ForeignKey(PeriodEnvelope, models.PROTECT, related_name="+", verbose_name="pli")
    name = models.CharField("nom", max_length=255)
    stored_file = models.ForeignKey(StoredFile, models.PROTECT, related_name="+", verbose_name="fichier")
    brought_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name="versé par")
    brought_at = models.DateTimeField("versé le")

    class Meta:
        verbose_name = "fichier d’une copie de sauvegarde"
        verbose_name_plural = "fichiers de copies de sauvegarde"
        ordering = ["brought_at", "name"]

    def __str__(self) -> str:
        return self.name
