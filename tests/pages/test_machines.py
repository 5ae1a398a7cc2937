"""What machines find: the map of the site, canonical addresses, shares, data in schema.org's words, feeds, 304."""

import json
import re
from datetime import UTC, datetime, timedelta
from html import unescape

import pytest
from django.db import connection
from django.template import Context, Template
from django.test import Client, RequestFactory
from django.test.utils import CaptureQueriesContext
from wagtail.contrib.redirects.models import Redirect

from cms.catalogue.models import Domain, Solution
from cms.catalogue.schema import organisation, solution
from cms.pages.models import StandardPage
from tests.catalogue.factories import ProfileFactory
from tests.factories import UserFactory, siren
from tests.pages.builders import article, event, picture, read, study
from tests.queries import counted

pytestmark = pytest.mark.django_db
BASE = "http://localhost:8000"
BREAK = 'Titre </script><script>alert(1)</script> & "suite" <!-- \N{LINE SEPARATOR}'


def data_of(page: str) -> list[dict]:
    return [json.loads(one) for one in re.findall(r'<script type="application/ld\+json">(.*?)</script>', page, re.S)]


def of_type(page: str, kind: str) -> dict:
    return next(one for one in data_of(page) if one["@type"] == kind)


def meta(page: str, name: str) -> str:
    found = re.search(rf'<meta (?:property|name)="{name}" content="([^"]*)">', page)
    return unescape(found[1]) if found else ""


def canonical(page: str) -> str:
    found = re.search(r'<link rel="canonical" href="([^"]*)">', page)
    return unescape(found[1]) if found else ""


# --- The map ----------------------------------------------------------------------------------------------------------


def test_the_map_leads_to_its_parts_at_the_address_of_the_site(client):
    index = client.get("/sitemap.xml", headers={"host": "127.0.0.1"}).content.decode()
    parts = re.findall(r"<loc>(.*?)</loc>", index)
    assert [part.removeprefix(BASE) for part in parts] == [
        f"/sitemap-{name}.xml" for name in ("pages", "listes", "domaines", "fiches", "solutions", "besoins", "appels")
    ]
    for part in parts:
        response = client.get(part.removeprefix(BASE))
        assert response.status_code == 200
        assert all(one.startswith(f"{BASE}/") for one in re.findall(r"<loc>(.*?)</loc>", response.content.decode()))
    assert client.get("/sitemap-inconnue.xml").status_code == 404


@pytest.mark.parametrize("part", ["pages", "fiches", "domaines", "appels"])
def test_a_part_asks_as_many_queries_for_three_as_for_one(client, part):
    counts = []
    for number in (1, 2, 3):
        ProfileFactory()
        article(f"Nouvelle {number}")
        read(client, f"/sitemap-{part}.xml")
        with CaptureQueriesContext(connection) as asked:
            read(client, f"/sitemap-{part}.xml")
        counts.append(counted(asked))
    assert counts[0] == counts[2] <= 4, counts


def test_a_profile_is_dated_and_a_draft_is_not_there(client, now):
    ProfileFactory(slug="montree", updated_at=now)
    ProfileFactory(slug="cachee", live=False)
    page = read(client, "/sitemap-fiches.xml")
    assert "<lastmod>2027-01-12</lastmod>" in page
    assert "cachee" not in page


# --- Canonical addresses and shares -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("asked", "kept"),
    [
        ("/", "/"),
        ("/aide/glossaire/", "/aide/glossaire/"),
        ("/actualites/?page=2", "/actualites/?page=2"),
        ("/actualites/?page=1", "/actualites/"),
        ("/actualites/?utm_source=x", "/actualites/"),
        ("/actualites/?page=²", "/actualites/"),
        ("/actualites/?page=1%22%3E%3Cscript%3E", "/actualites/"),
        ("/catalogue/", "/catalogue/"),
        ("/catalogue/?page=2", "/catalogue/?page=2"),
        ("/catalogue/domaine/sante/", "/catalogue/domaine/sante/"),
        ("/appels/", "/appels/"),
        ("/verifier-un-document/", "/verifier-un-document/"),
    ],
)
def test_each_public_page_says_its_one_address(client, asked, kept):
    page = read(client, asked)
    assert canonical(page) == meta(page, "og:url") == f"{BASE}{kept}"
    assert "noindex" not in page
    assert meta(page, "og:title")
    assert meta(page, "description")
    assert client.get(meta(page, "og:image").removeprefix(BASE)).status_code == 200


