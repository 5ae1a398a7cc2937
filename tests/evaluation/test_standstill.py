"""Letters leave once the winners are cleared, hold no rival’s secret, and open a standstill that an appeal prolongs."""

from datetime import date, timedelta

import pytest

from marketplace.journal.errors import Refusal
from marketplace.journal.models import Entry
from procurement.calls.models import Call, LotTimeline
from procurement.calls.services.publishing import cancel_lot
from procurement.calls.stages import Stage, stage
from procurement.correspondence.models import Letter
from procurement.evaluation.facts import signature_facts
from procurement.evaluation.models import AwardedPartner, RejectionNotice, StandstillHold
from procurement.evaluation.services import clearance, reports, scoring_acts, standstill
from procurement.law.findings import RuleViolation
from tests.evaluation.builders import DAY, single_step
from tests.factories import within_act


def send(journey, **more):
    return journey.act(standstill.send_rejections, lot=journey.lot, **({"reasons": journey.reasons()} | more))


def letters(journey, kind="rejection"):
    return {letter.recipient: letter.document.facts["facts"] for letter in Letter.objects.filter(kind=kind)}


@pytest.mark.starts_at("awarded")
@pytest.mark.law("LR-75")
def test_rejections_wait_for_the_winner_to_be_cleared(journey):
    with pytest.raises(RuleViolation) as refused:
        send(journey)
    assert refused.value.rules == ["LR-75"]
    assert not Letter.objects.filter(kind__in=["rejection", "award"]).exists()
    assert Entry.objects.filter(act="rejections.send.refused").exists()
    journey.clear_all()
    assert len(send(journey)) == 2


@pytest.mark.starts_at("cleared")
@pytest.mark.law("LR-76", "LR-124")
def test_a_rejected_tenderer_reads_its_own_marks_and_the_winner_s_only(journey):
    send(journey)
    winner, own, rival = journey.firms
    said = letters(journey)[own.organisation]
    assert said["own"]["rank"] == 2
    assert said["own"]["scores"][0] == {
        "criterion": "Qualité de la prévision",
        "weight": 5000,
        "score": "75.00",
        "maximum": "100.00",
        "comment": "Motif de l’offre 2.",
        "winner_score": "100.00",
    }
    assert said["winners"] == [
        {
            "name": winner.organisation.name,
            "rank": 1,
            "total": "100.00",
            "reasons": "Meilleure qualité de prévision, prouvée par des essais.",
        }
    ]
    for secret in (rival.organisation.name, "Motif de l’offre 1.", "Motif de l’offre 3.", "188200", "168000"):
        assert secret not in str(said).replace(f"{said['own']['price_ht']}", "")
    assert Letter.objects.filter(kind="rejection").first().document.facts["appeals"]["remedies"]


@pytest.mark.starts_at("cleared")
@pytest.mark.law("LR-76")
def test_every_rejection_has_its_reasons_and_nothing_leaves_otherwise(journey):
    reasons = journey.reasons()
    reasons[journey.firms[1].party.pk] = " "
    with pytest.raises(Refusal, match=journey.firms[1].organisation.name):
        send(journey, reasons=reasons)
    assert not RejectionNotice.objects.exists()
    assert LotTimeline.objects.get(lot=journey.lot).rejections_sent_at is None


@pytest.mark.law("LR-76", "LR-67")
@pytest.mark.starts_at("negotiated")
def test_a_bid_set_aside_and_a_bid_never_handed_in_are_told_too(journey):
    bids = journey.hand_in_bids("final", firms=journey.firms[:2])
    journey.examine(bids)
    journey.act(scoring_acts.assess_bid, bid=bids[1], status="irregular", reasons="Exigence 1 absente.")
    journey.score(bids[:1])
    journey.rank()
    journey.choose()
    journey.clear_all()
    send(journey)
    said = letters(journey)
    assert said[journey.firms[1].organisation]["reasons"] == "Exigence 1 absente."
    assert said[journey.firms[1].organisation]["own"] is None
    assert said[journey.firms[2].organisation]["reasons"] == "Vous n’avez pas remis d’offre finale."
    assert set(letters(journey, "award")) == {journey.firms[0].organisation}


