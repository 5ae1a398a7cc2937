"""The list of the catalogue: words, filters, orders, and a number of queries that rows do not change."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from cms.catalogue.models import Domain, MissedSearch
from tests.catalogue.factories import ProfileFactory
from tests.queries import counted

pytestmark = pytest.mark.django_db
LIST = "/catalogue/"


def names(response) -> list[str]:
    return [card.profile.name for card in response.context["cards"]]


def counts_of(response, name: str) -> dict[str, int]:
    """What each value of a filter would find."""
    choices = {facet.name: choices for facet, choices in response.context["groups"]}
    return {choice.value: choice.count for choice in choices[name]}


@pytest.fixture
def three():
    return [
        ProfileFactory(name="Tramélys", tagline="Guide vers le bon quai de bus", domains=["mobilite"]),
        ProfileFactory(name="Écoute", tagline="Prévoit l’affluence à l’hôpital", domains=["sante"], region="corse"),
        ProfileFactory(name="Zénith", tagline="Chauffe les écoles", region=""),
    ]


def test_the_list_is_alphabetical_whatever_the_accents(client, three):
    ProfileFactory(name="abeille")
    assert names(client.get(LIST)) == ["abeille", "Écoute", "Tramélys", "Zénith"]


def test_words_find_whatever_their_endings_accents_and_capitals(client, three):
    for typed in ("hôpital", "HOPITAUX", "hopitaux", "affluence hôpital"):
        assert names(client.get(LIST, {"q": typed})) == ["Écoute"], typed


def test_the_words_of_a_domain_lead_to_its_profiles(client, three):
    assert names(client.get(LIST, {"q": "transports"})) == ["Tramélys"]


def test_when_no_profile_has_all_the_words_some_are_enough_and_the_page_says_so(client, three):
    response = client.get(LIST, {"q": "hôpital en montgolfière"})
    assert names(response) == ["Écoute"]
    assert "Aucune fiche ne contient tous vos mots" in response.content.decode()


def test_words_that_say_nothing_are_told_so(client, three):
    response = client.get(LIST, {"q": "de la"})
    assert "trop courants" in response.content.decode()
    assert len(names(response)) == 3


def test_relevance_puts_a_name_before_a_sentence(client):
    ProfileFactory(name="Autre", tagline="Compte les bus")
    ProfileFactory(name="Zoé Bus", tagline="Transporte")
    assert names(client.get(LIST, {"q": "bus"})) == ["Zoé Bus", "Autre"]
    assert names(client.get(LIST, {"q": "bus", "tri": "nom"})) == ["Autre", "Zoé Bus"]


def test_several_values_of_a_filter_widen_and_several_filters_narrow(client, three):
    assert names(client.get(LIST, {"domaine": ["mobilite", "sante"]})) == ["Écoute", "Tramélys"]
    assert names(client.get(LIST, {"domaine": ["mobilite", "sante"], "region": "corse"})) == ["Écoute"]


def test_what_says_nothing_can_be_asked_for(client, three):
    assert names(client.get(LIST, {"domaine": "a-preciser"})) == ["Zénith"]
    assert names(client.get(LIST, {"domaine": ["a-preciser", "sante"]})) == ["Écoute", "Zénith"]
    assert names(client.get(LIST, {"region": "a-preciser"})) == ["Zénith"]


def test_each_value_counts_what_it_would_find_under_the_other_conditions(client, three):
    response = client.get(LIST, {"region": "corse"})
    counts = counts_of(response, "domaine")
    assert (counts["sante"], counts["mobilite"], counts["a-preciser"]) == (1, 0, 0)
    regions = counts_of(response, "region")
    assert (regions["corse"], regions["bretagne"], regions["a-preciser"]) == (1, 1, 1)
    assert 'value="mobilite" disabled' in response.content.decode()


def test_an_active_filter_is_removed_by_one_link_that_keeps_the_rest(client, three):
    response = client.get(LIST, {"q": "quai", "domaine": ["mobilite", "sante"], "region": "bretagne"})
    links = dict(response.context["answer"].active_filters())
    assert links["Santé"] == "?q=quai&domaine=mobilite&region=bretagne"
    assert links["Bretagne"] == "?q=quai&domaine=mobilite&domaine=sante"


def test_an_empty_list_says_which_condition_to_drop(client, three):
    response = client.get(LIST, {"q": "quai", "region": "corse"})
    assert [(way.label, way.count) for way in response.context["ways_out"]] == [
        ("Chercher sans le filtre « Région d’intervention »", 1),
        ("Chercher sans ces mots", 1),
    ]
    page = response.content.decode()
    assert "Rien ne correspond à tout cela" in page
    assert "partenariat d’innovation" in page


def test_the_catalogue_without_a_profile_is_a_whole_page(client):
    response = client.get(LIST)
    assert response.status_code == 200
    assert "Aucune fiche n’est encore publiée" in response.content.decode()


def test_values_that_mean_nothing_are_left_aside(client, three):
    asked = {"domaine": "licorne", "region": "atlantide", "tri": "prix", "page": "abc", "q": "\x00 <script>"}
    response = client.get(LIST, asked)
    assert response.status_code == 200
    assert "<script>" not in response.content.decode().replace("<script src", "")


def test_what_was_typed_is_escaped_and_kept(client, three):
    page = client.get(LIST, {"q": '"><b>quai', "region": "bretagne"}).content.decode()
    assert "<b>quai" not in page
    assert 'value="&quot;&gt;&lt;b&gt;quai"' in page
    assert '<input type="hidden" name="region" value="bretagne">' in page


def test_only_published_profiles_are_listed_and_counted(client, three):
    ProfileFactory(name="Brouillon", live=False, domains=["sante"])
    response = client.get(LIST)
    assert "Brouillon" not in response.content.decode()
    assert response.context["total"] == 3
    assert counts_of(response, "domaine")["sante"] == 1
    assert names(client.get(LIST, {"q": "brouillon"})) == []


def test_the_list_is_paged_and_keeps_the_question(client):
    for _ in range(26):
        ProfileFactory()
    first = client.get(LIST, {"region": "bretagne"})
    assert len(names(first)) == 25
    assert "?region=bretagne&amp;page=2" in first.content.decode()
    assert len(names(client.get(LIST, {"region": "bretagne", "page": 2}))) == 1


def test_the_page_of_a_domain_lists_its_profiles_and_its_codes(client, three):
    response = client.get(reverse("catalogue:domain", args=["mobilite"]))
    assert names(response) == ["Tramélys"]
    assert Domain.objects.get(slug="mobilite").cpv_main in response.content.decode()
    assert client.get("/catalogue/domaine/licorne/").status_code == 404
    assert names(client.get(reverse("catalogue:domain", args=["mobilite"]), {"q": "hôpital"})) == []


@pytest.mark.parametrize(
    "address", [LIST, f"{LIST}?q=service&domaine=sante&region=bretagne", "/catalogue/domaine/sante/"]
)
def test_the_number_of_queries_does_not_depend_on_the_rows(client, address):
    client.get(address)
    ProfileFactory(domains=["sante", "mobilite"])
    counts = []
    for rows in (0, 2, 97):
        for _ in range(rows):
            ProfileFactory(domains=["sante", "mobilite"])
        # The first page after a change reads the catalogue again.
        client.get(address)
        with CaptureQueriesContext(connection) as queries:
            assert client.get(address).status_code == 200
        counts.append(counted(queries))
    assert counts[0] == counts[1] == counts[2] <= 4, counts


def test_a_search_that_finds_nothing_is_counted_by_day_and_names_nobody(client, three):
    for typed in ("Licorne volante", "licorne volante", "quai"):
        client.get(LIST, {"q": typed})
    client.get(LIST, {"q": "quai", "region": "corse"})
    assert list(MissedSearch.objects.values_list("words", "count")) == [("licorne volante", 2)]


def test_a_search_may_be_followed_whatever_it_finds(client, three):
    for typed in ("quai", "licorne"):
        assert f"/catalogue/suivre/?q={typed}" in client.get(LIST, {"q": typed}).content.decode()
    assert "/catalogue/suivre/" not in client.get(LIST).content.decode()
