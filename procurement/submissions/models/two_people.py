"""A decision that one person proposes with reasons, and that another one confirms."""

from datetime import datetime

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from marketplace.accounts.actors import Actor
from marketplace.journal.errors import Refusal
from marketplace.journal.models import Journalled


class DecidedByTwo(Journalled):
    """Fields of such a decision; each model adds `by_two_people` to its constraints."""

    reasons = models.TextField("motifs")
    proposed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name="proposé par"
    )
    proposed_at = models.DateTimeField("proposé le")
    confirmed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", null=True, blank=True, verbose_name="confirmé par"
    )
    confirmed_at = models.DateTimeField("confirmé le", null=True, blank=True)

    class Meta:
        abstract = True

    def confirm(self, actor: Actor, now: datetime, *, done: str, own: str) -> None:
        """Confirm as a second person, inside an act. Raises Refusal: `done` when it is, `own` for whoever proposed."""
        if self.confirmed_at is not None:
            raise Refusal(done)
        if self.proposed_by_id == actor.user_id:
            raise Refusal(own)
        self.confirmed_by_id, self.confirmed_at = actor.user_id, now
        self.save()


def by_two_people(name: str) -> models.CheckConstraint:
    """The database refuses that the same person proposes and confirms; `name` of the constraint."""
    return models.CheckConstraint(condition=Q(confirmed_by__isnull=True) | ~Q(confirmed_by=F("proposed_by")), name=name)
