"""A deposit in progress: sizes, times and sealed hashes in clear, all else encrypted (sealed-bids B.1, B.2).

These rows are not journalled: entries would tell how many bidders are at work, and a bid is thousands of parts. The
root that enters the journal with the seal covers every one of them.
"""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q

from marketplace.accounts.actors import Actor
from marketplace.journal.triggers import append_only
from procurement.calls.models import Call, PeriodEnvelope, SubmissionPeriod
from procurement.submissions.models.parties import TenderingParty


class DepositQuerySet(models.QuerySet):
    """Deposits in progress."""

    def visible_to(self, actor: Actor) -> "DepositQuerySet":
        """One's own, and nobody else's, ever."""
        if actor.organisation_id is None:
            return self.none()
        return self.filter(party__lead_id=actor.organisation_id)


class Deposit(models.Model):
    """A bidder's work in progress in a period; sealing it makes one submission, replacing takes a new deposit.

    `draft` holds everything typed or named, under a key that is destroyed with the seal. `closed_at`: nothing changes
    any more, because the seal was asked for or the bidder dropped the draft.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    period = models.ForeignKey(SubmissionPeriod, models.PROTECT, related_name="+", verbose_name="période")
    party = models.ForeignKey(TenderingParty, models.PROTECT, related_name="deposits", verbose_name="candidat")
    version = models.PositiveIntegerField("version")
    opened_at = models.DateTimeField("commencé le")
    opened_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name="par")
    first_byte_at = models.DateTimeField("premier octet reçu le", null=True, blank=True)
    draft_key = models.BinaryField("clé du brouillon, enveloppée", null=True)
    draft = models.BinaryField("brouillon chiffré")
    root_document = models.TextField("composition du dépôt", blank=True)
    root = models.CharField("empreinte du dépôt", max_length=64, blank=True)
    assembled_at = models.DateTimeField("relu le", null=True, blank=True)
    closed_at = models.DateTimeField("figé le", null=True, blank=True)

    objects = DepositQuerySet.as_manager()

    class Meta:
        verbose_name = "dépôt"
        verbose_name_plural = "dépôts"
        ordering = ["version"]
        constraints = [
            models.UniqueConstraint(fields=["party", "period", "version"], name="deposit_version_once"),
            models.UniqueConstraint(
                fields=["party", "period"], condition=Q(closed_at__isnull=True), name="deposit_open_once"
            ),
        ]

    def __str__(self) -> str:
        return str(self.pk)


class DepositFile(models.Model):
    """A file of a deposit, without its name: envelope, the call's own label, size."""

    class Kind(models.TextChoices):
        """What the file is for."""

        DOCUMENT = "document", "Pièce"
        ANSWERS = "answers", "Réponses saisies"
        MANIFEST = "manifest", "Manifeste"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    deposit = models.ForeignKey(Deposit, models.CASCADE, related_name="files", verbose_name="dépôt")
    envelope = models.CharField("pli", max_length=12, choices=PeriodEnvelope.Name.choices)
    kind = models.CharField("nature", max_length=8, choices=Kind.choices, default=Kind.DOCUMENT)
    # One of the envelope's expected documents; empty: another document.
    label = models.CharField("pièce attendue", max_length=200, blank=True)
    size = models.PositiveBigIntegerField("taille en octets")
    held_at = models.DateTimeField("reçu en entier le")
    # Fingerprints of the programs that sealed all of it in a browser; empty: the site sealed some of it.
    programs = models.JSONField("programmes annoncés", default=list, blank=True)

    class Meta:
        verbose_name = "fichier du dépôt"
        verbose_name_plural = "fichiers du dépôt"
        ordering = ["envelope", "kind", "held_at", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["deposit", "envelope", "kind"],
                condition=~Q(kind="document"),
                name="answers_and_manifest_once_an_envelope",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}, {self.envelope}"


class PartQuerySet(models.QuerySet):
    """Sealed parts."""

    def kept(self) -> "PartQuerySet":
        """Those that have to be there: not those of a submission that was destroyed, or is about to be."""
        return self.filter(file__deposit__submission__destroyed__isnull=True)


class Part(models.Model):
    """8 MiB of a file, sealed to the envelope's key and synced to disk before this row exists.

    Unique by its sealed hash in a call: a bidder cannot pass off the parts of another as their own.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    call = models.ForeignKey(Call, models.PROTECT, related_name="+", verbose_name="appel")
    file = models.ForeignKey(DepositFile, models.CASCADE, related_name="parts", verbose_name="fichier")
    n = models.PositiveIntegerField("numéro")
    plain_len = models.PositiveIntegerField("octets en clair")
    sealed_len = models.PositiveIntegerField("octets scellés")
    sealed_sha256 = models.CharField("empreinte scellée", max_length=64)
    held_at = models.DateTimeField("reçue le")
    verified_at = models.DateTimeField("relue le", null=True, blank=True)

    objects = PartQuerySet.as_manager()

    class Meta:
        verbose_name = "partie"
        verbose_name_plural = "parties"
        ordering = ["file", "n"]
        constraints = [
            models.UniqueConstraint(fields=["call", "sealed_sha256"], name="part_once_a_call"),
            models.UniqueConstraint(fields=["file", "n"], name="part_number_once_a_file"),
        ]

    def __str__(self) -> str:
        return f"{self.file_id}, partie {self.n}"


@append_only
class SealRequest(models.Model):
    """The bidder asked for the seal, and this is durable before anything else is done (B.4, step 1)."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    deposit = models.OneToOneField(Deposit, models.PROTECT, related_name="seal_request", verbose_name="dépôt")
    root = models.CharField("empreinte du dépôt", max_length=64)
    idempotency_key = models.CharField("clé de la demande", max_length=64)
    received_at = models.DateTimeField("reçue le")
    inserted_at = models.DateTimeField("inscrite le")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name="par")
    organisation_id = models.UUIDField("entreprise")
    membership_id = models.UUIDField("appartenance")

    class Meta:
        verbose_name = "demande de scellement"
        verbose_name_plural = "demandes de scellement"
        ordering = ["received_at"]
        constraints = [models.UniqueConstraint(fields=["user", "idempotency_key"], name="seal_key_once_a_person")]

    def __str__(self) -> str:
        return f"{self.deposit_id}, {self.received_at}"


@append_only
class SealFailure(models.Model):
    """An attempt to finish a seal failed; `code` is the class of the error, never its text."""

    request = models.ForeignKey(SealRequest, models.PROTECT, related_name="failures", verbose_name="demande")
    at = models.DateTimeField("échec le")
    code = models.CharField("nature de l’erreur", max_length=80)

    class Meta:
        verbose_name = "échec de scellement"
        verbose_name_plural = "échecs de scellement"
        ordering = ["at"]

    def __str__(self) -> str:
        return self.code
