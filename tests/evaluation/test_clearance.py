"""The intended winners, and they alone, bring their proofs; who fails falls out and the next is asked."""

from datetime import timedelta

import pytest

from marketplace.accounts.permissions import can
from marketplace.journal.errors import Refusal
from procurement.calls.models import LotTimeline
from procurement.correspondence.models import Letter
from procurement.evaluation.facts import rejected_after_award
from procurement.evaluation.models import AwardedPartner, Candidate, Clearance, ClearanceProof
from procurement.evaluation.services import clearance, exclusions
from procurement.law.findings import RuleViolation
from tests.evaluation.builders import DAY


def partner_of(journey, position=0):
    return AwardedPartner.objects.get(party=journey.firms[position].party)


def eliminate(journey, **more):
    asked = {
        "partner": partner_of(journey),
        "ground": "no_proof",
        "reasons": "Aucune preuve remise.",
        "deadline": journey.now + 10 * DAY,
    }
    return journey.act(clearance.eliminate_and_ask_next, **(asked | more))


@pytest.mark.starts_at("ranked")
@pytest.mark.law("LR-73")
def test_proofs_are_asked_from_intended_winners_only(journey):
    journey.choose(partners=2)
    asked = journey.ask_proofs()
    assert {row.partner.party for row in asked} == {firm.party for firm in journey.firms[:2]}
    letters = Letter.objects.filter(kind="clearance_request")
    assert {letter.recipient for letter in letters} == {firm.organisation for firm in journey.firms[:2]}
    assert can(journey.firms[0].actor, "clearance.read", asked[0])
    assert not can(journey.firms[2].actor, "clearance.read", asked[0])
    with pytest.raises(Refusal, match="personne"):
        journey.ask_proofs()


@pytest.mark.starts_at("awarded")
@pytest.mark.law("LR-73")
def test_a_request_leaves_time_and_names_proofs(journey):
    with pytest.raises(Refusal, match="à venir"):
        journey.act(clearance.ask_proofs, lot=journey.lot, deadline=journey.now)
    with pytest.raises(RuleViolation) as refused:
        journey.act(clearance.ask_proofs, lot=journey.lot, deadline=journey.now + DAY, proofs=())
    assert refused.value.rules == ["LR-73"]
    assert not Clearance.objects.exists()


@pytest.mark.starts_at("awarded")
@pytest.mark.law("LR-73")
def test_a_winner_is_cleared_when_every_proof_is_there(journey):
    (row,) = journey.ask_proofs()
    journey.bring_proofs(row, but=("tax",))
    with pytest.raises(RuleViolation, match="fiscale"):
        journey.act(clearance.clear, partner=partner_of(journey))
    assert LotTimeline.objects.get(lot=journey.lot).winner_cleared_at is None
    journey.bring_proofs(row)
    assert journey.act(clearance.clear, partner=partner_of(journey)).completed_at == journey.now
    assert LotTimeline.objects.get(lot=journey.lot).winner_cleared_at == journey.now


@pytest.mark.starts_at("awarded")
@pytest.mark.law("LR-73")
@pytest.mark.parametrize(("days", "good"), [(0, True), (-1, False)])
def test_a_proof_counts_up_to_its_last_day(journey, days, good):
    (row,) = journey.ask_proofs()
    journey.bring_proofs(row)
    proof = ClearanceProof.objects.get(clearance=row, code="tax")
    until = (journey.now + timedelta(days=days)).date()
    journey.act(clearance.record_proof, proof=proof, is_accepted=True, valid_until=until)
    if good:
        assert journey.act(clearance.clear, partner=partner_of(journey)).completed_at == journey.now
    else:
        with pytest.raises(RuleViolation, match="périmées"):
            journey.act(clearance.clear, partner=partner_of(journey))


