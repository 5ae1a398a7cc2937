"""The home page: a problem first, then domains, doors, steps, the seal, dated figures, and what other rooms show."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from cms.pages import blocks, site
from cms.pages.models import HomePage, StandardPage
from tests.catalogue.factories import ProfileFactory
from tests.factories import OrganisationFactory, make

pytestmark = pytest.mark.django_db


@pytest.fixture
def panels(monkeypatch):
    monkeypatch.setattr(blocks, "_panels", {})


def test_the_home_page_asks_which_problem_and_sends_it_to_the_catalogue(client, panels):
    page = client.get("/").content.decode()
    assert "Quel problème voulez-vous résoudre\N{NO-BREAK SPACE}?" in page
    assert '<form role="search" action="/catalogue/"' in page
    assert "/catalogue/?q=transport%20%C3%A0%20la%20demande" in page


def test_the_sixteen_domains_are_there_with_what_each_holds(client):
    ProfileFactory(domains=["mobilite"])
    ProfileFactory(domains=["mobilite", "sante"])
    ProfileFactory(domains=["mobilite"], live=False)
    response = client.get("/")
    counts = {domain.slug: domain.profile_count for domain in response.context["domains"]}
    assert len(counts) == 16
    assert (counts["mobilite"], counts["sante"], counts["culture"]) == (2, 1, 0)
    assert "2 fiches" in response.content.decode()


def test_figures_are_counted_in_the_database_and_dated(client, moving_clock, now):
    ProfileFactory()
    ProfileFactory(organisation=make(OrganisationFactory, registry_checked_at=now))
    response = client.get("/")
    assert [figure for figure, _words in response.context["figures"]] == ["2", "1", "0", "0"]
    assert "12\N{NO-BREAK SPACE}janvier\N{NO-BREAK SPACE}2027" in response.content.decode()


def test_a_panel_shows_what_a_room_registers_and_nothing_when_none_does(client, panels):
    assert "Appels ouverts ici" not in client.get("/").content.decode()
    blocks.register_panel("open-calls", lambda request: f"<section>Appels ouverts ici {request.path}</section>")
    assert "<section>Appels ouverts ici /</section>" in client.get("/").content.decode()


def test_the_number_of_queries_does_not_depend_on_the_rows(client, panels):
    client.get("/")
    counted = []
    for rows in (1, 2, 27):
        for _ in range(rows):
            ProfileFactory(domains=["sante"])
        with CaptureQueriesContext(connection) as queries:
            client.get("/")
        counted.append(len(queries))
    assert counted[0] == counted[1] == counted[2] <= 8, counted


@pytest.mark.parametrize(
    ("address", "words"),
    [
        ("/aide/", "Comprendre le partenariat d’innovation"),
        ("/aide/partenariat-innovation/", "En bref"),
        ("/aide/deposer/", "Qui peut lire ma réponse"),
        ("/aide/glossaire/", "Délai de suspension"),
        ("/contact/", "Joindre l’exploitant"),
        ("/mentions-legales/", "Non renseigné par l’exploitant"),
        ("/donnees-personnelles/", "Base légale"),
        ("/accessibilite/", "non conforme"),
        ("/cookies/", "Il n’y a donc pas de bandeau"),
        ("/plan-du-site/", "/aide/glossaire/"),
    ],
)
def test_each_page_of_a_new_site_is_there(client, address, words):
    response = client.get(address)
    assert response.status_code == 200
    assert words in response.content.decode()


def test_what_the_operator_wrote_is_shown_on_the_pages_that_need_it(client):
    from wagtail.models import Site

    from cms.pages.models import Publisher

    Publisher.objects.create(
        site=Site.objects.get(), name="Syndicat d’Exemple", email="bonjour@exemple.fr", host="Hébergeur d’Exemple"
    )
    notices, contact = (client.get(address).content.decode() for address in ("/mentions-legales/", "/contact/"))
    assert "Syndicat d’Exemple" in notices
    assert "Hébergeur d’Exemple" in notices
    assert "bonjour@exemple.fr" in contact
    assert "Hébergeur d’Exemple" not in contact


def test_an_unpublished_page_is_not_found(client):
    page = StandardPage.objects.get(slug="cookies")
    page.unpublish()
    assert client.get("/cookies/").status_code == 404
    assert client.get("/page-inconnue/").status_code == 404
    assert "/cookies/" not in client.get("/sitemap-pages.xml").content.decode()


def test_the_site_is_laid_once_and_never_over_what_editors_did():
    home = HomePage.objects.get()
    home.hero_title = "Nos mots"
    home.save()
    StandardPage.objects.get(slug="cookies").delete()
    site.lay(sender=None, using="default")
    assert HomePage.objects.get().hero_title == "Nos mots"
    assert not StandardPage.objects.filter(slug="cookies").exists()


def test_robots_are_told_the_public_pages_only(client):
    draft = ProfileFactory(live=False)
    shown = ProfileFactory()
    robots = client.get("/robots.txt").content.decode()
    assert "Disallow: /espace/" in robots
    assert "Disallow: /gestion/" in robots
    profiles, pages = (client.get(f"/sitemap-{part}.xml").content.decode() for part in ("fiches", "pages"))
    assert f"{shown.get_absolute_url()}</loc>" in profiles
    assert draft.get_absolute_url() not in profiles
    assert "/aide/glossaire/</loc>" in pages
