"""Figures of calls: what is public of them, and nothing of who answers."""

from datetime import timedelta

import pytest

from cms.catalogue.domains import DOMAINS
from marketplace.journal.outbox import drain
from procurement.calls.services.publishing import cancel_lot
from procurement.calls.services.timeline import record
from procurement.submissions.models import Deposit
from tests.calls.builders import make_team, write_call
from tests.desk.builders import past, published
from tests.factories import within_act

pytestmark = pytest.mark.django_db


def rows_of(client, name: str) -> dict[str, list]:
    return {row[0]: row[1:] for row in client.get(f"/chiffres/donnees/{name}.json").json()["rows"]}


def test_drafts_are_counted_nowhere(client, moving):
    write_call(make_team(), moving.now())
    assert rows_of(client, "appels-par-domaine") == {}
    assert set(map(tuple, rows_of(client, "appels-par-etape").values())) == {(0,)}


def test_calls_are_counted_by_domain_and_by_stage(client, moving):
    stage = published(moving)
    assert rows_of(client, "appels-par-domaine") == {DOMAINS["mobilite"].label: [1]}
    stages = rows_of(client, "appels-par-etape")
    assert (stages["Publiés"], stages["Ouverts aujourd’hui"], stages["Clos"]) == ([1], [1], [0])
    past(stage)
    stages = rows_of(client, "appels-par-etape")
    assert (stages["Publiés"], stages["Ouverts aujourd’hui"], stages["Clos"]) == ([1], [0], [1])
    within_act(lambda: record(stage.call.lots.get(), "signed_at", moving.now()))
    assert rows_of(client, "appels-par-etape")["Au moins un contrat signé"] == [1]


def test_a_call_given_up_counts_its_delay(client, moving):
    stage = published(moving)
    moving.advance(timedelta(days=20))
    cancel_lot(
        lot=stage.call.lots.get(), kind="without_follow_up", reasons="Le budget manque.",
        actor=stage.team.validator, now=moving.now(),
    )  # fmt: skip
    assert rows_of(client, "delai-de-reponse") == {"2027-T1": [20, 1]}
    assert rows_of(client, "appels-par-etape")["Arrêtés avant signature"] == [1]


def test_a_decision_is_not_counted_before_its_result_is_public(client, moving):
    stage = published(moving)
    lot = stage.call.lots.get()
    moving.advance(timedelta(days=60))
    within_act(lambda: record(lot, "rejections_sent_at", moving.now()))
    assert rows_of(client, "delai-de-reponse") == {}
    moving.advance(timedelta(days=40))
    within_act(lambda: record(lot, "signed_at", moving.now()))
    assert rows_of(client, "delai-de-reponse") == {"2027-T1": [60, 1]}


def test_an_answer_handed_in_changes_no_figure(client, moving):
    stage = published(moving)
    before = client.get("/chiffres/").content
    stage.submit()
    drain()
    assert Deposit.objects.filter(submission__isnull=False).exists()
    assert client.get("/chiffres/").content == before
