"""Phases, gates and orders."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from procurement.law import execution
from procurement.law.facts import (
    GateFacts,
    OrderFacts,
    PerformanceLevelFacts,
    PhaseStartFacts,
    SplitFacts,
    TransmissionFacts,
)
from tests.law.sound import GATE, LAUNCH, NOW, rules_of, severities

TICK = timedelta(microseconds=1)
SENT = TransmissionFacts(
    launch_date=LAUNCH,
    buyer_category="local_authority",
    amount_ht=Decimal(300_000),
    signed_on=date(2026, 11, 1),
    transmitted_on=date(2026, 11, 2),
    receipt_number="A1",
)
START = PhaseStartFacts(
    now=NOW,
    phase_number=2,
    contract_notified_at=NOW,
    decision_notified_at=NOW,
    decision_allows=True,
    transmission=SENT,
)
ON = GateFacts(
    decision="continue",
    results="précision de 96 %",
    reasons="objectifs atteints",
    signatory_id="sam",
    partners=2,
    round_report_id="r",
    contract_clause=GATE,
)
ORDER = OrderFacts(
    number="BC-1",
    dated=True,
    start=replace(START, step="order"),
    levels=(PerformanceLevelFacts(label="précision", met=True), PerformanceLevelFacts(label="délai", met=True)),
    test_passed_at=NOW,
    quantity=Decimal(10),
    unit_cost_ht=Decimal(900),
    amount_ht=Decimal(9_000),
    quantity_before=Decimal(490),
    amount_before_ht=Decimal(441_000),
    unit_cost_max_ht=Decimal(900),
    total_cost_max_ht=Decimal(450_000),
    quantity_max=Decimal(500),
    launch_date=date(2026, 12, 1),
    contract_amount_ht=Decimal(200_000),
    contract_signed_at=NOW,
)


@pytest.mark.law("LR-42")
@pytest.mark.parametrize(
    ("signed", "worth", "said"), [(False, "24999.99", []), (False, "25000", ["block"]), (True, "25000", [])]
)
def test_nothing_is_ordered_from_25_000_without_a_signed_contract(signed, worth, said):
    facts = replace(
        ORDER,
        quantity_before=Decimal(0),
        amount_before_ht=Decimal(0),
        contract_amount_ht=Decimal(worth) - ORDER.amount_ht,
        contract_signed_at=NOW if signed else None,
    )
    assert severities(execution.check_order(facts), "LR-42") == said


def test_sound_facts_have_no_finding():
    assert execution.check_start(START) == []
    assert execution.check_gate(ON) == []
    assert execution.check_order(ORDER) == []


@pytest.mark.law("LR-23")
@pytest.mark.parametrize("step", ["start", "order", "delivery", "invoice"])
@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({}, []),
        ({"decision_notified_at": None}, ["block"]),
        ({"decision_notified_at": NOW + TICK}, ["block"]),
        ({"decision_allows": False}, ["block"]),
    ],
)
def test_nothing_of_a_phase_before_its_decision_is_notified(step, change, said):
    assert severities(execution.check_start(replace(START, step=step, **change)), "LR-23") == said


@pytest.mark.law("LR-82")
@pytest.mark.parametrize(("notified_at", "said"), [(NOW, []), (NOW + TICK, ["block"]), (None, ["block"])])
def test_a_contract_takes_effect_at_notification(notified_at, said):
    assert severities(execution.check_start(replace(START, contract_notified_at=notified_at)), "LR-82") == said


@pytest.mark.law("LR-83")
@pytest.mark.parametrize(
    ("transmission", "said"),
    [
        (SENT, []),
        (replace(SENT, transmitted_on=None), ["block"]),
        (replace(SENT, receipt_number=""), ["block"]),
        (None, ["block"]),
    ],
)
def test_a_local_contract_is_executable_once_transmitted(transmission, said):
    assert severities(execution.check_start(replace(START, transmission=transmission)), "LR-83") == said


@pytest.mark.law("LR-21")
@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({}, []),
        ({"results": ""}, ["block"]),
        ({"decision": ""}, ["block"]),
        ({"reasons": " "}, ["block"]),
        ({"signatory_id": ""}, ["block"]),
        ({"round_report_id": ""}, ["block"]),
        ({"objectives_changed": True}, ["block"]),
        ({"decision": "change"}, ["block"]),
        ({"decision": "change", "objectives_changed": True, "partner_agreement_signed_at": NOW}, []),
        ({"substantial_change": True}, ["block"]),
    ],
)
def test_a_gate_is_reasoned_and_changes_need_agreement(change, said):
    assert severities(execution.check_gate(replace(ON, **change)), "LR-21") == said


@pytest.mark.law("LR-22")
@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"decision": "stop"}, []),
        ({"decision": "stop", "contract_clause": None}, ["block"]),
        ({"decision": "stop", "contract_clause": replace(GATE, power="")}, ["block"]),
        ({"decision": "stop", "contract_clause": replace(GATE, financial_consequences="")}, ["block"]),
        ({"decision": "reduce"}, []),
        ({"decision": "reduce", "partners": 1}, ["block"]),
        ({"decision": "reduce", "contract_clause": replace(GATE, choice_of_partners="")}, ["block"]),
        ({"decision": "continue", "contract_clause": None}, []),
    ],
)
def test_stopping_needs_the_clause_of_the_contract(change, said):
    assert severities(execution.check_gate(replace(ON, **change)), "LR-22") == said


@pytest.mark.law("LR-24")
@pytest.mark.parametrize(
    "change",
    [
        {"levels": ()},
        {"levels": (ORDER.levels[0], PerformanceLevelFacts(label="délai", met=False))},
        {"levels": (ORDER.levels[0], PerformanceLevelFacts(label="délai"))},
        {"unit_cost_ht": Decimal("900.01")},
        {"unit_cost_ht": None},
        {"amount_ht": Decimal("9000.01")},
        {"amount_ht": None},
        {"unit_cost_max_ht": None, "total_cost_max_ht": None},
    ],
)
def test_a_purchase_needs_every_level_and_every_cap(change):
    assert severities(execution.check_order(replace(ORDER, **change)), "LR-24") == ["block"]


@pytest.mark.law("LR-120")
@pytest.mark.parametrize(
    "change",
    [
        {"number": ""},
        {"dated": False},
        {"test_passed_at": None},
        {"quantity": Decimal(11)},
        {"quantity": Decimal(0)},
        {"quantity_max": None},
        {"amount_ht": Decimal("9000.01")},
        {"total_cost_max_ht": None},
    ],
)
def test_orders_stay_within_the_maximums(change):
    assert severities(execution.check_order(replace(ORDER, **change)), "LR-120") == ["block"]


@pytest.mark.law("LR-23", "LR-120")
def test_an_order_answers_for_its_phase_too():
    spoilt = replace(ORDER, number="", start=replace(START, decision_notified_at=None))
    assert rules_of(execution.check_order(spoilt)) == ["LR-23", "LR-120"]


@pytest.mark.law("LR-25")
@pytest.mark.parametrize(
    ("mode", "quantity", "shares", "split"),
    [
        ("equal", 10, (), {"a": 4, "b": 3, "c": 3}),
        ("ranking", 100, (5000, 3000, 2000), {"a": 50, "b": 30, "c": 20}),
        ("graded", 10, (5000, 2500, 2500), {"a": 5, "b": 3, "c": 2}),
    ],
)
def test_split_of_orders(mode, quantity, shares, split):
    facts = SplitFacts(mode=mode, partners_in_rank_order=("a", "b", "c"), quantity=quantity, shares=shares)
    assert execution.split(facts) == split


@pytest.mark.law("LR-25")
@given(st.integers(0, 10**9), st.lists(st.integers(1, 9_999), min_size=1, max_size=8))
def test_split_gives_out_everything_and_never_favours_a_smaller_share(quantity, shares):
    shares = tuple(sorted(shares, reverse=True))
    partners = tuple(f"p{n}" for n in range(len(shares)))
    parts = execution.split(
        SplitFacts(mode="graded", partners_in_rank_order=partners, quantity=quantity, shares=shares)
    )
    given_out = [parts[partner] for partner in partners]
    assert sum(given_out) == quantity
    assert given_out == sorted(given_out, reverse=True)


@pytest.mark.law("LR-25")
@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({}, []),
        ({"chosen_before_publication": False}, ["block"]),
        ({"shares": (6000, 3999)}, ["block"]),
        ({"mode": ""}, ["block"]),
        ({"partners_in_rank_order": ()}, ["block"]),
    ],
)
def test_split_follows_what_was_printed(change, said):
    facts = SplitFacts(
        mode="ranking",
        partners_in_rank_order=("a", "b"),
        quantity=10,
        shares=(6000, 4000),
        chosen_before_publication=True,
    )
    assert severities(execution.check_split(replace(facts, **change)), "LR-25") == said


def test_a_share_is_needed_for_each_partner():
    with pytest.raises(ValueError, match="share"):
        execution.split(SplitFacts(mode="ranking", partners_in_rank_order=("a", "b"), quantity=1, shares=(10_000,)))
