"""What this site refuses beyond the law, each choice through the act that publishes, plans or moves a deadline."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from stdnum import luhn

from procurement.calls.models import PeriodDeadline, SubmissionPeriod, TeamRole
from procurement.calls.services import drafts, periods
from procurement.law.findings import RuleViolation
from tests.calls.builders import Team, team_user
from tests.calls.ready import (
    NOW,
    Change,
    Draft,
    asked,
    blocks,
    buyer,
    of_call,
    publish,
)
from tests.factories import OrganisationFactory, make

pytestmark = pytest.mark.django_db

# The last second of office hours in Paris, in winter.
EVENING = datetime(2026, 12, 29, 17, 0, tzinfo=UTC)
SECOND = timedelta(seconds=1)


def last_written(at: datetime) -> Change:
    """A deadline that came into the rows otherwise than by planning, which refuses it too."""

    def change(draft: Draft) -> None:
        period = SubmissionPeriod.objects.get(lot=draft.lot)
        decided = NOW + SECOND * period.deadlines.count()
        row = PeriodDeadline(period=period, closes_at=at, decided_at=decided, decided_by_id=draft.team.author.user_id)
        draft.store(row.save)

    return change


def leaves(role: str, person: Any) -> Change:
    """Somebody leaves the team."""

    def change(draft: Draft) -> None:
        member = draft.call.team.get(role=role, user=team_user(person(draft.team)))
        member.until = NOW
        draft.store(member.save)

    return change


def comes(role: str, person: Any) -> Change:
    """Somebody joins the team."""

    def change(draft: Draft) -> None:
        drafts.give_role(call=draft.call, user=team_user(person(draft.team)), role=role, **draft.common)

    return change


def reader(team: Team) -> Any:
    return team.reader


def visa(kind: str, person: Any) -> Change:
    return lambda draft: drafts.give_visa(call=draft.call, kind=kind, actor=person(draft.team), now=NOW)


def author_publishes(draft: Draft) -> None:
    comes(TeamRole.VALIDATOR, lambda team: team.author)(draft)
    visa("sien", lambda team: team.author)(draft)
    asked(actor=draft.team.author)(draft)


def with_co_buyer(same: bool) -> Change:
    """Another buyer with its convention: one more establishment of the lead buyer, or somebody else."""

    def change(draft: Draft) -> None:
        said = {"identifier_scheme": "siret", "identifier": siret_of(draft.call.lead_buyer.identifier)} if same else {}
        rows = [
            {"organisation": make(OrganisationFactory, buyer=True, **said), "convention_reference": "Délibération 12",
             "convention_signed_on": NOW.date()},
        ]  # fmt: skip
        drafts.save_co_buyers(call=draft.call, rows=rows, **draft.common)

    return change


def siret_of(siren: str) -> str:
    """An establishment of that number."""
    return f"{siren}0001{luhn.calc_check_digit(f'{siren}0001')}"


def number_of_buyer(change_of: Any) -> Change:
    return lambda draft: buyer(identifier=change_of(draft.team.buyer.identifier))(draft)


@pytest.mark.parametrize(
    ("spoil", "mend"),
    [
        pytest.param(
            last_written(EVENING + SECOND), last_written(EVENING + timedelta(days=1)),
            id="after-18h", marks=pytest.mark.law("PR-01"),
        ),
        pytest.param(
            leaves(TeamRole.AUTHOR, lambda team: team.author), comes(TeamRole.AUTHOR, lambda team: team.evaluator),
            id="no-author", marks=pytest.mark.law("PR-02"),
        ),
        pytest.param(
            leaves(TeamRole.EVALUATOR, lambda team: team.evaluator),
            comes(TeamRole.EVALUATOR, lambda team: team.signatory),
            id="no-evaluator", marks=pytest.mark.law("PR-02"),
        ),
        pytest.param(
            leaves(TeamRole.SIGNATORY, lambda team: team.signatory),
            comes(TeamRole.SIGNATORY, lambda team: team.validator),
            id="no-signatory", marks=pytest.mark.law("PR-02"),
        ),
        pytest.param(
            leaves(TeamRole.CUSTODIAN, lambda team: team.custodians[2]),
            comes(TeamRole.CUSTODIAN, lambda team: team.signatory),
            id="two-custodians", marks=pytest.mark.law("PR-02"),
        ),
        pytest.param(
            leaves(TeamRole.CUSTODIAN, lambda team: team.custodians[2]), of_call(deposit_at="https://ailleurs.example/"),
            id="no-keys-elsewhere", marks=pytest.mark.law("PR-02"),
        ),
        pytest.param(of_call(country="BE"), of_call(country="FR"), id="foreign-call", marks=pytest.mark.law("PR-03")),
        pytest.param(buyer(country="BE"), buyer(country="FR"), id="foreign-buyer", marks=pytest.mark.law("PR-03")),
        pytest.param(
            buyer(verified_at=None), buyer(verified_at=NOW), id="unverified", marks=pytest.mark.law("PR-04")
        ),
        pytest.param(
            number_of_buyer(lambda siren: f"{siren[:-1]}{(int(siren[-1]) + 1) % 10}"), number_of_buyer(str),
            id="wrong-number", marks=pytest.mark.law("PR-04"),
        ),
        pytest.param(
            number_of_buyer(lambda siren: ""), number_of_buyer(str), id="no-number", marks=pytest.mark.law("PR-04")
        ),
        pytest.param(with_co_buyer(same=True), with_co_buyer(same=False), id="twice", marks=pytest.mark.law("PR-04")),
        pytest.param(
            author_publishes, visa("juridique", reader), id="alone", marks=pytest.mark.law("PR-05")
        ),
        pytest.param(
            of_call(deposit_at="http://ailleurs.example/1"), of_call(deposit_at="https://ailleurs.example/1"),
            id="unsafe", marks=pytest.mark.law("PR-08"),
        ),
    ],
)  # fmt: skip
def test_the_site_refuses_beyond_the_law(draft: Draft, rule: str, spoil: Change, mend: Change):
    blocks(draft, rule, spoil, mend)


@pytest.mark.law("PR-08")
def test_deposits_elsewhere_are_not_made_here(draft: Draft, settings: Any):
    settings.SITE_URL = "https://preau.example"
    blocks(
        draft,
        "PR-08",
        of_call(deposit_at="https://preau.example/appels/1"),
        of_call(deposit_at="https://autre.example/1"),
    )


@pytest.mark.law("PR-01")
@pytest.mark.parametrize(
    ("closes_at", "kept"),
    [
        (datetime(2026, 12, 29, 8, 0, tzinfo=UTC), True),
        (datetime(2026, 12, 29, 7, 59, 59, tzinfo=UTC), False),
        (EVENING, True),
        (EVENING + SECOND, False),
        (datetime(2026, 12, 26, 11, tzinfo=UTC), False),
        (datetime(2027, 1, 1, 11, tzinfo=UTC), False),
    ],
    ids=["9 h", "before 9 h", "18 h", "after 18 h", "Saturday", "New Year’s Day"],
)
def test_a_deadline_is_planned_and_moved_into_office_hours(draft: Draft, closes_at: datetime, kept: bool):
    given = {"lot": draft.lot, "kind": "candidature", "opens_at": NOW, "closes_at": closes_at, **draft.common}
    if kept:
        assert periods.plan_period(**given).closes_at() == closes_at
        return
    with pytest.raises(RuleViolation) as refused:
        periods.plan_period(**given)
    assert refused.value.rules == ["PR-01"]
    assert SubmissionPeriod.objects.get().closes_at() != closes_at


@pytest.mark.law("PR-01")
def test_a_deadline_moves_into_office_hours_only(draft: Draft):
    publish(draft)
    period = SubmissionPeriod.objects.get()
    given = {"period": period, "reason": "Panne", "actor": draft.team.validator, "now": NOW + SECOND}
    with pytest.raises(RuleViolation) as refused:
        periods.extend_deadline(closes_at=EVENING + SECOND, **given)
    assert refused.value.rules == ["PR-01"]
    assert period.deadlines.count() == 1
    periods.extend_deadline(closes_at=EVENING, **given)
    assert SubmissionPeriod.objects.get().closes_at() == EVENING
