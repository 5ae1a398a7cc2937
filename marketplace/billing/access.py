"""What the rooms above ask: how many of a tool a company has now. No list, search or procedure may ask."""

from datetime import datetime
from uuid import UUID

from marketplace.billing import gateway, plans
from marketplace.billing.models import Subscription
from marketplace.billing.plans import Tool


def in_live_world() -> bool:
    """Which world counts: that of the key; without any, what was really paid."""
    return gateway.is_live() or not gateway.is_on()


def has_plan(organisation_id: UUID | None, *, now: datetime) -> bool:
    """Whether the tools of the plan are open to a company at `now` (UTC), in one query."""
    if organisation_id is None:
        return False
    rows = Subscription.objects.of(organisation_id, is_live=in_live_world())
    return any(row.gives(now) for row in rows)


def allowance_of(organisation_id: UUID | None, tool: Tool, *, now: datetime) -> int:
    """How many of a tool a company has at `now` (UTC)."""
    return plans.allowance(tool, has_plan=has_plan(organisation_id, now=now))