@pytest.mark.starts_at("cleared")
@pytest.mark.law("LR-78")
@pytest.mark.parametrize(("electronic", "days"), [(True, 11), (False, 16)])
def test_the_standstill_is_reckoned_from_the_day_of_the_letters(journey, electronic, days):
    notices = send(journey, electronic=electronic)
    first_day = journey.now.date() + timedelta(days=days)
    assert {notice.earliest_signature_on for notice in notices} == {first_day}
    assert standstill.earliest_signature(journey.lot, now=journey.now) == first_day
    assert letters(journey)[journey.firms[1].organisation]["earliest_signature_on"] == first_day.isoformat()
    timeline = LotTimeline.objects.get(lot=journey.lot)
    assert timeline.standstill_at == timeline.rejections_sent_at == journey.now
    assert stage(timeline, journey.now) == Stage.STANDSTILL


@pytest.mark.law("LR-79")
@pytest.mark.starts_at("negotiated")
def test_no_standstill_for_the_sole_participant(journey):
    bids = journey.hand_in_bids("final", firms=journey.firms[:1])
    drop_other_tenderers(journey)
    journey.examine(bids)
    journey.score(bids)
    journey.rank()
    journey.choose()
    journey.clear_all()
    assert send(journey) == []
    assert standstill.earliest_signature(journey.lot, now=journey.now) is None
    assert LotTimeline.objects.get(lot=journey.lot).standstill_at is None


def drop_other_tenderers(journey):
    """As if nobody else had ever tendered."""

    def drop() -> None:
        for bid in journey.bids("initial"):
            if bid.party_id != journey.firms[0].party.pk:
                bid.delete()

    within_act(drop, chain=journey.call.chain, at=journey.now)


@pytest.mark.law("LR-79", "LR-76")
def test_an_adapted_procedure_tells_the_rejected_without_a_standstill(empty_site, now):
    journey = single_step(now)
    assert journey.call.procedure == Call.Procedure.ADAPTED
    bids = journey.bids("single_step")
    journey.examine(bids)
    journey.score(bids, stage="single_step")
    journey.rank("single_step")
    journey.award(bids[:1])
    journey.clear_all()
    notices = send(journey)
    assert [notice.earliest_signature_on for notice in notices] == [None, None]
    timeline = LotTimeline.objects.get(lot=journey.lot)
    assert (timeline.rejections_sent_at, timeline.standstill_at) == (journey.now, None)
    assert standstill.earliest_signature(journey.lot, now=journey.now) is None


@pytest.mark.starts_at("cleared")
@pytest.mark.law("LR-78", "LR-81")
def test_new_letters_and_a_new_standstill_follow_a_replaced_winner(journey):
    send(journey)
    with pytest.raises(Refusal, match="déjà parties"):
        send(journey)
    journey.later(3 * DAY)
    journey.act(
        clearance.eliminate_and_ask_next,
        partner=AwardedPartner.objects.standing(journey.lot).get(),
        ground="force_majeure",
        reasons="Incendie de l’atelier.",
        deadline=journey.now + 10 * DAY,
        accepted={"LR-81": "Visa du service juridique."},
    )
    row = AwardedPartner.objects.standing(journey.lot).get().clearance
    journey.bring_proofs(row)
    journey.act(clearance.clear, partner=row.partner)
    notices = send(journey)
    assert {notice.party for notice in notices} == {journey.firms[0].party, journey.firms[2].party}
    assert letters(journey)[journey.firms[0].organisation]["reasons"] == "Incendie de l’atelier."
    assert standstill.earliest_signature(journey.lot, now=journey.now) == journey.now.date() + timedelta(days=11)


@pytest.mark.starts_at("cleared")
@pytest.mark.law("LR-80")
def test_an_appeal_holds_until_the_order_comes(journey):
    send(journey)
    journey.later(DAY)
    asked = {"lot": journey.lot, "case_number": "2701234"}
    with pytest.raises(Refusal, match="numéro"):
        journey.act(standstill.hold, notified_at=journey.now + DAY, **asked)
    held = journey.act(standstill.hold, notified_at=journey.now, **asked)
    assert standstill.holds(journey.lot) == [held]
    journey.later(15 * DAY)
    order = {"held": held, "order_received_at": journey.now}
    with pytest.raises(Refusal, match="sens de l’ordonnance"):
        journey.act(standstill.release, outcome=" ", **order)
    journey.act(standstill.release, outcome="Requête rejetée.", **order)
    assert standstill.holds(journey.lot) == []
    assert StandstillHold.objects.get().outcome == "Requête rejetée."


