"""Who declared to be free of any interest in a call, and who stepped aside (L2141-10, LR-70)."""

from django.conf import settings
from django.db import models

from marketplace.journal.models import Journalled
from procurement.calls.models import Call


class InterestDeclaration(Journalled):
    """One declaration of a person for one call. An interest declared once sets the person aside for good.

    `text` is read by the person in charge of the call only; that someone stepped aside feeds the report of LR-66.
    """

    call = models.ForeignKey(Call, models.PROTECT, related_name="+", verbose_name="appel")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name="personne")
    has_interest = models.BooleanField("a un intérêt en cause")
    text = models.TextField("précisions", blank=True)
    declared_at = models.DateTimeField("déclaré le")

    class Meta:
        verbose_name = "déclaration d’intérêts"
        verbose_name_plural = "déclarations d’intérêts"
        ordering = ["declared_at"]
        indexes = [models.Index(fields=["call", "user"], name="interest_by_call_and_user")]

    def __str__(self) -> str:
        return f"{self.user}, {'se retire' if self.has_interest else 'sans conflit'}"
