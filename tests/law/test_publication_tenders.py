"""What is asked of those who answer, and the media by which they learn of it."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from procurement.law import estimate, formulas, publication
from procurement.law.facts import SendingFacts
from tests.law.sound import CALL, LAUNCH, LOT, NOW, call, call_with_lot, severities

BOTH = (SendingFacts(channel="boamp"), SendingFacts(channel="joue", published_at=NOW))
PRIOR = tuple(replace(one, kind="prior_information") for one in BOTH)


@pytest.mark.law("LR-11")
@pytest.mark.parametrize(("sendings", "said"), [(BOTH, []), (PRIOR, ["block"]), ((*PRIOR, *BOTH), []), (None, [])])
def test_a_prior_information_notice_launches_nothing(sendings, said):
    assert severities(publication.check(call(sendings=sendings)), "LR-11") == said


@pytest.mark.law("LR-33")
@pytest.mark.parametrize(
    ("category", "value", "needed"),
    [
        ("local_authority", "89999.99", ()),
        ("local_authority", "90000", (("boamp", "legal_newspaper"),)),
        ("local_authority", "215999.99", (("boamp", "legal_newspaper"),)),
        ("local_authority", "216000", (("boamp",), ("joue",))),
        ("state", "139999.99", (("boamp", "legal_newspaper"),)),
        ("state", "140000", (("boamp",), ("joue",))),
    ],
)
def test_media_follow_the_value(category, value, needed):
    found = estimate.required_media(Decimal(value), category=category, nature="services", on=LAUNCH)
    assert found == needed


@pytest.mark.law("LR-33")
@pytest.mark.parametrize(("sendings", "blocks"), [(BOTH, 0), (BOTH[:1], 1), (BOTH[1:], 1), ((), 2), (PRIOR, 2)])
def test_from_the_threshold_on_the_notice_left_for_both_media(sendings, blocks):
    assert severities(publication.check(call(sendings=sendings)), "LR-33") == ["block"] * blocks


@pytest.mark.law("LR-41")
@pytest.mark.parametrize(
    ("launched", "turnover", "said"),
    [
        (date(2025, 12, 31), "2200000", []),
        (date(2025, 12, 31), "2200000.01", ["warn"]),
        (date(2026, 1, 1), "1650000", []),
        (date(2026, 1, 1), "1650000.01", ["warn"]),
    ],
)
def test_a_turnover_keeps_to_the_cap_of_the_launch_date(launched, turnover, said):
    # The lot is worth 1 100 000.
    lot = replace(LOT, turnover_min_ht=Decimal(turnover), young_firms_admitted=True)
    assert severities(publication.check(call(launch_date=launched, lots=(lot,))), "LR-41") == said


@pytest.mark.law("LR-41")
@pytest.mark.parametrize(("admitted", "said"), [(True, []), (False, ["warn"])])
def test_a_turnover_that_shuts_young_firms_out_needs_a_reason(admitted, said):
    facts = call_with_lot(turnover_min_ht=Decimal(1), young_firms_admitted=admitted)
    assert severities(publication.check(facts), "LR-41") == said


def with_formula(name: str):
    price, *others = LOT.award_criteria
    return call_with_lot(award_criteria=(replace(price, formula=name), *others))


@pytest.mark.law("LR-65")
@pytest.mark.parametrize("name", ["", "lowest_over_price", "linear_to_double", "scale_0_4"])
def test_formulas_of_the_library_pass(name):
    assert publication.check(with_formula(name)) == []


@pytest.mark.law("LR-65")
def test_an_unknown_formula_is_refused():
    assert severities(publication.check(with_formula("à vue de nez")), "LR-65") == ["block"]


@pytest.mark.law("LR-65")
@pytest.mark.parametrize(
    ("mark", "words"),
    [
        (lambda price, prices: Decimal(100), "doivent recevoir deux notes différentes"),
        (lambda price, prices: Decimal(100) if price == min(prices) else Decimal(0), "ne peut pas coûter plus"),
    ],
)
def test_a_formula_that_neutralises_a_weight_is_refused_before_publication(monkeypatch, mark, words):
    faulty = replace(formulas.FORMULAS["lowest_over_price"], name="maison", mark=mark)
    monkeypatch.setitem(formulas.FORMULAS, "maison", faulty)
    found = [one.message for one in publication.check(with_formula("maison")) if one.rule == "LR-65"]
    assert any(words in message for message in found)


@pytest.mark.law("LR-65")
def test_the_formula_of_a_sub_criterion_is_tried_too():
    price, *others = LOT.award_criteria
    child = replace(price, weight=10_000, formula="inconnue")
    facts = call_with_lot(award_criteria=(replace(price, sub_criteria=(child,)), *others))
    assert severities(publication.check(facts), "LR-65") == ["block"]


@pytest.mark.law("LR-113")
@pytest.mark.parametrize(
    ("asked", "bonus", "said"),
    [(True, None, ["warn"]), (True, Decimal(0), ["warn"]), (True, Decimal(1), []), (False, None, [])],
)
def test_a_mockup_is_paid_or_the_reason_is_written(asked, bonus, said):
    assert severities(publication.check(call_with_lot(mockup_asked=asked, bonus_ht=bonus)), "LR-113") == said


@pytest.mark.law("LR-114")
@pytest.mark.parametrize(
    ("allowed", "conditions", "said"), [(False, "", []), (True, " ", ["block"]), (True, "même débit", [])]
)
def test_variants_are_barred_unless_announced_with_their_conditions(allowed, conditions, said):
    facts = call(variants_allowed=allowed, variants_conditions=conditions)
    assert severities(publication.check(facts), "LR-114") == said


def test_the_sound_call_stays_sound_once_sent():
    assert publication.check(replace(CALL, sendings=BOTH)) == []
