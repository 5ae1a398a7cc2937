"""« Quelle procédure ? »: six questions, an answer kept with its articles, and a call that begins with it."""

import pytest
from django.urls import reverse

from marketplace.accounts.actors import Actor
from procurement.calls.models import Call, Orientation
from procurement.calls.views_orientation import QUESTIONS_AT_MOST, OrientationForm
from tests.calls.builders import Team, make_team
from tests.calls.pages import client_of
from tests.factories import MembershipFactory, OrganisationFactory, make

pytestmark = pytest.mark.django_db

ANSWERS = {
    "title": "Trouver le bon quai de bus",
    "supply": "none",
    "nature": "services",
    "research_ht": "100 000",
    "purchases_ht": "200 000",
    "reasons": "Rien de disponible ne guide quand les quais changent.",
}


def ask(team: Team, **changes: str) -> Orientation:
    answer = client_of(team.author).post(reverse("calls:orient"), ANSWERS | changes)
    kept = Orientation.objects.get()
    assert answer.url == reverse("calls:oriented", args=[kept.pk])
    return kept


def test_it_asks_six_questions():
    assert len(OrientationForm.base_fields) <= QUESTIONS_AT_MOST


def test_the_answer_names_its_articles_and_begins_the_call(team: Team):
    author, kept = client_of(team.author), ask(team)
    url = reverse("calls:oriented", args=[kept.pk])
    page = author.get(url).content.decode()
    for words in ("300\xa0000\xa0€", "216\xa0000\xa0€", "BOAMP", "JOUE", "R2172-26", "R2121-1", "R2122-9-1"):
        assert words.replace("\xa0000", "\u202f000") in page or words in page, words
    answer = author.post(url, {"road": "partnership"})
    call = Call.objects.get()
    assert answer.url == reverse("calls:write", args=[call.reference, "besoin"])
    assert (call.procedure, call.procedure_reasons) == ("formalised", ANSWERS["reasons"])
    assert (call.orientation, call.title) == (kept, ANSWERS["title"])
    again = author.post(url, {"road": "partnership"})
    assert again.status_code == 422
    assert Call.objects.count() == 1


def test_a_mistake_is_said_and_nothing_typed_is_lost(team: Team):
    answer = client_of(team.author).post(reverse("calls:orient"), ANSWERS | {"research_ht": "beaucoup"})
    html = answer.content.decode()
    assert answer.status_code == 422
    assert "Indiquez un montant en chiffres" in html
    assert ANSWERS["reasons"] in html
    assert not Orientation.objects.exists()


@pytest.mark.law("LR-103")
@pytest.mark.parametrize(("purchases", "taken"), [("99 999,99", True), ("100 000", False)])
def test_the_direct_road_is_open_below_100_000_only(team: Team, purchases: str, taken: bool):
    kept = ask(team, research_ht="0", purchases_ht=purchases)
    answer = client_of(team.author).post(reverse("calls:oriented", args=[kept.pk]), {"road": "direct"})
    assert answer.status_code == (302 if taken else 422)
    assert Orientation.objects.get().road == ("direct" if taken else "")
    if not taken:
        assert "R2122-9-1" in answer.content.decode()


@pytest.mark.law("LR-31")
@pytest.mark.parametrize(("purchases", "taken"), [("59 999,99", True), ("60 000", False)])
def test_small_purchases_are_exempt(team: Team, purchases: str, taken: bool):
    kept = ask(team, research_ht="0", purchases_ht=purchases)
    answer = client_of(team.author).post(reverse("calls:oriented", args=[kept.pk]), {"road": "exempt"})
    assert (answer.status_code, Orientation.objects.get().road) == ((302, "exempt") if taken else (422, ""))


def test_a_need_that_something_meets_begins_no_partnership(team: Team):
    kept = ask(team, supply="exists")
    url = reverse("calls:oriented", args=[kept.pk])
    assert "Préparer l’appel" not in client_of(team.author).get(url).content.decode()
    assert client_of(team.author).post(url, {"road": "partnership"}).status_code == 422
    assert client_of(team.author).post(url, {"road": "là-bas"}).status_code == 422
    assert not Call.objects.exists()


def test_the_answers_of_a_buyer_do_not_exist_for_others(team: Team):
    kept = ask(team)
    url = reverse("calls:oriented", args=[kept.pk])
    rival = client_of(Actor.of(make(MembershipFactory, organisation=make(OrganisationFactory))))
    for other in (client_of(make_team().author), rival):
        assert other.get(url).status_code == 404
        assert other.post(url, {"road": "ordinary"}).status_code == 404
    assert rival.get(reverse("calls:orient")).status_code == 404
    assert client_of(team.evaluator).get(url).status_code == 200
