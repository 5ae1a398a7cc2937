"""Answers to firms: six days before the deadline, to everybody, naming nobody."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from procurement.law import answers, calendar
from procurement.law.facts import AnswerFacts
from tests.law.sound import LAUNCH, PARIS, severities

DEADLINE = datetime(2027, 1, 29, 12, tzinfo=PARIS)
ANSWER = AnswerFacts(now=DEADLINE - timedelta(days=8), deadline=DEADLINE, launch_date=LAUNCH)


def at(days: int, hour: int = 10) -> datetime:
    """An hour of the day that comes so many days before the deadline."""
    return (DEADLINE - timedelta(days=days)).replace(hour=hour)


@pytest.mark.law("LR-37")
@pytest.mark.parametrize(
    ("now", "said"),
    [
        (at(8, 23), []),
        (at(7, 0), ["warn"]),
        (at(6, 23), ["warn"]),
        (at(5, 0), ["block"]),
        (at(0), ["block"]),
    ],
)
def test_an_answer_leaves_six_days_or_the_deadline_moves(now, said):
    assert severities(answers.check_answer(replace(ANSWER, now=now)), "LR-37") == said


@pytest.mark.law("LR-37")
def test_below_the_threshold_a_reason_passes_and_without_deadline_nothing_binds():
    late = replace(ANSWER, now=at(5), procedure="adapted")
    assert severities(answers.check_answer(late), "LR-37") == ["warn"]
    assert answers.check_answer(replace(ANSWER, now=at(5), deadline=None)) == []


@pytest.mark.law("LR-37")
def test_the_new_deadline_that_is_offered_leaves_six_days_and_falls_on_a_working_day():
    for days in range(6):
        now = at(days)
        moved = calendar.deadline_after_information(now, DEADLINE, launch_date=LAUNCH)
        assert "block" not in severities(answers.check_answer(replace(ANSWER, now=now, deadline=moved)), "LR-37")
        assert moved > DEADLINE
        assert calendar.is_office_hour(moved)
    early = calendar.deadline_after_information(at(20), DEADLINE, launch_date=LAUNCH)
    assert early == DEADLINE


@pytest.mark.law("LR-37")
def test_questions_close_a_week_before_the_last_day_of_answers_at_the_same_hour():
    assert calendar.questions_deadline(DEADLINE, launch_date=LAUNCH) == DEADLINE - timedelta(days=13)
    after_the_change_of_clock = datetime(2027, 4, 2, 12, tzinfo=PARIS)
    close = calendar.questions_deadline(after_the_change_of_clock, launch_date=LAUNCH)
    assert close == datetime(2027, 3, 20, 12, tzinfo=PARIS)


@pytest.mark.law("LR-19")
def test_a_firm_that_is_named_is_said():
    assert severities(answers.check_answer(replace(ANSWER, names_firms=("Tramélys",))), "LR-19") == ["warn"]
    assert severities(answers.check_answer(ANSWER), "LR-19") == []
