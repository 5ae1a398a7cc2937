"""The choice, the proofs of the winner, and the letters."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest

from procurement.law import award, letters
from procurement.law.facts import (
    AwardFacts,
    ClearanceFacts,
    LetterFacts,
    ProofFacts,
    ProofRequestFacts,
    RankedTenderFacts,
)
from tests.law.sound import LAUNCH, NOW, PEOPLE, rules_of, severities

TICK = timedelta(microseconds=1)


def tender(bidder, rank, score, **change):
    """A final, regular, checked and commented tender."""
    facts = {
        "status": "regular",
        "final": True,
        "minimum_requirements_checked": True,
        "meets_minimum_requirements": True,
        "commented": True,
    }
    return RankedTenderFacts(bidder_id=bidder, rank=rank, score=score, **{**facts, **change})


FIRST, SECOND, THIRD = tender("a", 1, 9000), tender("b", 2, 8000), tender("c", 3, 7000)
AWARD = AwardFacts(
    launch_date=LAUNCH,
    buyer_category="state",
    estimated_value_ht=Decimal(900_000),
    partner_mode="several",
    partners_max=2,
    tenders=(FIRST, SECOND, THIRD),
    chosen_ids=("a", "b"),
    reasons="meilleures notes",
    negotiation_held=True,
    people=PEOPLE,
    frozen_hash="h",
    current_hash="h",
)
KBIS = ProofFacts(code="kbis", label="extrait Kbis", received_at=NOW, valid_until=NOW.date(), accepted=True)
CLEARANCE = ClearanceFacts(now=NOW, required_codes=("kbis",), proofs=(KBIS,), deadline=NOW)
ELIMINATION = replace(CLEARANCE, decision="eliminate", deadline=NOW - TICK, reasons="sans preuve")
REQUEST = ProofRequestFacts(intended_ids=("a", "b"), asked_ids=("a",), asked_codes=("kbis",), deadline=NOW)
LETTER = LetterFacts(
    kind="tender_rejection",
    launch_date=LAUNCH,
    sent_on=date(2027, 3, 1),
    reasons="note de 7 sur 10",
    winner_ids=("a", "b"),
    cleared_ids=("a", "b"),
    winner_name="Lumen",
    reasons_of_choice="meilleure précision",
    signing_date=date(2027, 3, 12),
    appeals="référé précontractuel jusqu’à la signature",
    court="tribunal administratif de Paris",
)


def test_sound_facts_have_no_finding():
    assert award.check(AWARD) == []
    assert award.check_clearance(CLEARANCE) == []
    assert award.check_clearance(ELIMINATION) == []
    assert award.check_proof_request(REQUEST) == []
    assert letters.check(LETTER) == []


@pytest.mark.law("LR-04")
@pytest.mark.parametrize(
    ("mode", "most", "chosen", "said"),
    [
        ("several", 2, "ab", []),
        ("several", 2, "abc", ["block"]),
        ("single", None, "a", []),
        ("single", 5, "ab", ["block"]),
        ("", 2, "ab", ["block"]),
        ("several", None, "a", ["block"]),
    ],
)
def test_no_more_partners_than_announced(mode, most, chosen, said):
    facts = replace(AWARD, partner_mode=mode, partners_max=most, chosen_ids=tuple(chosen))
    assert severities(award.check(facts), "LR-04") == said


@pytest.mark.law("LR-16")
@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({}, []),
        ({"negotiation_held": False}, ["block"]),
        ({"tenders": (replace(FIRST, final=False), SECOND, THIRD)}, ["block"]),
        ({"tenders": (FIRST, SECOND, replace(THIRD, final=False))}, []),
        ({"procedure": "adapted", "negotiation_held": False}, []),
    ],
)
def test_no_award_on_initial_tenders(change, said):
    assert severities(award.check(replace(AWARD, **change)), "LR-16") == said


@pytest.mark.law("LR-18")
@pytest.mark.parametrize("gap", [{"minimum_requirements_checked": False}, {"meets_minimum_requirements": False}])
def test_final_tenders_are_checked_against_minimum_requirements(gap):
    assert severities(award.check(replace(AWARD, tenders=(FIRST, replace(SECOND, **gap), THIRD))), "LR-18") == ["block"]
    assert severities(award.check(replace(AWARD, tenders=(FIRST, SECOND, replace(THIRD, **gap)))), "LR-18") == []


@pytest.mark.law("LR-64")
@pytest.mark.parametrize(("current", "said"), [("h", []), ("other", ["block"])])
def test_tenders_are_judged_on_the_published_criteria(current, said):
    assert severities(award.check(replace(AWARD, current_hash=current)), "LR-64") == said


@pytest.mark.law("LR-70")
def test_those_who_choose_have_declared():
    assert rules_of(award.check(replace(AWARD, people=()))) == ["LR-70"]


@pytest.mark.law("LR-71")
@pytest.mark.parametrize(
    "change",
    [
        {"tenders": (FIRST, SECOND, replace(THIRD, status="irregular"))},
        {"tenders": (replace(FIRST, score=7999), SECOND, THIRD)},
        {"tenders": (replace(FIRST, score=None), SECOND, THIRD)},
        {"tenders": (FIRST, SECOND, replace(THIRD, commented=False))},
        {"chosen_ids": ("a", "c")},
        {"chosen_ids": ("b",)},
        {"chosen_ids": ()},
        {"reasons": " "},
    ],
)
def test_ranking_is_of_admissible_tenders_by_score_and_is_followed(change):
    assert severities(award.check(replace(AWARD, **change)), "LR-71") == ["block"]


@pytest.mark.law("LR-71")
def test_equal_scores_are_in_order():
    assert award.check(replace(AWARD, tenders=(replace(FIRST, score=8000), SECOND, THIRD))) == []


@pytest.mark.law("LR-71", "LR-74")
def test_an_eliminated_winner_leaves_its_place_to_the_next():
    tenders = (replace(FIRST, eliminated=True), SECOND, THIRD)
    assert award.check(replace(AWARD, tenders=tenders, chosen_ids=("b", "c"))) == []
    assert award.next_ranked(tenders, ("b",)) == "c"
    assert award.next_ranked(tenders, ("b", "c")) is None


@pytest.mark.law("LR-72")
@pytest.mark.parametrize(
    ("category", "value", "minutes", "said"),
    [
        ("local_authority", 216_000, False, ["block"]),
        ("local_authority", 216_000, True, []),
        ("local_authority", 215_999, False, []),
        ("local_authority", None, False, ["block"]),
        ("state", 216_000, False, []),
    ],
)
def test_tender_board_of_local_authorities(category, value, minutes, said):
    facts = replace(
        AWARD,
        buyer_category=category,
        estimated_value_ht=None if value is None else Decimal(value),
        tender_board_minutes=minutes,
    )
    assert severities(award.check(facts), "LR-72") == said


@pytest.mark.law("LR-73")
@pytest.mark.parametrize("change", [{"asked_ids": ("c",)}, {"asked_ids": ()}, {"asked_codes": ()}, {"deadline": None}])
def test_proofs_are_asked_from_intended_winners_only(change):
    assert severities(award.check_proof_request(replace(REQUEST, **change)), "LR-73") == ["block"]


@pytest.mark.law("LR-73")
@pytest.mark.parametrize(
    "proofs",
    [
        (),
        (replace(KBIS, received_at=None),),
        (replace(KBIS, accepted=False),),
        (replace(KBIS, valid_until=NOW.date() - timedelta(days=1)),),
    ],
)
def test_a_winner_is_cleared_by_valid_proofs(proofs):
    assert severities(award.check_clearance(replace(CLEARANCE, proofs=proofs)), "LR-73") == ["block"]


@pytest.mark.law("LR-74")
@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({}, []),
        ({"deadline": NOW}, ["block"]),
        ({"deadline": None}, ["block"]),
        ({"deadline": NOW, "false_statement": True}, []),
        ({"deadline": None, "excluded": True}, []),
        ({"reasons": ""}, ["block"]),
        ({"decision": "clear", "false_statement": True}, ["block"]),
    ],
)
def test_a_winner_falls_out_for_a_ground_only(change, said):
    assert severities(award.check_clearance(replace(ELIMINATION, **change)), "LR-74") == said


@pytest.mark.law("LR-75")
@pytest.mark.parametrize(
    ("kind", "cleared", "said"),
    [
        ("tender_rejection", "ab", []),
        ("tender_rejection", "a", ["block"]),
        ("candidate_rejection", "", []),
    ],
)
def test_tenders_are_rejected_after_the_winners_are_cleared(kind, cleared, said):
    assert severities(letters.check(replace(LETTER, kind=kind, cleared_ids=tuple(cleared))), "LR-75") == said


@pytest.mark.law("LR-76")
@pytest.mark.parametrize(
    "change", [{"reasons": ""}, {"winner_name": " "}, {"reasons_of_choice": ""}, {"signing_date": None}]
)
def test_a_rejection_says_all_that_is_due(change):
    assert severities(letters.check(replace(LETTER, **change)), "LR-76") == ["block"]


@pytest.mark.law("LR-76")
@pytest.mark.parametrize(
    ("kind", "procedure", "reasons", "said"),
    [
        ("candidate_rejection", "formalised", "capacités", []),
        ("candidate_rejection", "formalised", "", ["block"]),
        ("tender_rejection", "adapted", "", []),
    ],
)
def test_a_candidate_is_told_why_without_a_winner(kind, procedure, reasons, said):
    letter = LetterFacts(kind=kind, launch_date=LAUNCH, procedure=procedure, reasons=reasons)
    assert severities(letters.check(letter), "LR-76") == said


@pytest.mark.law("LR-78")
@pytest.mark.parametrize(
    ("electronic", "day", "applies", "said"),
    [
        (True, 12, True, []),
        (True, 11, True, ["block"]),
        (False, 17, True, []),
        (False, 16, True, ["block"]),
        (True, 2, False, []),
    ],
)
def test_the_announced_date_is_after_the_standstill(electronic, day, applies, said):
    letter = replace(LETTER, electronic=electronic, signing_date=date(2027, 3, day), standstill_applies=applies)
    assert severities(letters.check(letter), "LR-78") == said


@pytest.mark.law("LR-124")
@pytest.mark.parametrize("kind", ["candidate_rejection", "tender_rejection", "award", "cancellation"])
@pytest.mark.parametrize(("change", "said"), [({}, []), ({"appeals": ""}, ["block"]), ({"court": " "}, ["block"])])
def test_each_letter_tells_appeals_and_court(kind, change, said):
    assert severities(letters.check(replace(LETTER, kind=kind, **change)), "LR-124") == said


@pytest.mark.law("LR-71")
@pytest.mark.parametrize(("chosen", "refused"), [("a", False), ("b", False), ("c", True)])
def test_equals_share_a_rank_and_either_may_be_chosen(chosen, refused):
    ranks = {"a": 1, "b": 1, "c": 3}
    tenders = tuple(
        RankedTenderFacts(bidder_id=bidder, rank=rank, score=5000, status="regular", final=True, commented=True)
        for bidder, rank in ranks.items()
    )
    facts = AwardFacts(tenders=tenders, chosen_ids=(chosen,), reasons="Motif")
    assert bool([one for one in award.check(facts) if one.rule == "LR-71"]) is refused
