"""The rate of late interest is that of the half-year in which it begins to run; where none is known nothing is paid."""

from datetime import date
from decimal import Decimal

import pytest

from marketplace.journal.models import Chain
from procurement.contracts.models import PaymentDue
from procurement.contracts.payment_terms import lateness
from procurement.contracts.services import payments
from procurement.law.findings import RuleViolation
from tests.contracts.bills import billable
from tests.contracts.builders import awarded_lot
from tests.contracts.test_invoice_steps import by, paid_late
from tests.contracts.test_signature import change

pytestmark = pytest.mark.django_db


@pytest.mark.law("LR-92")
@pytest.mark.parametrize(
    ("due_on", "rate"),
    [
        # The rate of the ECB and eight points, from the day after the last day to pay.
        (date(2024, 12, 30), "12.25"),
        (date(2024, 12, 31), None),
        (date(2025, 6, 29), None),
        (date(2025, 6, 30), "10.15"),
        (date(2026, 6, 29), "10.15"),
        (date(2026, 6, 30), None),
    ],
)
def test_interest_is_paid_at_the_rate_of_its_half_year_or_not_at_all(due_on, rate):
    awarded = awarded_lot(partners=1)
    row, paid = paid_late(awarded, billable(awarded))
    change(awarded, row, due_on=due_on)
    given = {"payment": row, "paid_at": paid, **by(awarded, paid)}
    owed, head = lateness(row, now=paid), Chain.objects.get(key=awarded.call.chain).head
    assert owed.rate == (rate and Decimal(rate))
    with pytest.raises(RuleViolation) as refused:
        payments.record_interest(amount=owed.total - Decimal("0.01") if rate else Decimal(1_000_000), **given)
    assert refused.value.rules == ["LR-92"]
    assert Chain.objects.get(key=awarded.call.chain).head == head
    if rate:
        payments.record_interest(amount=owed.total, **given)
    assert PaymentDue.objects.filter(interest_paid__isnull=False).exists() is bool(rate)
