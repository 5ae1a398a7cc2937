"""A round leaves tenderers out only where the call said so, on the award criteria, for reasons told at once."""

from datetime import timedelta
from types import SimpleNamespace

import pytest

from marketplace.journal.errors import NotAllowed, Refusal
from marketplace.journal.models import Entry
from procurement.calls.models import AcceptedWarning
from procurement.calls.services import drafts
from procurement.correspondence.models import Letter
from procurement.evaluation.facts import elimination_facts, rejected_after_award, remaining_parties
from procurement.evaluation.models import RoundElimination
from procurement.evaluation.services import negotiation
from procurement.law.findings import RuleViolation
from procurement.submissions.models import Invitation
from tests.calls.builders import team_user
from tests.evaluation.builders import DAY, HOUR, TECHNICAL, priced
from tests.factories import within_act

pytestmark = pytest.mark.starts_at("tendered")

REASONS = "Recherche limitée, prévision moins précise."


def rank_initial_bids(journey, *, announced=True):
    """Initial bids ranked first to third, as the firms; the call announces eliminations, or does not."""
    call = journey.lot.call
    call.elimination_announced = announced
    within_act(call.save, chain=call.chain, at=journey.now)
    bids = journey.bids("initial")
    journey.examine(bids)
    journey.score(bids, stage="initial")
    journey.rank("initial")


def eliminate(journey, *positions, reasons=REASONS, **more):
    eliminations = {journey.firms[position].party.pk: reasons for position in positions}
    return journey.act(negotiation.eliminate, lot=journey.lot, eliminations=eliminations, **more)


def refused_rules(journey, *positions, **more):
    """Rules that refuse an elimination, which then leaves nothing behind but the trace of the refusal."""
    with pytest.raises(RuleViolation) as refused:
        eliminate(journey, *positions, **more)
    assert not RoundElimination.objects.exists()
    assert not Letter.objects.filter(kind="round_elimination").exists()
    assert not Entry.objects.filter(act="negotiation.eliminated").exists()
    assert len(remaining_parties(journey.lot)) == 3
    assert Entry.objects.filter(act="negotiation.eliminate.refused").last().data["rules"] == refused.value.rules
    return refused.value.rules


@pytest.mark.law("LR-17")
@pytest.mark.parametrize("announced", [True, False])
def test_a_round_eliminates_only_where_the_call_announced_it(journey, announced):
    rank_initial_bids(journey, announced=announced)
    if announced:
        (row,) = eliminate(journey, 2)
        assert (row.party, row.reasons, row.decided_at) == (journey.firms[2].party, REASONS, journey.now)
        assert remaining_parties(journey.lot) == [firm.party for firm in journey.firms[:2]]
        assert Entry.objects.get(act="negotiation.eliminated").data["eliminated"] == [str(row.party.pk)]
    else:
        assert refused_rules(journey, 2) == ["LR-17"]


@pytest.mark.law("LR-17", "LR-76", "LR-124")
def test_the_eliminated_are_told_at_once_their_own_marks_and_the_appeals(journey):
    rank_initial_bids(journey)
    eliminate(journey, 2)
    letter = Letter.objects.get(kind="round_elimination")
    assert (letter.recipient, letter.sent_at) == (journey.firms[2].organisation, journey.now)
    said = letter.document.facts
    assert (said["facts"]["reasons"], said["facts"]["own"]["rank"]) == (REASONS, 3)
    assert said["facts"]["own"]["scores"][0]["comment"] == "Motif de l’offre 3."
    assert said["appeals"]["court"]["name"] == "Tribunal administratif de Rennes"
    for secret in (*(firm.organisation.name for firm in journey.firms[:2]), "Motif de l’offre 1.", "188"):
        assert secret not in str(said["facts"])


@pytest.mark.law("LR-17")
def test_the_letters_of_the_next_round_and_of_the_end_go_to_all_who_remain_and_to_them_alone(journey):
    rank_initial_bids(journey)
    eliminate(journey, 2)
    meetings = {firm.party.pk: journey.now + 8 * DAY + n * HOUR for n, firm in enumerate(journey.firms)}
    asked = {"lot": journey.lot, "round_number": 1, "duration_minutes": 60}
    with pytest.raises(RuleViolation) as refused:
        journey.act(negotiation.invite_to_negotiate, meetings=meetings, **asked)
    assert refused.value.rules == ["LR-17"]
    journey.meet_all()
    journey.close()
    kept = {firm.organisation for firm in journey.firms[:2]}
    for kind in ("negotiation_invitation", "closing"):
        assert {letter.recipient for letter in Letter.objects.filter(kind=kind)} == kept
    assert Invitation.objects.filter(period=journey.period("final")).count() == 2
    assert journey.firms[2].party not in rejected_after_award(journey.lot)