def test_a_filtered_list_and_a_private_page_are_not_indexed(client):
    assert "noindex" in read(client, "/catalogue/?q=bus")
    assert not canonical(read(client, "/catalogue/?q=bus"))
    assert not canonical(client.get("/page-inconnue/").content.decode())


def test_words_for_shares_are_escaped_once(client):
    page = read(client, article("L'eau & l'air", search_description="D'abord « l'eau » & \"l'air\"").url)
    assert meta(page, "og:title") == "L'eau & l'air"
    assert meta(page, "description") == "D'abord « l'eau » & \"l'air\""


def test_the_image_of_a_share_is_drawn_kept_and_asked_for_again_without_its_bytes(client, now, moving_clock):
    pages = [article(), study(), event(start=now + timedelta(days=2))]
    addresses = [f"/partage/page/{one.share_code}.png" for one in pages]
    addresses += ["/partage/site/accueil.png", "/partage/domaine/sante.png"]
    addresses.append(f"/partage/entreprise/{ProfileFactory().slug}.png")
    for address in addresses:
        response = client.get(address)
        assert response["Content-Type"] == "image/png", address
        assert "max-age=86400" in response["Cache-Control"]
        again = client.get(address, headers={"if-none-match": response["ETag"]})
        assert (again.status_code, again.content) == (304, b"")


@pytest.mark.parametrize("name", ["inconnu/x", "page/actualites--absente", "entreprise/absente", "site/autre"])
def test_what_is_not_public_has_no_image(client, name):
    assert client.get(f"/partage/{name}.png").status_code == 404


def test_a_withdrawn_or_draft_profile_has_no_image(client, now):
    for changes in ({"live": False}, {"withdrawn_at": now}):
        assert client.get(f"/partage/entreprise/{ProfileFactory(**changes).slug}.png").status_code == 404


def test_the_picture_that_an_editor_chose_is_shared_instead(client):
    page = read(client, article(share_picture=picture()).url)
    assert "/media/images/" in meta(page, "og:image")


# --- schema.org -------------------------------------------------------------------------------------------------------


def test_pages_say_what_they_are(client, now, moving_clock):
    home = of_type(read(client, "/"), "WebSite")
    assert home["potentialAction"]["target"]["urlTemplate"] == f"{BASE}/catalogue/?q={{search_term_string}}"
    assert of_type(read(client, article("Nouvelle").url), "Article")["headline"] == "Nouvelle"
    shown = of_type(read(client, event(start=now, online_url="https://v.exemple.fr").url), "Event")
    assert shown["eventAttendanceMode"].endswith("MixedEventAttendanceMode")
    assert shown["startDate"] == now.isoformat()


def test_where_a_page_stands_is_said_in_order(client):
    steps = of_type(read(client, "/aide/glossaire/"), "BreadcrumbList")["itemListElement"]
    assert [(one["position"], one["name"], one["item"]) for one in steps] == [
        (1, "Accueil", f"{BASE}/"),
        (2, "Aide", f"{BASE}/aide/"),
        (3, "Glossaire", f"{BASE}/aide/glossaire/"),
    ]
    assert of_type(read(client, "/catalogue/domaine/sante/"), "BreadcrumbList")["itemListElement"][2]["name"] == (
        Domain.objects.get(slug="sante").label
    )


def test_no_title_leaves_the_data_block(client):
    page = read(client, article(BREAK, lead=BREAK, author=BREAK).url)
    assert "<script>alert" not in page
    assert of_type(page, "Article")["headline"] == BREAK
    assert page.count("<script") == page.count("</script>")


def test_a_profile_says_what_is_declared_and_no_more():
    profile = ProfileFactory(name=BREAK, siren=siren(3), city="", region="", website="", domains=["sante"])
    data = organisation(profile)
    assert data["identifier"]["value"] == siren(3)
    assert "address" not in data
    assert "sameAs" not in data
    request = RequestFactory().get("/")
    shown = Template('{% include "catalogue/parts/profile_head.html" %}').render(
        Context({"profile": profile, "request": request})
    )
    assert "<script>alert" not in shown
    assert of_type(shown, "Organization")["name"] == BREAK
    assert meta(shown, "og:image").endswith(f"/partage/entreprise/{profile.slug}.png")


def test_a_solution_says_its_price_without_tax(monkeypatch):
    monkeypatch.setattr(Solution, "get_absolute_url", lambda self: f"/solutions/{self.slug}/")
    one = Solution(
        profile=ProfileFactory(name="Tramélys"), name="Quai", tagline="Dit le quai.", slug="quai", price_from=120
    )
    data = solution(one)
    assert data["offers"]["priceSpecification"] == {
        "@type": "UnitPriceSpecification",
        "minPrice": "120",
        "priceCurrency": "EUR",
        "valueAddedTaxIncluded": False,
    }
    assert data["provider"]["name"] == "Tramélys"


