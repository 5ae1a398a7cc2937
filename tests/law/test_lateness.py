"""Late payment, mentions of an invoice, penalties, assignment."""

from datetime import date
from decimal import Decimal

import pytest

from procurement.law import payment, price
from procurement.law.facts import AssignmentFacts, InvoiceFacts, LatenessFacts, PaymentTermsFacts, PenaltyFacts

LAUNCHED = date(2026, 3, 2)


def late(**changed):
    facts = {
        "launch_date": LAUNCHED, "principal_ttc": Decimal(60_000), "due_on": date(2026, 9, 2),
        "paid_on": date(2026, 10, 12), "ecb_rate": Decimal("2.15"),
    }  # fmt: skip
    return LatenessFacts(**facts | changed)


def rules(facts):
    return [finding.rule for finding in payment.check_lateness(facts)]


@pytest.mark.law("LR-92")
def test_forty_days_late_at_a_rate_that_nobody_entered_is_said_and_not_guessed():
    assert payment.due_on(date(2026, 8, 3), days=payment.longest_delay("state", on=LAUNCHED)) == date(2026, 9, 2)
    day = payment.rate_day(date(2026, 9, 2))
    assert (day, payment.published_rate(day)) == (date(2026, 7, 1), None)
    owed = payment.interest(late(ecb_rate=payment.published_rate(day)))
    assert (owed.days, owed.interest, owed.total, owed.flat_fee) == (40, None, None, 40)
    assert "1er\u00a0juillet 2026 n’est pas enregistré" in owed.formula
    assert rules(late(ecb_rate=None)) == ["LR-92"]


@pytest.mark.law("LR-92")
def test_forty_days_late_at_a_known_rate():
    owed = payment.interest(late())
    assert (owed.rate, owed.interest, owed.total) == (Decimal("10.15"), Decimal("667.40"), Decimal("707.40"))
    assert owed.pay_by == date(2026, 11, 26)
    plain = owed.formula.replace("\u202f", " ").replace("\u00a0", " ")
    assert plain == "60 000 € TTC × (2,15 % + 8 points) × 40 / 365 = 667,40 €"
    assert rules(late(interest_paid=Decimal("707.40"))) == []
    assert rules(late(interest_paid=Decimal("707.39"))) == ["LR-92"]


@pytest.mark.law("LR-92")
def test_a_payment_on_its_last_day_is_in_time():
    assert payment.interest(late(paid_on=date(2026, 9, 2))) is None
    assert payment.interest(late(paid_on=date(2026, 9, 3))).days == 1
    assert rules(late(paid_on=date(2026, 9, 2))) == ["LR-92"]


@pytest.mark.law("LR-92")
@pytest.mark.parametrize(
    ("due", "day"), [(date(2026, 6, 29), date(2026, 1, 1)), (date(2026, 6, 30), date(2026, 7, 1)),
                     (date(2026, 12, 31), date(2027, 1, 1))],
)  # fmt: skip
def test_the_rate_is_that_of_the_half_year_in_which_interest_begins(due, day):
    assert payment.rate_day(due) == day


def test_rates_of_the_table_and_of_its_gaps():
    assert payment.published_rate(date(2024, 7, 1)) == Decimal("4.25")
    assert payment.published_rate(date(2025, 1, 1)) is None
    assert payment.published_rate(date(2026, 1, 1)) == Decimal("2.15")


@pytest.mark.law("LR-93")
def test_an_invoice_bears_every_mention():
    def asked(value):
        facts = PaymentTermsFacts(launch_date=LAUNCHED, price_form="firm")
        mentions = (("le numéro", "F-1"), ("le SIRET de l’acheteur", value))
        return [one.rule for one in payment.check_invoice(InvoiceFacts(kind="phase", terms=facts, mentions=mentions))]

    assert asked("99900000100019") == []
    assert asked(" ") == ["LR-93"]


def penalty(**changed):
    facts = {
        "launch_date": LAUNCHED, "decision": "apply", "amount_ht": Decimal(1000), "contract_ht": Decimal(70_000),
        "notified_on": date(2027, 4, 1), "today": date(2027, 4, 17),
    }  # fmt: skip
    return [finding.rule for finding in price.check_penalty(PenaltyFacts(**facts | changed))]


@pytest.mark.law("LR-117")
def test_a_penalty_waits_for_the_answer_of_the_holder():
    assert penalty() == []
    assert penalty(notified_on=None) == ["LR-117"]
    assert penalty(today=date(2027, 4, 16)) == ["LR-117"]
    assert penalty(today=date(2027, 4, 2), observed=True) == []
    assert penalty(bears_on_research=True) == ["LR-117"]


@pytest.mark.law("LR-117")
def test_penalties_keep_under_their_cap_and_a_waiver_has_its_reasons():
    assert penalty(applied_before_ht=Decimal(6000)) == []
    assert penalty(applied_before_ht=Decimal("6000.01")) == ["LR-117"]
    assert penalty(applied_before_ht=Decimal(6000), cap_rate=500) == ["LR-117"]
    assert penalty(decision="waive") == ["LR-117"]
    assert penalty(decision="waive", reasons="Retard de l’acheteur") == []


@pytest.mark.law("LR-119")
def test_a_certificate_comes_once_for_what_may_be_assigned():
    def asked(**changed):
        facts = {"amount_ttc": Decimal(84_000), "assignable_ttc": Decimal(84_000)}
        return [finding.rule for finding in price.check_assignment(AssignmentFacts(**facts | changed))]

    assert asked() == []
    assert asked(already_issued=True) == ["LR-119"]
    assert asked(amount_ttc=Decimal("84000.01")) == ["LR-119"]
    assert asked(amount_ttc=Decimal(0)) == ["LR-119"]
