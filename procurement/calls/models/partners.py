"""Firms that look for a co-contractor on an open call, or offer a skill: read by other firms, never by the buyer (B.9).

Not journalled: a firm takes its words back whenever it wants, and the law keeps none of them.
"""

import uuid
from datetime import datetime

from django.conf import settings
from django.db import models
from django.db.models import Exists, OuterRef, Q

from marketplace.accounts.models import Organisation
from procurement.calls.models.call import Call
from procurement.calls.models.lot import Lot

PARTNER_TEXT_MAX = 400
"""Signs of what a firm says."""


def first_deposit_ahead(now: datetime) -> Q:
    """What is true of a lot whose first deposit may still be made: afterwards a candidate does not change (LR-50)."""
    alive = {"timeline__cancelled_at": None, "timeline__unsuccessful_at": None}
    return Q(timeline__candidatures_close_at__gte=now, **alive)


class PartnerSearchQuerySet(models.QuerySet["PartnerSearch"]):
    """Searches, by call."""

    def of(self, call: Call) -> "PartnerSearchQuerySet":
        """Those of a call, the newest first."""
        return self.filter(call=call).select_related("organisation")

    def ended(self, now: datetime) -> "PartnerSearchQuerySet":
        """Those of calls whose first deposit is over: nobody reads them any more, the next act erases them."""
        ahead = Lot.objects.filter(first_deposit_ahead(now), call=OuterRef("call"))
        return self.filter(~Exists(ahead))


class PartnerSearch(models.Model):
    """A firm looks for a partner on a call, or offers its own skill; once a firm and a call."""

    class Kind(models.TextChoices):
        """What the firm wants."""

        LOOKS = "looks", "Nous cherchons un cotraitant"
        OFFERS = "offers", "Nous proposons une compétence"

    # No number in addresses: it would tell how many firms look (sealed-bids B.9).
    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    call = models.ForeignKey(Call, models.CASCADE, related_name="+", verbose_name="appel")
    organisation = models.ForeignKey(Organisation, models.CASCADE, related_name="+", verbose_name="entreprise")
    kind = models.CharField("nature", max_length=8, choices=Kind)
    text = models.CharField("texte", max_length=PARTNER_TEXT_MAX)
    posted_at = models.DateTimeField("écrite le")
    posted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, related_name="+", null=True, verbose_name="écrite par"
    )

    objects = PartnerSearchQuerySet.as_manager()

    class Meta:
        verbose_name = "recherche de cotraitant"
        verbose_name_plural = "recherches de cotraitants"
        ordering = ["-posted_at", "id"]
        default_permissions = ()
        constraints = [models.UniqueConstraint(fields=["call", "organisation"], name="partner_search_once_a_firm")]

    def __str__(self) -> str:
        return self.get_kind_display()
