"""What everybody reads: published calls, their documents, the proof that a document is ours."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from marketplace.journal import clock
from marketplace.journal.outbox import drain
from procurement.calls.models import Call
from procurement.calls.services.publishing import cancel_lot, publish, put_documents_online
from procurement.submissions.custody import Appointee, appoint_custodians, prepare_keys, rehearse_custodian
from tests.calls.builders import Team, make_team, plan_candidatures, sendings, team_user, write_call

pytestmark = pytest.mark.django_db(transaction=True)

NOW = datetime(2027, 1, 12, 9, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def moving(settings: Any) -> Iterator[clock.MovingClock]:
    settings.PROFILE_DECLARED_ON = "2026-01-02"
    with clock.rehearsal(NOW) as moving:
        yield moving


def published(team: Team | None = None, **fields: object) -> tuple[Call, Team]:
    """A call that everybody may read."""
    team = team or make_team()
    call = write_call(team, NOW, **fields)
    kits = appoint_custodians(
        call=call, appointees=[Appointee(user=team_user(one)) for one in team.custodians], actor=team.author, now=NOW
    )
    for period in plan_candidatures(call, team, NOW):
        prepare_keys(period=period, actor=team.author, now=NOW)
        for custodian, kit in zip(team.custodians, kits, strict=True):
            rehearse_custodian(period=period, identity=kit.identity, actor=custodian, now=NOW)
    put_documents_online(call=call, actor=team.validator, now=NOW)
    reasons = {f"LR-{number:02d}": "Choix expliqué." for number in range(1, 125)}
    return publish(call=call, sendings=sendings(NOW), actor=team.validator, now=NOW, accepted=reasons), team


def page(url: str, client: Client | None = None) -> str:
    answer = (client or Client()).get(url)
    assert answer.status_code == 200, url
    return answer.content.decode()


def test_without_an_open_call_the_list_says_what_to_do():
    assert "Aucun appel n’est ouvert aujourd’hui." in page(reverse("desk:calls"))


def test_an_open_call_says_in_half_a_minute_whether_it_is_for_us():
    call, _team = published()
    assert call.title in page(reverse("desk:calls"))
    html = page(reverse("desk:call", args=[call.reference]))
    for words in (
        "Est-ce pour nous ?",
        "270\u00a0000\u00a0€ HT",
        "Qualité de la prévision",
        "50\u00a0%",
        "Appel ouvert",
    ):
        assert words in html
    assert "Répondre" in html or "Réponse avant le" in html


def test_the_home_page_shows_the_nearest_calls():
    assert "Aucun appel n’est ouvert aujourd’hui." in page("/")
    call, _team = published()
    assert call.title in page("/")


def test_a_draft_does_not_exist_for_the_public():
    call = write_call(make_team(), NOW)
    assert Client().get(reverse("desk:call", args=[call.reference])).status_code == 404
    assert call.title not in page(reverse("desk:calls"))


@pytest.mark.law("LR-35", "LR-36")
def test_documents_are_downloaded_without_account_and_only_once_published():
    call, _team = published()
    drain()
    html = page(reverse("desk:call", args=[call.reference]))
    document = call.documents.get().document.rendering.stored_file
    link = reverse("files:download", args=[document.pk])
    assert link in html
    assert Client().get(link).status_code == 200


def test_a_draft_document_is_for_the_house():
    team = make_team()
    call = write_call(team, NOW)
    put_documents_online(call=call, actor=team.validator, now=NOW)
    drain()
    link = reverse("files:download", args=[call.documents.get().document.rendering.stored_file_id])
    assert Client().get(link).status_code == 404
    inside = Client()
    inside.force_login(team_user(team.author))
    assert inside.get(link).status_code == 200


def test_a_closed_call_and_a_stopped_one_say_so(moving: clock.MovingClock):
    call, team = published()
    moving.advance(timedelta(days=60))
    assert "Cet appel est clos depuis le" in page(reverse("desk:call", args=[call.reference]))
    assert call.title in page(f"{reverse('desk:calls')}?etat=clos")
    lot = call.lots.select_related("call").get()
    cancel_lot(lot=lot, kind="without_follow_up", reasons="Le budget manque.", actor=team.validator, now=clock.now())
    html = page(reverse("desk:call", args=[call.reference]))
    assert "Appel arrêté" in html
    assert "Le budget manque." in html


def test_beside_another_profile_the_page_promises_no_seal():
    call, _team = published(deposit_at="https://profil.exemple.fr/appel-12")
    html = page(reverse("desk:call", args=[call.reference]))
    assert "https://profil.exemple.fr/appel-12" in html
    assert "brouillon s’enregistre" not in html


def test_a_document_is_recognised_by_its_fingerprint():
    call, _team = published()
    drain()
    rendering = call.documents.get().document.rendering
    url = reverse("desk:verify")
    html = page(f"{url}?fingerprint={rendering.stored_file.sha256.upper()}")
    assert "Document authentique" in html
    assert call.reference in html
    assert "Empreinte inconnue" in page(f"{url}?fingerprint={'0' * 64}")
    assert "64 caractères" in page(f"{url}?fingerprint=abc")


def test_public_keys_are_published():
    answer = Client().get(reverse("desk:keys"))
    assert answer.json()["format"] == "preau-keys/1"


def test_the_feed_lists_open_calls():
    call, _team = published()
    answer = Client().get(reverse("desk:calls_feed"))
    assert call.reference in answer.content.decode()


def test_a_list_of_three_asks_no_more_than_a_list_of_one():
    team = make_team()
    published(team)
    counts = []
    for _ in range(2):
        with CaptureQueriesContext(
            connection,
        ) as asked:
            page(reverse("desk:calls"))
        counts.append(len(asked))
        published(team)
        published(team)
    assert counts[0] == counts[1]
