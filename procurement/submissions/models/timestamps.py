"""Timestamps of receipts by an authority of the outside, and the attempts that failed (B.7)."""

from django.db import models

from marketplace.journal.models import Journalled
from procurement.submissions.models.submissions import Receipt


class ReceiptTimestamp(Journalled):
    """An RFC 3161 token over the SHA-256 of the sealed PDF of a receipt."""

    receipt = models.OneToOneField(Receipt, models.PROTECT, related_name="timestamp", verbose_name="accusé")
    sha256 = models.CharField("empreinte du PDF scellé", max_length=64)
    token = models.BinaryField("jeton d’horodatage (DER)")
    stamped_at = models.DateTimeField("instant attesté")
    authority = models.CharField("autorité", max_length=300)
    obtained_at = models.DateTimeField("obtenu le")

    class Meta:
        verbose_name = "horodatage d’accusé"
        verbose_name_plural = "horodatages d’accusés"

    def __str__(self) -> str:
        return f"horodatage, {self.receipt_id}"


class TimestampAttempt(models.Model):
    """The authority did not answer, or answered something else; `code` is the class of the error."""

    receipt = models.ForeignKey(Receipt, models.PROTECT, related_name="timestamp_attempts", verbose_name="accusé")
    at = models.DateTimeField("le")
    code = models.CharField("nature de l’erreur", max_length=80)

    class Meta:
        verbose_name = "horodatage manqué"
        verbose_name_plural = "horodatages manqués"
        ordering = ["at"]

    def __str__(self) -> str:
        return self.code