@pytest.mark.starts_at("ranked")
@pytest.mark.law("LR-73", "LR-75")
def test_the_lot_waits_for_every_partner(journey):
    journey.choose(partners=2)
    first, second = journey.ask_proofs()
    journey.bring_proofs(first)
    journey.act(clearance.clear, partner=first.partner)
    assert LotTimeline.objects.get(lot=journey.lot).winner_cleared_at is None
    journey.bring_proofs(second)
    journey.act(clearance.clear, partner=second.partner)
    assert LotTimeline.objects.get(lot=journey.lot).winner_cleared_at == journey.now


@pytest.mark.starts_at("awarded")
@pytest.mark.law("LR-74")
def test_nobody_is_eliminated_before_the_deadline_given(journey):
    (row,) = journey.ask_proofs()
    journey.now = row.deadline
    with pytest.raises(RuleViolation) as refused:
        eliminate(journey)
    assert refused.value.rules == ["LR-74"]
    journey.later(timedelta(microseconds=1))
    successor = eliminate(journey)
    assert successor.party == journey.firms[1].party
    assert list(AwardedPartner.objects.standing(journey.lot)) == [successor]
    assert Clearance.objects.get(partner=successor).deadline == journey.now + 10 * DAY


@pytest.mark.starts_at("awarded")
@pytest.mark.law("LR-48", "LR-74")
def test_an_exclusion_eliminates_only_once_it_was_pronounced(journey):
    journey.ask_proofs()
    candidate = Candidate.objects.get(party=journey.firms[0].party)
    exclusion = journey.act(
        exclusions.propose_exclusion,
        candidate=candidate,
        ground="L2141-7",
        evidence="Marché 2024-12 résilié à ses torts.",
        deadline=journey.now + DAY,
    )
    with pytest.raises(Refusal, match="Aucune exclusion"):
        eliminate(journey, ground="excluded")
    journey.later(2 * DAY)
    journey.act(exclusions.decide_exclusion, exclusion=exclusion, is_excluded=True, reasons="Manquement grave.")
    assert eliminate(journey, ground="excluded").party == journey.firms[1].party
    assert journey.firms[0].party in rejected_after_award(journey.lot)


@pytest.mark.starts_at("awarded")
@pytest.mark.law("LR-74")
def test_a_false_statement_does_not_wait(journey):
    ground = "false_statement"
    journey.ask_proofs()
    with pytest.raises(RuleViolation, match="pas motivée"):
        eliminate(journey, ground=ground, reasons=" ")
    assert eliminate(journey, ground=ground).party == journey.firms[1].party
    with pytest.raises(Refusal, match="déjà éliminé"):
        eliminate(journey, ground=ground)


@pytest.mark.starts_at("awarded")
@pytest.mark.law("LR-74")
def test_the_ranking_may_run_out(journey):
    for position in range(2):
        eliminate(journey, ground="false_statement", partner=partner_of(journey, position))
    assert eliminate(journey, ground="false_statement", partner=partner_of(journey, 2)) is None
    assert not AwardedPartner.objects.standing(journey.lot).exists()


@pytest.mark.starts_at("cleared")
@pytest.mark.law("LR-74")
def test_a_complete_file_is_not_eliminated_for_want_of_proof(journey):
    journey.later(30 * DAY)
    with pytest.raises(Refusal, match="complet"):
        eliminate(journey)


@pytest.mark.starts_at("cleared")
@pytest.mark.law("LR-81")
def test_a_winner_prevented_by_force_majeure_is_replaced_with_a_jurist_s_view(journey):
    replace = {"ground": "force_majeure", "reasons": "Incendie de l’atelier."}
    with pytest.raises(RuleViolation) as refused:
        eliminate(journey, **replace)
    assert refused.value.rules == ["LR-81"]
    successor = eliminate(journey, accepted={"LR-81": "Visa du service juridique."}, **replace)
    assert successor.party == journey.firms[1].party
    assert LotTimeline.objects.get(lot=journey.lot).winner_cleared_at is None


@pytest.mark.starts_at("cleared")
def test_proofs_of_a_finished_file_change_no_more(journey):
    proof = ClearanceProof.objects.first()
    with pytest.raises(Refusal, match="terminée"):
        journey.act(clearance.record_proof, proof=proof, is_accepted=False)
