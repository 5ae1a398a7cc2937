"""Invoices of a phase, the day by which they are paid, and who reads a contract."""

from datetime import date, timedelta
from decimal import Decimal

import pytest

from marketplace.accounts.actors import Actor
from marketplace.accounts.permissions import can
from marketplace.journal.errors import NotAllowed, Refusal
from procurement.contracts.models import Contract, Deliverable, SignatoryPower, Signature, SubcontractAct
from procurement.contracts.services import payments, phases
from procurement.law.findings import RuleViolation
from tests.contracts.builders import SIGNABLE, awarded_lot, gate, notified, phase_of, prepare, start
from tests.factories import within_act

pytestmark = pytest.mark.django_db

LATER = SIGNABLE + timedelta(days=30)


@pytest.fixture
def awarded():
    return awarded_lot()


def bill(awarded, contract, amount=Decimal(58000), number="F-1", at=SIGNABLE, phase=1):
    return payments.record_invoice(
        phase=phase_of(contract, phase), amount_ht=amount, invoice_number=number, received_at=at,
        actor=awarded.team.author, now=at,
    )  # fmt: skip


@pytest.mark.law("LR-91")
@pytest.mark.parametrize(("category", "due"), [("state", date(2027, 4, 11)), ("health", date(2027, 5, 1))])
def test_an_invoice_is_paid_in_thirty_days_or_fifty(category, due):
    awarded = awarded_lot(category=category)
    payment = bill(awarded, notified(awarded)[0])
    assert (payment.due_on, payment.amount_ttc) == (due, Decimal("69600.00"))


@pytest.mark.law("LR-91")
def test_a_later_acceptance_starts_the_delay(awarded):
    contracts = notified(awarded)
    start(awarded, contracts, 1, SIGNABLE)
    deliverable = Deliverable.objects.filter(contract_phase=phase_of(contracts[0], 1)).first()
    later = SIGNABLE + timedelta(days=10)
    phases.hand_in_deliverable(deliverable=deliverable, note="En ligne", actor=awarded.partners[0].actor, now=later)
    phases.accept(deliverable=deliverable, decision="accepted", actor=awarded.team.author, now=later)
    assert bill(awarded, contracts[0]).due_on == date(2027, 4, 21)


@pytest.mark.law("LR-23")
def test_no_invoice_before_the_phase_was_decided(awarded):
    contract = notified(awarded)[0]
    with pytest.raises(RuleViolation) as refusal:
        bill(awarded, contract, phase=2)
    assert refusal.value.rules == ["LR-23"]


def test_invoices_keep_within_the_pay_of_the_phase_and_come_once(awarded):
    contract = notified(awarded)[0]
    payment = bill(awarded, contract)
    with pytest.raises(Refusal, match="déjà consignée"):
        bill(awarded, contract, Decimal(1))
    with pytest.raises(Refusal, match="dépasse"):
        bill(awarded, contract, Decimal("0.01"), "F-2")
    paid = payments.record_payment(payment=payment, paid_at=SIGNABLE, actor=awarded.team.author, now=SIGNABLE)
    assert paid.paid_at == SIGNABLE
    with pytest.raises(Refusal, match="déjà consigné"):
        payments.record_payment(payment=payment, paid_at=SIGNABLE, actor=awarded.team.author, now=SIGNABLE)
    with pytest.raises(NotAllowed):
        payments.record_payment(payment=payment, paid_at=SIGNABLE, actor=awarded.partners[0].actor, now=SIGNABLE)


@pytest.mark.parametrize("changed", [{"amount_ht": Decimal(0)}, {"amount_ht": Decimal(-1)}, {"received_at": LATER}])
def test_an_invoice_has_an_amount_and_was_received(awarded, changed):
    invoice = {"phase": phase_of(notified(awarded)[0], 1), "amount_ht": Decimal(1), "received_at": SIGNABLE}
    with pytest.raises(Refusal, match="montant positif"):
        payments.record_invoice(**invoice | changed, invoice_number="F-1", actor=awarded.team.author, now=SIGNABLE)


@pytest.mark.law("LR-22")
def test_the_result_linked_part_is_not_billed_once_the_objectives_were_missed(awarded):
    contracts = notified(awarded)
    start(awarded, contracts, 1, SIGNABLE)
    gate(awarded, contracts, 1, LATER, error=Decimal(21))
    with pytest.raises(Refusal, match="dépasse"):
        bill(awarded, contracts[0], Decimal("50000.01"), at=LATER)
    assert bill(awarded, contracts[0], Decimal(50000), at=LATER).amount_ht == Decimal(50000)


def test_a_contract_is_read_by_the_team_and_its_holder_alone(awarded):
    contracts = notified(awarded)
    first, second = awarded.partners
    assert list(Contract.objects.visible_to(first.actor)) == [contracts[0]]
    assert list(Contract.objects.visible_to(second.actor)) == [contracts[1]]
    assert set(Contract.objects.visible_to(awarded.team.evaluator)) == set(contracts)
    assert not Contract.objects.visible_to(awarded.team.reader).exists()
    assert not Contract.objects.visible_to(Actor.visitor()).exists()
    for actor in (first.actor, second.actor, awarded.team.evaluator, awarded.team.reader, Actor.visitor()):
        seen = Contract.objects.visible_to(actor)
        assert [bool(can(actor, "contract.read", one)) for one in contracts] == [one in seen for one in contracts]


def test_files_of_a_contract_open_to_those_who_read_it(awarded):
    contract = notified(awarded)[0]
    copy = Signature.objects.filter(document__contract=contract).first().file
    power = SignatoryPower.objects.get().document
    allowed = [awarded.partners[0].actor, awarded.team.author]
    for actor in (*allowed, awarded.partners[1].actor, Actor.visitor()):
        assert bool(can(actor, "file.download", copy)) == (actor in allowed)
        assert bool(can(actor, "file.download", power)) == (actor == awarded.team.author)


@pytest.mark.law("LR-60")
def test_subcontractors_named_in_the_tender_are_accepted_by_the_notification(awarded):
    contracts = prepare(awarded)

    def declare():
        for named in (True, False):
            SubcontractAct(contract=contracts[0], name="Atelier", in_tender=named, declared_at=SIGNABLE).save()

    within_act(declare, chain=awarded.call.chain)
    notified(awarded)
    accepted = dict(SubcontractAct.objects.values_list("in_tender", "accepted_at"))
    assert accepted == {True: SIGNABLE, False: None}
