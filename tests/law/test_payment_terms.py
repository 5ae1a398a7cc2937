"""How a contract is paid: advance, recovery, instalments, delay, price and retention, on both sides of each figure."""

from datetime import date
from decimal import Decimal

import pytest

from procurement.law import advance, payment, price
from procurement.law.facts import InvoiceFacts, PaymentTermsFacts

DAY = date(2026, 11, 2)
SOUND = {
    "launch_date": DAY, "buyer_category": "state", "regime": "state", "holder_is_sme": True,
    "amount_ht": Decimal(480_000), "months": 24, "advance_rate": 3000, "price_form": "firm",
}  # fmt: skip


def terms(**changed):
    return PaymentTermsFacts(**SOUND | changed)


def rules(**changed):
    return [finding.rule for finding in payment.check_terms(terms(**changed))]


def asked(kind="advance", **changed):
    more = {name: changed.pop(name) for name in list(changed) if name in InvoiceFacts.__slots__}
    return [one.rule for one in payment.check_invoice(InvoiceFacts(kind=kind, terms=terms(**changed), **more))]


def test_sound_terms_pass():
    assert rules() == []
    assert asked() == []


@pytest.mark.law("LR-88")
def test_the_minimum_advance_of_a_small_firm_with_the_state():
    least = advance.minimum_rate(terms())
    base = advance.base_ttc(Decimal(480_000) * Decimal("1.2"), 24)
    assert (least, advance.amount_ttc(base, least)) == (3000, Decimal("86400.00"))


@pytest.mark.law("LR-88")
@pytest.mark.parametrize(
    ("changed", "least"),
    [
        ({}, 3000),
        ({"launch_date": date(2023, 1, 1)}, 3000),
        ({"launch_date": date(2022, 12, 31)}, 2000),
        ({"regime": "big"}, 1000),
        ({"regime": "other"}, 500),
        ({"holder_is_sme": False}, 500),
    ],
)
def test_the_rate_reaches_the_minimum(changed, least):
    assert rules(**changed, advance_rate=least) == []
    assert rules(**changed, advance_rate=least - 1) == ["LR-88"]


@pytest.mark.law("LR-88")
def test_no_minimum_where_no_advance_is_due_or_the_holder_refused_it():
    assert rules(amount_ht=Decimal(50_000), advance_rate=0) == []
    assert rules(advance_accepted=False, advance_rate=0) == []


@pytest.mark.law("LR-87")
def test_an_advance_is_billed_when_there_is_one():
    assert asked(advance_rate=0) == ["LR-87"]
    assert asked(advance_accepted=False) == ["LR-87"]
    assert asked(advance_rate=1) == []


@pytest.mark.law("LR-89")
def test_a_guarantee_is_for_more_than_thirty_percent_and_comes_first():
    assert asked(advance_rate=3000, guarantee_required=True) == ["LR-89"]
    assert asked(advance_rate=3001, guarantee_required=True) == ["LR-89"]
    assert asked(advance_rate=3001, guarantee_required=True, guarantee_received_on=DAY) == []
    assert asked(advance_rate=3001) == []


@pytest.mark.law("LR-89")
@pytest.mark.parametrize(
    ("launched", "rate", "expected"),
    [
        (date(2024, 12, 31), 3000, (6500, 8000)),
        (date(2025, 1, 1), 3000, (6500, 10_000)),
        (DAY, 3001, (0, 10_000)),
    ],
)
def test_a_silent_contract_is_recovered_as_the_law_says(launched, rate, expected):
    assert advance.rhythm(terms(launch_date=launched, advance_rate=rate)) == expected


@pytest.mark.law("LR-89")
def test_a_written_rhythm_begins_before_it_ends():
    assert rules(recovery_start=6500, recovery_end=8000) == []
    assert rules(recovery_start=8000, recovery_end=8000) == ["LR-89"]
    assert rules(recovery_start=0, recovery_end=10_000) == []
    assert rules(recovery_start=0, recovery_end=10_001) == ["LR-89"]


@pytest.mark.law("LR-90")
def test_instalments_come_every_quarter_or_every_month_when_a_small_firm_asks():
    assert rules(instalment_months=3) == []
    assert rules(instalment_months=4) == ["LR-90"]
    assert rules(instalment_months=1, monthly_asked=True) == []
    assert rules(instalment_months=2, monthly_asked=True) == ["LR-90"]
    assert rules(instalment_months=3, monthly_asked=True, holder_is_sme=False) == []
    assert payment.next_instalment(date(2027, 1, 31), months=1) == date(2027, 2, 28)


@pytest.mark.law("LR-91")
@pytest.mark.parametrize(("category", "most"), [("state", 30), ("health", 50), ("undertaking", 60), ("other", 30)])
def test_a_contract_shortens_the_delay_and_never_lengthens_it(category, most):
    assert rules(buyer_category=category, payment_days=most) == []
    assert rules(buyer_category=category, payment_days=most + 1) == ["LR-91"]


@pytest.mark.law("LR-91")
def test_the_delay_runs_from_the_later_of_receipt_and_acceptance():
    assert payment.due_on(date(2026, 8, 3), days=30) == date(2026, 9, 2)
    assert payment.due_on(date(2026, 8, 3), date(2026, 8, 10), days=30) == date(2026, 9, 9)


@pytest.mark.law("LR-116")
def test_a_price_that_moves_has_its_index():
    moving = {
        "price_form": "revisable", "price_month": date(2026, 10, 1), "price_formula": "P0 × I / I0",
        "index_name": "SYNTEC", "index_base": Decimal("312.5"),
    }  # fmt: skip
    assert rules(price_form="") == ["LR-116"]
    assert rules(**moving) == []
    for name in ("price_month", "price_formula", "index_name", "index_base"):
        assert rules(**moving | {name: None if name in ("price_month", "index_base") else ""}) == ["LR-116"]
    assert asked("phase", **moving) == ["LR-116"]
    assert asked("phase", **moving, index_value=Decimal(320)) == []
    assert asked("phase", index_value=Decimal(320)) == ["LR-116"]


@pytest.mark.law("LR-116")
def test_the_coefficient_is_rounded_up_to_the_thousandth():
    by = price.coefficient(fixed_share=1500, base=Decimal("312.5"), value=Decimal("320.1"))
    assert by == Decimal("1.021")
    assert price.revision_ht(Decimal(50_000), by) == Decimal("1050.00")
    assert price.formula(1500) == "P = P0 × (0,15 + 0,85 × I / I0), coefficient arrondi au millième supérieur"


@pytest.mark.law("LR-118")
@pytest.mark.parametrize(
    ("changed", "cap"),
    [
        ({}, 300),
        ({"regime": "big"}, 300),
        ({"launch_date": date(2025, 1, 1)}, 300),
        ({"launch_date": date(2024, 12, 31)}, 500),
        ({"regime": "other"}, 500),
        ({"holder_is_sme": False}, 500),
    ],
)
def test_retention_keeps_under_its_cap(changed, cap):
    assert rules(**changed, retention_rate=cap) == []
    assert rules(**changed, retention_rate=cap + 1) == ["LR-118"]


@pytest.mark.law("LR-118")
def test_retention_comes_back_a_month_after_the_guarantee():
    assert price.retention_released_on(date(2027, 1, 31), guarantee_months=12, on=DAY) == date(2028, 2, 29)
