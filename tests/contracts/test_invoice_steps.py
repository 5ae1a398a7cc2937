"""The road of an invoice: who records which step, in which order, and what lateness costs."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from marketplace.journal.errors import NotAllowed, Refusal
from marketplace.journal.models import Entry
from marketplace.mail.models import Message
from procurement.contracts.models import ReferenceRate
from procurement.contracts.payment_terms import lateness
from procurement.contracts.services import billing, invoices, payments
from procurement.law.findings import RuleViolation
from tests.contracts.bills import A_DAY, advance, billable, deposited, instalment, mandated
from tests.contracts.builders import SIGNABLE, awarded_lot, phase_of, prepare, start
from tests.factories import OrganisationFactory, actor_for, make

pytestmark = pytest.mark.django_db


@pytest.fixture
def awarded():
    return awarded_lot(partners=1, category="state")


@pytest.fixture
def contract(awarded):
    contract = billable(awarded)
    start(awarded, [contract], 1, SIGNABLE)
    return contract


@pytest.fixture
def row(awarded, contract):
    """60 000 € TTC, without advance."""
    return instalment(awarded, contract, 50_000, "F-1", SIGNABLE)


def by(awarded, at):
    return {"actor": awarded.team.author, "now": at}


@pytest.mark.law("LR-91", "LR-93")
def test_an_invoice_is_deposited_certified_mandated_and_paid(awarded, row):
    at = SIGNABLE + A_DAY
    row = deposited(awarded, row, at)
    assert row.due_on == date(2027, 4, 12)
    assert Message.objects.filter(kind="contracts.invoice_deposited").exists()
    row = mandated(awarded, row, at + A_DAY)
    # The work was seen a day after the deposit: the delay runs from there.
    assert row.due_on == date(2027, 4, 13)
    row = payments.record_payment(payment=row, paid_at=at + 2 * A_DAY, reference="V-9", **by(awarded, at + 2 * A_DAY))
    assert (row.deposit_reference, row.mandate_reference, row.payment_reference) == ("CPP-1", "M-1", "V-9")
    acts = list(Entry.objects.filter(chain__key=awarded.call.chain).order_by("seq").values_list("act", flat=True))
    steps = ["invoice.prepared", "invoice.deposited", "invoice.service_done", "invoice.mandated", "payment.made"]
    assert [one for one in acts if one in steps] == steps


def test_steps_come_in_order_and_once(awarded, row):
    at = SIGNABLE + A_DAY
    given = {"payment": row, **by(awarded, at)}
    for early in (
        lambda: payments.record_service_done(done_at=at, **given),
        lambda: payments.record_mandate(mandated_at=at, reference="M", **given),
        lambda: payments.record_payment(paid_at=at, **given),
        lambda: payments.return_invoice(reasons="Montant", **given),
    ):
        with pytest.raises(Refusal, match="n’est pas déposée"):
            early()
    deposited(awarded, row, at)
    with pytest.raises(Refusal, match="déjà consigné"):
        deposited(awarded, row, at)
    with pytest.raises(Refusal, match="service fait"):
        payments.record_mandate(mandated_at=at, reference="M", **given)
    with pytest.raises(Refusal, match="mandatement"):
        payments.record_payment(paid_at=at, **given)
    mandated(awarded, row, at)
    for again in (
        lambda: payments.record_service_done(done_at=at, **given),
        lambda: payments.record_mandate(mandated_at=at, reference="M", **given),
    ):
        with pytest.raises(Refusal, match="déjà consigné"):
            again()
    with pytest.raises(Refusal, match="avoir"):
        payments.return_invoice(reasons="Montant", **given)


def test_each_party_records_its_own_steps(awarded, row):
    holder, at = awarded.partners[0].actor, SIGNABLE + A_DAY
    with pytest.raises(NotAllowed):
        payments.record_deposit(payment=row, deposited_at=at, reference="C", **by(awarded, at))
    deposited(awarded, row, at)
    given = {"payment": row, "actor": holder, "now": at}
    for act in (
        lambda: payments.record_service_done(done_at=at, **given),
        lambda: payments.record_mandate(mandated_at=at, reference="M", **given),
        lambda: payments.return_invoice(reasons="x", **given),
        lambda: payments.record_interest(amount=Decimal(1), paid_at=at, **given),
    ):
        with pytest.raises(NotAllowed):
            act()


@pytest.mark.parametrize(
    ("changed", "words"),
    [({"reference": " "}, "numéro"), ({"deposited_at": SIGNABLE + 2 * A_DAY}, "avenir"),
     ({"deposited_at": SIGNABLE - A_DAY}, "précède")],
)  # fmt: skip
def test_a_deposit_has_its_day_and_its_number(awarded, row, changed, words):
    given = {"payment": row, "deposited_at": SIGNABLE, "reference": "CPP", "actor": awarded.partners[0].actor}
    with pytest.raises(Refusal, match=words):
        payments.record_deposit(**given | changed, now=SIGNABLE + A_DAY)
    row.refresh_from_db()
    assert row.invoice_received_at is None


def test_an_invoice_sent_back_counts_no_more(awarded, contract, row):
    at = SIGNABLE + A_DAY
    deposited(awarded, row, at)
    with pytest.raises(Refusal, match="corriger"):
        payments.return_invoice(payment=row, reasons=" ", **by(awarded, at))
    back = payments.return_invoice(payment=row, reasons="Le code service manque", **by(awarded, at))
    assert (back.returned_at, back.return_reasons) == (at, "Le code service manque")
    assert Message.objects.filter(kind="contracts.invoice_returned").exists()
    assert payments.work_billed(phase_of(contract, 1)) == 0
    with pytest.raises(Refusal, match="renvoyée"):
        payments.record_service_done(payment=row, done_at=at, **by(awarded, at))
    assert instalment(awarded, contract, 50_000, "F-2", at).amount_ttc == Decimal(60_000)


def paid_late(awarded, contract):
    """Received 3 August, due 2 September, paid 12 October 2027: as the example of the law, a year later."""
    received, paid = datetime(2027, 8, 3, 9, tzinfo=UTC), datetime(2027, 10, 12, 9, tzinfo=UTC)
    row = payments.record_invoice(
        phase=phase_of(contract, 1), amount_ht=Decimal(50_000), invoice_number="F-9", received_at=received,
        **by(awarded, received),
    )  # fmt: skip
    return payments.record_payment(payment=row, paid_at=paid, **by(awarded, paid)), paid


@pytest.fixture
def operator():
    return make(OrganisationFactory, operator=True)


@pytest.mark.law("LR-92")
def test_interest_waits_for_the_rate_then_is_paid_whole(awarded, contract, operator):
    row, paid = paid_late(awarded, contract)
    owed = lateness(row, now=paid)
    assert (row.due_on, owed.days, owed.interest) == (date(2027, 9, 2), 40, None)
    given = {"payment": row, "paid_at": paid, **by(awarded, paid)}
    with pytest.raises(RuleViolation, match="n’est pas enregistré") as refusal:
        payments.record_interest(amount=Decimal(1000), **given)
    assert refusal.value.rules == ["LR-92"]
    billing.record_reference_rate(
        operator=operator, first_day=date(2027, 7, 1), rate=Decimal("2.15"), source="ecb.europa.eu",
        actor=actor_for(operator), now=paid,
    )  # fmt: skip
    assert lateness(row, now=paid).total == Decimal("707.40")
    with pytest.raises(RuleViolation):
        payments.record_interest(amount=Decimal("707.39"), **given)
    done = payments.record_interest(amount=Decimal("707.40"), **given)
    assert (done.interest_paid, done.interest_paid_at) == (Decimal("707.40"), paid)
    with pytest.raises(Refusal, match="déjà consigné"):
        payments.record_interest(amount=Decimal("707.40"), **given)


@pytest.mark.law("LR-92")
def test_a_payment_in_time_owes_no_interest(awarded, contract):
    at = SIGNABLE + A_DAY
    row = payments.record_invoice(
        phase=phase_of(contract, 1), amount_ht=Decimal(1000), invoice_number="F-9", received_at=at, **by(awarded, at)
    )
    last = at + timedelta(days=30)
    paid = payments.record_payment(payment=row, paid_at=last, **by(awarded, last))
    assert lateness(paid, now=last) is None
    with pytest.raises(RuleViolation, match="pas payée en retard"):
        payments.record_interest(payment=paid, amount=Decimal(40), paid_at=last, **by(awarded, last))


@pytest.mark.parametrize(
    ("changed", "words"),
    [({"first_day": date(2027, 7, 2)}, "semestre"), ({"first_day": date(2028, 1, 1)}, "pas commencé"),
     ({"source": " "}, "Banque centrale"), ({"rate": Decimal(100)}, "Banque centrale")],
)  # fmt: skip
def test_a_rate_is_of_a_half_year_begun_with_its_source(operator, changed, words):
    given = {"first_day": date(2027, 7, 1), "rate": Decimal("2.15"), "source": "BCE"}
    at = datetime(2027, 8, 1, tzinfo=UTC)
    with pytest.raises(Refusal, match=words):
        billing.record_reference_rate(operator=operator, actor=actor_for(operator), now=at, **given | changed)
    with pytest.raises(NotAllowed):
        billing.record_reference_rate(operator=operator, actor=actor_for(), now=at, **given)
    assert not ReferenceRate.objects.exists()


def test_a_credit_note_is_taken_off_without_an_order_to_pay(awarded, row):
    at = SIGNABLE + A_DAY
    deposited(awarded, row, at)
    credit = invoices.prepare_credit_note(
        corrects=row, amount_ht=Decimal(100), invoice_number="AV-1", description="Erreur",
        actor=awarded.partners[0].actor, now=at,
    )  # fmt: skip
    credit = deposited(awarded, credit, at)
    assert payments.record_payment(payment=credit, paid_at=at, **by(awarded, at)).paid_at == at


def test_nothing_is_billed_before_the_notification(awarded):
    contract = prepare(awarded)[0]
    with pytest.raises(Refusal, match="notifié"):
        advance(awarded, contract)
