"""Editors need nobody else: pictures, documents, menus, redirects, events; writers write and ask for a review."""

import io
import json

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from PIL import Image
from wagtail.contrib.redirects.models import Redirect
from wagtail.models import Collection, Site

from cms.pages.models import ArticleIndex, EventIndex, EventPage, Picture, SiteMenu
from cms.pages.site import EDITORS, WRITERS
from tests.pages.builders import png
from tests.pages.test_editing import member

pytestmark = pytest.mark.django_db
SVG = b"<?xml version='1.0'?><svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>"


@pytest.fixture
def editor() -> Client:
    return member(EDITORS)


@pytest.fixture
def writer() -> Client:
    return member(WRITERS)


def add_picture(client: Client, name: str = "preau.png", content: bytes | None = None, **changes):
    kind = "image/svg+xml" if name.endswith("svg") else "image/png"
    values = {"title": "Un préau", "description": "Trois arches.", "credit": "Ville d’Exemple", **changes}
    file = SimpleUploadedFile(name, png() if content is None else content, content_type=kind)
    return client.post(
        "/gestion/images/add/", {**values, "file": file, "collection": Collection.get_first_root_node().pk, "tags": ""}
    )


def new_event(**changes) -> dict:
    return {
        "title": "Portes ouvertes",
        "slug": "portes-ouvertes",
        "lead": "Venez voir.",
        "start": "2027-02-01 10:00",
        "end": "2027-02-01 12:00",
        "place": "Rennes",
        "online_url": "",
        "registration_url": "",
        "picture": "",
        "share_picture": "",
        "body-count": "0",
        "seo_title": "",
        "search_description": "",
        "comments-TOTAL_FORMS": "0",
        "comments-INITIAL_FORMS": "0",
        **changes,
    }


def address_of_new_event() -> str:
    return f"/gestion/pages/add/pages/eventpage/{EventIndex.objects.get().pk}/"


@pytest.mark.parametrize("who", [EDITORS, WRITERS])
def test_they_add_pictures_with_words_and_an_author(who):
    add_picture(member(who))
    assert Picture.objects.get().credit == "Ville d’Exemple"


@pytest.mark.parametrize("missing", ["description", "credit"])
def test_a_picture_without_its_words_or_its_author_is_refused(editor, missing):
    response = add_picture(editor, **{missing: ""})
    assert "Un préau" in response.content.decode()
    assert not Picture.objects.exists()


@pytest.mark.parametrize("name", ["dessin.svg", "dessin.png", "dessin.webp", "dessin.jpg"])
def test_an_svg_is_refused_whatever_it_is_called(editor, name):
    add_picture(editor, name, SVG)
    assert not Picture.objects.exists()
    multiple = editor.post(
        "/gestion/images/multiple/add/",
        {"files[]": SimpleUploadedFile(name, SVG, content_type="image/png"), "collection": "1", "title": "x"},
        headers={"x-requested-with": "XMLHttpRequest"},
    )
    assert not json.loads(multiple.content)["success"]
    assert not Picture.objects.exists()


def test_a_file_that_is_both_a_picture_and_a_page_is_served_as_a_picture(editor, client):
    data = io.BytesIO()
    Image.new("RGB", (4, 4)).save(data, "PNG")
    add_picture(editor, content=data.getvalue() + b"<script>alert(1)</script>")
    response = client.get(Picture.objects.get().file.url)
    response.close()
    assert response["Content-Type"] == "image/png"
    assert response["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize(
    "address",
    [
        "/gestion/images/",
        "/gestion/documents/",
        "/gestion/redirects/",
        "/gestion/redirects/add/",
        "/gestion/settings/pages/sitemenu/",
        "/gestion/settings/pages/publisher/",
        "/gestion/pages/",
    ],
)
def test_an_editor_opens_everything_that_contents_need(editor, address):
    assert editor.get(address, follow=True).status_code == 200


