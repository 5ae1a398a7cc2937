"""How firms compete: procedure, value, periods, criteria, documents."""

from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal

import pytest

from procurement.law import estimate, publication
from procurement.law.facts import AwardCriterionFacts, BuyerFacts, SelectionCriterionFacts
from tests.law.sound import (
    ACQUISITION,
    CALL,
    LAUNCH,
    LOT,
    NOW,
    PARIS,
    call,
    call_with_lot,
    rules_of,
    severities,
)

PRICE, ENVIRONMENT, QUALITY = LOT.award_criteria


@pytest.mark.law("LR-10", "LR-30")
@pytest.mark.parametrize(
    ("category", "nature", "value", "procedure"),
    [
        ("state", "services", 139_999, "adapted"),
        ("state", "services", 140_000, "formalised"),
        ("local_authority", "services", 215_999, "adapted"),
        ("local_authority", "supplies", 216_000, "formalised"),
        ("health", "services", 216_000, "formalised"),
        ("state", "works", 5_403_999, "adapted"),
        ("local_authority", "works", 5_404_000, "formalised"),
    ],
)
def test_procedure_follows_the_threshold(category, nature, value, procedure):
    found = estimate.required_procedure(Decimal(value), category=category, nature=nature, on=LAUNCH)
    assert found == procedure


@pytest.mark.law("LR-30")
def test_threshold_is_that_of_the_launch_date():
    old = estimate.eu_threshold("state", "services", on=date(2025, 12, 31))
    new = estimate.eu_threshold("state", "services", on=date(2026, 1, 1))
    assert (old, new) == (143_000, 140_000)


@pytest.mark.law("LR-30")
def test_category_of_the_buyer_is_needed():
    facts = call(buyer=replace(CALL.buyer, category=""))
    assert rules_of(publication.check(facts)) == ["LR-30"]


@pytest.mark.law("LR-10")
@pytest.mark.parametrize(("procedure", "said"), [("formalised", []), ("adapted", ["warn"]), ("", ["block"])])
def test_a_lighter_procedure_needs_a_reason(procedure, said):
    assert severities(publication.check(call(procedure=procedure)), "LR-10") == said


@pytest.mark.law("LR-10")
@pytest.mark.parametrize(("procedure", "said"), [("formalised", ["block"]), ("adapted", ["warn"])])
def test_only_an_adapted_procedure_runs_in_one_step(procedure, said):
    assert severities(publication.check(call(procedure=procedure, single_step=True)), "LR-10") == said


@pytest.mark.law("LR-32")
def test_value_counts_phases_partners_and_purchases():
    # Research: 100 000 for each of two partners; purchases: 450 000 at most in each of two contracts.
    assert estimate.estimated_value(CALL.lots) == 1_100_000
    assert estimate.estimated_value((LOT, LOT)) == 2_200_000
    assert estimate.estimated_value((replace(LOT, other_amounts_ht=Decimal(5)),)) == 1_100_005


@pytest.mark.law("LR-32")
def test_fewer_partners_in_a_later_phase_count_as_such():
    research, purchase = LOT.phases
    lot = replace(LOT, phases=(research, replace(purchase, partners_max=1)))
    assert estimate.lot_value(lot) == 650_000


@pytest.mark.law("LR-32")
def test_purchases_are_taken_at_their_highest():
    assert estimate.purchase_value(replace(LOT, estimated_acquisition_ht=Decimal(900_001))) == 900_001
    assert estimate.purchase_value(replace(LOT, estimated_acquisition_ht=Decimal(899_999))) == 900_000


@pytest.mark.law("LR-32")
@pytest.mark.parametrize(("estimated", "said"), [(None, ["block"]), (Decimal(0), [])])
def test_value_needs_the_cost_of_purchases(estimated, said):
    facts = call_with_lot(acquisition=replace(ACQUISITION, total_cost_max_ht=None), estimated_acquisition_ht=estimated)
    assert severities(publication.check(facts), "LR-32") == said


@pytest.mark.law("LR-12")
@pytest.mark.parametrize(
    ("day", "said"),
    [(date(2026, 12, 30), ["block"]), (date(2026, 12, 31), ["warn"]), (date(2027, 1, 4), []), (None, ["block"])],
)
def test_thirty_days_to_apply(day, said):
    closes_at = day and datetime(day.year, day.month, day.day, 12, tzinfo=PARIS)
    assert severities(publication.check(call_with_lot(candidatures_close_at=closes_at)), "LR-12") == said


@pytest.mark.law("LR-12")
def test_an_adapted_procedure_may_relax_thirty_days_with_a_reason():
    facts = replace(call_with_lot(candidatures_close_at=NOW + timedelta(days=21)), procedure="adapted")
    assert severities(publication.check(facts), "LR-12") == ["warn"]


@pytest.mark.law("LR-13")
@pytest.mark.parametrize(("innovation", "said"), [(True, []), (False, ["block"])])
def test_candidates_are_chosen_on_innovation(innovation, said):
    facts = call_with_lot(selection_criteria=(SelectionCriterionFacts(name="x", is_innovation=innovation),))
    assert severities(publication.check(facts), "LR-13") == said


@pytest.mark.law("LR-15")
@pytest.mark.parametrize(
    ("limited", "least", "most", "said"),
    [
        (True, 3, 5, []),
        (True, 2, 5, ["block"]),
        (True, None, None, ["block"]),
        (True, 4, 3, ["block"]),
        (False, None, None, []),
    ],
)
def test_limit_on_candidates_is_announced(limited, least, most, said):
    facts = call_with_lot(candidates_limited=limited, candidates_min=least, candidates_max=most)
    assert severities(publication.check(facts), "LR-15") == said


