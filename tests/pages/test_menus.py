"""Menus: those of the site until editors write theirs, then theirs, in one query more at most."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from wagtail.models import Site

from cms.pages.links import ENTRIES
from cms.pages.models import SiteMenu, StandardPage
from tests.pages.builders import article, read

pytestmark = pytest.mark.django_db


def link(label: str, **target) -> tuple:
    return "link", {"label": label, "page": None, "address": "", **target}


def write(**streams) -> SiteMenu:
    menu = SiteMenu.for_site(Site.objects.get(is_default_site=True))
    for name, value in streams.items():
        setattr(menu, name, value)
    menu.save()
    return menu


def labels(client, name: str, address: str = "/contact/") -> list[str]:
    return [entry.label for entry in client.get(address).context[name]]


def test_without_any_choice_the_menus_are_those_of_the_site(client):
    assert labels(client, "menu")[:2] == ["Catalogue", "Appels ouverts"]
    assert labels(client, "menu")[-1] == "Aide"
    assert "Mentions légales" in labels(client, "legal_links")


def test_a_list_comes_to_the_foot_of_pages_when_it_holds_something_and_leaves_it_when_it_does_not(client):
    def discover() -> list[str]:
        return [entry.label for entry in client.get("/contact/").context["footer"][0].entries]

    assert "Actualités" not in discover()
    one = article()
    assert "Actualités" in discover()
    one.unpublish()
    assert "Actualités" not in discover()
    article("Une autre")
    StandardPage.objects.get(slug="contact")
    assert "Actualités" in discover()


def test_menus_of_editors_take_the_place_of_those_of_the_site(client):
    page = StandardPage.objects.get(slug="contact")
    write(
        main=[link("Nous écrire", page=page), link("Chercher", address="catalogue:list")],
        footer=[("column", {"title": "Suivre", "links": [link("Appels", address="desk:calls")[1]]})],
        legal=[link("Contact", page=page)],
    )
    context = client.get("/contact/").context
    assert [(one.label, one.url, one.is_current) for one in context["menu"]] == [
        ("Nous écrire", "/contact/", True),
        ("Chercher", "/catalogue/", False),
    ]
    columns = [(one.title, [entry.url for entry in one.entries]) for one in context["footer"]]
    assert columns == [("Suivre", ["/appels/"])]
    assert [one.url for one in context["legal_links"]] == ["/contact/"]


def test_an_entry_whose_page_is_not_published_is_not_shown(client):
    page = StandardPage.objects.get(slug="cookies")
    write(main=[link("Cookies", page=page), link("Chercher", address="catalogue:list")])
    page.unpublish()
    assert labels(client, "menu") == ["Chercher"]


def test_words_of_menus_are_escaped(client):
    write(main=[link("<script>alert(1)</script>", address="catalogue:list")])
    assert "<script>alert" not in read(client, "/contact/")


def test_a_longer_menu_asks_as_many_queries(client):
    counts = []
    pages = list(StandardPage.objects.filter(depth=3)[:3])
    for shown in (pages[:1], pages):
        write(main=[link(page.title, page=page) for page in shown])
        read(client, "/catalogue/")
        with CaptureQueriesContext(connection) as asked:
            read(client, "/catalogue/")
        counts.append(len(asked))
    assert counts[0] == counts[1]


def test_only_addresses_that_answer_here_are_offered():
    offered = dict(ENTRIES)["link"].child_blocks["address"]
    names = {name for name, _label in offered.field.choices if name}
    assert {"catalogue:list", "desk:calls"} <= names