@pytest.mark.parametrize("address", ["/gestion/redirects/", "/gestion/settings/pages/sitemenu/"])
def test_a_writer_does_not_open_what_is_for_the_whole_site(writer, address):
    response = writer.get(address, follow=True)
    assert response.redirect_chain or response.status_code == 403
    assert not any("sitemenu" in url or "redirects" in url for url, _status in response.redirect_chain)


def test_an_editor_adds_a_document_and_a_redirect(editor, client):
    editor.post(
        "/gestion/documents/add/",
        {
            "title": "Guide",
            "file": SimpleUploadedFile("guide.pdf", b"%PDF-1.7", content_type="application/pdf"),
            "collection": Collection.get_first_root_node().pk,
            "tags": "",
        },
    )
    target = "https://exemple.fr/"
    editor.post(
        "/gestion/redirects/add/",
        {"old_path": "/ancienne/", "site": "", "is_permanent": "on", "redirect_page": "", "redirect_link": target},
    )
    assert Redirect.objects.get().link == target
    assert client.get("/ancienne/")["Location"] == target


def test_an_editor_publishes_an_event_and_a_visitor_reads_it(editor, client, moving_clock):
    editor.post(address_of_new_event(), new_event(**{"action-publish": "1"}))
    event = EventPage.objects.get()
    assert event.live
    page = client.get(event.url).content.decode().replace("\N{NO-BREAK SPACE}", " ")
    assert "lundi 1er février 2027 à 10 h 00" in page


def test_a_writer_writes_an_event_that_only_an_editor_publishes(writer, editor, client):
    writer.post(address_of_new_event(), new_event(**{"action-publish": "1"}))
    event = EventPage.objects.get()
    assert not event.live
    assert client.get("/agenda/portes-ouvertes/").status_code == 404
    writer.post(f"/gestion/pages/{event.pk}/edit/", new_event(**{"action-submit": "1"}))
    task = EventPage.objects.get().current_workflow_task_state
    assert task is not None
    editor.post(f"/gestion/pages/workflow/action/{event.pk}/approve/{task.pk}/", {"comment": ""})
    assert client.get("/agenda/portes-ouvertes/").status_code == 200


def test_what_is_wrong_with_an_event_is_told_and_what_was_typed_stays(editor):
    wrong = new_event(end="2027-02-01 09:00", place="", **{"action-publish": "1"})
    page = editor.post(address_of_new_event(), wrong).content.decode()
    assert "Indiquez une fin après le début." in page
    assert "Portes ouvertes" in page
    assert not EventPage.objects.exists()


def test_an_address_is_in_plain_letters(editor):
    wrong = new_event(title="Événement d’été", slug="événement", **{"action-publish": "1"})
    assert "sans accent" in editor.post(address_of_new_event(), wrong).content.decode()
    assert not EventPage.objects.exists()


def test_the_preview_shows_the_page_to_its_editor_and_to_nobody_else(editor, client, moving_clock):
    preview = f"/gestion/pages/add/pages/eventpage/{EventIndex.objects.get().pk}/preview/"
    assert editor.post(preview, new_event(title="En aperçu")).json()["is_valid"]
    assert "En aperçu" in editor.get(preview).content.decode()
    answer = client.get(preview)
    assert answer.status_code == 302
    assert "En aperçu" not in answer.content.decode()


def test_an_editor_writes_the_menus(editor, client):
    site = Site.objects.get(is_default_site=True)
    editor.post(
        f"/gestion/settings/pages/sitemenu/{site.pk}/",
        {
            "main-count": "1",
            "main-0-deleted": "",
            "main-0-order": "0",
            "main-0-type": "link",
            "main-0-id": "",
            "main-0-value-label": "Chercher",
            "main-0-value-page": "",
            "main-0-value-address": "catalogue:list",
            "footer-count": "0",
            "legal-count": "0",
        },
    )
    assert len(SiteMenu.objects.get().main) == 1
    assert [one.label for one in client.get("/contact/").context["menu"]] == ["Chercher"]


def test_lists_are_not_made_twice(editor):
    home = ArticleIndex.objects.get().get_parent()
    assert editor.get(f"/gestion/pages/add/pages/articleindex/{home.pk}/").status_code in {302, 403}
