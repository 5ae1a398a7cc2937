"""Bids are registered once opened; everyone is met for the same time; the end is announced to all at once."""

from datetime import timedelta
from decimal import Decimal

import pytest

from marketplace.accounts.permissions import can
from marketplace.journal.errors import NotAllowed, Refusal
from procurement.calls.services.periods import plan_period
from procurement.correspondence.models import Letter
from procurement.evaluation.facts import remaining_parties
from procurement.evaluation.models import Bid, NegotiationMeeting
from procurement.evaluation.prices import UnreadablePriceError, amounts
from procurement.evaluation.services import negotiation, selection
from procurement.law.findings import RuleViolation
from procurement.submissions.models import Invitation, OpeningResult
from tests.evaluation.builders import PASSED, TECHNICAL, priced


def invite(journey, meetings, **more):
    asked = {"lot": journey.lot, "round_number": 1, "meetings": meetings, "duration_minutes": 60, **more}
    return journey.act(negotiation.invite_to_negotiate, **asked)


def slots(journey, *, after=timedelta(days=8)):
    return {
        party.pk: journey.now + after + timedelta(hours=n) for n, party in enumerate(remaining_parties(journey.lot))
    }


@pytest.mark.starts_at("selected")
def test_totals_are_reckoned_from_the_opened_price_and_never_typed(journey):
    bid = journey.hand_in_bids()[0]
    assert (bid.research_ht, bid.acquisition_ht, bid.total_ht) == (Decimal(168000), Decimal(20000), Decimal(188000))
    assert bid.technical == TECHNICAL


@pytest.mark.starts_at("selected")
def test_prices_join_the_bids_once_they_are_opened(journey):
    journey.now = journey.period("initial").closes_at() + timedelta(days=1)
    submission = journey.opened(journey.firms[0], "initial", {"technical": TECHNICAL})
    register = {"lot": journey.lot, "period": journey.period("initial")}
    (bid,) = journey.act(negotiation.register_bids, **register)
    assert not bid.is_priced
    journey.unseal(submission, "price", priced("90000.00"))
    (bid,) = journey.act(negotiation.register_bids, **register)
    assert bid.total_ht == Decimal(110000)
    assert Bid.objects.count() == 1


@pytest.mark.parametrize(
    "price",
    [
        {"phases": [{"number": 1}]},
        {"acquisition": {"total_ht": "1.00"}},
        {"phases": [{"fixed_ht": "-1.00"}]},
        {"phases": [{"fixed_ht": "1.005"}]},
        {"phases": [{"fixed_ht": "beaucoup"}]},
        {"phases": [{"fixed_ht": "NaN"}]},
        {"phases": [{"fixed_ht": "1e999999"}]},
        {"phases": 3},
    ],
)
def test_a_price_that_cannot_be_read_is_never_guessed(price):
    with pytest.raises(UnreadablePriceError):
        amounts(price)


@pytest.mark.starts_at("selected")
def test_an_unreadable_price_leaves_the_bid_without_amounts(journey):
    journey.now = journey.period("initial").closes_at() + timedelta(days=1)
    journey.opened(journey.firms[0], "initial", {"technical": TECHNICAL, "price": {"phases": "cher"}})
    (bid,) = journey.act(negotiation.register_bids, lot=journey.lot, period=journey.period("initial"))
    assert not bid.is_priced
    assert bid.price == {"phases": "cher"}


@pytest.mark.starts_at("selected")
@pytest.mark.law("LR-53")
def test_a_bid_opened_by_mistake_though_late_is_not_registered(journey):
    period = journey.period("initial")
    journey.now = period.closes_at() + timedelta(days=1)
    journey.opened(journey.firms[0], "initial", {"technical": TECHNICAL}, at=period.closes_at())
    late = period.closes_at() + timedelta(microseconds=1)
    journey.opened(journey.firms[1], "initial", {"technical": TECHNICAL}, at=late)
    bids = journey.act(negotiation.register_bids, lot=journey.lot, period=period)
    assert [bid.party for bid in bids] == [journey.firms[0].party]
    assert OpeningResult.objects.filter(submission__party=journey.firms[1].party, submission__period=period).exists()


@pytest.mark.starts_at("tendered")
@pytest.mark.law("LR-17", "LR-19")
def test_everyone_still_in_is_invited_by_letters_that_leave_together(journey):
    meetings = slots(journey)
    left_out = dict(list(meetings.items())[1:])
    with pytest.raises(RuleViolation) as refused:
        invite(journey, left_out)
    assert refused.value.rules == ["LR-17"]
    assert not Letter.objects.filter(kind="negotiation_invitation").exists()
    planned = invite(journey, meetings, points={journey.firms[0].party.pk: ["Essais de nuit"]})
    assert {meeting.duration_minutes for meeting in planned} == {60}
    letters = {letter.recipient: letter for letter in Letter.objects.filter(kind="negotiation_invitation")}
    assert {letter.sent_at for letter in letters.values()} == {journey.now}
    points = [letters[firm.organisation].document.facts["facts"]["points"] for firm in journey.firms]
    assert points == [["Essais de nuit"], [], []]


@pytest.mark.starts_at("tendered")
def test_a_meeting_in_the_past_or_a_second_begin_of_a_round_is_refused(journey):
    with pytest.raises(Refusal, match="à venir"):
        invite(journey, slots(journey, after=timedelta(days=-1)))
    invite(journey, slots(journey))
    with pytest.raises(Refusal, match="déjà commencé"):
        invite(journey, slots(journey))


