"""Two custodians open after the deadline, and the minutes say all."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from procurement.law import opening
from procurement.law.facts import CustodianFacts, MinutesLineFacts, OpeningFacts, OpeningMinutesFacts
from tests.law.sound import NOW, PARIS, severities

TICK = timedelta(microseconds=1)
GRACE = timedelta(seconds=60)
ONE = CustodianFacts(person_id="c1", is_custodian=True, authenticated_at=NOW - timedelta(minutes=30))
TWO = CustodianFacts(person_id="c2", is_custodian=True, authenticated_at=NOW)
OPENING = OpeningFacts(now=NOW, closes_at=NOW - GRACE - TICK, custodians=(ONE, TWO))
LINE = MinutesLineFacts(submission_id="s1", depositor="Lumen", received_at=NOW, root="ab", result="ouvert")
MINUTES = OpeningMinutesFacts(received_ids=("s1",), lines=(LINE,), people=("c1", "c2"))


@pytest.mark.law("LR-57")
@pytest.mark.parametrize(
    ("closes_at", "said"),
    [
        (NOW - GRACE - TICK, []),
        (NOW - GRACE, ["block"]),
        (NOW, ["block"]),
        (NOW + timedelta(days=1), ["block"]),
        (None, ["block"]),
    ],
)
def test_nothing_opens_before_the_deadline_and_its_minute_of_grace(closes_at, said):
    assert severities(opening.check(replace(OPENING, closes_at=closes_at)), "LR-57") == said


@pytest.mark.law("LR-57")
def test_the_hour_that_comes_twice_does_not_open_early():
    closes_at = datetime(2027, 10, 31, 2, 30, tzinfo=PARIS, fold=1)
    facts = OpeningFacts(now=datetime(2027, 10, 31, 2, 45, tzinfo=PARIS), closes_at=closes_at)
    assert any(one.field == "closes_at" for one in opening.check(facts))


@pytest.mark.law("LR-57")
@pytest.mark.parametrize(
    ("custodians", "said"),
    [
        ((ONE, TWO), []),
        ((ONE,), ["block"]),
        ((TWO, TWO), ["block"]),
        ((ONE, replace(TWO, is_custodian=False)), ["block"]),
        ((replace(ONE, authenticated_at=NOW - timedelta(minutes=30) - TICK), TWO), ["block"]),
        ((replace(ONE, authenticated_at=None), TWO), ["block"]),
        ((), ["block"]),
    ],
)
def test_two_distinct_custodians_who_just_proved_who_they_are(custodians, said):
    assert severities(opening.check(replace(OPENING, custodians=custodians)), "LR-57") == said


@pytest.mark.law("LR-57")
@pytest.mark.parametrize("change", [{"pending_arrivals": 1}, {"clock_in_doubt_at": NOW}])
def test_opening_waits_for_arrivals_and_for_a_doubt_to_be_lifted(change):
    assert severities(opening.check(replace(OPENING, **change)), "LR-57") == ["block"]


@pytest.mark.law("LR-115")
@pytest.mark.parametrize(("outsiders", "said"), [((), []), (("press",), ["block"])])
def test_opening_is_not_public(outsiders, said):
    assert severities(opening.check(replace(OPENING, outsiders=outsiders)), "LR-115") == said


@pytest.mark.law("LR-115")
@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({}, []),
        ({"received_ids": ("s1", "s2")}, ["block"]),
        ({"people": ("c1", "c1")}, ["block"]),
        ({"lines": (replace(LINE, depositor=""),)}, ["block"]),
        ({"lines": (replace(LINE, received_at=None),)}, ["block"]),
        ({"lines": (replace(LINE, root=""),)}, ["block"]),
        ({"lines": (replace(LINE, result=""),)}, ["block"]),
    ],
)
def test_minutes_say_names_hours_fingerprints_results_and_people(change, said):
    assert severities(opening.check_minutes(replace(MINUTES, **change)), "LR-115") == said
