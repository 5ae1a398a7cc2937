"""Candidates are chosen, told and invited; nobody judges with an interest."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from procurement.law import candidature, interests, selection
from procurement.law.facts import (
    CandidateFacts,
    InterestFacts,
    InvitationFacts,
    LetterOfRoundFacts,
    PeriodFacts,
    SelectionFacts,
)
from tests.law.sound import LAUNCH, NOW, PARIS, PEOPLE, rules_of, severities


def candidates(selected, rejected=0, unqualified=0):
    """Firms that applied: selected, rejected though qualified, rejected for want of capacity."""
    chosen = [
        CandidateFacts(candidate_id=f"s{n}", applied=True, qualified=True, selected=True) for n in range(selected)
    ]
    out = [CandidateFacts(candidate_id=f"r{n}", applied=True, qualified=True, reasons="rang") for n in range(rejected)]
    weak = [CandidateFacts(candidate_id=f"u{n}", applied=True, reasons="capacités") for n in range(unqualified)]
    return (*chosen, *out, *weak)


SELECTION = SelectionFacts(
    launch_date=LAUNCH,
    limit_announced=True,
    candidates_min=3,
    candidates_max=5,
    candidates=candidates(3, 1, 1),
    people=PEOPLE,
)
DEADLINE = datetime(2026, 12, 28, 12, tzinfo=PARIS)
LETTERS = tuple(
    LetterOfRoundFacts(candidate_id=f"s{n}", sent_at=NOW, deadline=DEADLINE, documents_address="https://x.fr")
    for n in range(3)
)
INVITATION = InvitationFacts(launch_date=LAUNCH, selected_ids=("s0", "s1", "s2"), invitations=LETTERS)


def test_sound_facts_have_no_finding():
    assert selection.check(SELECTION) == []
    assert selection.check_invitations(INVITATION) == []


@pytest.mark.law("LR-15")
@pytest.mark.parametrize(
    ("firms", "announced", "said"),
    [
        (candidates(3, 2), True, []),
        (candidates(2, 2), True, ["block"]),
        (candidates(2, 0, 4), True, []),
        (candidates(5, 1), True, []),
        (candidates(6), True, ["block"]),
        (candidates(4), False, []),
        (candidates(3, 1), False, ["block"]),
        ((), True, ["block"]),
    ],
)
def test_three_at_least_unless_fewer_qualify(firms, announced, said):
    facts = replace(SELECTION, candidates=firms, limit_announced=announced)
    assert severities(selection.check(facts), "LR-15") == said


@pytest.mark.law("LR-15")
def test_below_the_threshold_a_reason_relaxes_the_limit():
    facts = replace(SELECTION, candidates=candidates(2, 1), procedure="adapted")
    assert severities(selection.check(facts), "LR-15") == ["warn"]


@pytest.mark.law("LR-15")
@pytest.mark.parametrize("change", [{"applied": False}, {"qualified": False}])
def test_only_qualified_firms_that_applied_are_chosen(change):
    first, *others = candidates(4)
    facts = replace(SELECTION, candidates=(replace(first, **change), *others))
    assert severities(selection.check(facts), "LR-15") == ["block"]


@pytest.mark.law("LR-43")
@pytest.mark.parametrize(("late", "said"), [(False, []), (True, ["block"])])
def test_a_late_candidature_is_out(late, said):
    first, *others = candidates(4)
    facts = replace(SELECTION, candidates=(replace(first, late=late), *others))
    assert severities(selection.check(facts), "LR-43") == said


@pytest.mark.law("LR-76")
@pytest.mark.parametrize(("reasons", "said"), [("rang", []), (" ", ["block"])])
def test_each_rejection_has_its_reasons(reasons, said):
    *others, last = candidates(3, 1)
    facts = replace(SELECTION, candidates=(*others, replace(last, reasons=reasons)))
    assert severities(selection.check(facts), "LR-76") == said


@pytest.mark.law("LR-70")
@pytest.mark.parametrize(
    ("person", "said"),
    [
        (InterestFacts(person_id="a", declared_at=NOW), []),
        (InterestFacts(person_id="a"), ["block"]),
        (InterestFacts(person_id="a", declared_at=NOW, has_interest=True), ["block"]),
        (InterestFacts(person_id="a", declared_at=NOW, has_interest=True, recused_at=NOW), []),
    ],
)
def test_interests_are_declared_first(person, said):
    assert severities(interests.check_access(person), "LR-70") == said
    assert severities(selection.check(replace(SELECTION, people=(person,))), "LR-70") == said


@pytest.mark.law("LR-70")
def test_somebody_declares():
    assert rules_of(selection.check(replace(SELECTION, people=()))) == ["LR-70"]


@pytest.mark.law("LR-111")
@pytest.mark.parametrize(
    "letters",
    [
        LETTERS[:2],
        (*LETTERS, replace(LETTERS[0], candidate_id="x")),
        (*LETTERS, LETTERS[0]),
        (*LETTERS[:2], replace(LETTERS[2], sent_at=NOW + timedelta(seconds=1))),
        tuple(replace(one, sent_at=None) for one in LETTERS),
        (*LETTERS[:2], replace(LETTERS[2], deadline=DEADLINE + timedelta(minutes=1))),
        tuple(replace(one, deadline=None) for one in LETTERS),
        (*LETTERS[:2], replace(LETTERS[2], documents_address="")),
    ],
)
def test_all_are_invited_at_once_under_the_same_terms(letters):
    assert rules_of(selection.check_invitations(replace(INVITATION, invitations=letters))) == ["LR-111"]


@pytest.mark.law("LR-14")
@pytest.mark.parametrize(("day", "said"), [(24, ["warn"]), (28, [])])
def test_a_short_time_for_initial_tenders_needs_a_reason(day, said):
    letters = tuple(replace(one, deadline=datetime(2026, 12, day, 12, tzinfo=PARIS)) for one in LETTERS)
    assert severities(selection.check_invitations(replace(INVITATION, invitations=letters)), "LR-14") == said


@pytest.mark.law("PR-01")
def test_an_invitation_closes_in_office_hours():
    letters = tuple(replace(one, deadline=datetime(2027, 1, 2, 12, tzinfo=PARIS)) for one in LETTERS)
    assert rules_of(selection.check_invitations(replace(INVITATION, invitations=letters))) == ["PR-01"]


@pytest.mark.law("LR-12")
@pytest.mark.parametrize(
    ("kind", "day", "said"),
    [("candidature", 30, ["block"]), ("candidature", 31, ["warn"]), ("single_step", 30, ["block"]), ("final", 30, [])],
)
def test_periods_of_candidature_last_thirty_days(kind, day, said):
    period = PeriodFacts(
        kind=kind, launch_date=LAUNCH, notice_sent_on=LAUNCH, closes_at=datetime(2026, 12, day, 12, tzinfo=PARIS)
    )
    assert severities(candidature.check_period(period), "LR-12") == said


@pytest.mark.law("PR-01")
def test_a_period_closes_in_office_hours():
    sunday = PeriodFacts(kind="final", launch_date=LAUNCH, closes_at=datetime(2027, 1, 10, 12, tzinfo=PARIS))
    assert rules_of(candidature.check_period(sunday)) == ["PR-01"]


@pytest.mark.law("LR-51")
@pytest.mark.parametrize(
    ("forbidden", "chosen", "said"),
    [
        (False, (True, True), []),
        (True, (True, True), ["block"]),
        (True, (True, False), []),
        (True, (False, False), []),
    ],
)
def test_a_firm_is_chosen_once_where_the_documents_say_so(forbidden, chosen, said):
    """Alone and in a group; one of the two may stay, or none."""
    shared, lead = ("7", "Lumen"), ("8", "Meneuse")
    alone, group, *others = candidates(5)
    firms = (
        replace(alone, members=(shared,), selected=chosen[0], reasons="Déjà dans un groupement"),
        replace(group, members=(lead, shared), selected=chosen[1], reasons="Déjà seule"),
        *others,
    )
    facts = replace(SELECTION, candidates=firms, several_bids_forbidden=forbidden)
    found = [one for one in selection.check(facts) if one.rule == "LR-51"]
    assert severities(found, "LR-51") == said
    assert all("Lumen" in one.message for one in found)