@pytest.mark.starts_at("tendered")
@pytest.mark.law("LR-19")
@pytest.mark.parametrize(("minutes", "refused"), [(60, False), (61, True)])
def test_no_tenderer_gets_more_time_than_the_others(journey, minutes, refused):
    meeting = invite(journey, slots(journey))[0]
    journey.later(timedelta(days=9))
    if refused:
        with pytest.raises(Refusal, match="60 minutes"):
            journey.record(meeting, minutes=minutes)
        assert not NegotiationMeeting.objects.held(journey.lot).exists()
    else:
        assert journey.record(meeting, minutes=minutes).minutes.facts["ended_at"] > "2027"


@pytest.mark.starts_at("tendered")
@pytest.mark.law("LR-19")
def test_what_comes_from_a_rival_is_told_with_its_consent_only(journey):
    meeting = invite(journey, slots(journey))[0]
    journey.later(timedelta(days=9))
    with pytest.raises(Refusal, match="L2132-1"):
        journey.record(meeting, disclosures=[{"item": "Capteur du concurrent", "consent": " "}])
    journey.record(meeting, disclosures=[{"item": "Capteur", "consent": "accord écrit du 3 février"}])


@pytest.mark.starts_at("tendered")
@pytest.mark.law("LR-19")
def test_minutes_are_for_the_tenderer_met_only(journey):
    meeting = journey.meet_all()[0]
    own, rival = journey.firms[0], journey.firms[1]
    assert can(own.actor, "meeting.read", meeting)
    assert not can(rival.actor, "meeting.read", meeting)
    assert can(journey.team.evaluator, "meeting.read", meeting)
    assert not any(firm.organisation.name in str(meeting.minutes.facts) for firm in journey.firms[1:])
    with pytest.raises(Refusal, match="déjà consignée"):
        journey.record(meeting)


@pytest.mark.starts_at("tendered")
@pytest.mark.law("LR-16")
def test_final_bids_are_asked_once_everyone_was_met(journey):
    planned = invite(journey, slots(journey))
    journey.later(timedelta(days=9))
    for meeting in planned[:2]:
        journey.record(meeting)
    with pytest.raises(RuleViolation) as refused:
        journey.close()
    assert refused.value.rules == ["LR-16"]
    assert not Letter.objects.filter(kind="closing").exists()
    journey.record(planned[2])
    period = journey.period("final")
    journey.act(negotiation.close_negotiation, lot=journey.lot, period=period)
    assert Invitation.objects.filter(period=period).count() == 3


@pytest.mark.starts_at("negotiated")
@pytest.mark.law("LR-17", "LR-18")
def test_the_end_is_one_letter_to_all_with_one_deadline(journey):
    letters = Letter.objects.filter(kind="closing")
    assert letters.count() == 3
    assert len({str(letter.document.facts["facts"]) for letter in letters}) == 1
    assert {letter.sent_at for letter in letters} == {journey.now}
    with pytest.raises(Refusal, match="déjà annoncée"):
        journey.act(negotiation.close_negotiation, lot=journey.lot, period=journey.period("final"))


@pytest.mark.starts_at("tendered")
@pytest.mark.law("LR-16")
@pytest.mark.parametrize(
    ("code", "refused"), [("weights", True), ("minimum_requirements", True), ("objectives", False)]
)
def test_criteria_and_minimum_requirements_are_not_negotiated(journey, code, refused):
    journey.meet_all()
    close = {
        "lot": journey.lot,
        "period": journey.plan("final", days=20),
        "changes": {code: "Les essais de nuit sont ajoutés au programme."},
    }
    if refused:
        with pytest.raises(RuleViolation) as answered:
            journey.act(negotiation.close_negotiation, **close)
        assert answered.value.rules == ["LR-16"]
    else:
        journey.act(negotiation.close_negotiation, **close)
        said = Letter.objects.filter(kind="closing").first().document.facts["facts"]
        assert said["changes"] == ["Les essais de nuit sont ajoutés au programme."]


@pytest.mark.starts_at("ranked")
@pytest.mark.law("LR-16")
def test_final_bids_are_not_negotiated(journey):
    with pytest.raises(RuleViolation, match="ne se négocient plus"):
        journey.act(
            negotiation.invite_to_negotiate,
            lot=journey.lot,
            round_number=2,
            meetings=slots(journey),
            duration_minutes=60,
        )


@pytest.mark.starts_at("tendered")
def test_only_the_team_negotiates(journey):
    with pytest.raises(NotAllowed):
        invite(journey, slots(journey), actor=journey.firms[0].actor)


@pytest.mark.starts_at("negotiated")
@pytest.mark.law("LR-16", "LR-18")
def test_no_round_opens_once_the_end_is_announced_and_it_is_announced_once(journey):
    with pytest.raises(Refusal, match="clôture"):
        invite(journey, slots(journey), round_number=2)
    with pytest.raises(Refusal, match="déjà sa période"):
        plan_period(
            lot=journey.lot,
            kind="final",
            round_number=1,
            opens_at=journey.now,
            closes_at=journey.period("final").closes_at() + timedelta(days=28),
            actor=journey.team.author,
            now=journey.now,
        )


@pytest.mark.starts_at("declared")
@pytest.mark.law("LR-16", "LR-111")
def test_selected_candidates_are_invited_to_initial_bids_only(journey):
    journey.select(journey.candidates())
    with pytest.raises(Refusal, match="offres initiales"):
        journey.act(selection.invite, lot=journey.lot, period=journey.plan("final"), accepted=PASSED)
    assert not Invitation.objects.exists()
