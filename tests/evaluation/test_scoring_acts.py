"""Each scores alone, then together; checks and statuses have reasons; a closed evaluation moves no more."""

from datetime import timedelta

import pytest

from marketplace.journal.errors import NotAllowed, Refusal
from marketplace.journal.models import Entry
from procurement.calls.models import TeamRole
from procurement.calls.services import drafts
from procurement.correspondence.models import Letter
from procurement.evaluation import reading
from procurement.evaluation.models import Bid, ConsensusScore, RequirementCheck
from procurement.evaluation.services import scoring_acts
from procurement.law.findings import RuleViolation
from tests.calls.builders import team_user

pytestmark = pytest.mark.starts_at("final bids")


def score(journey, bid, criterion, value=3, **more):
    given = {"bid": bid, "criterion": criterion, "value": value, "comment": "Prouvé par des essais."}
    return journey.act(scoring_acts.score, **({"actor": journey.team.evaluator} | given | more))


def score_all(journey, actor, value=3):
    for bid in journey.bids():
        for tag in ("quality", "environment"):
            score(journey, bid, journey.criterion(tag), value, actor=actor)


def second_evaluator(journey):
    actor = journey.team.reader
    drafts.give_role(
        call=journey.call, user=team_user(actor), role=TeamRole.EVALUATOR, actor=journey.team.author, now=journey.now
    )
    journey.declare(actor)
    return actor


def hand_in(journey, actor):
    return journey.act(scoring_acts.hand_in, lot=journey.lot, stage="final", actor=actor)


def agree(journey, bid, criterion, **more):
    agreed = {"value": 3, "comment": "Accord.", "attended": [journey.team.evaluator.user_id]}
    return journey.act(
        scoring_acts.agree_consensus, bid=bid, criterion=criterion, actor=journey.team.evaluator, **(agreed | more)
    )


@pytest.mark.law("LR-71")
@pytest.mark.parametrize(("value", "comment"), [(5, "Bien."), (4, " ")])
def test_a_score_off_the_scale_or_without_reason_is_refused(journey, value, comment):
    with pytest.raises(Refusal):
        score(journey, journey.bids()[0], journey.criterion("quality"), value, comment=comment)


@pytest.mark.law("LR-65")
def test_a_price_is_reckoned_never_scored(journey):
    with pytest.raises(Refusal, match="formule"):
        score(journey, journey.bids()[0], journey.criterion("price"))


def test_only_evaluators_score(journey):
    with pytest.raises(NotAllowed, match="notation"):
        score(journey, journey.bids()[0], journey.criterion("quality"), actor=journey.team.validator)


def test_scores_stay_hidden_from_the_others_until_all_are_in(journey):
    first, second = journey.team.evaluator, second_evaluator(journey)
    score_all(journey, first, 4)
    hand_in(journey, first)
    score_all(journey, second, 2)

    def seen(actor):
        return {row.evaluator_id for row in reading.scores_visible(journey.lot, "final", actor=actor)}

    assert seen(first) == {first.user_id}
    assert seen(journey.team.validator) == set()
    hand_in(journey, second)
    assert seen(first) == seen(journey.team.validator) == {first.user_id, second.user_id}
    cell = reading.scoring_table(journey.lot, "final", actor=first)[0].cells[0]
    assert (cell.spread, cell.is_disputed) == (2, True)
    assert "value" not in Entry.objects.filter(act="bid.scored").first().data


def test_a_sheet_is_complete_and_changes_no_more(journey):
    evaluator = journey.team.evaluator
    score(journey, journey.bids()[0], journey.criterion("quality"))
    with pytest.raises(Refusal, match="5 note"):
        hand_in(journey, evaluator)
    score_all(journey, evaluator)
    hand_in(journey, evaluator)
    with pytest.raises(Refusal, match="rendue"):
        score(journey, journey.bids()[0], journey.criterion("quality"))
    with pytest.raises(Refusal, match="déjà rendue"):
        hand_in(journey, evaluator)


def test_agreement_waits_for_every_evaluator(journey):
    second = second_evaluator(journey)
    score_all(journey, journey.team.evaluator)
    hand_in(journey, journey.team.evaluator)
    bid, criterion = journey.bids()[0], journey.criterion("quality")
    with pytest.raises(Refusal, match="1 fiche"):
        agree(journey, bid, criterion)
    score_all(journey, second)
    hand_in(journey, second)
    assert agree(journey, bid, criterion).value == 3


@pytest.mark.law("LR-70")
def test_only_people_free_of_interests_sit_at_the_agreement(journey):
    score_all(journey, journey.team.evaluator)
    hand_in(journey, journey.team.evaluator)
    bid, criterion = journey.bids()[0], journey.criterion("quality")
    for attended in ([], [journey.team.evaluator.user_id, journey.team.reader.user_id]):
        with pytest.raises(Refusal, match="L2141-10"):
            agree(journey, bid, criterion, attended=attended)
    assert not ConsensusScore.objects.exists()


