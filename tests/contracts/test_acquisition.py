"""Tests of performance, orders within the caps, the closing of a contract; each allowed on one side only."""

from datetime import timedelta
from decimal import Decimal

import pytest

from marketplace.journal.errors import Refusal
from procurement.contracts.models import (
    ContractPhase,
    Deliverable,
    GateRound,
    PurchaseOrder,
)
from procurement.contracts.services import acquisition, closing, phases
from procurement.law.findings import RuleViolation
from tests.contracts.builders import (
    awarded_lot,
    gate,
    notified,
    phase_of,
    prepare,
    start,
)
from tests.contracts.test_execution import GOOD, LATER, decide, receive, rules_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def awarded():
    return awarded_lot()


def reach_acquisition(awarded):
    contracts = notified(awarded)
    for number in (1, 2):
        start(awarded, contracts, number, LATER)
        receive(awarded, decide(awarded, contracts, gate(awarded, contracts, number, LATER)), LATER)
    start(awarded, contracts, 3, LATER)
    return contracts


def try_out(awarded, contract, measured=None, **changed):
    given = {
        "contract": contract, "measured": measured or GOOD, "unit_cost_ht": Decimal(2000),
        "total_cost_ht": Decimal(200000), "tested_at": LATER, "protocol": "Quatre semaines de relevés",
        "actor": awarded.team.evaluator, "now": LATER,
    }  # fmt: skip
    return acquisition.record_test(**{**given, **changed})


def place(awarded, contract, quantity=10, unit_cost=Decimal(2000), **changed):
    given = {
        "contract": contract, "quantity": quantity, "unit_cost_ht": unit_cost,
        "actor": awarded.team.signatory, "now": LATER,
    }  # fmt: skip
    return acquisition.order(**{**given, **changed})


@pytest.mark.law("LR-24")
@pytest.mark.parametrize(
    ("changed", "passed"),
    [
        ({}, True),
        ({"measured": {1: Decimal("15.0001")}}, False),
        ({"measured": {2: Decimal(1)}}, None),
        ({"unit_cost_ht": Decimal("2000.01")}, False),
        ({"total_cost_ht": Decimal("200000.01")}, False),
    ],
)
def test_a_test_passes_at_the_level_and_the_caps_and_not_beyond(awarded, changed, passed):
    contract = notified(awarded)[0]
    if passed is None:
        with pytest.raises(Refusal, match="numéro 2"):
            try_out(awarded, contract, **changed)
    else:
        assert try_out(awarded, contract, **changed).passed is passed


@pytest.mark.law("LR-24", "LR-120")
def test_orders_keep_within_levels_caps_and_quantities(awarded):
    contract = reach_acquisition(awarded)[0]
    with pytest.raises(Refusal, match="essai"):
        place(awarded, contract)
    try_out(awarded, contract, {1: Decimal(16)})
    with pytest.raises(RuleViolation) as refusal:
        place(awarded, contract)
    assert rules_of(refusal) == {"LR-24", "LR-120"}
    try_out(awarded, contract, now=LATER + timedelta(minutes=1))
    with pytest.raises(RuleViolation) as refusal:
        place(awarded, contract, unit_cost=Decimal("2000.01"))
    assert rules_of(refusal) == {"LR-24"}
    assert place(awarded, contract, 60).number == 1
    with pytest.raises(RuleViolation) as refusal:
        place(awarded, contract, 41)
    assert rules_of(refusal) == {"LR-24", "LR-120"}
    last = place(awarded, contract, 40)
    assert last.number == 2
    assert last.document.facts["caps"]["remaining_ht"] == "0.00"
    with pytest.raises(RuleViolation):
        place(awarded, contract, 1, Decimal("0.01"))
    assert PurchaseOrder.objects.count() == 2
    assert acquisition.ordered(contract) == (100, Decimal(200000))


def test_nothing_is_tested_before_the_contract_is_in_force(awarded):
    with pytest.raises(Refusal, match="pas été notifié"):
        try_out(awarded, prepare(awarded)[0])


@pytest.mark.law("LR-120")
def test_a_negative_price_frees_no_room_under_the_cap(awarded):
    contract = reach_acquisition(awarded)[0]
    try_out(awarded, contract)
    with pytest.raises(Refusal, match="négatif"):
        place(awarded, contract, unit_cost=Decimal(-1))


@pytest.mark.law("LR-120")
def test_the_quantity_alone_stops_an_order(awarded):
    contract = reach_acquisition(awarded)[0]
    try_out(awarded, contract)
    with pytest.raises(RuleViolation) as refusal:
        place(awarded, contract, 101, Decimal(1))
    assert rules_of(refusal) == {"LR-120"}
    assert place(awarded, contract, 100, Decimal(1)).amount_ht == Decimal(100)


@pytest.mark.law("LR-23")
def test_nothing_is_ordered_before_the_acquisition_was_decided_and_notified(awarded):
    contract = notified(awarded)[0]
    try_out(awarded, contract)
    with pytest.raises(RuleViolation) as refusal:
        place(awarded, contract)
    assert rules_of(refusal) == {"LR-23"}


@pytest.mark.law("LR-25")
def test_the_quantity_is_shared_as_printed_among_those_who_succeeded(awarded):
    first, second = notified(awarded)
    with pytest.raises(RuleViolation) as refusal:
        acquisition.split_shares(lot=awarded.lot, quantity=101)
    assert rules_of(refusal) == {"LR-25"}
    try_out(awarded, first)
    assert acquisition.split_shares(lot=awarded.lot, quantity=101) == {first: 101}
    try_out(awarded, second)
    assert acquisition.split_shares(lot=awarded.lot, quantity=101) == {first: 61, second: 40}


# --- Closing ---------------------------------------------------------------------------------------------------------


def test_a_contract_closes_once_nothing_waits(awarded):
    contracts = reach_acquisition(awarded)
    contract = contracts[0]
    deliverable = Deliverable.objects.get(contract_phase=phase_of(contract, 3))
    phases.hand_in_deliverable(deliverable=deliverable, note="En service", actor=awarded.partners[0].actor, now=LATER)
    with pytest.raises(Refusal, match="décidez sur le livrable"):
        closing.close_contract(contract=contract, actor=awarded.team.author, now=LATER)
    phases.accept(deliverable=deliverable, decision="accepted", actor=awarded.team.author, now=LATER)
    closed = closing.close_contract(contract=contract, actor=awarded.team.author, now=LATER)
    assert closed.stage(LATER).code == "closed"
    with pytest.raises(Refusal, match="pas en vigueur"):
        closing.close_contract(contract=contract, actor=awarded.team.author, now=LATER)
    assert ContractPhase.objects.filter(contract=contracts[1], contract__closed_at=None).exists()
    assert GateRound.objects.count() == 2
