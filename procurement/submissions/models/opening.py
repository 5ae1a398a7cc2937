"""The opening by two custodians, and what came out of the envelopes (B.5, LR-57, LR-115)."""

from datetime import datetime

from django.conf import settings
from django.db import models
from django.db.models import Q

from marketplace.files.models import GeneratedDocument, StoredFile
from marketplace.journal.models import Journalled, JournalledQuerySet
from procurement.calls.models import PeriodEnvelope, SubmissionPeriod
from procurement.submissions.models.backup import BackupCopy
from procurement.submissions.models.custody import Custodian
from procurement.submissions.models.received import ReceivedRegister
from procurement.submissions.models.submissions import Submission


class OpeningSessionQuerySet(JournalledQuerySet):
    """Opening sessions."""

    def waiting(self, envelope: PeriodEnvelope, now: datetime) -> "OpeningSessionQuerySet":
        """Those that a first custodian began and that a second may still complete."""
        return self.filter(envelope=envelope, completed_at__isnull=True, expires_at__gt=now)


class OpeningSession(Journalled):
    """Two distinct custodians open one envelope of a period, the second within 30 minutes of the first."""

    period = models.ForeignKey(SubmissionPeriod, models.PROTECT, related_name="+", verbose_name="période")
    envelope = models.ForeignKey(PeriodEnvelope, models.PROTECT, related_name="+", verbose_name="pli")
    # After a first complete session: only what it left sealed, or what was admitted since.
    is_supplementary = models.BooleanField("ouverture complémentaire", default=False)
    first = models.ForeignKey(Custodian, models.PROTECT, related_name="+", verbose_name="premier gardien")
    first_user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name="en personne"
    )
    started_at = models.DateTimeField("commencée le")
    expires_at = models.DateTimeField("à compléter avant le")
    second = models.ForeignKey(
        Custodian, models.PROTECT, related_name="+", null=True, blank=True, verbose_name="second gardien"
    )
    second_user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", null=True, blank=True, verbose_name="en personne"
    )
    completed_at = models.DateTimeField("terminée le", null=True, blank=True)

    objects = OpeningSessionQuerySet.as_manager()

    class Meta:
        verbose_name = "séance d’ouverture"
        verbose_name_plural = "séances d’ouverture"
        ordering = ["started_at"]

    def __str__(self) -> str:
        return f"ouverture, {self.envelope}"


class OpeningResultQuerySet(JournalledQuerySet):
    """Results of opening."""

    def readable(self) -> "OpeningResultQuerySet":
        """Those whose content is there to read."""
        return self.filter(status=OpeningResult.Status.OPENED)


class OpeningResult(Journalled):
    """What opening one envelope of one submission gave. A failed one may be tried again by a later session.

    Opened here in a `session`; or opened on another buyer profile and brought with a `register`; or read on the backup
    `copy` of a submission that came late or cannot be read (LR-55).
    """

    class Status(models.TextChoices):
        """Opened, or why not."""

        OPENED = "opened", "Ouvert"
        DAMAGED = "damaged", "Illisible"
        INTERRUPTED = "interrupted", "Ouverture interrompue"

    submission = models.ForeignKey(Submission, models.PROTECT, related_name="results", verbose_name="pli déposé")
    envelope = models.ForeignKey(PeriodEnvelope, models.PROTECT, related_name="+", verbose_name="pli")
    session = models.ForeignKey(
        OpeningSession, models.PROTECT, related_name="results", null=True, blank=True, verbose_name="séance"
    )
    register = models.ForeignKey(
        ReceivedRegister, models.PROTECT, related_name="results", null=True, blank=True, verbose_name="registre"
    )
    copy = models.ForeignKey(
        BackupCopy, models.PROTECT, related_name="results", null=True, blank=True, verbose_name="copie de sauvegarde"
    )
    status = models.CharField("résultat", max_length=12, choices=Status.choices)
    reason = models.CharField("motif", max_length=400, blank=True)
    answers = models.JSONField("réponses", null=True, blank=True)
    at = models.DateTimeField("ouvert le")

    objects = OpeningResultQuerySet.as_manager()

    class Meta:
        verbose_name = "résultat d’ouverture"
        verbose_name_plural = "résultats d’ouverture"
        ordering = ["at"]
        constraints = [
            models.UniqueConstraint(fields=["submission", "envelope"], name="result_once_an_envelope"),
            models.CheckConstraint(
                condition=Q(session__isnull=False, register__isnull=True)
                | Q(session__isnull=True, register__isnull=False, copy__isnull=True)
                | Q(session__isnull=True, register__isnull=True, copy__isnull=False),
                name="result_opened_here_or_brought",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.submission}, {self.get_status_display()}"


class OpenedFile(Journalled):
    """A file taken out of an envelope, kept in the private storage; its scan verdict is that of the stored file.

    A file that the storage refuses (a type outside of the list) stays in its sealed parts; `refusal` says why. One
    that was opened on another buyer profile, or came out of the backup `copy`, has no file of a deposit here.
    """

    result = models.ForeignKey(OpeningResult, models.PROTECT, related_name="files", verbose_name="résultat")
    deposit_file_id = models.UUIDField("fichier du dépôt", unique=True, null=True, blank=True)
    name = models.CharField("nom", max_length=255)
    label = models.CharField("pièce attendue", max_length=200, blank=True)
    stored_file = models.ForeignKey(
        StoredFile, models.PROTECT, related_name="+", null=True, blank=True, verbose_name="fichier"
    )
    refusal = models.CharField("refusé parce que", max_length=300, blank=True)
    copy = models.ForeignKey(
        BackupCopy, models.PROTECT, related_name="+", null=True, blank=True, verbose_name="copie de sauvegarde"
    )

    class Meta:
        verbose_name = "pièce ouverte"
        verbose_name_plural = "pièces ouvertes"
        ordering = ["label", "name"]

    def __str__(self) -> str:
        return self.name


class OpeningMinutes(Journalled):
    """Minutes of a session: every submission, its root and receipt, the result, the two people (LR-115)."""

    session = models.OneToOneField(OpeningSession, models.PROTECT, related_name="minutes", verbose_name="séance")
    facts = models.JSONField("faits")
    document = models.OneToOneField(GeneratedDocument, models.PROTECT, related_name="+", verbose_name="document")
    issued_at = models.DateTimeField("établi le")

    class Meta:
        verbose_name = "procès-verbal d’ouverture"
        verbose_name_plural = "procès-verbaux d’ouverture"

    def __str__(self) -> str:
        return f"procès-verbal, {self.session_id}"
