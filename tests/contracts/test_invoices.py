"""Invoices prepared from what is known of a contract: their sums, their mentions, what stands in their way."""

from decimal import Decimal
from io import BytesIO
from xml.etree import ElementTree

import pytest
from pypdf import PdfReader

from marketplace.journal.errors import NotAllowed, Refusal
from marketplace.journal.models import Entry
from marketplace.journal.outbox import drain
from procurement.contracts.facturx import NAMESPACES
from procurement.contracts.models import ContractPhase, PaymentDue
from procurement.contracts.services import billing, invoices, payments
from procurement.law.findings import RuleViolation
from tests.contracts.bills import (
    A_DAY,
    LATER,
    advance,
    billable,
    complete,
    deposited,
    instalment,
    performed,
    revisable,
    siret_on,
)
from tests.contracts.builders import SIGNABLE, awarded_lot, gate, notified, start
from tests.factories import within_act

pytestmark = pytest.mark.django_db


@pytest.fixture
def awarded():
    return awarded_lot(partners=1)


@pytest.fixture
def contract(awarded):
    return billable(awarded)


def longer(awarded, contract, **fields):
    """A first phase of another pay and length."""

    def change():
        row = ContractPhase.objects.get(contract=contract, number=1)
        for name, value in fields.items():
            setattr(row, name, value)
        row.save()

    within_act(change, chain=awarded.call.chain, at=SIGNABLE)


@pytest.mark.law("LR-87", "LR-88")
def test_the_least_advance_of_a_small_firm_with_the_state():
    awarded = awarded_lot(partners=1, category="state")
    contract = notified(awarded)[0]
    longer(awarded, contract, fixed_ht=Decimal(480_000), result_ht=Decimal(0), duration_months=24)
    complete(awarded, contract, advance_rate=3000)
    row = advance(awarded, contract)
    assert (row.amount_ht, row.amount_ttc) == (Decimal(72_000), Decimal(86_400))
    with pytest.raises(Refusal, match="ne se verse qu’une fois"):
        advance(awarded, contract, "A-2")
    with pytest.raises(RuleViolation) as refusal:
        billing.set_payment_terms(
            contract=contract, fields={"advance_rate": 2999}, actor=awarded.team.author, now=SIGNABLE
        )
    assert refusal.value.rules == ["LR-88"]


@pytest.mark.law("LR-87")
@pytest.mark.parametrize(("pay", "owed"), [("50000.00", False), ("50000.01", True)])
def test_an_advance_is_billed_above_fifty_thousand_euros_alone(awarded, pay, owed):
    contract = notified(awarded)[0]
    longer(awarded, contract, fixed_ht=Decimal(pay), result_ht=Decimal(0))
    complete(awarded, contract, advance_rate=0 if not owed else 500)
    if owed:
        assert advance(awarded, contract).amount_ttc == Decimal("3000.00")
    else:
        with pytest.raises(RuleViolation) as refusal:
            advance(awarded, contract)
        assert refusal.value.rules == ["LR-87"]


@pytest.mark.law("LR-89")
def test_an_advance_waits_for_the_guarantee_asked_above_thirty_percent(awarded):
    contract = billable(awarded, advance_rate=4000, guarantee_required=True)
    with pytest.raises(RuleViolation) as refusal:
        advance(awarded, contract)
    assert refusal.value.rules == ["LR-89"]
    complete(awarded, contract, guarantee_received_on=SIGNABLE.date())
    assert advance(awarded, contract).kind == "advance"


@pytest.mark.law("LR-89")
def test_advance_instalment_and_balance_make_the_pay_of_the_phase(awarded, contract):
    paid = advance(awarded, contract)
    start(awarded, [contract], 1, SIGNABLE)
    first = instalment(awarded, contract, 45_000, "F-1", SIGNABLE + A_DAY)
    assert (first.kind, first.amount_ttc) == ("phase", Decimal(54_000))
    gate(awarded, [contract], 1, LATER)
    last = instalment(awarded, contract, 13_000, "F-2", LATER, is_balance=True)
    rows = [paid, first, last]
    assert last.kind == "settlement"
    assert sum(row.amount_ht for row in rows[1:]) == Decimal(58_000)
    assert first.recovered_ttc + last.recovered_ttc == paid.amount_ttc
    assert sum(row.net_ttc for row in rows) == Decimal(69_600)


@pytest.mark.documents
@pytest.mark.law("LR-116", "LR-118")
def test_an_instalment_is_revised_and_kept_back_as_its_contract_says(awarded):
    revisable(awarded)
    contract = billable(awarded, index_name="SYNTEC", index_base=Decimal("312.5"), retention_rate=500)
    start(awarded, [contract], 1, SIGNABLE)
    with pytest.raises(RuleViolation) as refusal:
        instalment(awarded, contract, 10_000, "F-1", SIGNABLE)
    assert refusal.value.rules == ["LR-116"]
    row = instalment(awarded, contract, 10_000, "F-1", SIGNABLE, index_value=Decimal("320.1"))
    assert (row.coefficient, row.revision_ht, row.amount_ht) == (Decimal("1.021"), Decimal(210), Decimal(10_210))
    assert (row.amount_ttc, row.retained_ttc) == (Decimal(12_252), Decimal("612.60"))
    assert row.net_ttc == Decimal("11639.40")
    drain()
    row.refresh_from_db()
    text = "".join(page.extract_text() for page in PdfReader(BytesIO(row.document.pdf())).pages)
    assert "SYNTEC" in text
    assert "1,021" in text


