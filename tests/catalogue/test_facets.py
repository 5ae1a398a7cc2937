"""Filters count what they find, exactly, whatever is written; marks are only those that hold today."""

from datetime import date, timedelta

import pytest
from django.http import QueryDict

from cms.catalogue import facets, index
from cms.catalogue.listing import Answer, Question
from cms.catalogue.models import Confirmation, Domain, Label, Profile, Reference, Solution, Synonym, Verification
from marketplace.accounts.models import Organisation
from marketplace.journal import clock
from tests.catalogue.factories import ProfileFactory
from tests.factories import OrganisationFactory, UserFactory, make, within_act

pytestmark = pytest.mark.django_db
TODAY = date(2027, 1, 12)


@pytest.fixture(autouse=True)
def _clock(moving_clock):
    return moving_clock


def answer(**asked) -> Answer:
    params = QueryDict(mutable=True)
    for name, value in asked.items():
        params.setlist(name, value if isinstance(value, list) else [value])
    return Answer(Question.of(params), clock.now())


def found(**asked) -> set[str]:
    one = answer(**asked)
    return {card.profile.slug for card in one.cards(one.positions)}


def count(facet: facets.Facet, value: str) -> int:
    choices = next(choices for one, choices in answer().groups() if one is facet)
    return next(choice.count for choice in choices if choice.value == value)


def with_solution(slug: str, **fields) -> Profile:
    profile = ProfileFactory(slug=slug)
    Solution.objects.create(profile=profile, name=slug, tagline="Rend un service.", **fields)
    return profile


def test_what_solutions_say_is_found_and_counted():
    with_solution("libre", is_open_source=True, maturity="essai")
    with_solution("neuve", claims_innovative=True, maturity="prototype")
    with_solution("rangee", central_purchasing="UGAP", maturity="en-service")
    published = ProfileFactory(slug="depot", repository="https://exemple.fr/code")
    assert found(achat="libre") == {"libre", published.slug}
    assert found(achat=["libre", "centrale"]) == {"libre", "depot", "rangee"}
    assert found(achat="innovante", maturite="prototype") == {"neuve"}
    assert found(achat="innovante", maturite="essai") == set()
    assert count(facets.PURCHASE, "libre") == 2


def test_regions_are_those_served_and_the_seat_otherwise():
    ProfileFactory(slug="ici", region="bretagne")
    ProfileFactory(slug="partout", region="bretagne", served_regions=["corse", "normandie"])
    ProfileFactory(slug="tue", region="")
    assert found(region="bretagne") == {"ici"}
    assert found(region=["corse", "a-preciser"]) == {"partout", "tue"}


def test_a_certification_counts_once_its_proof_was_read_and_while_it_lasts(moving_clock):
    profile = ProfileFactory(slug="heberge")
    label = Label.objects.create(profile=profile, kind="hds", number="12", valid_until=TODAY + timedelta(days=90))
    assert found(certification="hds") == set()
    check = Verification.objects.create(
        profile=profile, subject=label.uid, statement=label.statement, checked_by=UserFactory(),
        checked_at=clock.now(), until=TODAY + timedelta(days=90),
    )  # fmt: skip
    assert found(certification="hds") == {"heberge"}
    assert count(facets.CERTIFICATION, "hds") == 1
    check.withdrawn_at = clock.now()
    check.save()
    assert found(certification="hds") == set()
    check.withdrawn_at = None
    check.save()
    assert found(certification="hds") == {"heberge"}
    moving_clock.advance(timedelta(days=91))
    assert found(certification="hds") == set()


def test_a_label_that_changed_its_words_is_not_the_one_that_was_verified():
    profile = ProfileFactory(slug="audite")
    label = Label.objects.create(profile=profile, kind="rgaa", detail="91 % des critères")
    Verification.objects.create(
        profile=profile, subject=label.uid, statement=label.statement, checked_by=UserFactory(),
        checked_at=clock.now(), until=TODAY + timedelta(days=300),
    )  # fmt: skip
    assert found(confiance="accessibilite") == {"audite"}
    label.detail = "100 % des critères"
    label.save()
    assert found(confiance="accessibilite") == set()


def test_references_count_when_their_client_confirmed_these_very_words():
    profile = ProfileFactory(slug="cite")
    reference = Reference.objects.create(profile=profile, client="Métropole", detail="38 arrêts")
    asked = {"profile": profile, "subject": reference.uid, "email": "a@exemple.fr", "asked_by": UserFactory()}
    word = Confirmation.objects.create(
        **asked, statement=reference.statement, token_digest="1", asked_at=clock.now(), expires_at=clock.now()
    )
    assert found(confiance="references") == set()
    word.confirmed_at = clock.now()
    word.save()
    assert found(confiance="references") == {"cite"}
    assert answer().cards([0])[0].confirmed == 1
    reference.detail = "50 arrêts"
    reference.save()
    assert found(confiance="references") == set()


def test_the_register_makes_an_identity_verified():
    organisation = make(OrganisationFactory)
    ProfileFactory(slug="connue", organisation=organisation)
    assert found(confiance="identite") == set()
    organisation.registry_checked_at = clock.now()
    within_act(organisation.save)
    assert found(confiance="identite") == {"connue"}
    assert Organisation.objects.count() == 1


def test_what_is_withdrawn_leaves_lists_and_counts():
    profile = ProfileFactory(slug="partie", domains=["sante"])
    assert count(facets.DOMAIN, "sante") == 1
    profile.withdrawn_at = clock.now()
    profile.save(update_fields=["withdrawn_at"])
    assert count(facets.DOMAIN, "sante") == 0
    assert found() == set()
    assert Domain.objects.with_counts().get(slug="sante").profile_count == 0


def test_counts_are_those_of_a_recount_after_any_write():
    profiles = [with_solution(f"fiche-{n}", maturity=maturity) for n, maturity in enumerate(["essai", "", "essai"])]
    profiles[0].domains.set(Domain.objects.filter(slug="sante"))
    profiles[0].save()
    profiles[1].delete()
    for facet, choices in answer().groups():
        for choice in choices:
            assert choice.count == len(found(**{facet.name: choice.value})), (facet.name, choice.value)


def test_synonyms_lead_both_ways_and_follow_their_editors():
    Synonym.objects.all().delete()
    ProfileFactory(slug="car", tagline="Un autocar doux")
    ProfileFactory(slug="paie", tagline="Pour les ressources humaines")
    assert found(q="bus") == set()
    Synonym.objects.create(words="bus, autocar")
    group = Synonym.objects.create(words="RH, ressources humaines")
    assert found(q="bus") == {"car"}
    assert found(q="RH") == found(q="ressources humaines") == {"paie"}
    group.delete()
    assert found(q="RH") == set()


def test_beyond_the_memory_of_words_names_give_the_order(monkeypatch):
    monkeypatch.setattr(index, "LARGEST_IN_MEMORY", 1)
    ProfileFactory(name="Zoé bus")
    ProfileFactory(name="Autre", tagline="Compte les bus")
    one = answer(q="bus")
    assert [card.profile.name for card in one.cards(one.positions)] == ["Autre", "Zoé bus"]
