"""Dates of a call on its pages: later periods, a later deadline for all, the end of a lot."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from marketplace.journal import clock
from procurement.calls.models import Call, ChangeNotice, SubmissionPeriod, TeamRole
from procurement.calls.services import drafts
from procurement.calls.todo import todos
from tests.calls.builders import Team, plan_candidatures, team_user, write_call
from tests.calls.pages import NOW, client_of
from tests.factories import within_act

pytestmark = pytest.mark.django_db

LATER = {"closes_at_day": "2027-03-02", "closes_at_hour": "12:00", "reason": "Documents complétés"}
INITIAL = {
    "kind": "initial",
    "opens_at_day": "2027-03-01",
    "opens_at_hour": "10:00",
    "closes_at_day": "2027-03-30",
    "closes_at_hour": "12:00",
    "technical": "Mémoire technique\nPlanning",
    "price": "Annexe financière",
}


def published(team: Team, **fields: Any) -> Call:
    """A call with its first periods, as good as published."""
    call = write_call(team, NOW, **fields)
    plan_candidatures(call, team, NOW)
    call.criteria_digest = "0" * 64
    within_act(call.save, chain=call.chain, at=NOW)
    return call


def page(call: Call, name: str, *more: Any) -> str:
    return reverse(f"calls:{name}", args=[call.reference, *more])


@pytest.mark.law("LR-38")
def test_a_deadline_moves_for_all_with_its_reason(team: Team):
    call = published(team)
    url, validator = page(call, "extend", 1), client_of(team.validator)
    earlier = LATER | {"closes_at_day": "2027-01-20"}
    assert "ne peut qu’être repoussée" in validator.post(url, earlier).content.decode()
    missing = validator.post(url, LATER | {"reason": ""})
    assert missing.status_code == 422
    assert 'value="2027-03-02"' in missing.content.decode()
    night = validator.post(url, LATER | {"closes_at_day": "2027-03-06"})
    assert "PR-01" in night.content.decode()
    assert validator.post(url, LATER).status_code == 302
    assert SubmissionPeriod.objects.get().closes_at().date().isoformat() == "2027-03-02"
    html = validator.get(page(call, "periods")).content.decode()
    assert "Documents complétés" in html
    assert client_of(team.author).post(url, LATER).status_code == 403


def test_in_the_last_day_a_second_person_agrees_or_nothing_moves(team: Team, moving: clock.MovingClock):
    call = published(team)
    second = team.evaluator
    drafts.give_role(call=call, user=team_user(second), role=TeamRole.VALIDATOR, actor=team.validator, now=NOW)
    period = SubmissionPeriod.objects.get()
    moving.advance_to(period.closes_at() - timedelta(hours=3))
    validator, other = client_of(team.validator), client_of(second)
    assert other.get(page(call, "agree_extension", 1)).status_code == 404
    assert "une deuxième personne doit donner son accord" in validator.get(page(call, "extend", 1)).content.decode()
    assert validator.post(page(call, "extend", 1), LATER).status_code == 302
    assert SubmissionPeriod.objects.get().closes_at() == period.closes_at()
    assert not ChangeNotice.objects.exists()
    waiting = other.get(page(call, "periods")).content.decode()
    assert "Un report attend une deuxième personne" in waiting
    now = moving.now()
    assert [one.href for one in todos(calls=[call], actor=second, now=now)][:1] == [page(call, "agree_extension", 1)]
    assert page(call, "agree_extension", 1) not in [
        one.href for one in todos(calls=[call], actor=team.validator, now=now)
    ]
    alone = validator.post(page(call, "agree_extension", 1))
    assert alone.status_code == 422
    assert "se décide à deux" in alone.content.decode()
    assert client_of(team.author).post(page(call, "agree_extension", 1)).status_code == 403
    shown = other.get(page(call, "agree_extension", 1)).content.decode()
    assert "Documents complétés" in shown
    assert other.post(page(call, "agree_extension", 1)).status_code == 302
    assert SubmissionPeriod.objects.get().closes_at().date().isoformat() == "2027-03-02"
    assert ChangeNotice.objects.get().reason == "Documents complétés"
    assert other.post(page(call, "agree_extension", 1)).status_code == 404


def test_later_periods_are_planned_lot_by_lot_under_the_limits_announced(team: Team):
    call = published(team, lots=2)
    author, url = client_of(team.author), page(call, "periods")
    assert author.post(url, INITIAL | {"lot": "3"}).status_code == 422
    late = author.post(url, INITIAL | {"lot": "2", "closes_at_day": "2027-02-25"})
    assert "doit venir après l’ouverture" in late.content.decode()
    assert author.post(url, INITIAL | {"lot": "2"}).status_code == 302
    period = SubmissionPeriod.objects.get(kind="initial")
    assert period.lot.number == 2
    labels = {row.name: row.expected_documents for row in period.envelopes.all()}
    assert labels == {"technical": ["Mémoire technique", "Planning"], "price": ["Annexe financière"]}
    again = author.post(url, INITIAL | {"lot": "2"})
    assert "a déjà sa période" in again.content.decode()
    for _round in range(2):
        answer = author.post(url, INITIAL | {"lot": "2", "kind": "round", "closes_at_day": "2027-04-14"})
        assert answer.status_code == 302
    assert list(SubmissionPeriod.objects.filter(kind="round").values_list("round_number", flat=True)) == [1, 2]
    assert client_of(team.evaluator).post(url, INITIAL | {"lot": "1"}).status_code == 403


def test_a_lot_ends_with_its_reasons_by_a_validator(team: Team):
    call = published(team)
    url = page(call, "cancel", 1)
    validator = client_of(team.validator)
    assert "sans retour possible" in validator.get(url).content.decode()
    assert validator.post(url, {"kind": "without_follow_up", "reasons": ""}).status_code == 422
    assert client_of(team.author).post(url, {"kind": "without_follow_up", "reasons": "Budget"}).status_code == 403
    assert validator.post(url, {"kind": "without_follow_up", "reasons": "Budget retiré"}).status_code == 302
    assert call.lots.get().cancellation.reasons == "Budget retiré"
    again = validator.post(url, {"kind": "without_follow_up", "reasons": "Budget retiré"})
    assert again.status_code == 422


def test_the_dates_of_three_lots_cost_no_more_queries_than_those_of_one(team: Team):
    counts = []
    for lots in (1, 3):
        call = published(team, lots=lots)
        reader = client_of(team.reader)
        reader.get(page(call, "periods"))
        with CaptureQueriesContext(
            connection,
        ) as queries:
            reader.get(page(call, "periods"))
        counts.append(len(queries))
    assert counts[0] == counts[1]
