"""Calls really published, and people at their browsers."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

from marketplace.accounts.actors import Actor
from marketplace.journal.clock import MovingClock
from marketplace.journal.outbox import drain
from procurement.calls.models import Call, SubmissionPeriod
from procurement.calls.services.publishing import publish, put_documents_online
from procurement.submissions.custody import Appointee, appoint_custodians, prepare_keys, rehearse_custodian
from tests.calls.builders import Team, make_team, plan_candidatures, sendings, team_user, write_call
from tests.factories import MembershipFactory, OrganisationFactory, make
from tests.submissions.stage import Stage

PASSED = {f"LR-{number:02d}": "Choix expliqué." for number in range(1, 125)}


def published(
    moving: MovingClock,
    team: Team | None = None,
    *,
    days: int = 36,
    before: Callable[[Call], object] | None = None,
    **fields: Any,
) -> Stage:
    """A call that everybody may read, its candidatures open to firms, its keys proved by three custodians.

    `before` does something with the draft.
    """
    team, now = team or make_team(), moving.now()
    call = write_call(team, now, **fields)
    if before is not None:
        before(call)
    appointees = [Appointee(user=team_user(one)) for one in team.custodians]
    # Where deposits are on another buyer profile, nobody keeps keys.
    kits = [] if call.deposit_at else appoint_custodians(call=call, appointees=appointees, actor=team.author, now=now)
    for period in plan_candidatures(call, team, now, days=days):
        if call.deposit_at:
            continue
        prepare_keys(period=period, actor=team.author, now=now)
        for custodian, kit in zip(team.custodians, kits, strict=True):
            rehearse_custodian(period=period, identity=kit.identity, actor=custodian, now=now)
    put_documents_online(call=call, actor=team.validator, now=now)
    call = publish(call=call, sendings=sendings(now), actor=team.validator, now=now, accepted=PASSED)
    drain()
    period = SubmissionPeriod.objects.filter(lot__call=call).order_by("lot__number").first()
    return Stage(moving, call, team, period, kits)


def on_lot(stage: Stage, number: int) -> Stage:
    """The same call, on another lot."""
    period = SubmissionPeriod.objects.select_related("lot").get(lot__call=stage.call, lot__number=number)
    return replace(stage, period=period, bidders=[])


def a_firm(name: str = "Tramélys", **fields: Any) -> Actor:
    """Somebody who acts for a firm."""
    return Actor.of(make(MembershipFactory, organisation=make(OrganisationFactory, name=name, **fields)))


def past(stage: Stage) -> Call:
    """Go past the deadline by a day; the call as it stands."""
    stage.clock.advance_to(stage.deadline + timedelta(days=1))
    return Call.objects.get(pk=stage.call.pk)