@pytest.mark.law("LR-88", "LR-89", "LR-90", "LR-91", "LR-118")
@pytest.mark.parametrize(
    ("fields", "rule"),
    [({"retention_rate": 501}, "LR-118"), ({"payment_days": 31}, "LR-91"), ({"instalment_months": 4}, "LR-90"),
     ({"recovery_start": 8000, "recovery_end": 7000}, "LR-89"), ({"advance_rate": 499}, "LR-88")],
)  # fmt: skip
def test_terms_beyond_the_law_are_refused(awarded, contract, fields, rule):
    before = Entry.objects.filter(act="payment_terms.set").count()
    with pytest.raises(RuleViolation) as refusal:
        billing.set_payment_terms(contract=contract, fields=fields, actor=awarded.team.author, now=SIGNABLE)
    assert refusal.value.rules == [rule]
    assert Entry.objects.filter(act="payment_terms.set").count() == before


@pytest.mark.law("LR-90")
def test_a_small_firm_that_asks_is_paid_every_month(awarded, contract):
    partner = awarded.partners[0]
    given = {"contract": contract, "siret": siret_on(partner.organisation), "actor": partner.actor, "now": SIGNABLE}
    terms = billing.set_holder_billing(**given, monthly_asked=True)
    assert terms.instalment_months == 1
    with pytest.raises(RuleViolation) as refusal:
        billing.set_payment_terms(
            contract=contract, fields={"instalment_months": 2}, actor=awarded.team.author, now=SIGNABLE
        )
    assert refusal.value.rules == ["LR-90"]


@pytest.mark.law("LR-93")
def test_an_invoice_without_the_siret_of_the_buyer_is_not_prepared(awarded):
    contract = billable(awarded, buyer_siret="")
    with pytest.raises(RuleViolation) as refusal:
        advance(awarded, contract)
    assert refusal.value.rules == ["LR-93"]
    assert "SIRET du destinataire" in refusal.value.reasons[0]
    complete(awarded, contract)
    row = advance(awarded, contract)
    twin = ElementTree.fromstring(row.document.facts["factur_x"])  # noqa: S314 - our own text
    assert twin.findtext(".//ram:BuyerReference", namespaces=NAMESPACES) == "SERVICE-7"
    assert twin.findtext(".//ram:DuePayableAmount", namespaces=NAMESPACES) == "20880.00"


@pytest.mark.parametrize("siret", ["123", "99900000100018", ""])
def test_a_siret_is_a_true_one_of_the_firm(awarded, contract, siret):
    partner = awarded.partners[0]
    with pytest.raises(Refusal, match="SIRET"):
        billing.set_holder_billing(
            contract=contract, siret=siret, monthly_asked=False, actor=partner.actor, now=SIGNABLE
        )


def test_the_holder_alone_prepares_and_the_buyer_alone_sets_the_terms(awarded, contract):
    with pytest.raises(NotAllowed):
        invoices.prepare_advance(contract=contract, invoice_number="A", actor=awarded.team.author, now=SIGNABLE)
    with pytest.raises(NotAllowed):
        billing.set_payment_terms(contract=contract, fields={}, actor=awarded.partners[0].actor, now=SIGNABLE)
    with pytest.raises(Refusal, match="catégorie"):
        billing.set_payment_terms(
            contract=contract, fields={"regime": "state"}, actor=awarded.team.author, now=SIGNABLE
        )
    assert not PaymentDue.objects.exists()


def test_a_claim_keeps_within_the_pay_of_the_phase(awarded, contract):
    start(awarded, [contract], 1, SIGNABLE)
    with pytest.raises(Refusal, match="dépasse"):
        instalment(awarded, contract, "58000.01", "F-1", SIGNABLE)
    with pytest.raises(Refusal, match="montant positif"):
        instalment(awarded, contract, 0, "F-1", SIGNABLE)
    with pytest.raises(Refusal, match="résultats"):
        instalment(awarded, contract, 58_000, "F-1", SIGNABLE, is_balance=True)
    with pytest.raises(Refusal, match="numéro"):
        instalment(awarded, contract, 1, " ", SIGNABLE)
    instalment(awarded, contract, 58_000, "F-1", SIGNABLE)
    with pytest.raises(Refusal, match="déjà consignée"):
        instalment(awarded, contract, 1, "F-1", SIGNABLE)


def test_a_balance_takes_all_that_is_left(awarded, contract):
    performed(awarded, contract)
    with pytest.raises(Refusal, match="tout ce qui reste"):
        instalment(awarded, contract, 57_999, "F-1", LATER, is_balance=True)
    assert instalment(awarded, contract, 58_000, "F-1", LATER, is_balance=True).kind == "settlement"


def test_a_credit_note_takes_off_what_a_deposited_invoice_has_left(awarded, contract):
    start(awarded, [contract], 1, SIGNABLE)
    row = instalment(awarded, contract, 20_000, "F-1", SIGNABLE)
    given = {
        "corrects": row, "invoice_number": "AV-1", "description": "Jours comptés deux fois",
        "actor": awarded.partners[0].actor, "now": SIGNABLE + A_DAY,
    }  # fmt: skip
    with pytest.raises(Refusal, match="déposée"):
        invoices.prepare_credit_note(**given, amount_ht=Decimal(1))
    deposited(awarded, row, SIGNABLE + A_DAY)
    with pytest.raises(Refusal, match="dépasse"):
        invoices.prepare_credit_note(**given, amount_ht=Decimal("20000.01"))
    credit = invoices.prepare_credit_note(**given, amount_ht=Decimal(20_000))
    assert (credit.amount_ht, credit.amount_ttc) == (Decimal(-20_000), Decimal(-24_000))
    with pytest.raises(Refusal, match="dépasse"):
        invoices.prepare_credit_note(**given | {"invoice_number": "AV-2"}, amount_ht=Decimal("0.01"))
    assert payments.work_billed(credit.contract_phase) == 0
    assert credit.due_on is None