def test_a_closed_evaluation_is_complete_and_moves_no_more(journey):
    bids = journey.bids()
    close = {"lot": journey.lot, "stage": "final"}
    with pytest.raises(Refusal, match="6 note"):
        journey.act(scoring_acts.close_technical_evaluation, **close)
    journey.score(bids)
    with pytest.raises(Refusal, match="close"):
        agree(journey, bids[0], journey.criterion("quality"), value=1)
    with pytest.raises(Refusal, match="close"):
        journey.act(scoring_acts.close_technical_evaluation, **close)


@pytest.mark.law("LR-18", "LR-67")
@pytest.mark.parametrize(("met", "refused"), [(True, False), (False, True), (None, True)])
def test_a_regular_bid_was_checked_and_meets_every_minimum_requirement(journey, met, refused):
    bid = journey.bids()[0]
    if met is not None:
        journey.check(bid, met=met)
    assess = {"bid": bid, "status": "regular", "actor": journey.team.evaluator}
    if refused:
        with pytest.raises(RuleViolation) as answered:
            journey.act(scoring_acts.assess_bid, **assess)
        assert answered.value.rules == ["LR-67"]
        assert Bid.objects.get(pk=bid.pk).status == ""
    else:
        assert journey.act(scoring_acts.assess_bid, **assess).status == "regular"


@pytest.mark.law("LR-18")
def test_the_list_of_checks_covers_every_minimum_requirement(journey):
    bid, optional = journey.bids()[0], journey.lot.requirements.get(is_minimum=False)
    with pytest.raises(Refusal, match="minimales"):
        journey.act(scoring_acts.check_requirements, bid=bid, checks={optional.pk: (True, "")})
    minimum = journey.lot.requirements.get(is_minimum=True)
    with pytest.raises(Refusal, match="en quoi"):
        journey.act(scoring_acts.check_requirements, bid=bid, checks={minimum.pk: (False, "")})
    assert not RequirementCheck.objects.exists()


@pytest.mark.law("LR-67")
@pytest.mark.parametrize("status", ["irregular", "unacceptable", "inappropriate"])
def test_a_bid_is_set_aside_for_written_reasons(journey, status):
    bid = journey.bids()[0]
    with pytest.raises(RuleViolation, match="sans motif"):
        journey.act(scoring_acts.assess_bid, bid=bid, status=status)
    assert journey.act(scoring_acts.assess_bid, bid=bid, status=status, reasons="Pièce absente.").status == status


@pytest.mark.law("LR-68")
def test_a_status_may_change_until_the_choice(journey):
    bid = journey.bids()[0]
    journey.act(scoring_acts.assess_bid, bid=bid, status="irregular", reasons="Pièce absente.")
    journey.check(bid)
    assert journey.act(scoring_acts.assess_bid, bid=bid, status="regular").status_reasons == ""


@pytest.mark.law("LR-69")
def test_an_abnormally_low_price_is_rejected_after_its_author_could_explain(journey):
    bid, deadline = journey.bids()[0], journey.now + timedelta(days=8)
    reject = {"bid": bid, "status": "abnormally_low", "reasons": "Prix sans rapport avec les moyens."}
    with pytest.raises(RuleViolation) as refused:
        journey.act(scoring_acts.assess_bid, **reject)
    assert refused.value.rules == ["LR-69"]
    ask = {"bid": bid, "question": "Justifiez le coût des essais.", "deadline": deadline}
    journey.act(scoring_acts.ask_price_explanations, **ask)
    letter = Letter.objects.get(kind="price_explanation")
    assert (letter.recipient, letter.document.facts["facts"]["question"]) == (bid.party.lead, ask["question"])
    with pytest.raises(Refusal, match="déjà demandées"):
        journey.act(scoring_acts.ask_price_explanations, **ask)
    journey.now = deadline
    with pytest.raises(RuleViolation, match="peut encore justifier"):
        journey.act(scoring_acts.assess_bid, **reject)
    journey.later(timedelta(microseconds=1))
    assert journey.act(scoring_acts.assess_bid, **reject).status == "abnormally_low"


@pytest.mark.law("LR-69")
def test_an_answer_about_the_price_may_be_judged_at_once(journey):
    bid = journey.bids()[0]
    asked = journey.act(
        scoring_acts.ask_price_explanations,
        bid=bid,
        question="Coût des essais ?",
        deadline=journey.now + timedelta(days=8),
    )
    journey.act(scoring_acts.record_price_explanations, explanation=asked, answer="Nos locaux sont gratuits.")
    reject = {"bid": bid, "status": "abnormally_low", "reasons": "Réponse sans preuve."}
    assert journey.act(scoring_acts.assess_bid, **reject).status == "abnormally_low"
    with pytest.raises(Refusal, match="déjà consignée"):
        journey.act(scoring_acts.record_price_explanations, explanation=asked, answer="Encore.")


@pytest.mark.parametrize(("question", "days"), [(" ", 8), ("Pourquoi ?", 0)])
def test_a_request_of_explanations_is_precise_and_leaves_time(journey, question, days):
    ask = {"bid": journey.bids()[0], "question": question, "deadline": journey.now + timedelta(days=days)}
    with pytest.raises(Refusal, match="R2152-3"):
        journey.act(scoring_acts.ask_price_explanations, **ask)
