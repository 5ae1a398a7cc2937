"""Rules of the choice at the edge of what they admit: the act refuses just beyond it, and passes just within it."""

from datetime import datetime, timedelta
from decimal import Decimal

import pytest

from marketplace.journal.models import Entry
from procurement.calls.models import Cancellation, ContractTerms, LotTimeline, PeriodDeadline, SubmissionPeriod
from procurement.calls.services.periods import plan_period
from procurement.calls.services.publishing import cancel_lot
from procurement.calls.services.timeline import record
from procurement.correspondence.models import Letter
from procurement.evaluation.models import (
    AwardDecision,
    AwardedPartner,
    Candidate,
    Clearance,
    Ranking,
    SelectionDecision,
)
from procurement.evaluation.services import awards, clearance, ending, exclusions, selection, standstill
from procurement.law.calendar import PARIS
from procurement.law.findings import RuleViolation
from procurement.submissions.models import Invitation
from tests.conftest import lift_triggers
from tests.evaluation.builders import DAY, PASSED
from tests.factories import within_act

TICK = timedelta(microseconds=1)


def rules_refusing(act, *arguments, **given):
    with pytest.raises(RuleViolation) as refused:
        act(*arguments, **given)
    return refused.value.rules


def change(journey, row, **fields):
    def write():
        for name, value in fields.items():
            setattr(row, name, value)
        row.save()

    within_act(write, chain=journey.call.chain, at=journey.now)


# --- Exclusions and proofs -------------------------------------------------------------------------------------------


def excluded(journey, candidate, *, is_excluded=True, ground="L2141-2"):
    """The firm is told of an exclusion, lets its time pass, and the buyer decides."""
    exclusion = journey.act(
        exclusions.propose_exclusion,
        candidate=candidate,
        ground=ground,
        evidence="Cotisations non payées.",
        deadline=journey.now + DAY,
    )
    journey.now = exclusion.deadline + TICK
    return journey.act(
        exclusions.decide_exclusion, exclusion=exclusion, is_excluded=is_excluded, reasons="Rien n’est régularisé."
    )


@pytest.mark.starts_at("declared")
@pytest.mark.law("LR-47")
def test_the_firm_has_its_whole_time_to_prove_corrective_measures(journey):
    exclusion = journey.act(
        exclusions.propose_exclusion,
        candidate=journey.candidates(3)[0],
        ground="L2141-2",
        evidence="Cotisations non payées.",
        deadline=journey.now + DAY,
    )
    decide = {"exclusion": exclusion, "is_excluded": True, "reasons": "Rien n’est régularisé."}
    journey.now = exclusion.deadline
    assert rules_refusing(journey.act, exclusions.decide_exclusion, **decide) == ["LR-47"]
    exclusion.refresh_from_db()
    assert exclusion.decided_at is None
    journey.later(TICK)
    assert journey.act(exclusions.decide_exclusion, **decide).is_excluded


@pytest.mark.starts_at("awarded")
@pytest.mark.law("LR-47", "LR-74")
@pytest.mark.parametrize("is_excluded", [True, False])
def test_whoever_was_excluded_is_not_cleared_however_complete_its_file(journey, is_excluded):
    (row,) = journey.ask_proofs()
    journey.bring_proofs(row)
    excluded(journey, Candidate.objects.get(party=journey.firms[0].party), is_excluded=is_excluded)
    if is_excluded:
        assert rules_refusing(journey.act, clearance.clear, partner=row.partner) == ["LR-74"]
        assert Entry.objects.get(act="clearance.clear.refused").data["rules"] == ["LR-74"]
        assert Clearance.objects.get(pk=row.pk).completed_at is None
        assert LotTimeline.objects.get(lot=journey.lot).winner_cleared_at is None
    else:
        assert journey.act(clearance.clear, partner=row.partner).completed_at == journey.now


@pytest.mark.starts_at("cleared")
@pytest.mark.law("LR-75")
@pytest.mark.parametrize("is_excluded", [True, False])
def test_nobody_is_freed_for_a_winner_excluded_since_it_was_cleared(journey, is_excluded):
    excluded(journey, Candidate.objects.get(party=journey.firms[0].party), is_excluded=is_excluded)
    send = {"lot": journey.lot, "reasons": journey.reasons()}
    if is_excluded:
        assert rules_refusing(journey.act, standstill.send_rejections, **send) == ["LR-75"]
        assert not Letter.objects.filter(kind__in=["rejection", "award"]).exists()
        assert LotTimeline.objects.get(lot=journey.lot).rejections_sent_at is None
    else:
        assert len(journey.act(standstill.send_rejections, **send)) == 2


@pytest.mark.starts_at("awarded")
@pytest.mark.law("LR-73")
def test_one_proof_and_an_instant_are_a_request(journey):
    ask = {"lot": journey.lot, "deadline": journey.now + TICK}
    assert rules_refusing(journey.act, clearance.ask_proofs, proofs=(), **ask) == ["LR-73"]
    assert not Letter.objects.filter(kind="clearance_request").exists()
    (row,) = journey.act(clearance.ask_proofs, proofs=clearance.STANDARD_PROOFS[:1], **ask)
    assert row.proofs.count() == 1


