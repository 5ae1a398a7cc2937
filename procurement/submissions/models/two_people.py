"""A decision that one person proposes with reasons, and that another one confirms."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q

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


def by_two_people(name: str) -> models.CheckConstraint:
    """The database refuses that the same person proposes and confirms; `name` of the constraint."""
    return models.CheckConstraint(condition=Q(confirmed_by__isnull=True) | ~Q(confirmed_by=F("proposed_by")), name=name)
