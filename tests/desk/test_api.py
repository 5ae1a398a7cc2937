"""The public API says what the pages say, and nothing more."""

import json

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from cms.catalogue.models import Solution
from marketplace.journal import clock
from tests.catalogue.factories import ProfileFactory
from tests.contracts.walk import text_of
from tests.desk.builders import published

pytestmark = pytest.mark.django_db
ROOT = "/api/v1"


def got(client, address, **params):
    answer = client.get(f"{ROOT}{address}", params)
    assert answer.status_code == 200, answer.content
    assert answer["Access-Control-Allow-Origin"] == "*"
    return answer.json()


def test_profiles_are_those_of_the_page_in_its_order(client):
    for name in ("Zénith bus", "Autre", "Bus doux"):
        ProfileFactory(name=name, domains=["mobilite"])
    ProfileFactory(name="Bus caché", live=False)
    found = got(client, "/profiles", q="bus")
    page = client.get("/catalogue/", {"q": "bus"})
    assert [one["name"] for one in found["items"]] == [card.profile.name for card in page.context["cards"]]
    assert found["count"] == 2
    assert found["items"][0]["domains"] == ["mobilite"]
    assert got(client, "/profiles", domaine="sante")["count"] == 0
    assert got(client, "/profiles", page=99)["page"] == 1


def test_a_profile_says_what_is_verified_and_a_draft_says_nothing(client):
    profile = ProfileFactory(slug="tramelys", founded_year=2021)
    Solution.objects.create(profile=profile, name="Guidage", tagline="Guide.", price_from=9800)
    found = got(client, "/profiles/tramelys")
    assert {fact["verified"] for fact in found["facts"]} == {False}
    assert found["solutions"][0]["price_from"] == "9800.00"
    ProfileFactory(slug="brouillon", live=False)
    assert client.get(f"{ROOT}/profiles/brouillon").status_code == 404


def test_a_call_is_there_once_it_is_published(client, moving):
    stage = published(moving)
    assert clock.now() == moving.now()
    found = got(client, "/calls")
    assert [one["id"] for one in found["items"]] == [stage.call.reference]
    assert got(client, f"/calls/{stage.call.reference}")["state"] == "ouverts"
    assert not {"bids", "tenderers", "submissions", "count"} & set(found["items"][0])
    assert client.get(f"{ROOT}/calls/PI-2027-999").status_code == 404


def test_nothing_is_written_through_the_api(client):
    for address in ("/profiles", "/calls", "/domains"):
        assert client.post(f"{ROOT}{address}", "{}", content_type="application/json").status_code == 405


def test_the_description_page_tells_every_address_of_the_schema(client):
    assert client.get(f"{ROOT}/").status_code == 404
    schema = client.get(f"{ROOT}/openapi.json").json()
    page = client.get("/api/")
    assert len(schema["paths"]) == 5
    assert all(address in text_of(page) for address in schema["paths"])
    assert json.dumps(schema).count("identity_verified")


@pytest.mark.parametrize("address", ["/profiles", "/domains"])
def test_the_number_of_queries_does_not_depend_on_the_rows(client, address):
    counted = []
    for rows in (1, 2):
        for _ in range(rows):
            ProfileFactory(domains=["mobilite", "sante"])
        got(client, address)
        with CaptureQueriesContext(connection) as queries:
            got(client, address)
        counted.append(len(queries))
    assert counted[0] == counted[1] <= 3, counted
