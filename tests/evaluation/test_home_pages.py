"""The evaluator's home, and a procedure in one step."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from marketplace.accounts.actors import Actor
from procurement.calls.models import Call, TeamRole
from procurement.calls.services import drafts
from procurement.evaluation.services import interests
from tests.calls.builders import team_user
from tests.evaluation.builders import begin, single_step
from tests.evaluation.pages import Pages, text
from tests.factories import MembershipFactory, make

HOME = reverse("evaluation:home")


def confide(journey, evaluator):
    drafts.give_role(
        call=journey.call,
        user=team_user(evaluator),
        role=TeamRole.EVALUATOR,
        actor=journey.team.author,
        now=journey.now,
    )


@pytest.mark.usefixtures("empty_site")
def test_home_costs_the_same_with_one_call_and_three(now):
    journey = begin(now)
    evaluator = Actor.of(make(MembershipFactory, organisation=journey.team.buyer))
    costs = []
    for count in (1, 3):
        while Call.objects.filter(team__user_id=evaluator.user_id).distinct().count() < count:
            other = begin(now, team=journey.team) if costs else journey
            confide(other, evaluator)
            other.act(interests.declare, call=other.call, has_interest=False, actor=evaluator)
        pages = Pages(journey)
        pages.ask("get", HOME, evaluator)
        with CaptureQueriesContext(connection) as captured:
            assert text(pages.ask("get", HOME, evaluator)).count("Rien à noter pour l’instant") == count
        costs.append(len(captured))
    assert costs[0] == costs[1]


@pytest.mark.starts_at("final bids")
def test_home_tells_what_is_expected(journey):
    pages = Pages(journey)
    evaluator = journey.team.evaluator
    assert "Offres à noter" in text(pages.ask("get", HOME, evaluator))
    bids = journey.bids()
    journey.examine(bids)
    journey.score(bids)
    assert "Votre fiche est rendue" in text(pages.ask("get", HOME, evaluator))
    assert "Aucun appel n’attend votre note" in text(pages.ask("get", HOME, journey.team.signatory))
    assert pages.ask("get", HOME, journey.firms[0].actor).status_code == 200


@pytest.mark.usefixtures("empty_site")
def test_a_procedure_in_one_step_goes_from_candidatures_to_scores(now):
    journey = single_step(now)
    pages = Pages(journey)
    assert "Candidatures et offres ont été remises ensemble" in pages.get("candidates")
    bid = journey.bids("single_step")[0]
    evaluator = journey.team.evaluator
    assert str(bid.party) in pages.get("scoring", actor=evaluator)
    data = {
        name: said
        for one in (journey.criterion("quality"), journey.criterion("environment"))
        for name, said in ((f"value-{one.pk}", "3"), (f"comment-{one.pk}", "Démontré."))
    }
    answer = pages.post("score", bid.pk, data=data | {"next": "1"}, actor=evaluator)
    assert answer.url == pages.url("score", journey.bids("single_step")[1].pk)