@pytest.mark.starts_at("cleared")
@pytest.mark.law("LR-81")
def test_force_majeure_is_said_and_seen_by_a_jurist(journey):
    partner = AwardedPartner.objects.get(party=journey.firms[0].party)
    replace = {"partner": partner, "ground": "force_majeure", "deadline": journey.now + DAY}
    visa = {"LR-81": "Visa du service juridique."}
    for lacking in ({"reasons": " ", "accepted": visa}, {"reasons": "Incendie.", "accepted": {"LR-81": " "}}):
        assert rules_refusing(journey.act, clearance.eliminate_and_ask_next, **replace, **lacking) == ["LR-81"]
        assert list(AwardedPartner.objects.standing(journey.lot)) == [partner]
    journey.act(clearance.eliminate_and_ask_next, **replace, reasons="Incendie.", accepted=visa)
    assert AwardedPartner.objects.standing(journey.lot).get().party == journey.firms[1].party


# --- Prices, ranking, choice -----------------------------------------------------------------------------------------


@pytest.mark.starts_at("negotiated")
@pytest.mark.law("LR-69")
@pytest.mark.parametrize(("price", "is_low"), [("115330.00", False), ("115329.99", True)])
def test_a_price_is_looked_at_from_a_cent_under_the_gap(journey, price, is_low):
    # With the acquisition the two others ask 208 200: 35 % less is 135 330.
    bids = journey.hand_in_bids("final", prices=(price, "188200.00", "188200.00"))
    journey.examine(bids)
    journey.score(bids)
    if is_low:
        assert rules_refusing(journey.rank) == ["LR-69"]
        assert not Ranking.objects.filter(stage="final").exists()
    else:
        assert journey.rank().ranked_bids.count() == 3


@pytest.mark.starts_at("negotiated")
@pytest.mark.law("LR-71")
def test_of_two_equals_either_may_be_chosen_and_nobody_below(journey):
    bids = journey.hand_in_bids("final", prices=("168000.00",) * 3)
    journey.examine(bids)
    journey.score(bids, {0: 4, 1: 4, 2: 3})
    journey.rank()
    chosen, below = (journey.bid_of(journey.firms[position]) for position in (1, 2))
    journey.sit([chosen])
    assert "LR-71" in rules_refusing(journey.award, [below])
    assert not AwardDecision.objects.exists()
    assert journey.award([chosen]).partners.get().party == journey.firms[1].party


@pytest.mark.starts_at("ranked")
@pytest.mark.law("LR-71", "LR-74")
def test_the_best_ranked_that_was_excluded_is_passed_over(journey):
    first, second = (journey.bid_of(firm) for firm in journey.firms[:2])
    excluded(journey, Candidate.objects.get(party=journey.firms[0].party))
    journey.sit([first])
    assert rules_refusing(journey.award, [first]) == ["LR-71"]
    assert not AwardDecision.objects.exists()
    journey.sit([second])
    assert journey.award([second]).partners.get().party == journey.firms[1].party


@pytest.mark.starts_at("ranked")
@pytest.mark.law("LR-72")
@pytest.mark.parametrize(
    ("category", "nature", "purchases", "board"),
    [
        ("local_authority", "services", "400000.00", True),
        ("local_authority", "works", "5264000.00", True),
        ("local_authority", "works", "5263999.99", False),
        ("state", "services", "400000.00", False),
        ("health", "services", "400000.00", False),
    ],
)
def test_the_tender_board_is_that_of_local_authorities_from_the_european_threshold(
    journey, category, nature, purchases, board
):
    # With the research of two partners, 140 000 €, works reach 5 404 000 €.
    lift_triggers()
    change(journey, journey.call, nature=nature)
    change(journey, journey.lot, estimated_acquisition_ht=Decimal(purchases))
    change(journey, journey.team.buyer, buyer_category=category)
    choose = {"lot": journey.lot, "chosen": journey.bids()[:1], "reasons": "La meilleure."}
    if board:
        assert rules_refusing(journey.act, awards.award, **choose) == ["LR-72"]
        assert LotTimeline.objects.get(lot=journey.lot).awarded_at is None
    else:
        assert journey.act(awards.award, **choose).partners.count() == 1


# --- The end of a lot, and what every decision letter says -----------------------------------------------------------