# --- Feeds and calendars ----------------------------------------------------------------------------------------------


def test_feeds_hold_what_is_published_and_say_so_when_it_is_nothing(client, moving_clock):
    for address in ("/actualites/flux/", "/catalogue/flux/"):
        assert "<entry>" not in read(client, address)
    article("Nouvelle & suite")
    ProfileFactory(name="Tramélys")
    ProfileFactory(name="Cachée", live=False)
    news, profiles = read(client, "/actualites/flux/"), read(client, "/catalogue/flux/")
    assert "<title>Nouvelle &amp; suite</title>" in news
    assert "Tramélys" in profiles
    assert "Cachée" not in profiles
    assert 'type="application/atom+xml" href="/actualites/flux/"' in read(client, "/")


def test_calendars_hold_events_to_come_and_one_event_even_over(client, now, moving_clock):
    event("À venir", start=now + timedelta(days=1))
    over = event("Passé\r\nATTENDEE:x", start=now - timedelta(days=1))
    agenda = client.get("/agenda/agenda.ics")
    assert agenda["Content-Type"].startswith("text/calendar")
    assert "SUMMARY:À venir" in agenda.content.decode()
    assert "Passé" not in agenda.content.decode()
    alone = read(client, over.calendar_url)
    assert "\r\nATTENDEE" not in alone
    assert f"URL:{BASE}{over.url}" in alone.replace("\r\n ", "")
    over.unpublish()
    assert client.get(over.calendar_url).status_code == 404


# --- Redirects --------------------------------------------------------------------------------------------------------


def test_a_page_that_changes_its_address_is_found_at_the_former_one(client, django_capture_on_commit_callbacks):
    page = StandardPage.objects.get(slug="cookies")
    page.slug = "temoins"
    with django_capture_on_commit_callbacks(execute=True):
        page.save_revision().publish()
    assert read(client, "/temoins/")
    response = client.get("/cookies/")
    assert (response.status_code, response["Location"]) == (301, "/temoins/")


def test_a_page_that_moves_is_found_at_the_former_place_with_those_below(client):
    page = StandardPage.objects.get(slug="contact")
    page.move(StandardPage.objects.get(slug="aide"), pos="last-child")
    response = client.get("/contact/")
    assert (response.status_code, response["Location"]) == (301, "/aide/contact/")
    assert Redirect.objects.filter(automatically_created=True).exists()


# --- Conditional requests ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "address", ["/", "/aide/glossaire/", "/catalogue/", "/actualites/", "/sitemap-pages.xml", "/robots.txt"]
)
def test_a_visitor_who_comes_back_is_told_that_nothing_changed(client, address):
    first = client.get(address)
    assert first["Cache-Control"] == "no-cache"
    again = Client().get(address, headers={"if-none-match": first["ETag"]})
    assert (again.status_code, again.content) == (304, b"")


def test_a_day_stays_the_same_for_machines_until_it_ends():
    """Otherwise each second would make another page of what shows today's date."""
    said = Template("{% load ui %}{{ at|day }} {{ at|short_day }}")
    morning, evening = (datetime(2027, 1, 12, hour, tzinfo=UTC) for hour in (6, 22))
    assert said.render(Context({"at": morning})) == said.render(Context({"at": morning + timedelta(seconds=1)}))
    assert said.render(Context({"at": morning})) != said.render(Context({"at": evening + timedelta(hours=1)}))


def test_a_change_is_seen_at_once(client):
    first = client.get("/actualites/")
    article("Toute neuve")
    again = client.get("/actualites/", headers={"if-none-match": first["ETag"]})
    assert again.status_code == 200
    assert "Toute neuve" in again.content.decode()


@pytest.mark.parametrize("address", ["/connexion/", "/inscription/entreprise/"])
def test_a_page_with_the_token_of_a_form_is_never_kept(client, address):
    response = client.get(address)
    assert "csrfmiddlewaretoken" in response.content.decode()
    assert "ETag" not in response


def test_a_page_of_somebody_signed_in_is_never_kept(client):
    anonymous = client.get("/")["ETag"]
    client.force_login(UserFactory())
    response = client.get("/", headers={"if-none-match": anonymous})
    assert response.status_code == 200
    assert "ETag" not in response
    assert "Cookie" in response["Vary"]