@pytest.mark.starts_at("ranked")
def test_nothing_is_sent_before_the_choice(journey):
    with pytest.raises(Refusal, match="pas choisis"):
        journey.act(standstill.send_rejections, lot=journey.lot, reasons={})


@pytest.mark.starts_at("cleared")
def test_the_date_is_that_of_paris(journey):
    journey.now = journey.now.replace(hour=23, minute=30)
    notices = send(journey)
    local_day: date = (journey.now + timedelta(hours=2)).date()
    assert notices[0].earliest_signature_on == local_day + timedelta(days=11)


@pytest.mark.starts_at("ranked")
@pytest.mark.law("LR-74", "LR-76", "LR-78")
def test_when_the_ranking_runs_out_those_who_remain_can_still_be_signed_with(journey):
    journey.choose(partners=2)
    journey.clear_all()
    send(journey)
    for position in (0, 2):
        journey.later(DAY)
        party = journey.firms[position].party
        journey.act(
            clearance.eliminate_and_ask_next,
            partner=AwardedPartner.objects.get(party=party),
            ground="false_statement",
            reasons="Déclaration inexacte.",
            deadline=journey.now + 10 * DAY,
        )
    send(journey, reasons=journey.reasons())
    assert not standstill_unsent(journey)


@pytest.mark.starts_at("cleared")
@pytest.mark.law("LR-78", "LR-81")
def test_letters_that_named_an_eliminated_winner_open_no_standstill(journey):
    for position in (0, 1):
        send(journey)
        journey.later(DAY)
        journey.act(
            clearance.eliminate_and_ask_next,
            partner=AwardedPartner.objects.get(party=journey.firms[position].party),
            ground="false_statement",
            reasons="Déclaration inexacte.",
            deadline=journey.now + 10 * DAY,
        )
        successor = AwardedPartner.objects.standing(journey.lot).get()
        journey.bring_proofs(successor.clearance)
        journey.act(clearance.clear, partner=successor)
    assert standstill_unsent(journey) == {str(firm.party.pk) for firm in journey.firms[:2]}
    assert standstill.earliest_signature(journey.lot, now=journey.now) is None


def standstill_unsent(journey):
    facts = signature_facts(journey.lot, now=journey.now)
    return set(facts.rejected_ids) - {letter.recipient_id for letter in facts.letters}


@pytest.mark.starts_at("cleared")
@pytest.mark.law("LR-66")
def test_a_report_that_names_an_eliminated_winner_is_made_again(journey):
    journey.act(reports.finalise_presentation_report, lot=journey.lot)
    assert reports.is_presented(journey.lot)
    journey.later(DAY)
    journey.act(
        clearance.eliminate_and_ask_next,
        partner=AwardedPartner.objects.get(party=journey.firms[0].party),
        ground="false_statement",
        reasons="Déclaration inexacte.",
        deadline=journey.now + 10 * DAY,
    )
    assert not reports.is_presented(journey.lot)
    journey.act(reports.finalise_presentation_report, lot=journey.lot)
    assert reports.is_presented(journey.lot)


@pytest.mark.starts_at("cleared")
@pytest.mark.law("LR-86")
def test_no_letter_of_award_leaves_for_an_abandoned_lot(journey):
    journey.act(cancel_lot, lot=journey.lot, kind="without_follow_up", reasons="Besoin disparu.")
    with pytest.raises(Refusal, match="sans suite"):
        send(journey)


@pytest.mark.starts_at("cleared")
def test_clearing_twice_does_not_move_the_date(journey):
    cleared_at = LotTimeline.objects.get(lot=journey.lot).winner_cleared_at
    journey.later(DAY)
    journey.act(clearance.clear, partner=AwardedPartner.objects.get(party=journey.firms[0].party))
    assert LotTimeline.objects.get(lot=journey.lot).winner_cleared_at == cleared_at
