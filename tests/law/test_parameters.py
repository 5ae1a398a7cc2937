"""Figures of the law by launch date."""

from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise

import pytest

from procurement.law import parameters


@pytest.mark.parametrize(
    ("name", "last_day", "before", "after"),
    [
        ("eu_threshold_other_ss", date(2025, 12, 31), 221_000, 216_000),
        ("exempt_ss", date(2026, 3, 31), 40_000, 60_000),
        ("buyer_profile_min", date(2026, 3, 31), 40_000, 60_000),
        ("turnover_cap_ratio", date(2025, 12, 31), 2, Decimal("1.5")),
        ("advance_sme_state", date(2022, 12, 31), 20, 30),
    ],
)
def test_a_value_ends_where_the_next_begins(name, last_day, before, after):
    assert parameters.value(name, on=last_day) == before
    assert parameters.value(name, on=last_day + timedelta(days=1)) == after


def test_a_duty_begins_on_its_day():
    assert not parameters.requires("env_criterion_required", on=date(2026, 8, 20))
    assert parameters.requires("env_criterion_required", on=date(2026, 8, 21))


@pytest.mark.parametrize("day", [date(2023, 12, 31), date(2028, 1, 1), None])
def test_no_value_is_a_clear_error(day):
    with pytest.raises(parameters.NoValueInForceError, match="lancement"):
        parameters.value("eu_threshold_state_ss", on=day)


def test_an_unknown_name_is_a_mistake_of_the_program():
    with pytest.raises(KeyError):
        parameters.value("nothing", on=date(2026, 1, 1))


def test_values_of_a_parameter_never_overlap_and_each_has_its_article():
    for name, values in parameters.all_parameters().items():
        assert all(one.article and one.unit for one in values), name
        for earlier, later in pairwise(values):
            assert earlier.until is not None, name
            assert earlier.until < later.in_force_from, name


@pytest.mark.parametrize("name", ["purchase_to_research_ratio_max", "initial_tender_days_default", "low_price_gap"])
def test_what_the_law_leaves_open_says_so(name):
    assert parameters.parameter(name, on=date(2026, 12, 1)).article == "choix du site"
