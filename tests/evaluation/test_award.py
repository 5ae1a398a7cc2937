"""The ranking is reckoned from regular bids; the best ranked are chosen, within the number announced."""

from decimal import Decimal

import pytest

from marketplace.journal.errors import NotAllowed, Refusal
from marketplace.journal.models import Entry
from procurement.calls.models import LotTimeline
from procurement.calls.services import drafts
from procurement.calls.services.publishing import cancel_lot
from procurement.evaluation.models import AwardDecision, CaoMinutes, Ranking
from procurement.evaluation.services import awards, ranking, scoring_acts
from procurement.law.findings import RuleViolation
from tests.calls.builders import team_user
from tests.conftest import lift_triggers
from tests.evaluation.builders import HOUR, single_step
from tests.factories import within_act

pytestmark = pytest.mark.starts_at("ranked")


def refused_rules(journey, chosen, **more):
    """Rules that refuse a choice, which then leaves nothing behind."""
    with pytest.raises(RuleViolation) as refused:
        journey.act(
            awards.award, lot=journey.lot, chosen=chosen, **({"reasons": "Les meilleures.", "accepted": None} | more)
        )
    assert not AwardDecision.objects.exists()
    assert LotTimeline.objects.get(lot=journey.lot).awarded_at is None
    return refused.value.rules


@pytest.mark.law("LR-71", "LR-65")
def test_the_ranking_is_reckoned_and_keeps_its_arithmetic(journey):
    rows = list(Ranking.objects.in_force(journey.lot).ranked_bids.all())
    assert [row.rank for row in rows] == [1, 2, 3]
    # 188 000 is the lowest price with acquisition, so 4/4 everywhere and 100 for the price.
    assert (rows[0].points, rows[0].bid.party) == (Decimal("100.00"), journey.firms[0].party)
    price = rows[1].marks[2]
    assert price["arithmetic"] == [
        "100 × 188\u202f000,00 € ÷ 208\u202f200,00 € = 90,30",
        "90,30 × 40\u202f% = 36,12 points",
    ]


@pytest.mark.starts_at("scored")
@pytest.mark.law("LR-71", "LR-68")
def test_a_bid_set_aside_is_not_ranked(journey):
    first = journey.bid_of(journey.firms[0])
    journey.act(scoring_acts.assess_bid, bid=first, status="irregular", reasons="Pièce absente.")
    rows = journey.rank().ranked_bids.all()
    assert [row.bid.party for row in rows] == [journey.firms[1].party, journey.firms[2].party]


@pytest.mark.starts_at("negotiated")
def test_nothing_is_ranked_before_the_technical_closing_or_without_a_status(journey):
    bids = journey.hand_in_bids("final")
    with pytest.raises(Refusal, match="pas close"):
        journey.rank()
    journey.score(bids)
    with pytest.raises(Refusal, match="régularité"):
        journey.rank()
    assert not Ranking.objects.exists()


@pytest.mark.starts_at("negotiated")
@pytest.mark.law("LR-69")
def test_a_price_far_below_the_others_is_looked_at_before_the_ranking(journey):
    bids = journey.hand_in_bids("final", prices=("60000.00", "188200.00", "175000.00"))
    journey.examine(bids)
    journey.score(bids)
    with pytest.raises(RuleViolation) as refused:
        journey.rank()
    assert refused.value.rules == ["LR-69"]
    assert journey.rank(**{"LR-69": "Subvention publique produite."}).ranked_bids.count() == 3


@pytest.mark.starts_at("scored")
def test_who_sits_apart_does_not_rank(journey):
    with pytest.raises(NotAllowed):
        journey.act(ranking.rank, lot=journey.lot, stage="final", actor=journey.team.author)


@pytest.mark.law("LR-72")
def test_the_tender_board_of_a_local_authority_chooses(journey):
    chosen = [journey.bids()[0]]
    assert refused_rules(journey, chosen) == ["LR-72"]
    journey.sit(chosen)
    decision = journey.award(chosen)
    assert [partner.party for partner in decision.partners.all()] == [journey.firms[0].party]
    assert LotTimeline.objects.get(lot=journey.lot).awarded_at == journey.now


@pytest.mark.law("LR-72")
def test_minutes_of_an_earlier_ranking_do_not_count(journey):
    chosen = [journey.bids()[0]]
    journey.sit(chosen)
    journey.rank()
    assert refused_rules(journey, chosen) == ["LR-72"]


@pytest.mark.law("LR-72")
@pytest.mark.parametrize(
    "change",
    [
        {"quorum": 4},
        {"votes": {"for": 1, "against": 2, "abstention": 0}},
        {"votes": {"for": 4, "against": 0, "abstention": 0}},
        {"reasons": " "},
        {"held_at": None},
    ],
)
def test_a_sitting_without_quorum_majority_reasons_or_past_is_refused(journey, change):
    journey.later(HOUR)
    sitting = {
        "lot": journey.lot,
        "held_at": journey.now,
        "convened_on": journey.now.date(),
        "members": [{"name": f"M{n}", "capacity": "titulaire", "voting": True, "present": True} for n in range(3)],
        "quorum": 3,
        "votes": {"for": 3, "against": 0, "abstention": 0},
        "winners": [journey.bids()[0]],
        "reasons": "Suit le classement.",
    } | change
    sitting["held_at"] = sitting["held_at"] or journey.now + HOUR
    with pytest.raises(Refusal):
        journey.act(awards.record_cao_minutes, **sitting)
    assert not CaoMinutes.objects.exists()


