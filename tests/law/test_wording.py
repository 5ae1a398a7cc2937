"""How findings write days, amounts and lists."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from procurement.law import wording


@pytest.mark.parametrize(
    ("day", "written"), [(date(2027, 1, 12), "12 janvier 2027"), (date(2027, 3, 1), "1er mars 2027")]
)
def test_days(day, written):
    assert wording.day(day).replace("\u00a0", " ") == written


def test_instants_are_those_of_paris_to_the_second():
    written = wording.instant(datetime(2027, 1, 12, 10, 47, 8, tzinfo=UTC))
    assert written.replace("\u00a0", " ") == "12 janvier 2027 à 11 h 47 min 08 s"


@pytest.mark.parametrize(
    ("amount", "written"), [("216000", "216 000 € HT"), ("1234.5", "1 234,50 € HT"), ("0", "0 € HT")]
)
def test_amounts(amount, written):
    assert wording.euros(Decimal(amount)).replace("\u00a0", " ").replace("\u202f", " ") == written


@pytest.mark.parametrize(("weight", "written"), [(10_000, "100 %"), (3550, "35,5 %"), (1, "0,01 %"), (0, "0 %")])
def test_weights(weight, written):
    assert wording.percent(weight).replace("\u00a0", " ") == written


@pytest.mark.parametrize(
    ("words", "written"), [([], ""), (["a"], "a"), (["a", "b"], "a et b"), (["a", "b", "c"], "a, b et c")]
)
def test_lists(words, written):
    assert wording.listed(words) == written


def test_hard_spaces_before_high_punctuation():
    assert wording.typeset("Lot 1 : « prix » ?") == "Lot 1\u00a0: «\u00a0prix\u00a0»\u00a0?"
