"""The status of a bid, the abnormally low price, and the winner who cannot perform."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest

from procurement.law import admissibility
from procurement.law.facts import AssessmentFacts, PriceFacts, ReplacementFacts
from tests.law.sound import LAUNCH, NOW, rules_of, severities

REGULAR = AssessmentFacts(now=NOW, status="regular", meets_minimum_requirements=True)
TOO_LOW = AssessmentFacts(
    now=NOW,
    status="abnormally_low",
    reasons="réponse sans preuve",
    explanations_asked_at=NOW - timedelta(days=9),
    explanations_due_at=NOW - timedelta(microseconds=1),
)
PRICE = PriceFacts(
    launch_date=LAUNCH,
    bidder_id="a",
    price_ht=Decimal("65.00"),
    other_prices_ht=(Decimal("90.00"), Decimal("110.00")),
)
A_CENT_LESS = replace(PRICE, price_ht=Decimal("64.99"))


def test_sound_statuses_have_no_finding():
    assert admissibility.check_assessment(REGULAR) == []
    assert admissibility.check_assessment(TOO_LOW) == []


@pytest.mark.law("LR-67")
@pytest.mark.parametrize(("met", "said"), [(True, []), (False, ["block"]), (None, ["block"])])
def test_a_regular_bid_meets_every_minimum_requirement(met, said):
    facts = replace(REGULAR, meets_minimum_requirements=met)
    assert severities(admissibility.check_assessment(facts), "LR-67") == said


@pytest.mark.law("LR-67")
@pytest.mark.parametrize("status", ["irregular", "unacceptable", "inappropriate"])
@pytest.mark.parametrize(("reasons", "said"), [("pièce absente", []), (" ", ["LR-67"])])
def test_a_bid_is_set_aside_for_written_reasons(status, reasons, said):
    facts = AssessmentFacts(now=NOW, status=status, reasons=reasons)
    assert rules_of(admissibility.check_assessment(facts)) == said


@pytest.mark.law("LR-69")
@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"explanations_asked_at": None}, ["block"]),
        ({"explanations_due_at": NOW}, ["block"]),
        ({"explanations_due_at": None}, ["block"]),
        ({"explanations_due_at": NOW, "explanations_given_at": NOW}, []),
    ],
)
def test_a_low_price_is_rejected_once_it_could_be_explained(change, said):
    assert severities(admissibility.check_assessment(replace(TOO_LOW, **change)), "LR-69") == said


@pytest.mark.law("LR-69")
@pytest.mark.parametrize(
    ("price", "said"),
    [
        (PRICE, []),
        (A_CENT_LESS, ["warn"]),
        (replace(A_CENT_LESS, explanations_asked=True), []),
        (replace(A_CENT_LESS, other_prices_ht=(Decimal("110.00"),)), []),
    ],
)
def test_a_price_far_below_the_average_of_the_others_is_looked_at(price, said):
    assert severities(admissibility.check_prices([price]), "LR-69") == said


@pytest.mark.law("LR-69")
def test_every_low_price_is_named():
    prices = [A_CENT_LESS, replace(A_CENT_LESS, bidder_id="b")]
    assert [one.field for one in admissibility.check_prices(prices)] == ["tenders.a", "tenders.b"]


@pytest.mark.parametrize("launch", [None, date(2019, 3, 31)])
def test_without_a_launch_date_known_to_the_rule_book_no_price_passes(launch):
    assert rules_of(admissibility.check_prices([replace(PRICE, launch_date=launch)])) == ["PR-06"]


@pytest.mark.law("LR-81")
@pytest.mark.parametrize(("reasons", "said"), [("incendie de l’atelier", ["warn"]), (" ", ["block", "warn"])])
def test_a_replacement_is_reasoned_and_seen_by_a_jurist(reasons, said):
    assert severities(admissibility.check_replacement(ReplacementFacts(reasons=reasons)), "LR-81") == said