@pytest.mark.law("LR-20")
@pytest.mark.parametrize(
    ("criteria", "said"),
    [
        ((PRICE, ENVIRONMENT, QUALITY), []),
        ((replace(PRICE, weight=10_000),), ["block", "block"]),
        ((replace(ENVIRONMENT, weight=5000), QUALITY), ["block"]),
        ((replace(PRICE, weight=5000), QUALITY), ["block"]),
    ],
)
def test_several_criteria_with_price_and_environment(criteria, said):
    assert severities(publication.check(call_with_lot(award_criteria=criteria)), "LR-20") == said


@pytest.mark.law("LR-20")
@pytest.mark.parametrize(("launch", "said"), [(date(2026, 8, 20), []), (date(2026, 8, 21), ["block"])])
def test_environment_is_asked_from_21_august_2026(launch, said):
    lot = replace(LOT, award_criteria=(replace(PRICE, weight=5000), QUALITY))
    facts = call(launch_date=launch, lots=(lot,))
    assert severities(publication.check(facts), "LR-20") == said


@pytest.mark.law("LR-35")
@pytest.mark.parametrize(
    ("change", "said"),
    [({}, []), ({"online": False}, ["block"]), ({"address": ""}, ["block"]), ({"free_of_charge": False}, ["block"])],
)
def test_documents_are_free_and_online(change, said):
    facts = call(documents=replace(CALL.documents, **change))
    assert severities(publication.check(facts), "LR-35") == said


@pytest.mark.law("LR-35")
@pytest.mark.parametrize(("purchases", "said"), [(59_999, []), (60_000, ["block"])])
def test_documents_are_online_from_60_000_euros(purchases, said):
    research, purchase = LOT.phases
    lot = replace(
        LOT,
        phases=(replace(research, remuneration_fixed_ht=Decimal(0)), purchase),
        acquisition=replace(ACQUISITION, total_cost_max_ht=None),
        estimated_acquisition_ht=Decimal(purchases),
    )
    facts = call(lots=(lot,), documents=replace(CALL.documents, online=False))
    assert severities(publication.check(facts), "LR-35") == said


@pytest.mark.law("LR-40")
@pytest.mark.parametrize(("day", "said"), [(LAUNCH, []), (LAUNCH + timedelta(days=1), ["block"]), (None, ["block"])])
def test_profile_is_declared(day, said):
    assert severities(publication.check(call(profile_declared_on=day)), "LR-40") == said


@pytest.mark.law("LR-52")
@pytest.mark.parametrize(("written", "said"), [(True, []), (False, ["block"])])
def test_rules_say_that_the_last_tender_replaces(written, said):
    facts = call(documents=replace(CALL.documents, replacement_rule_written=written))
    assert severities(publication.check(facts), "LR-52") == said


@pytest.mark.law("LR-57")
@pytest.mark.parametrize(
    ("ready_at", "here", "said"),
    [(NOW, True, []), (NOW + timedelta(microseconds=1), True, ["block"]), (None, True, ["block"]), (None, False, [])],
)
def test_keys_are_rehearsed_before_publication(ready_at, here, said):
    facts = replace(call_with_lot(keys_ready_at=ready_at), deposits_here=here)
    assert severities(publication.check(facts), "LR-57") == said


@pytest.mark.law("LR-59")
@pytest.mark.parametrize(
    ("asked", "reason", "said"), [(False, "", []), (True, "", ["warn"]), (True, "usage de la profession", [])]
)
def test_signature_at_deposit_needs_a_reason(asked, reason, said):
    facts = call(
        documents=replace(CALL.documents, signature_asked_at_deposit=asked, signature_reason=reason),
    )
    assert severities(publication.check(facts), "LR-59") == said


@pytest.mark.law("LR-64")
@pytest.mark.parametrize(
    ("quality", "said"),
    [
        (replace(QUALITY, weight=5000), []),
        (replace(QUALITY, weight=4999), ["block"]),
        (replace(QUALITY, weight=5001), ["block"]),
        (replace(QUALITY, weight=None), ["block"]),
        (replace(QUALITY, disclosed=False), ["block"]),
        (replace(QUALITY, sub_criteria=(AwardCriterionFacts(name="a", weight=10_000),)), []),
        (replace(QUALITY, sub_criteria=(AwardCriterionFacts(name="a", weight=9_999),)), ["block"]),
        (replace(QUALITY, sub_criteria=(AwardCriterionFacts(name="a", weight=10_000, disclosed=False),)), ["block"]),
    ],
)
def test_weights_sum_to_100_at_each_level_and_nothing_is_hidden(quality, said):
    facts = call_with_lot(award_criteria=(PRICE, ENVIRONMENT, quality))
    assert severities(publication.check(facts), "LR-64") == said


@pytest.mark.law("LR-121")
@pytest.mark.parametrize(
    ("attached", "coordinator", "said"),
    [
        (True, "city", []),
        (True, "metro", []),
        (False, "city", ["block"]),
        (True, "", ["block"]),
        (True, "x", ["block"]),
    ],
)
def test_several_buyers_have_a_convention_and_a_coordinator(attached, coordinator, said):
    metro = BuyerFacts(id="metro", name="Métropole", identifier_scheme="siren", identifier="200054781")
    facts = call(co_buyers=(metro,), joint_agreement_attached=attached, coordinator_id=coordinator)
    assert severities(publication.check(facts), "LR-121") == said


@pytest.mark.law("LR-121")
def test_a_buyer_alone_needs_no_convention():
    assert "LR-121" not in rules_of(publication.check(call(joint_agreement_attached=False)))
