"""On time or late: a model of the rule, played against instants, extensions and decisions."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from procurement.submissions.verdicts import Admission, Deadline, Instants, Verdict, deadline_in_force, verdict

NOON = datetime(2027, 1, 12, 11, 0, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)
SECONDS = st.integers(-5000, 5000).map(lambda seconds: timedelta(seconds=seconds))


def at(received: timedelta, *, began: timedelta = timedelta(hours=-2)) -> Instants:
    return Instants(NOON + min(began, received), NOON + received)


DEADLINE = [Deadline(NOON, NOON - timedelta(days=30))]


@pytest.mark.law("LR-53", "LR-43")
@pytest.mark.parametrize(
    ("received", "found"),
    [
        (-MICROSECOND, Verdict.ON_TIME),
        (timedelta(0), Verdict.ON_TIME),
        (MICROSECOND, Verdict.LATE_STARTED_IN_TIME),
    ],
)
def test_the_deadline_itself_is_on_time(received, found):
    assert verdict(at(received), DEADLINE) is found


@pytest.mark.law("LR-53")
def test_a_deposit_begun_after_the_deadline_is_only_late():
    assert verdict(Instants(NOON + MICROSECOND, NOON + timedelta(seconds=9)), DEADLINE) is Verdict.LATE


@pytest.mark.law("LR-54")
def test_a_contested_lateness_stays_late_until_people_decide():
    late = at(timedelta(seconds=1))
    proposed = Admission(NOON + timedelta(days=1))
    assert verdict(late, DEADLINE, [proposed]) is Verdict.LATE_CONTESTED
    assert verdict(late, DEADLINE, [proposed], known_at=NOON + timedelta(hours=1)) is Verdict.LATE_STARTED_IN_TIME


@given(received=SECONDS, began=SECONDS, moved=st.lists(st.integers(0, 4000), max_size=4), known=st.integers(0, 5))
def test_the_last_decision_known_rules(received, began, moved, known):
    """Model: the deadline is that of the last row decided by then; extensions only move forward."""
    deadlines = [*DEADLINE]
    for day, seconds in enumerate(moved, start=1):
        deadlines.append(
            Deadline(deadlines[-1].closes_at + timedelta(seconds=seconds), NOON - timedelta(days=20 - day))
        )
    known_at = NOON - timedelta(days=20 - known)
    expected = deadlines[min(known, len(moved))].closes_at
    assert deadline_in_force(deadlines, known_at=known_at) == expected
    instants = Instants(NOON + min(began, received), NOON + received)
    found = verdict(instants, deadlines, known_at=known_at)
    if instants.received_at <= expected:
        assert found is Verdict.ON_TIME
    elif instants.first_byte_at <= expected:
        assert found is Verdict.LATE_STARTED_IN_TIME
    else:
        assert found is Verdict.LATE


@pytest.mark.law("LR-53")
@pytest.mark.parametrize("later_first", [False, True])
def test_of_two_decisions_at_one_instant_the_later_one_rules(later_first):
    """To the microsecond, whatever the order in which the database gives the rows."""
    decided, hour = NOON - timedelta(minutes=1), timedelta(hours=1)
    rows = [*DEADLINE, Deadline(NOON + hour, decided), Deadline(NOON + 2 * hour, decided)]
    if later_first:
        rows.reverse()
    assert deadline_in_force(rows) == deadline_in_force(rows, known_at=decided) == NOON + 2 * hour
    assert deadline_in_force(rows, known_at=decided - MICROSECOND) == NOON
    assert verdict(at(2 * hour), rows) is Verdict.ON_TIME
    assert verdict(at(2 * hour + MICROSECOND), rows) is Verdict.LATE_STARTED_IN_TIME


def test_a_clock_set_back_between_two_extensions_brings_no_deadline_back():
    rows = [
        *DEADLINE,
        Deadline(NOON + timedelta(hours=1), NOON),
        Deadline(NOON + timedelta(hours=2), NOON - MICROSECOND),
    ]
    assert deadline_in_force(rows) == NOON + timedelta(hours=2)


@given(received=SECONDS, moved=st.integers(0, 4000))
def test_an_extension_never_makes_anyone_late(received, moved):
    longer = [*DEADLINE, Deadline(NOON + timedelta(seconds=moved), NOON)]
    if verdict(at(received), DEADLINE) is Verdict.ON_TIME:
        assert verdict(at(received), longer) is Verdict.ON_TIME
