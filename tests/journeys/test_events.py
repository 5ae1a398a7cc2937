"""An editor publishes an event in Wagtail's own room; a visitor reads it and takes its calendar file away."""

import gzip
import re
from datetime import timedelta

import pytest
from django.contrib.auth.models import Group
from django.db import connection

from cms.pages.models import EventIndex, EventPage
from cms.pages.site import EDITORS
from tests.catalogue.factories import ProfileFactory
from tests.factories import UserFactory
from tests.journeys.looking import Seen, look, watch
from tests.journeys.person import Manner, Person
from tests.pages.builders import article, event, study
from tests.pages.test_contents import every_block

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(connection.vendor != "sqlite", reason="a browser sees no database: played once, on SQLite"),
]
KEYBOARD = Manner("keyboard, no script, 320 px", script=False, mouse=False, width=320)


def test_an_editor_publishes_an_event_and_a_visitor_takes_its_calendar_file_away(visit, moving_clock):
    editor = UserFactory()
    editor.groups.add(Group.objects.get(name=EDITORS))
    page = visit(editor, viewport={"width": 1280, "height": 900}).new_page()
    page.goto(f"/gestion/pages/add/pages/eventpage/{EventIndex.objects.get().pk}/")
    for name, text in (
        ("title", "Portes ouvertes"),
        ("lead", "Venez poser vos questions."),
        ("start", "2027-02-01 10:00"),
        ("end", "2027-02-01 12:00"),
        ("place", "Hôtel de ville, Rennes"),
    ):
        page.locator(f"[name={name}]").fill(text)
        page.keyboard.press("Escape")
    page.locator("footer .w-dropdown [data-w-dropdown-target=toggle]").last.click()
    with page.expect_navigation():
        page.locator("button[name=action-publish]").click()
    assert EventPage.objects.get().live

    seen = Seen()
    window = visit(accept_downloads=True, **KEYBOARD.options).new_page()
    watch(window, seen)
    visitor = Person(window, KEYBOARD, seen, looks=False)
    visitor.go("/")
    visitor.follow("Agenda", within="footer")
    visitor.follow("Portes ouvertes")
    visitor.reads("lundi 1er février 2027 à 10 h 00", "Hôtel de ville, Rennes")
    file = visitor.download("Ajouter à mon calendrier").read_text(encoding="utf-8")
    assert "DTSTART:20270201T090000Z" in file
    assert "SUMMARY:Portes ouvertes" in file
    assert seen.problems == []


def test_pages_of_editors_are_for_everybody(visit, live_server, now, moving_clock):
    for number in range(14):
        article(f"Nouvelle {number}")
    said = {"text": "Ça marche.", "author": "Léa", "role": "directrice", "organisation": "Mairie"}
    profile = ProfileFactory(name="Tramélys", domains=["sante"])
    body = every_block("Des mots simples", profile)
    pages = [
        article("Une nouvelle avec tout", body=body).url,
        study(body=[*body, ("testimony", {**said, "profile": profile})]).url,
        event(start=now + timedelta(days=1), registration_url="https://exemple.fr/", body=body).url,
        event("Passé", start=now - timedelta(days=9)).url,
    ]
    seen = Seen()
    window = visit().new_page()
    watch(window, seen)
    lists = ["/", "/actualites/", "/actualites/?page=2", "/etudes-de-cas/", "/agenda/"]
    for address in [*pages, *lists, "/aide/", "/aide/glossaire/", "/aide/partenariat-innovation/"]:
        window.goto(address)
        look(window, seen)
    assert seen.problems == []
    assert seen.pages == len(pages) + 8


TEXT = re.compile("text/|application/javascript|image/svg")
HEADERS = 350
"""Octets of the headers of an answer, about."""
SCRIPT_MOST = 30_000


@pytest.mark.parametrize(
    ("address", "most"),
    [("/", 150_000), ("/catalogue/", 120_000), ("/actualites/", 150_000)],
    ids=["home", "list", "news"],
)
def test_a_first_view_is_light(visit, moving_clock, address, most):
    """P17: octets that travel, and requests, the first time (performance.md §3)."""
    for number in range(25):
        ProfileFactory(tagline=f"Une phrase de présentation, la {number}e.", domains=["sante"])
        article(f"Nouvelle {number}")
    page, answers = visit().new_page(), []
    page.on("response", lambda answer: answers.append(answer))
    page.goto(address, wait_until="networkidle")
    # The site serves its texts compressed, the server of tests does not.
    sizes = {
        one.url: len(gzip.compress(one.body()) if TEXT.match(one.headers["content-type"]) else one.body())
        for one in answers
    }
    assert len(sizes) <= 15
    assert sum(sizes.values()) + len(sizes) * HEADERS <= most, sizes
    assert sum(size for url, size in sizes.items() if url.endswith(".js")) <= SCRIPT_MOST
