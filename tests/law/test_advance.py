"""The advance: due or not, and how much."""

from datetime import date
from decimal import Decimal

import pytest

from procurement.law import advance

DAY = date(2027, 1, 12)


@pytest.mark.law("LR-87")
@pytest.mark.parametrize(
    ("amount", "months", "due"),
    [("50000.01", 3, True), ("50000.00", 3, False), ("60000", 2, False), ("60000", None, True)],
)
def test_an_advance_is_due_strictly_above_the_amount_and_the_duration(amount, months, due):
    assert advance.is_due(amount_ht=Decimal(amount), months=months, on=DAY) is due


@pytest.mark.law("LR-88")
@pytest.mark.parametrize(("months", "base"), [(6, "84000"), (12, "84000"), (24, "42000"), (None, "84000")])
def test_beyond_a_year_the_base_is_twelve_months_of_the_amount(months, base):
    assert advance.base_ttc(Decimal(84000), months) == Decimal(base)


@pytest.mark.law("LR-88")
def test_the_advance_is_a_share_of_the_base_to_the_cent():
    assert advance.amount_ttc(Decimal(84000), 3000) == Decimal("25200.00")
    assert advance.amount_ttc(Decimal("100.10"), 500) == Decimal("5.01")
