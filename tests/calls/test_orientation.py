"""« Quelle procédure ? »: six questions, an answer kept with its articles, and a call that begins with it."""

from datetime import datetime
from decimal import Decimal
from typing import Any

import pytest
from django.urls import reverse

from marketplace.accounts.actors import Actor
from marketplace.journal.models import Entry
from procurement.calls.models import Call, Orientation
from procurement.calls.services.orientation import begin_call, orient, take_road
from procurement.calls.views_orientation import QUESTIONS_AT_MOST, OrientationForm
from procurement.law.findings import RuleViolation
from tests.calls.builders import Team, make_team
from tests.calls.pages import NOW, client_of
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


def kept_on(day: str, **answers: Any) -> Orientation:
    """The answers of a buyer, on the morning of that day."""
    team, now = make_team(), datetime.fromisoformat(f"{day}T09:00:00+00:00")
    given = {
        "title": "Un besoin",
        "supply": "none",
        "nature": "services",
        "research_ht": Decimal(0),
        "reasons": "Motif",
    }
    return orient(buyer=team.buyer, answers=given | answers, actor=team.author, now=now)


@pytest.mark.law("LR-31")
@pytest.mark.parametrize(
    ("day", "nature", "below"),
    [("2026-03-31", "supplies", 40_000), ("2026-04-01", "supplies", 60_000), ("2026-01-01", "works", 100_000)],
)
def test_the_day_chooses_the_amount_under_which_purchases_are_exempt(day: str, nature: str, below: int):
    at = kept_on(day, nature=nature, purchases_ht=Decimal(below))
    actor = Actor.of(at.made_by.memberships.get())
    with pytest.raises(RuleViolation) as refused:
        take_road(orientation=at, road="exempt", actor=actor, now=at.made_at)
    assert refused.value.rules == ["LR-31"]
    assert not Entry.objects.filter(act="procedure.road_taken").exists()
    just_below = orient(
        buyer=at.buyer, actor=actor, now=at.made_at,
        answers={"title": at.title, "supply": "none", "nature": nature, "research_ht": Decimal(0), "reasons": "Motif",
                 "purchases_ht": below - Decimal("0.01")},
    )  # fmt: skip
    assert take_road(orientation=just_below, road="exempt", actor=actor, now=at.made_at).road == "exempt"


@pytest.mark.law("LR-10", "LR-30")
@pytest.mark.parametrize(
    ("day", "value", "procedure"),
    [
        ("2025-12-31", "220999.99", "adapted"),
        ("2025-12-31", "221000", "formalised"),
        ("2026-01-01", "215999.99", "adapted"),
        ("2026-01-01", "216000", "formalised"),
    ],
)
def test_the_day_chooses_the_procedure_that_the_call_begins_with(day: str, value: str, procedure: str):
    kept = kept_on(day, research_ht=Decimal(1000), purchases_ht=Decimal(value) - 1000)
    call = begin_call(orientation=kept, actor=Actor.of(kept.made_by.memberships.get()), now=kept.made_at)
    assert call.procedure == procedure


@pytest.mark.law("LR-10")
def test_a_road_is_reasoned_and_a_partnership_has_something_to_search_for(team: Team):
    given = {"title": "Un besoin", "supply": "none", "nature": "services", "purchases_ht": Decimal(1000)}
    common = {"buyer": team.buyer, "actor": team.author, "now": NOW}
    with pytest.raises(RuleViolation) as refused:
        orient(answers={**given, "research_ht": Decimal(0), "reasons": " "}, **common)
    assert refused.value.rules == ["LR-10"]
    assert not Orientation.objects.exists()
    nothing_searched = orient(answers={**given, "research_ht": Decimal(0), "reasons": "x"}, **common)
    with pytest.raises(RuleViolation) as refused:
        begin_call(orientation=nothing_searched, actor=team.author, now=NOW)
    assert refused.value.rules == ["LR-10"]
    assert not Call.objects.exists()
    a_cent = orient(answers={**given, "research_ht": Decimal("0.01"), "reasons": "x"}, **common)
    assert begin_call(orientation=a_cent, actor=team.author, now=NOW).orientation == a_cent


@pytest.mark.law("PR-06")
def test_no_road_is_told_for_a_day_whose_figures_are_unknown():
    assert kept_on("2027-12-31", purchases_ht=Decimal(1000)).advice["road"] == "direct"
    with pytest.raises(RuleViolation) as refused:
        kept_on("2028-01-03", purchases_ht=Decimal(1000))
    assert refused.value.rules == ["PR-06"]
    assert Orientation.objects.count() == 1


@pytest.mark.law("LR-10")
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
