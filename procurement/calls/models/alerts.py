"""Which companies were told of a call that matches what they do."""

from django.db import models

from marketplace.accounts.models import Organisation
from marketplace.journal.models import Journalled
from procurement.calls.models.call import Call


class CallAlert(Journalled):
    """A company was told of a new call: once, whatever happens to the task that tells."""

    call = models.ForeignKey(Call, models.PROTECT, related_name="alerts", verbose_name="appel")
    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="+", verbose_name="entreprise")
    told_at = models.DateTimeField("prévenue le")

    class Meta:
        verbose_name = "alerte"
        verbose_name_plural = "alertes"
        constraints = [models.UniqueConstraint(fields=["call", "organisation"], name="call_alert_once_a_company")]

    def __str__(self) -> str:
        return f"{self.call_id}, {self.organisation_id}"
