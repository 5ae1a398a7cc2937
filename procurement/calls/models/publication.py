"""What was made public, when and by which road; what changed; what was given up."""

from django.conf import settings
from django.db import models

from marketplace.journal.models import Journalled
from procurement.calls.models.call import Call
from procurement.calls.models.lot import Lot


class Publication(Journalled):
    """One sending of the notice: channel, instant and receipt number (R2131-12 to -19, LR-33, LR-34)."""

    class Channel(models.TextChoices):
        """Where notices are published."""

        PROFILE = "profile", "Profil d’acheteur"
        BOAMP = "boamp", "BOAMP"
        JOUE = "joue", "JOUE (TED)"
        LEGAL_NEWSPAPER = "legal_newspaper", "Journal d’annonces légales"

    call = models.ForeignKey(Call, models.PROTECT, related_name="publications", verbose_name="appel")
    channel = models.CharField("support", max_length=16, choices=Channel.choices)
    sent_at = models.DateTimeField("envoyé le")
    receipt_number = models.CharField("numéro d’avis ou d’accusé", max_length=80)
    # The 48 hours after which the site may publish without waiting for the JOUE run from here (R2131-19, LR-34).
    receipt_confirmed_at = models.DateTimeField("réception confirmée le", null=True, blank=True)
    published_at = models.DateTimeField("publié le", null=True, blank=True)

    class Meta:
        verbose_name = "publication"
        verbose_name_plural = "publications"
        ordering = ["sent_at"]

    def __str__(self) -> str:
        return f"{self.get_channel_display()} {self.receipt_number}"


class ChangeNotice(Journalled):
    """A corrective notice: what changed after publication, and why (R2151-4, LR-38, LR-39)."""

    call = models.ForeignKey(Call, models.PROTECT, related_name="change_notices", verbose_name="appel")
    decided_at = models.DateTimeField("décidé le")
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", null=True, blank=True)
    what = models.TextField("ce qui change")
    reason = models.TextField("motif")
    # Line by line, what was written before and after: [{"label", "before", "after"}].
    lines = models.JSONField("avant et après", default=list, blank=True)

    class Meta:
        verbose_name = "avis rectificatif"
        verbose_name_plural = "avis rectificatifs"
        ordering = ["decided_at"]

    def __str__(self) -> str:
        return self.what[:80]


class Cancellation(Journalled):
    """A lot declared without follow-up (*sans suite*) or unsuccessful, with reasons (R2185-1, LR-86)."""

    class Kind(models.TextChoices):
        """Why the lot ends before signature."""

        WITHOUT_FOLLOW_UP = "without_follow_up", "Sans suite"
        UNSUCCESSFUL = "unsuccessful", "Infructueux"

    lot = models.OneToOneField(Lot, models.PROTECT, related_name="cancellation", verbose_name="lot")
    kind = models.CharField("nature", max_length=20, choices=Kind.choices)
    decided_at = models.DateTimeField("décidé le")
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", null=True, blank=True)
    reasons = models.TextField("motifs")

    class Meta:
        verbose_name = "abandon"
        verbose_name_plural = "abandons"

    def __str__(self) -> str:
        return self.get_kind_display()


class AcceptedWarning(Journalled):
    """A warning of the rule book that a person passed with a written reason (design § 7)."""

    call = models.ForeignKey(Call, models.PROTECT, related_name="accepted_warnings", verbose_name="appel")
    rule = models.CharField("règle", max_length=8)
    reason = models.TextField("motif")
    accepted_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", null=True, blank=True)
    accepted_at = models.DateTimeField("accepté le")

    class Meta:
        verbose_name = "avertissement accepté"
        verbose_name_plural = "avertissements acceptés"
        ordering = ["accepted_at"]

    def __str__(self) -> str:
        return f"{self.rule} : {self.reason[:60]}"