@pytest.mark.law("LR-17")
@pytest.mark.parametrize(("positions", "reasons"), [((1,), REASONS), ((0, 2), REASONS), ((2,), " ")])
def test_the_lowest_ranked_leave_for_written_reasons(journey, positions, reasons):
    rank_initial_bids(journey)
    assert "LR-17" in refused_rules(journey, *positions, reasons=reasons, accepted={"LR-18": "Un seul convient."})


@pytest.mark.law("LR-17")
def test_bids_that_are_not_ranked_are_not_eliminated_by_the_criteria(journey):
    call = journey.lot.call
    call.elimination_announced = True
    within_act(call.save, chain=call.chain, at=journey.now)
    assert refused_rules(journey, 2) == ["LR-17"]


@pytest.mark.law("LR-17")
def test_a_bid_received_since_the_ranking_makes_it_too_old(journey):
    rank_initial_bids(journey)
    period = journey.plan("round")
    journey.now = period.closes_at() + DAY
    journey.opened(journey.firms[2], "round", {"technical": TECHNICAL, "price": priced("150000.00")})
    journey.act(negotiation.register_bids, lot=journey.lot, period=period)
    assert refused_rules(journey, 2) == ["LR-17"]


@pytest.mark.law("LR-18")
def test_keeping_only_one_tenderer_needs_a_written_reason(journey):
    rank_initial_bids(journey)
    assert refused_rules(journey, 1, 2) == ["LR-18"]
    assert len(eliminate(journey, 1, 2, accepted={"LR-18": "Les deux autres ne prévoient rien."})) == 2
    assert {letter.sent_at for letter in Letter.objects.filter(kind="round_elimination")} == {journey.now}
    assert AcceptedWarning.objects.filter(call=journey.call, rule="LR-18").count() == 1


@pytest.mark.law("LR-70")
def test_an_elimination_waits_for_the_declarations_of_newcomers(journey):
    rank_initial_bids(journey)
    newcomer = journey.team.reader
    drafts.give_role(
        call=journey.call, user=team_user(newcomer), role="evaluator", actor=journey.team.author, now=journey.now
    )
    assert refused_rules(journey, 2) == ["LR-70"]
    journey.declare(newcomer)
    assert len(eliminate(journey, 2)) == 1


def test_those_already_out_nobody_or_everybody_cannot_be_eliminated(journey):
    rank_initial_bids(journey)
    with pytest.raises(Refusal, match="déclarez le lot sans suite"):
        eliminate(journey, 0, 1, 2)
    with pytest.raises(Refusal, match="encore en lice"):
        eliminate(journey)
    eliminate(journey, 2)
    with pytest.raises(Refusal, match="encore en lice"):
        eliminate(journey, 2)
    assert RoundElimination.objects.count() == 1


def test_nobody_is_eliminated_once_final_bids_are_asked_for(journey):
    rank_initial_bids(journey)
    journey.meet_all()
    journey.close()
    journey.later(timedelta(minutes=1))
    with pytest.raises(Refusal, match="offres finales sont demandées"):
        eliminate(journey, 2)


def test_only_a_validator_eliminates(journey):
    rank_initial_bids(journey)
    with pytest.raises(NotAllowed, match="validation"):
        eliminate(journey, 2, actor=journey.team.evaluator)


@pytest.mark.law("LR-17")
def test_nobody_ranked_leaves_while_only_unranked_ones_stay():
    parties = [SimpleNamespace(pk=name) for name in "ABC"]
    ranked = {"A": SimpleNamespace(rank=1), "B": SimpleNamespace(rank=2)}
    said = elimination_facts(parties, {"A": "Motif", "B": "Motif"}, ranked)
    assert not any(one.on_award_criteria for one in said)
    (last,) = elimination_facts(parties, {"B": "Motif"}, ranked)
    assert last.on_award_criteria
