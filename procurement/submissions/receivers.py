"""What the room does when another one acts."""

from typing import Any

from django.dispatch import receiver

from marketplace.accounts.models import Membership, User
from marketplace.journal.outbox import enqueue
from procurement.calls.models import Call, SubmissionPeriod
from procurement.calls.services.following import register_bidders
from procurement.calls.signals import deadline_extended
from procurement.submissions.models import TenderingParty
from procurement.submissions.tasks import complement_receipts


@receiver(deadline_extended)
def tell_those_who_handed_in(period: SubmissionPeriod, **kwargs: Any) -> None:
    """Leave the complements of receipts to the outbox of the act that extends."""
    enqueue(complement_receipts, period.pk)


@register_bidders
def people_who_answer(call: Call) -> list[User]:
    """Everybody of the firms that began or handed in an answer: they are told of every change (R2151-4, LR-38)."""
    firms = TenderingParty.objects.filter(lot__call=call).values("lead")
    members = Membership.objects.active().filter(organisation__in=firms).select_related("user").order_by("pk")
    return [member.user for member in members]