@pytest.mark.starts_at("tendered")
@pytest.mark.law("LR-86")
def test_a_lot_ends_for_written_reasons_before_the_signature_and_once(journey, branch):
    end = {"lot": journey.lot, "kind": "without_follow_up", "reasons": "Besoin disparu."}
    assert rules_refusing(journey.act, cancel_lot, **end | {"reasons": " "}) == ["LR-86"]
    assert rules_refusing(journey.act, ending.tell_participants, lot=journey.lot) == ["LR-86"]
    assert not Cancellation.objects.exists()
    with branch() as signed:
        within_act(lambda: record(signed.lot, "signed_at", signed.now), chain=signed.call.chain, at=signed.now)
        assert rules_refusing(signed.act, cancel_lot, **end) == ["LR-86"]
        assert LotTimeline.objects.get(lot=signed.lot).cancelled_at is None
    journey.act(cancel_lot, **end)
    assert rules_refusing(journey.act, cancel_lot, **end) == ["LR-86"]
    assert len(journey.act(ending.tell_participants, lot=journey.lot)) == 3
    assert rules_refusing(journey.act, ending.tell_participants, lot=journey.lot) == ["LR-86"]
    assert Letter.objects.filter(kind="no_further_action").count() == 3


def court(journey, name):
    """Whatever the contract says of the court, once the database’s own guard is away."""
    lift_triggers()
    change(journey, ContractTerms.objects.get(lot=journey.lot), court_name=name)
    journey.lot.refresh_from_db()


def rejects_a_candidate(journey):
    candidates = journey.candidates(4)
    journey.score_candidates(candidates)
    choices = journey.choices(candidates, reject=(3,))
    return lambda: journey.act(selection.select_candidates, lot=journey.lot, choices=choices, accepted=PASSED)


def rejects_the_tenderers(journey):
    return lambda: journey.act(standstill.send_rejections, lot=journey.lot, reasons=journey.reasons())


def tells_the_abandonment(journey):
    journey.act(cancel_lot, lot=journey.lot, kind="without_follow_up", reasons="Besoin disparu.")
    return lambda: journey.act(ending.tell_participants, lot=journey.lot)


@pytest.mark.law("LR-124")
@pytest.mark.parametrize(
    ("prepare", "kind"),
    [
        pytest.param(rejects_a_candidate, "candidature_rejection", marks=pytest.mark.starts_at("declared")),
        pytest.param(tells_the_abandonment, "no_further_action", marks=pytest.mark.starts_at("tendered")),
        pytest.param(rejects_the_tenderers, "rejection", marks=pytest.mark.starts_at("cleared")),
    ],
)
def test_no_decision_is_told_without_the_court(journey, prepare, kind):
    decide = prepare(journey)
    before = SelectionDecision.objects.count()
    court(journey, " ")
    assert rules_refusing(decide) == ["LR-124"]
    assert not Letter.objects.filter(kind=kind).exists()
    assert SelectionDecision.objects.count() == before
    court(journey, "Tribunal administratif de Rennes")
    decide()
    said = Letter.objects.filter(kind=kind).first().document.facts["appeals"]
    assert (said["court"]["name"], bool(said["remedies"])) == ("Tribunal administratif de Rennes", True)


# --- Deadlines of tenders --------------------------------------------------------------------------------------------


def in_paris(*when):
    return datetime(*when, tzinfo=PARIS)


@pytest.mark.starts_at("declared")
@pytest.mark.law("PR-01")
@pytest.mark.parametrize(
    ("closes_at", "is_planned"),
    [
        (in_paris(2027, 4, 1, 9, 0), True),
        (in_paris(2027, 4, 1, 9, 0) - TICK, False),
        (in_paris(2027, 4, 1, 18, 0), True),
        (in_paris(2027, 4, 1, 18, 0) + TICK, False),
        (in_paris(2027, 4, 2, 12, 0), True),
        (in_paris(2027, 4, 3, 12, 0), False),
        (in_paris(2027, 5, 6, 12, 0), False),
    ],
    ids=["at 9", "before 9", "at 18", "after 18", "Friday", "Saturday", "Ascension"],
)
def test_tenders_close_when_help_can_be_had(journey, closes_at, is_planned):
    plan = {"lot": journey.lot, "kind": "initial", "opens_at": journey.now, "closes_at": closes_at}
    by = {"actor": journey.team.author}
    if is_planned:
        assert journey.act(plan_period, **plan, **by).closes_at() == closes_at
    else:
        assert rules_refusing(journey.act, plan_period, **plan, **by) == ["PR-01"]
        assert not SubmissionPeriod.objects.filter(lot=journey.lot, kind="initial").exists()


@pytest.mark.starts_at("declared")
@pytest.mark.law("PR-01", "LR-111")
def test_nobody_is_invited_for_an_hour_of_the_night(journey):
    journey.select(journey.candidates(3))
    period = journey.plan("initial")
    noon = period.closes_at()

    def moved(to):
        row = PeriodDeadline(period=period, closes_at=to, decided_at=journey.now)
        within_act(row.save, chain=journey.call.chain, at=journey.now)
        journey.later(timedelta(minutes=1))

    moved(noon + timedelta(hours=11))
    assert rules_refusing(journey.act, selection.invite, lot=journey.lot, period=period) == ["PR-01"]
    assert not Invitation.objects.exists()
    assert not Letter.objects.filter(kind="invitation").exists()
    moved(noon + DAY)
    invitations = journey.act(selection.invite, lot=journey.lot, period=period)
    assert len({one.invited_at for one in invitations}) == 1
    assert len(invitations) == 3
