"""Money over all contracts: the cash calendar of a firm, the budget of a buyer."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.urls import reverse

from marketplace.journal import clock
from marketplace.journal.outbox import drain
from procurement.contracts.services import payments
from procurement.desk import treasury
from tests.contracts.bills import advance, billable, deposited, instalment, mandated
from tests.contracts.builders import SIGNABLE, awarded_lot, start
from tests.contracts.walk import client_of, text_of
from tests.factories import actor_for

pytestmark = pytest.mark.django_db
LATE = SIGNABLE + timedelta(days=45)


@pytest.fixture
def awarded():
    awarded = awarded_lot(partners=1)
    contract = billable(awarded, retention_rate=500)
    start(awarded, [contract], 1, SIGNABLE)
    paid = deposited(awarded, advance(awarded, contract), SIGNABLE)
    mandated(awarded, paid, SIGNABLE)
    payments.record_payment(payment=paid, paid_at=SIGNABLE, actor=awarded.team.author, now=SIGNABLE)
    deposited(awarded, instalment(awarded, contract, 10_000, "=F-1", SIGNABLE), SIGNABLE)
    instalment(awarded, contract, 10_000, "F-2", SIGNABLE)
    return awarded


def test_a_firm_sees_what_is_late_due_and_expected(awarded):
    firm = awarded.partners[0].actor
    rows = treasury.receipts_of(firm, SIGNABLE)
    # Two instalments of 12 000 less 5 %, what is left of 58 000, and what was kept back.
    assert treasury.totals(rows) == {"late": 0, "due": Decimal(11_400), "expected": Decimal(11_400 + 45_600 + 1_200)}
    assert treasury.totals(treasury.receipts_of(firm, LATE))["late"] == Decimal(11_400)
    assert sum(treasury.totals(rows).values()) + Decimal(20_880) == Decimal(69_600) + Decimal(20_880)
    assert treasury.receipts_of(actor_for(), SIGNABLE) == []


def test_a_buyer_sees_what_it_committed_received_and_paid(awarded):
    budget = treasury.budget_of_buyer(awarded.team.author, LATE)
    [row] = budget.rows
    assert (row.committed, row.invoiced, row.paid) == (Decimal(58_000), Decimal(37_400), Decimal(17_400))
    assert row.remaining == Decimal(40_600)
    assert [(one.year, one.invoiced, one.paid) for one in budget.years] == [(2027, 37_400, 17_400)]
    assert treasury.budget_of_buyer(awarded.team.reader, LATE).rows == []


def test_pages_and_tables_are_for_each_side_alone(awarded):
    drain()
    firm, buyer = client_of(awarded.partners[0].actor), client_of(awarded.team.author)
    with clock.rehearsal(LATE):
        page = text_of(firm.get(reverse("desk:cash_calendar")))
        assert "En retard" in page
        assert "taux non saisi" in page
        table = firm.get(reverse("desk:cash_calendar_csv")).content.decode()
        assert "Acompte sur une phase =F-1" in table
        assert "2027-04-11" in table
        assert "40600.00" in buyer.get(reverse("desk:buyer_budget_csv")).content.decode()
        assert "Reste à payer" in text_of(buyer.get(reverse("desk:buyer_budget")))
    for client, name in ((firm, "buyer_budget"), (buyer, "cash_calendar")):
        assert client.get(reverse(f"desk:{name}")).status_code == 404
        assert client.get(reverse(f"desk:{name}_csv")).status_code == 404


def test_empty_pages_say_what_fills_them():
    firm = client_of(actor_for())
    buyer = client_of(actor_for(organisation__buyer=True))
    assert "Rien n’est attendu" in text_of(firm.get(reverse("desk:cash_calendar")))
    assert "Aucun contrat" in text_of(buyer.get(reverse("desk:buyer_budget")))
