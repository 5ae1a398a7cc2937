"""Rounds of negotiation, and changes to a published call."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from procurement.law import changes, negotiation
from procurement.law.facts import EditFacts, EliminationFacts, LetterOfRoundFacts, NegotiationFacts, PeriodFacts
from tests.law.sound import LAUNCH, NOW, PARIS, PEOPLE, rules_of, severities

DEADLINE = NOW + timedelta(days=5)
LETTERS = tuple(LetterOfRoundFacts(candidate_id=firm, sent_at=NOW, deadline=DEADLINE) for firm in "abc")
ROUND = NegotiationFacts(launch_date=LAUNCH, now=NOW, tenderer_ids=tuple("abc"), met_ids=tuple("abc"), letters=LETTERS)
OUT = EliminationFacts(tenderer_id="c", on_award_criteria=True, reasons="note la plus basse")
TWO_LEFT = replace(ROUND, elimination_announced=True, eliminated=(OUT,), letters=LETTERS[:2])
LEFT_OUT = replace(TWO_LEFT, letters=(), people=PEOPLE)
NEW_PERIOD = PeriodFacts(launch_date=LAUNCH, notice_sent_on=LAUNCH, closes_at=datetime(2027, 1, 12, 12, tzinfo=PARIS))
EDIT = EditFacts(
    now=NOW,
    launch_date=LAUNCH,
    changed=("weights",),
    deadline=NOW,
    corrective_notice=True,
    documents_corrected=True,
    new_period=NEW_PERIOD,
    frozen_hash="ab",
    current_hash="ab",
)


@pytest.mark.parametrize("facts", [ROUND, TWO_LEFT, replace(ROUND, closing=True)])
def test_sound_rounds_have_no_finding(facts):
    assert negotiation.check(facts) == []


@pytest.mark.law("LR-16")
@pytest.mark.parametrize(
    ("code", "said"),
    [("objectives", []), ("award_criteria", ["block"]), ("weights", ["block"]), ("minimum_requirements", ["block"])],
)
def test_criteria_and_minimum_requirements_are_not_negotiated(code, said):
    assert severities(negotiation.check(replace(ROUND, changed=(code,))), "LR-16") == said


@pytest.mark.law("LR-16")
@pytest.mark.parametrize(("closed_at", "said"), [(NOW, []), (NOW - timedelta(microseconds=1), ["block"]), (None, [])])
def test_a_final_tender_does_not_move(closed_at, said):
    assert severities(negotiation.check(replace(ROUND, final_closed_at=closed_at)), "LR-16") == said


@pytest.mark.law("LR-16")
@pytest.mark.parametrize(("met", "said"), [("abc", []), ("ab", ["block"])])
def test_everyone_negotiates_before_final_tenders(met, said):
    assert severities(negotiation.check(replace(ROUND, closing=True, met_ids=tuple(met))), "LR-16") == said


@pytest.mark.law("LR-17")
@pytest.mark.parametrize(
    "change",
    [
        {"elimination_announced": False},
        {"eliminated": (replace(OUT, on_award_criteria=False),)},
        {"eliminated": (replace(OUT, reasons=""),)},
        {"letters": LETTERS},
        {"letters": LETTERS[:1]},
        {"letters": (LETTERS[0], replace(LETTERS[1], sent_at=NOW + timedelta(seconds=1)))},
    ],
)
def test_elimination_is_announced_reasoned_and_told(change):
    assert severities(negotiation.check(replace(TWO_LEFT, **change)), "LR-17") == ["block"]


@pytest.mark.law("LR-17")
@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({}, []),
        ({"elimination_announced": False}, ["LR-17"]),
        ({"eliminated": (replace(OUT, on_award_criteria=False),)}, ["LR-17"]),
        ({"eliminated": (replace(OUT, reasons=" "),)}, ["LR-17"]),
        ({"final_closed_at": NOW - timedelta(microseconds=1)}, ["LR-16"]),
        ({"people": ()}, ["LR-70"]),
        ({"people": (replace(PEOPLE[0], declared_at=None),)}, ["LR-70"]),
    ],
)
def test_a_round_leaves_out_only_where_announced_on_the_criteria_and_for_reasons(change, said):
    assert rules_of(negotiation.check_elimination(replace(LEFT_OUT, **change))) == said


@pytest.mark.law("LR-18")
@pytest.mark.parametrize(("firms", "said"), [("abc", []), ("bc", ["warn"])])
def test_an_elimination_leaves_enough_tenderers_for_real_competition(firms, said):
    facts = replace(LEFT_OUT, tenderer_ids=tuple(firms))
    assert severities(negotiation.check_elimination(facts), "LR-18") == said


@pytest.mark.law("LR-17")
@pytest.mark.parametrize(("change", "said"), [({}, []), ({"letters": LETTERS[:2]}, ["LR-17"])])
def test_everyone_is_invited_to_a_round_of_meetings(change, said):
    assert rules_of(negotiation.check_meetings(replace(ROUND, **change))) == said


@pytest.mark.law("LR-17")
@pytest.mark.parametrize(("days", "said"), [(5, []), (4, ["warn"])])
def test_enough_time_to_tender_again(days, said):
    letters = tuple(replace(one, deadline=NOW + timedelta(days=days)) for one in LETTERS)
    assert severities(negotiation.check(replace(ROUND, letters=letters)), "LR-17") == said


@pytest.mark.law("LR-18")
@pytest.mark.parametrize("deadline", [None, DEADLINE + timedelta(minutes=1)])
def test_one_common_deadline(deadline):
    letters = (replace(LETTERS[0], deadline=deadline), *LETTERS[1:])
    assert rules_of(negotiation.check(replace(ROUND, closing=True, letters=letters))) == ["LR-18"]


@pytest.mark.law("LR-18")
@pytest.mark.parametrize(("firms", "said"), [("ab", []), ("a", ["warn"])])
def test_enough_tenderers_for_real_competition(firms, said):
    facts = replace(ROUND, closing=True, tenderer_ids=tuple(firms), letters=LETTERS[: len(firms)])
    assert severities(negotiation.check(facts), "LR-18") == said


@pytest.mark.law("LR-39")
@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({}, []),
        ({"deadline": NOW - timedelta(microseconds=1)}, ["block"]),
        ({"deadline": None}, ["block"]),
        ({"corrective_notice": False}, ["block"]),
        ({"documents_corrected": False}, ["block"]),
        ({"new_period": None}, ["block"]),
        ({"tenders_received": True}, ["warn"]),
        ({"changed": ("objectives",), "corrective_notice": False}, ["block"]),
        ({"changed": ("contact",), "deadline": None, "new_period": None}, []),
    ],
)
def test_a_change_of_weights_needs_a_notice_and_a_whole_period(change, said):
    assert severities(changes.check_edit_after_publication(replace(EDIT, **change)), "LR-39") == said


@pytest.mark.law("LR-12", "LR-39")
def test_the_new_period_is_whole():
    short = replace(NEW_PERIOD, closes_at=datetime(2026, 12, 30, 12, tzinfo=PARIS))
    assert rules_of(changes.check_edit_after_publication(replace(EDIT, new_period=short))) == ["LR-12"]


@pytest.mark.law("LR-16")
@pytest.mark.parametrize(("code", "said"), [("weights", ["block"]), ("object", [])])
def test_nothing_untouchable_moves_during_negotiation(code, said):
    facts = replace(EDIT, negotiation_open=True, changed=(code,))
    assert severities(changes.check_edit_after_publication(facts), "LR-16") == said


@pytest.mark.law("LR-64")
@pytest.mark.parametrize(("frozen", "current", "said"), [("a", "a", []), ("a", "b", ["block"]), ("", "", ["block"])])
def test_criteria_in_force_are_those_published(frozen, current, said):
    facts = replace(EDIT, frozen_hash=frozen, current_hash=current)
    assert severities(changes.check_edit_after_publication(facts), "LR-64") == said


@pytest.mark.law("LR-38")
@pytest.mark.parametrize(
    ("days", "moved", "said"), [(20, 0, ["warn"]), (6, 0, ["warn"]), (5, 0, ["block"]), (5, 1, []), (20, 5, [])]
)
def test_another_change_leaves_six_days_and_the_deadline_moves_or_a_reason_says_why(days, moved, said):
    deadline = NOW + timedelta(days=days)
    facts = replace(
        EDIT, changed=("terms",), deadline=deadline, closes_at=deadline + timedelta(days=moved), new_period=None
    )
    found = changes.check_edit_after_publication(facts)
    assert severities(found, "LR-38") == said
    assert severities(found, "LR-39") == []


@pytest.mark.law("LR-38")
@pytest.mark.parametrize(("late", "said"), [(0, []), (1, ["block"])])
def test_once_the_deadline_is_over_no_document_changes(late, said):
    far, over = NOW + timedelta(days=30), NOW - timedelta(microseconds=late)
    facts = replace(EDIT, changed=("terms",), deadline=over, closes_at=far, new_period=None)
    assert severities(changes.check_edit_after_publication(facts), "LR-38") == said
    assert severities(changes.check_edit_after_publication(replace(facts, deadline=None)), "LR-38") == ["block"]


@pytest.mark.law("LR-38")
def test_what_weighs_on_tenders_is_not_asked_twice():
    assert severities(changes.check_edit_after_publication(EDIT), "LR-38") == []
