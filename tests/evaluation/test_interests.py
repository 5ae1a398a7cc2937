"""Nobody reads what firms handed in before declaring their interests; who has one leaves, for good."""

from datetime import timedelta

import pytest

from marketplace.accounts.permissions import can
from marketplace.journal.errors import NotAllowed, Refusal
from marketplace.journal.models import Entry
from procurement.calls.services import drafts
from procurement.evaluation import reading
from procurement.evaluation.models import InterestDeclaration, Score
from procurement.evaluation.services import interests, scoring_acts, selection
from procurement.law.findings import RuleViolation
from tests.calls.builders import team_user
from tests.factories import actor_for

pytestmark = pytest.mark.law("LR-70")


@pytest.mark.starts_at("published")
def test_bids_open_to_who_declared_and_to_nobody_else(journey):
    lot, evaluator = journey.lot, journey.team.evaluator
    assert "n’a pas déclaré ses intérêts" in can(evaluator, "bids.read", lot).reason
    journey.declare(evaluator)
    assert can(evaluator, "bids.read", lot)
    assert not can(journey.team.validator, "bids.read", lot)
    assert not can(actor_for(journey.team.buyer), "bids.read", lot)


@pytest.mark.starts_at("declared")
def test_a_declared_interest_takes_the_person_off_the_team_for_good(journey):
    evaluator = journey.team.evaluator
    journey.act(interests.declare, call=journey.call, has_interest=True, text="Ma sœur y travaille.", actor=evaluator)
    assert not can(evaluator, "bids.read", journey.lot)
    journey.later(timedelta(hours=1))
    with pytest.raises(Refusal, match="retiré"):
        drafts.give_role(
            call=journey.call, user=team_user(evaluator), role="validator", actor=journey.team.author, now=journey.now
        )
    with pytest.raises(NotAllowed):
        journey.declare(evaluator)


@pytest.mark.starts_at("published")
def test_an_interest_is_told_in_a_sentence_that_the_journal_does_not_hold(journey):
    with pytest.raises(Refusal, match="en une phrase"):
        journey.act(interests.declare, call=journey.call, has_interest=True, actor=journey.team.evaluator)
    assert not InterestDeclaration.objects.exists()
    declared = {"call": journey.call, "has_interest": True, "text": "Actionnaire", "actor": journey.team.evaluator}
    journey.act(interests.declare, **declared)
    assert "Actionnaire" not in str(Entry.objects.get(act="interests.declared").data)


@pytest.mark.starts_at("published")
def test_only_the_team_declares(journey):
    outsider = actor_for()
    with pytest.raises(NotAllowed, match="équipe"):
        journey.act(interests.declare, call=journey.call, has_interest=False, actor=outsider)


@pytest.mark.starts_at("ranked")
def test_acts_and_pages_both_refuse_who_did_not_declare(journey):
    bid, criterion = journey.bids()[0], journey.criterion("quality")
    drafts.give_role(
        call=journey.call,
        user=team_user(journey.team.reader),
        role="evaluator",
        actor=journey.team.author,
        now=journey.now,
    )
    given = {"bid": bid, "criterion": criterion, "value": 3, "comment": "Bien.", "actor": journey.team.reader}
    before = Score.objects.count()
    with pytest.raises(NotAllowed, match="intérêts"):
        journey.act(scoring_acts.score, **given)
    assert Score.objects.count() == before
    for read in (reading.bids_of, reading.scores_visible, reading.scoring_table):
        with pytest.raises(NotAllowed, match="intérêts"):
            read(journey.lot, "final", actor=journey.team.reader)


@pytest.mark.starts_at("published")
def test_a_decision_waits_for_the_declarations_of_all_who_influence_it(journey):
    team = journey.team
    journey.declare(team.author, team.validator, team.evaluator)
    candidates = journey.candidates()
    journey.score_candidates(candidates)
    decide = {"lot": journey.lot, "choices": journey.choices(candidates)}
    with pytest.raises(RuleViolation) as refused:
        journey.act(selection.select_candidates, **decide)
    assert refused.value.rules == ["LR-70"]
    journey.declare(team.signatory)
    assert len(journey.act(selection.select_candidates, **decide)) == 3
