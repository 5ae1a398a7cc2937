"""Who holds the keys of a call, how those of its envelopes are shared, and the proof that holders have theirs (B.3)."""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from marketplace.accounts.models import Organisation
from marketplace.journal.models import Journalled, JournalledQuerySet
from procurement.calls.models import Call, PeriodEnvelope, SubmissionPeriod

# Name, beside those of PeriodEnvelope, of the envelope that only serves to try keys out.
REHEARSAL_ENVELOPE = "rehearsal"
ENVELOPE_NAMES = [*PeriodEnvelope.Name.choices, (REHEARSAL_ENVELOPE, "Pli d’essai")]


class CustodianQuerySet(JournalledQuerySet):
    """Custodians, replaced ones included unless said otherwise."""

    def serving(self, *calls: Call) -> "CustodianQuerySet":
        """The three who hold the keys of each call today, in their order."""
        return self.filter(call__in=calls, ended_at__isnull=True).order_by("position")


class Custodian(Journalled):
    """One of the three people whose keys open the submissions of a call, two at a time (LR-57).

    Only the public half of the key is here. The private one is in the recovery kit, handed over once by the site or
    made in a browser: `key_origin` tells which.
    """

    class KeyOrigin(models.TextChoices):
        """Where the key was made; only one made by the site was ever in its memory."""

        SITE = "site", "faite par le site"
        BROWSER = "browser", "faite dans le navigateur"

    call = models.ForeignKey(Call, models.PROTECT, related_name="+", verbose_name="appel")
    position = models.PositiveSmallIntegerField("rang")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name="personne")
    # Centre de gestion, syndicat numérique, commissaire de justice, for which the person keeps the key.
    outside_body = models.ForeignKey(
        Organisation, models.PROTECT, related_name="+", null=True, blank=True, verbose_name="organisme extérieur"
    )
    recipient = models.CharField("clé publique", max_length=80)
    fingerprint = models.CharField("empreinte de la clé", max_length=60)
    key_origin = models.CharField("origine de la clé", max_length=8, choices=KeyOrigin.choices, default=KeyOrigin.SITE)
    appointed_at = models.DateTimeField("désigné le")
    ended_at = models.DateTimeField("remplacé le", null=True, blank=True)

    objects = CustodianQuerySet.as_manager()

    class Meta:
        verbose_name = "gardien des clés"
        verbose_name_plural = "gardiens des clés"
        ordering = ["position"]
        constraints = [
            models.UniqueConstraint(
                fields=["call", "position"], condition=Q(ended_at__isnull=True), name="custodian_once_a_position"
            ),
            models.UniqueConstraint(
                fields=["call", "user"], condition=Q(ended_at__isnull=True), name="custodian_once_a_person"
            ),
        ]

    def __str__(self) -> str:
        return str(self.user)


class EnvelopeWrap(Journalled):
    """The private key of an envelope for one ordered pair of custodians: six rows an envelope."""

    period = models.ForeignKey(SubmissionPeriod, models.PROTECT, related_name="+", verbose_name="période")
    envelope = models.CharField("pli", max_length=12, choices=ENVELOPE_NAMES)
    recipient = models.CharField("clé publique du pli", max_length=80)
    first = models.ForeignKey(Custodian, models.PROTECT, related_name="outer_wraps", verbose_name="premier gardien")
    second = models.ForeignKey(Custodian, models.PROTECT, related_name="inner_wraps", verbose_name="second gardien")
    blob = models.BinaryField("clé enveloppée")
    inner_sha256 = models.CharField("empreinte de la couche intérieure", max_length=64)

    class Meta:
        verbose_name = "clé enveloppée"
        verbose_name_plural = "clés enveloppées"
        constraints = [
            models.UniqueConstraint(fields=["period", "envelope", "first", "second"], name="wrap_once_a_pair"),
            models.CheckConstraint(condition=~Q(first=F("second")), name="wrap_two_custodians"),
        ]

    def __str__(self) -> str:
        return f"{self.get_envelope_display()}, {self.first_id} puis {self.second_id}"


class RehearsalBid(Journalled):
    """A dummy bid sealed like a real one, that pairs of custodians open to try their keys."""

    period = models.OneToOneField(SubmissionPeriod, models.PROTECT, related_name="+", verbose_name="période")
    sealed = models.BinaryField("pli d’essai scellé")
    plain_sha256 = models.CharField("empreinte de son contenu", max_length=64)

    class Meta:
        verbose_name = "pli d’essai"
        verbose_name_plural = "plis d’essai"

    def __str__(self) -> str:
        return f"pli d’essai, période {self.period_id}"


class KeyRehearsal(Journalled):
    """A custodian proved, on the real wraps of a period, that they hold their key.

    With `partner`: the two of them opened the dummy bid together.
    """

    period = models.ForeignKey(SubmissionPeriod, models.PROTECT, related_name="+", verbose_name="période")
    custodian = models.ForeignKey(Custodian, models.PROTECT, related_name="rehearsals", verbose_name="gardien")
    partner = models.ForeignKey(
        Custodian, models.PROTECT, related_name="+", null=True, blank=True, verbose_name="avec le gardien"
    )
    at = models.DateTimeField("essayée le")

    class Meta:
        verbose_name = "essai de clé"
        verbose_name_plural = "essais de clés"
        ordering = ["at"]

    def __str__(self) -> str:
        return f"{self.custodian}, {self.at:%d/%m/%Y}"


class PeeledLayer(models.Model):
    """What is left of a wrap once the first custodian removed their layer: still sealed to the second, kept 30 minutes.

    Not journalled: it is a passing copy of an inner layer whose hash the journal already covers.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    wrap = models.OneToOneField(EnvelopeWrap, models.CASCADE, related_name="peeled", verbose_name="clé enveloppée")
    blob = models.BinaryField("couche intérieure")
    expires_at = models.DateTimeField("conservée jusqu’au")

    class Meta:
        verbose_name = "couche retirée"
        verbose_name_plural = "couches retirées"

    def __str__(self) -> str:
        return str(self.wrap_id)
