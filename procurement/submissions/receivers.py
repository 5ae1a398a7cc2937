"""What the room does when another one acts."""

from typing import Any

from django.dispatch import receiver

from marketplace.journal.outbox import enqueue
from procurement.calls.models import SubmissionPeriod
from procurement.calls.signals import deadline_extended
from procurement.submissions.tasks import complement_receipts


@receiver(deadline_extended)
def tell_those_who_handed_in(period: SubmissionPeriod, **kwargs: Any) -> None:
    """Leave the complements of receipts to the outbox of the act that extends."""
    enqueue(complement_receipts, period.pk)
