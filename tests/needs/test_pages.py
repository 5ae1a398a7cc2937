"""The public pages: list, states, feed, sheet; equal queries whatever the rows."""

import io
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from pypdf import PdfReader

from cms.needs.models import Need, State
from cms.needs.services import following, moderation, taking_up
from marketplace.journal.outbox import drain
from marketplace.mail.models import Message
from tests.factories import actor_for
from tests.needs.builders import confirmed_need, editor, published_need, supported

pytestmark = pytest.mark.django_db


def titles(client, query: str = "") -> list[str]:
    return [need.title for need in client.get(f"/besoins/{query}").context["page"]]


def taken(need: Need, *, now, is_published: bool = True):
    return taking_up.take_up(
        need=need, call_reference="PI-2027-001", call_title="Bus", call_url="/appels/PI-2027-001/",
        organisation_name="Métropole d’Exemple", is_published=is_published,
        actor=actor_for(organisation__buyer=True), now=now,
    )  # fmt: skip


def test_an_empty_list_says_what_to_do(client, moving_clock):
    page = client.get("/besoins/").content.decode()
    assert "Aucun besoin n’est encore publié" in page
    assert 'href="/besoins/proposer/"' in page
    assert "Aucun besoin dans cet état" in client.get("/besoins/?etat=repris").content.decode()


def test_needs_are_sorted_by_support_or_date_and_filtered_by_state(client, moving_clock):
    by = editor()
    needs = {}
    for number, title in enumerate(("Ancien", "Moyen", "Neuf", "Classé")):
        moving_clock.advance(timedelta(hours=1))
        needs[title] = published_need(now=moving_clock.now(), title=title, email=f"n{number}@exemple.fr", by=by)
    for email in ("a@exemple.fr", "b@exemple.fr"):
        supported(needs["Ancien"], email, now=moving_clock.now())
    supported(needs["Moyen"], "a@exemple.fr", now=moving_clock.now())
    taken(needs["Neuf"], now=moving_clock.now())
    taken(needs["Moyen"], now=moving_clock.now(), is_published=False)
    moderation.decline(need=needs["Classé"], reason="Hors sujet.", actor=by, now=moving_clock.now())
    confirmed_need(now=moving_clock.now(), email="attente@exemple.fr")
    assert titles(client) == ["Ancien", "Moyen", "Classé", "Neuf"]
    assert titles(client, "?tri=date") == ["Classé", "Neuf", "Moyen", "Ancien"]
    found = {state: titles(client, f"?etat={state}") for state in State.values}
    assert found == {"propose": ["Ancien"], "en-etude": ["Moyen"], "repris": ["Neuf"], "non-retenu": ["Classé"]}
    assert titles(client, "?etat=absent&tri=absent&page=99") == ["Ancien", "Moyen", "Classé", "Neuf"]
    assert "Tous (4)" in client.get("/besoins/").content.decode()


def test_a_long_list_has_pages(client, moving_clock):
    by = editor()
    for number in range(26):
        published_need(now=moving_clock.now(), title=f"Besoin {number}", email=f"n{number}@exemple.fr", by=by)
    assert len(titles(client)) == 25
    assert len(titles(client, "?page=2")) == 1


@pytest.mark.parametrize("address", ["/besoins/", "/besoins/flux/", "besoin"])
def test_queries_do_not_grow(client, moving_clock, address):
    by = editor()
    first = published_need(now=moving_clock.now(), by=by)
    taken(first, now=moving_clock.now())
    address = first.get_absolute_url() if address == "besoin" else address
    client.get(address)
    with CaptureQueriesContext(connection) as one:
        client.get(address)
    for number in range(3):
        need = published_need(now=moving_clock.now(), title=f"B {number}", email=f"n{number}@exemple.fr", by=by)
        taken(need, now=moving_clock.now())
        supported(first, f"s{number}@exemple.fr", now=moving_clock.now())
    with CaptureQueriesContext(connection) as several:
        client.get(address)
    assert len(several) == len(one)


def test_the_feed_holds_published_needs(client, moving_clock):
    assert client.get("/besoins/flux/").status_code == 200
    published_need(now=moving_clock.now())
    confirmed_need(now=moving_clock.now(), email="attente@exemple.fr")
    feed = client.get("/besoins/flux/").content.decode()
    assert feed.count("<entry>") == 1
    assert "<title>Des bus pleins le matin</title>" in feed


@pytest.mark.documents
def test_the_sheet_for_town_halls_is_one_page_with_the_three_questions(client, settings):
    response = client.get("/besoins/feuille/")
    assert response["Content-Type"] == "application/pdf"
    reader = PdfReader(io.BytesIO(response.content))
    text = " ".join(reader.pages[0].extract_text().split())
    assert len(reader.pages) == 1
    for words in (
        "Qu’est-ce qui vous complique la vie",
        "Où",
        "Votre courriel, ou votre téléphone",
        "/besoins/proposer/",
    ):
        assert words in text


def test_menu_and_footer_lead_to_needs(client, moving_clock):
    page = client.get("/besoins/").content.decode()
    assert '<a href="/besoins/" aria-current="page">Besoins</a>' in page
    assert 'href="/besoins/proposer/">Exprimer un besoin</a>' in page


def test_every_form_says_what_becomes_of_the_address(client, moving_clock):
    need = published_need(now=moving_clock.now())
    for address in ("/besoins/proposer/", need.get_absolute_url(), f"{need.get_absolute_url()}soutenir/"):
        assert "Votre courriel sert à confirmer" in client.get(address).content.decode()


def test_each_follower_is_told_once_of_a_stage(moving_clock, monkeypatch):
    monkeypatch.setattr(following, "BATCH", 2)
    need = published_need(now=moving_clock.now())
    for number in range(4):
        supported(need, f"n{number}@exemple.fr", now=moving_clock.now())
    taken(need, now=moving_clock.now())
    drain()
    news = need.news.get()
    following.tell.func(news.pk)
    told = Message.objects.filter(kind="needs.news")
    assert told.count() == len(set(told.values_list("address", flat=True))) == 5
    assert all("/besoins/arreter/" in mail.body for mail in told)
    assert news.told_at is not None
