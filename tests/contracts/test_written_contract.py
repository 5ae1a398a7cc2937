"""Nothing is ordered from 25 000 € HT on without a contract in writing, signed (R2112-1)."""

from decimal import Decimal

import pytest

from procurement.contracts.models import Contract, PurchaseOrder
from procurement.law.findings import RuleViolation
from tests.contracts.builders import awarded_lot
from tests.contracts.test_acquisition import place, reach_acquisition, try_out
from tests.contracts.test_signature import change

pytestmark = pytest.mark.django_db


@pytest.mark.law("LR-42")
@pytest.mark.parametrize(("research", "is_refused"), [("5000", True), ("4999.99", False)])
def test_from_25_000_on_nothing_is_ordered_before_the_signature(research, is_refused):
    awarded = awarded_lot()
    contract = reach_acquisition(awarded)[0]
    try_out(awarded, contract)
    signed = {"signed_at": contract.signed_at, "notified_at": contract.notified_at}
    for phase in contract.phases.all():
        change(awarded, phase, result_ht=Decimal(0), fixed_ht=Decimal(research) if phase.number == 1 else Decimal(0))
    # With what may be bought, ten at 1 000 €, and what is ordered, the same.
    change(awarded, contract, total_cost_max_ht=Decimal(10_000), signed_at=None, notified_at=None)
    with pytest.raises(RuleViolation) as refused:
        place(awarded, contract, quantity=10, unit_cost=Decimal(1000))
    assert ("LR-42" in refused.value.rules) is is_refused
    assert not PurchaseOrder.objects.exists()
    change(awarded, Contract.objects.get(pk=contract.pk), **signed)
    assert place(awarded, contract, quantity=10, unit_cost=Decimal(1000)).amount_ht == Decimal(10_000)
