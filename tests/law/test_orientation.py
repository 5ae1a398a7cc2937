"""Which road fits a need, on both sides of each figure."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from procurement.law import orientation
from procurement.law.orientation import OrientationFacts
from tests.law.sound import LAUNCH, rules_of, severities

NEED = OrientationFacts(
    launch_date=LAUNCH,
    category="local_authority",
    research_ht=Decimal(100_000),
    purchases_ht=Decimal(200_000),
    reasons="Rien ne répond.",
)


def worth(value: str, **changes) -> OrientationFacts:
    """A need without research of that value, chosen to go by a road."""
    return replace(NEED, research_ht=Decimal(0), purchases_ht=Decimal(value), **changes)


@pytest.mark.law("LR-103")
@pytest.mark.parametrize(("value", "said"), [("99999.99", []), ("100000", ["block"])])
def test_an_innovative_purchase_is_direct_below_100_000(value, said):
    assert severities(orientation.check(worth(value, road="direct")), "LR-103") == said
    assert orientation.advise(worth(value)).road == ("ordinary" if said else "direct")


@pytest.mark.law("LR-103")
def test_research_counts_in_the_value_of_a_direct_purchase():
    facts = replace(NEED, research_ht=Decimal("0.01"), purchases_ht=Decimal("99999.99"), road="direct")
    assert rules_of(orientation.check(facts)) == ["LR-103"]


@pytest.mark.law("LR-31")
@pytest.mark.parametrize(
    ("launched", "nature", "value", "said"),
    [
        (date(2026, 3, 31), "services", "39999.99", []),
        (date(2026, 3, 31), "services", "40000", ["block"]),
        (date(2026, 4, 1), "services", "59999.99", []),
        (date(2026, 4, 1), "supplies", "60000", ["block"]),
        (date(2026, 4, 1), "works", "99999.99", []),
        (date(2026, 4, 1), "works", "100000", ["block"]),
    ],
)
def test_small_purchases_need_no_publicity(launched, nature, value, said):
    facts = worth(value, road="exempt", nature=nature, launch_date=launched)
    assert severities(orientation.check(facts), "LR-31") == said
    assert orientation.advise(facts).is_exempt == (not said)


@pytest.mark.law("LR-10")
@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({}, []),
        ({"reasons": " "}, ["block"]),
        ({"supply": "exists"}, ["block"]),
        ({"supply": "partial"}, []),
        ({"research_ht": Decimal(0)}, ["block"]),
    ],
)
def test_a_partnership_has_reasons_research_and_nothing_available(changes, said):
    assert severities(orientation.check(replace(NEED, road="partnership", **changes)), "LR-10") == said


@pytest.mark.parametrize(("purchases", "procedure"), [("115999.99", "adapted"), ("116000", "formalised")])
def test_the_procedure_follows_the_whole_value(purchases, procedure):
    advice = orientation.advise(replace(NEED, purchases_ht=Decimal(purchases)))
    assert (advice.road, advice.procedure) == ("partnership", procedure)
    assert (advice.earliest is not None) == (procedure == "formalised")
    assert len(advice.media) == (2 if procedure == "formalised" else 1)


def test_a_need_that_something_meets_goes_the_ordinary_way():
    assert orientation.advise(replace(NEED, supply="exists")).road == "ordinary"


@pytest.mark.law("PR-06")
@pytest.mark.parametrize(("day", "said"), [(date(2027, 12, 31), []), (date(2028, 1, 1), ["PR-06"])])
def test_nothing_is_advised_for_a_day_whose_figures_are_unknown(day, said):
    assert rules_of(orientation.check(replace(NEED, launch_date=day))) == said
