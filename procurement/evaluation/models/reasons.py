"""A firm that was not chosen asks why; the buyer has fifteen days to say it (R2181-2, R2181-4, LR-77)."""

from django.conf import settings
from django.db import models

from marketplace.journal.models import Journalled, JournalledQuerySet
from procurement.calls.models import Lot
from procurement.correspondence.models import Letter


class ReasonsRequestQuerySet(JournalledQuerySet):
    """Requests for reasons."""

    def waiting(self, lot: Lot) -> "ReasonsRequestQuerySet":
        """Those of the lot without an answer, the most pressing first."""
        return self.filter(lot=lot, answer__isnull=True).select_related("letter__recipient").order_by("due_on")


class ReasonsRequest(Journalled):
    """One request, about one letter of rejection; `due_on` is the last day to answer."""

    lot = models.ForeignKey(Lot, models.PROTECT, related_name="+", verbose_name="lot")
    letter = models.OneToOneField(
        Letter, models.PROTECT, related_name="reasons_request", verbose_name="lettre de rejet"
    )
    asked_at = models.DateTimeField("demandés le")
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name="par")
    due_on = models.DateField("réponse au plus tard le")
    answer = models.OneToOneField(
        Letter, models.PROTECT, related_name="+", null=True, blank=True, verbose_name="réponse"
    )

    objects = ReasonsRequestQuerySet.as_manager()

    class Meta:
        verbose_name = "demande de motifs"
        verbose_name_plural = "demandes de motifs"
        ordering = ["due_on"]

    def __str__(self) -> str:
        return f"demande de motifs, {self.letter.recipient}"
