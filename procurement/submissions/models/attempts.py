"""What a bidder tried, and what came of it: the proof of diligence when a deposit fails (sealed-bids C2, LR-54)."""

import uuid

from django.db import models
from django.db.models import Q

from marketplace.accounts.actors import Actor
from marketplace.journal.triggers import append_only
from procurement.calls.models import TeamMember
from procurement.calls.models.call import OUTSIDE_ROLES
from procurement.submissions.codes import Code, Event
from procurement.submissions.models.deposits import Deposit


class AttemptQuerySet(models.QuerySet):
    """Attempts, by who may read them."""

    def visible_to(self, actor: Actor) -> "AttemptQuerySet":
        """One's own; for the team of the call, those of a period whose opening began: never before (B.9)."""
        own = Q(deposit__party__lead_id=actor.organisation_id) if actor.organisation_id else Q(pk__in=[])
        roles = TeamMember.objects.filter(user_id=actor.user_id, until=None).filter(
            Q(call__lead_buyer_id=actor.organisation_id) | Q(role__in=OUTSIDE_ROLES)
        )
        opened = Q(deposit__period__opening_began_at__isnull=False, deposit__period__lot__call__in=roles.values("call"))
        return self.filter(own | opened if actor.user_id else own)


@append_only
class Attempt(models.Model):
    """One line of the journal of attempts: an instant and codes; neither a name nor a text.

    `measured`: what the site saw when a problem was reported; `number`: the number of that report.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    deposit = models.ForeignKey(Deposit, models.PROTECT, related_name="attempts", verbose_name="dépôt")
    at = models.DateTimeField("le")
    event = models.CharField("événement", max_length=16, choices=Event.choices)
    code = models.CharField("motif", max_length=12, choices=Code.choices, blank=True)
    file_id = models.UUIDField("fichier", null=True, blank=True)
    part = models.PositiveIntegerField("partie", null=True, blank=True)
    size = models.PositiveBigIntegerField("octets", null=True, blank=True)
    number = models.CharField("numéro du signalement", max_length=9, blank=True)
    measured = models.JSONField("mesures du site", default=dict, blank=True)

    objects = AttemptQuerySet.as_manager()

    class Meta:
        verbose_name = "tentative"
        verbose_name_plural = "tentatives"
        ordering = ["at", "id"]
        indexes = [models.Index(fields=["deposit", "at"], name="attempt_by_deposit")]

    def __str__(self) -> str:
        return f"{self.get_event_display()}, {self.at}"
