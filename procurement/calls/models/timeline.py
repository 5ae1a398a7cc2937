"""The dated facts of a lot, from which its stage is computed."""

from django.db import models

from marketplace.journal.models import Journalled
from procurement.calls.models.lot import Lot


class LotTimeline(Journalled):
    """Nullable instants (UTC), written only by `calls.services.record`; see `calls.stages` for their meaning."""

    lot = models.OneToOneField(Lot, models.PROTECT, related_name="timeline", verbose_name="lot")
    published_at = models.DateTimeField("publié", null=True, blank=True)
    candidatures_open_at = models.DateTimeField("candidatures ouvertes", null=True, blank=True)
    candidatures_close_at = models.DateTimeField("candidatures closes", null=True, blank=True)
    invited_at = models.DateTimeField("candidats invités", null=True, blank=True)
    initial_open_at = models.DateTimeField("offres initiales ouvertes", null=True, blank=True)
    initial_close_at = models.DateTimeField("offres initiales closes", null=True, blank=True)
    final_open_at = models.DateTimeField("offres finales ouvertes", null=True, blank=True)
    final_close_at = models.DateTimeField("offres finales closes", null=True, blank=True)
    awarded_at = models.DateTimeField("attribué", null=True, blank=True)
    winner_cleared_at = models.DateTimeField("retenu vérifié", null=True, blank=True)
    rejections_sent_at = models.DateTimeField("dernière lettre de rejet", null=True, blank=True)
    standstill_at = models.DateTimeField("suspension commencée", null=True, blank=True)
    signed_at = models.DateTimeField("signé", null=True, blank=True)
    cancelled_at = models.DateTimeField("sans suite", null=True, blank=True)
    unsuccessful_at = models.DateTimeField("infructueux", null=True, blank=True)

    class Meta:
        verbose_name = "chronologie du lot"
        verbose_name_plural = "chronologies des lots"

    def __str__(self) -> str:
        return f"chronologie, lot {self.lot_id}"
