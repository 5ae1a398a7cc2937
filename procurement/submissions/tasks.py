"""Slow work of the room, left to the outbox."""

from uuid import UUID

from django_tasks import task

from marketplace.accounts.actors import Actor
from marketplace.journal import clock
from procurement.calls.models import SubmissionPeriod
from procurement.submissions.decisions import issue_complements

SEALER = "sealer"
"""Trade of the site under which receipts are complemented."""


# Before the printed receipts and mails that a rush has left.
@task(priority=50)
def complement_receipts(period_id: str) -> None:
    """Give every standing bidder of an extended period a dated complement to their receipt (sealed-bids B.4)."""
    period = SubmissionPeriod.objects.select_related("lot__call").get(pk=UUID(period_id))
    issue_complements(period=period, actor=Actor.system(SEALER), now=clock.now())
