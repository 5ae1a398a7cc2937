"""The search finds what its words say, the same on both databases: the reference is a sentence of Python."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cms.catalogue import search, words
from cms.catalogue.domains import load_domains
from cms.catalogue.models import Domain, Profile
from tests.catalogue.factories import ProfileFactory

pytestmark = pytest.mark.django_db

WORDS = st.text(alphabet="abdexé019", min_size=1, max_size=7)
TEXTS = st.lists(WORDS, min_size=1, max_size=6).map(" ".join)


def found(profiles) -> set[int]:
    return set(profiles.values_list("pk", flat=True))


def stands(profile: Profile, term: search.Term) -> bool:
    held = profile.search_text.split()
    return term.roots[0] in held or (term.is_beginning and any(word.startswith(term.word) for word in held))


@given(texts=st.lists(TEXTS, min_size=1, max_size=4), query=TEXTS)
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_the_database_finds_what_the_words_say(texts, query):
    profiles = [ProfileFactory(name=text) for text in texts]
    mine = Profile.objects.filter(pk__in=[profile.pk for profile in profiles])
    if terms := search.terms_of(query):
        expected = {profile.pk for profile in profiles if all(stands(profile, term) for term in terms)}
        assert found(search.having_all(mine, terms)) == expected
        expected = {profile.pk for profile in profiles if any(stands(profile, term) for term in terms)}
        assert found(search.having_some(mine, terms)) == expected


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("hôpitaux", "hopital"),
        ("SANTÉ", "sante"),
        ("l’école", "écoles"),
        ("cœur", "coeur"),
        ("recyclages", "recyclage"),
        ("n° 802 052 993", "n 802052993"),
    ],
)
def test_these_are_the_same_words(one, other):
    assert words.tokens(one) == words.tokens(other) != []


@pytest.mark.parametrize("typed", ["'", '"', "quai OR", "NEAR(a b)", "a* -b", "words:quai", "%", "\\", "𝔘", "é" * 300])
def test_no_character_is_a_command_of_the_database(client, typed):
    ProfileFactory(name="Quai")
    assert client.get("/catalogue/", {"q": typed}).status_code == 200


def test_a_longer_word_is_found_by_its_beginning():
    profile = ProfileFactory(name="Cybersécurité communale")
    assert found(search.having_all(Profile.objects.all(), search.terms_of("cyber"))) == {profile.pk}
    assert found(search.having_all(Profile.objects.all(), search.terms_of("cyb"))) == set()


def test_a_domain_of_another_name_leads_to_its_profiles_by_that_name():
    profile = ProfileFactory(domains=["mobilite"])
    Domain.objects.filter(slug="mobilite").update(label="Déplacements")
    Profile.objects.all().reindex()
    assert found(search.having_all(Profile.objects.all(), search.terms_of("déplacement"))) == {profile.pk}
    load_domains()
    assert found(search.having_all(Profile.objects.all(), search.terms_of("mobilité"))) == {profile.pk}
    assert found(search.having_all(Profile.objects.all(), search.terms_of("déplacement"))) == set()


def test_the_index_follows_a_change_and_a_deletion():
    profile = ProfileFactory(name="Avant")
    profile.name = "Ensuite"
    profile.save()
    assert found(search.having_all(Profile.objects.all(), search.terms_of("avant"))) == set()
    assert found(search.having_all(Profile.objects.all(), search.terms_of("ensuite"))) == {profile.pk}
    profile.delete()
    twin = ProfileFactory(name="Autre")
    assert found(search.having_all(Profile.objects.filter(pk=twin.pk), search.terms_of("ensuite"))) == set()