@pytest.mark.law("LR-04")
@pytest.mark.parametrize(("partners", "refused"), [(1, False), (2, False), (3, True)])
def test_no_more_partners_than_announced(journey, partners, refused):
    chosen = [journey.bid_of(firm) for firm in journey.firms[:partners]]
    journey.sit(chosen)
    if refused:
        assert refused_rules(journey, chosen) == ["LR-04"]
    else:
        assert journey.award(chosen).partners.count() == partners


@pytest.mark.law("LR-71")
def test_the_best_ranked_are_chosen_for_written_reasons(journey):
    bids = [journey.bid_of(firm) for firm in journey.firms]
    journey.sit(bids[:1])
    assert refused_rules(journey, [bids[1]]) == ["LR-71"]
    assert refused_rules(journey, []) == ["LR-16", "LR-71"]
    assert refused_rules(journey, bids[:1], reasons="  ") == ["LR-71"]
    assert Entry.objects.filter(act="award.decide.refused").count() == 3


@pytest.mark.starts_at("selected")
@pytest.mark.law("LR-16")
def test_nothing_is_awarded_on_initial_bids(journey):
    bids = journey.hand_in_bids()
    journey.examine(bids)
    journey.score(bids, stage="initial")
    journey.rank("initial")
    with pytest.raises(Refusal, match="offres finales"):
        journey.act(awards.award, lot=journey.lot, chosen=bids[:1], reasons="La meilleure.")


@pytest.mark.law("LR-64")
def test_criteria_that_moved_since_publication_stop_the_choice(journey):
    chosen = [journey.bids()[0]]
    journey.sit(chosen)

    # Somebody took the database's own guard away first.
    lift_triggers()

    def tamper() -> None:
        criterion = journey.criterion("quality")
        criterion.name = "Un autre critère"
        criterion.save()

    within_act(tamper, chain=journey.call.chain, at=journey.now)
    assert refused_rules(journey, chosen) == ["LR-64"]


@pytest.mark.law("LR-70")
def test_the_choice_waits_for_the_declarations_of_newcomers(journey):
    chosen = [journey.bids()[0]]
    journey.sit(chosen)
    drafts.give_role(
        call=journey.call,
        user=team_user(journey.team.reader),
        role="validator",
        actor=journey.team.author,
        now=journey.now,
    )
    assert refused_rules(journey, chosen) == ["LR-70"]
    journey.declare(journey.team.reader)
    assert journey.award(chosen).partners.count() == 1


@pytest.mark.starts_at("awarded")
def test_a_choice_is_made_once_and_ends_scoring_and_ranking(journey):
    bid = journey.bids()[0]
    with pytest.raises(Refusal, match="déjà choisis"):
        journey.award([bid])
    with pytest.raises(Refusal, match="ne change plus"):
        journey.rank()
    with pytest.raises(Refusal, match="ne change plus"):
        journey.act(scoring_acts.assess_bid, bid=bid, status="irregular", reasons="Trop tard.")


def test_an_abandoned_lot_is_not_awarded(journey):
    journey.sit(journey.bids()[:1])
    journey.act(cancel_lot, lot=journey.lot, kind="without_follow_up", reasons="Besoin disparu.")
    with pytest.raises(Refusal, match="sans suite"):
        journey.award(journey.bids()[:1])


def test_evaluators_do_not_award(journey):
    with pytest.raises(NotAllowed):
        journey.act(
            awards.award, lot=journey.lot, chosen=journey.bids()[:1], reasons="Bien.", actor=journey.team.evaluator
        )
    assert Entry.objects.filter(act="award.decide.refused").exists()


@pytest.mark.law("LR-16")
def test_an_adapted_procedure_in_one_step_awards_without_negotiation(empty_site, now):
    journey = single_step(now)
    bids = journey.bids("single_step")
    journey.examine(bids)
    journey.score(bids, stage="single_step")
    journey.rank("single_step")
    decision = journey.award(bids[:1])
    assert [partner.bid for partner in decision.partners.all()] == bids[:1]


@pytest.mark.law("LR-71")
def test_a_bid_found_regular_after_the_ranking_is_ranked_first(journey):
    first = journey.bid_of(journey.firms[0])
    journey.act(scoring_acts.assess_bid, bid=first, status="irregular", reasons="Pièce absente.")
    journey.rank()
    second = journey.bid_of(journey.firms[1])
    journey.sit([second])
    journey.act(scoring_acts.assess_bid, bid=first, status="regular")
    assert refused_rules(journey, [second]) == ["LR-71"]


@pytest.mark.law("LR-71")
def test_the_initial_bid_of_the_best_ranked_is_not_chosen_in_place_of_its_final_one(journey):
    journey.sit(journey.bids()[:1])
    with pytest.raises(Refusal, match="classement en vigueur"):
        journey.award([journey.bid_of(journey.firms[0], "initial")])
    assert not AwardDecision.objects.exists()
