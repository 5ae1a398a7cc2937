"""The call of a rush: hundreds of companies with accounts and a draft each, a deadline at a real instant."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from unittest import mock

from tests.benchmarks.serving import session_of


@dataclass
class World:
    """What was laid out; `second` agrees to an extension, `drafts` are (deposit, session) of each company."""

    stage: Any
    second: Any
    drafts: list[tuple[str, str]]


def lay_out(companies: int) -> World:
    """A call whose deadline is just past, to be moved (`move_deadline`), and a draft for each company."""
    from django.test import override_settings

    from marketplace.accounts.models import User
    from marketplace.journal import clock
    from procurement.calls.models import TeamRole
    from procurement.calls.services.drafts import give_role
    from procurement.submissions import deposits
    from tests.calls.builders import team_user
    from tests.factories import actor_for
    from tests.submissions.browsing import publish
    from tests.submissions.stage import DAYS_OPEN, make_stage

    quick = override_settings(PASSWORD_HASHERS=["django.contrib.auth.hashers.MD5PasswordHasher"])
    start = clock.now() - timedelta(days=DAYS_OPEN, minutes=5)
    with quick, at_any_hour(), clock.rehearsal(start) as moving:
        stage = make_stage(moving)
        publish(stage)
        second = actor_for(stage.team.buyer)
        give_role(
            call=stage.call, user=team_user(second), role=TeamRole.VALIDATOR, actor=stage.team.author, now=stage.now
        )
        drafts = []
        for number in range(companies):
            bidder = stage.bidder(f"Entreprise {number}")
            deposit = deposits.open_deposit(period=stage.period, party=bidder.party, actor=bidder.actor, now=stage.now)
            drafts.append((str(deposit.pk), session_of(User.objects.get(pk=bidder.actor.user_id))))
    return World(stage, second, drafts)


def move_deadline(world: World, closes_at: datetime) -> datetime:
    """Extend the period for all, by two people, as they would on the page. Returns when it was decided."""
    from marketplace.journal import clock
    from procurement.calls.models import SubmissionPeriod
    from procurement.calls.services.periods import extend_deadline

    period = SubmissionPeriod.objects.select_related("lot__call").get(pk=world.stage.period.pk)
    now = clock.now()
    with at_any_hour():
        extend_deadline(
            period=period, closes_at=closes_at, reason="Panne du réseau de plusieurs entreprises.",
            actor=world.stage.team.validator, second_person=world.second, now=now,
        )  # fmt: skip
    return now


def at_any_hour() -> Any:
    """A benchmark is run when the machine is free: what PR-01 says of office hours is not what it measures."""
    return mock.patch("procurement.law.candidature.is_office_hour", return_value=True)
