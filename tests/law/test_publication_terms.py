"""Clauses of the draft contract when the notice leaves."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from procurement.law import publication
from tests.law.sound import CALL, LOT, TERMS, call_with_lot, severities


def said(rule: str, **changes) -> list[str]:
    return severities(publication.check(call_with_lot(terms=replace(TERMS, **changes))), rule)


@pytest.mark.law("LR-27")
def test_conditions_of_performance_heed_the_environment():
    assert said("LR-27", environmental_clause=" ") == ["block"]
    assert said("LR-27", environmental_clause="empreinte mesurée") == []


@pytest.mark.law("LR-27")
@pytest.mark.parametrize(("launched", "blocks"), [(date(2026, 8, 20), 0), (date(2026, 8, 21), 2)])
def test_conditions_of_performance_are_asked_by_launch_date(launched, blocks):
    terms = replace(TERMS, environmental_clause="", social_clause="")
    facts = replace(CALL, launch_date=launched, lots=(replace(LOT, terms=terms),))
    assert severities(publication.check(facts), "LR-27") == ["block"] * blocks


@pytest.mark.law("LR-27")
@pytest.mark.parametrize(
    ("changes", "blocked"),
    [
        ({}, True),
        ({"social_exception": "no_link"}, True),
        ({"social_exception_reason": "aucun lien"}, True),
        ({"social_exception": "no_link", "social_exception_reason": "aucun lien"}, False),
    ],
)
def test_a_social_clause_or_a_coded_and_reasoned_exception(changes, blocked):
    assert said("LR-27", social_clause="", **changes) == ["block"] * blocked


@pytest.mark.law("LR-27")
@pytest.mark.parametrize(("purchases", "blocked"), [("15999.99", False), ("16000", True)])
def test_the_social_clause_is_asked_from_the_threshold_on(purchases, blocked):
    # Research is worth 200 000, the threshold of a local authority 216 000.
    acquisition = replace(LOT.acquisition, total_cost_max_ht=Decimal(purchases) / 2)
    facts = call_with_lot(acquisition=acquisition, terms=replace(TERMS, social_clause=""))
    assert severities(publication.check(facts), "LR-27") == ["block"] * blocked


@pytest.mark.law("LR-99")
@pytest.mark.parametrize(
    ("ccag", "departures", "found"),
    [("CCAG-PI 2021", "aucune", []), ("CCAG-PI 2021", " ", ["block"]), ("", "", ["warn"])],
)
def test_the_general_clauses_are_named_with_departures(ccag, departures, found):
    assert said("LR-99", ccag=ccag, ccag_departures=departures) == found


@pytest.mark.law("LR-101")
@pytest.mark.parametrize(
    ("changes", "found"),
    [
        ({"personal_data_processed": None}, ["block"]),
        ({"personal_data_processed": True, "personal_data": ""}, ["block"]),
        ({"personal_data_processed": True, "personal_data": "x", "personal_data_gaps": ("la durée",)}, ["block"]),
        ({"personal_data_processed": True, "personal_data": "x"}, []),
        ({"personal_data_processed": False}, []),
        ({"confidentiality": ""}, ["block"]),
    ],
)
def test_personal_data_and_secrets_are_covered(changes, found):
    assert said("LR-101", **changes) == found


@pytest.mark.law("LR-112")
@pytest.mark.parametrize(("days", "found"), [(None, ["block"]), (0, ["block"]), (1, [])])
def test_how_long_tenders_bind_is_announced(days, found):
    assert said("LR-112", tender_validity_days=days) == found


@pytest.mark.law("LR-116")
@pytest.mark.parametrize(
    ("changes", "found"),
    [
        ({"price_form": ""}, ["block"]),
        ({"price_month": None}, ["block"]),
        ({"price_form": "revisable"}, ["block"]),
        ({"price_form": "adjustable"}, ["block"]),
        ({"price_form": "revisable", "price_formula": "P0 × Syntec"}, []),
        ({"price_form": "firm", "price_formula": ""}, []),
    ],
)
def test_the_form_of_the_price_is_whole(changes, found):
    assert said("LR-116", **changes) == found


@pytest.mark.law("LR-27", "LR-99", "LR-101", "LR-112", "LR-116")
def test_without_any_clause_every_rule_speaks():
    found = publication.check(call_with_lot(terms=None))
    assert {"LR-27", "LR-99", "LR-101", "LR-112", "LR-116"} <= {one.rule for one in found}
