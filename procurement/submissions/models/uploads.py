"""Files under way, part by part, of a deposit or of a trial (sealed-bids B.8). Names and digests are encrypted.

A part is sealed and synced to disk before its row exists; once all are there, the file enters its deposit.
"""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q

from marketplace.accounts.actors import Actor
from procurement.calls.models import PeriodEnvelope
from procurement.submissions.models.deposits import Deposit
from procurement.submissions.sealing import PART_SIZE


class TrialQuerySet(models.QuerySet):
    """Trials under way."""

    def visible_to(self, actor: Actor) -> "TrialQuerySet":
        """One's own."""
        return self.filter(user_id=actor.user_id) if actor.user_id else self.none()


class Trial(models.Model):
    """A person tries a deposit out: no call, no firm, a key that nobody keeps; gone at its end or after an hour.

    The limits are those of the period whose answer is being prepared, copied: nothing leads back to it.
    `planned_bytes`: size of that answer today, for the estimate of the time that it will take.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    user = models.OneToOneField(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+", verbose_name="personne")
    begun_at = models.DateTimeField("commencé le")
    ends_at = models.DateTimeField("effacé le")
    recipient = models.CharField("clé publique jetable", max_length=80)
    draft_key = models.BinaryField("clé du brouillon, enveloppée")
    draft = models.BinaryField("brouillon chiffré")
    bytes_per_file = models.PositiveBigIntegerField("octets par fichier")
    bytes_in_all = models.PositiveBigIntegerField("octets en tout")
    files_max = models.PositiveIntegerField("nombre de fichiers")
    media_types = models.JSONField("types de fichiers acceptés", default=list, blank=True)
    planned_bytes = models.PositiveBigIntegerField("octets de la réponse préparée", default=0)

    objects = TrialQuerySet.as_manager()

    class Meta:
        verbose_name = "dépôt d’essai"
        verbose_name_plural = "dépôts d’essai"

    def __str__(self) -> str:
        return str(self.pk)


class UnfinishedFile(models.Model):
    """A file of which some parts are held; its name, type and salt are in the draft of its holder.

    `size`: bytes announced before the first one came. It stays for days, until its last part or until it is dropped.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    deposit = models.ForeignKey(
        Deposit, models.CASCADE, related_name="unfinished", null=True, blank=True, verbose_name="dépôt"
    )
    trial = models.ForeignKey(
        Trial, models.CASCADE, related_name="unfinished", null=True, blank=True, verbose_name="dépôt d’essai"
    )
    envelope = models.CharField("pli", max_length=12, choices=PeriodEnvelope.Name.choices, blank=True)
    label = models.CharField("pièce attendue", max_length=200, blank=True)
    size = models.PositiveBigIntegerField("taille annoncée en octets")
    begun_at = models.DateTimeField("envoi commencé le")

    class Meta:
        verbose_name = "fichier en cours d’envoi"
        verbose_name_plural = "fichiers en cours d’envoi"
        ordering = ["begun_at", "id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(deposit__isnull=False, trial__isnull=True) | Q(deposit__isnull=True, trial__isnull=False),
                name="unfinished_file_of_one_holder",
            ),
        ]

    def __str__(self) -> str:
        return str(self.pk)

    @property
    def holder(self) -> Deposit | Trial:
        """What the file is sent for."""
        return self.deposit or self.trial

    @property
    def part_count(self) -> int:
        """Parts that the file has."""
        return -(-self.size // PART_SIZE)

    def length_of(self, n: int) -> int:
        """Bytes of part `n` (from 1); 0 outside of the file."""
        if not 1 <= n <= self.part_count:
            return 0
        return min(PART_SIZE, self.size - (n - 1) * PART_SIZE)


class UnfinishedPart(models.Model):
    """A part held of a file under way; `digest` is its salted digest, under the key of the draft."""

    file = models.ForeignKey(UnfinishedFile, models.CASCADE, related_name="parts", verbose_name="fichier")
    n = models.PositiveIntegerField("numéro")
    digest = models.BinaryField("empreinte chiffrée")
    plain_len = models.PositiveIntegerField("octets en clair")
    sealed_len = models.PositiveIntegerField("octets scellés")
    sealed_sha256 = models.CharField("empreinte scellée", max_length=64)
    held_at = models.DateTimeField("reçue le")
    # Fingerprint of the program that sealed it in a browser; empty: the site did.
    program = models.CharField("programme annoncé", max_length=64, blank=True)

    class Meta:
        verbose_name = "partie d’un fichier en cours d’envoi"
        verbose_name_plural = "parties de fichiers en cours d’envoi"
        ordering = ["file", "n"]
        constraints = [models.UniqueConstraint(fields=["file", "n"], name="unfinished_part_once_a_file")]

    def __str__(self) -> str:
        return f"{self.file_id}, partie {self.n}"
