"""Terms of payment, advance, invoices, penalties: at the edge of what the law admits, through their acts."""

from datetime import date, datetime, timedelta
from decimal import Decimal

import pytest

from marketplace.journal.errors import Refusal
from marketplace.journal.models import Entry
from procurement.calls.models import Call, ContractTerms
from procurement.contracts.models import (
    AssignmentCertificate,
    Contract,
    PaymentDue,
    PaymentTerms,
    Penalty,
    TransferRequest,
)
from procurement.contracts.services import assignment, billing, invoices, payments, penalties
from procurement.contracts.services.transfers import ask_transfer
from procurement.law.calendar import PARIS
from procurement.law.findings import RuleViolation
from tests.contracts.bills import A_DAY, billable, deposited, instalment, mandated
from tests.contracts.builders import SIGNABLE, awarded_lot, phase_of, start
from tests.factories import OrganisationFactory, actor_for, make, within_act

TICK = timedelta(microseconds=1)


def arrange():
    """A contract of the State with a small firm, its first phase begun: 58 000 € HT in six months, paid with 30 %."""
    awarded = awarded_lot(partners=1, category="state")
    contract = billable(awarded, advance_rate=3000)
    start(awarded, [contract], 1, SIGNABLE)
    return awarded, contract


def change(awarded, row, **fields):
    def write():
        for name, value in fields.items():
            setattr(row, name, value)
        row.save()

    within_act(write, chain=awarded.call.chain, at=SIGNABLE)


def current(contract):
    related = ("lot__call__lead_buyer", "lot__terms", "party__lead", "payment_terms")
    return Contract.objects.select_related(*related).get(pk=contract.pk)


def rules_refusing(act, *arguments, **given):
    with pytest.raises(RuleViolation) as refused:
        act(*arguments, **given)
    return refused.value.rules


def set_terms(awarded, contract, **fields):
    return billing.set_payment_terms(contract=contract, fields=fields, actor=awarded.team.author, now=SIGNABLE)


def prepare_advance(awarded, contract, number="A-1"):
    return invoices.prepare_advance(
        contract=contract, invoice_number=number, actor=awarded.partners[0].actor, now=SIGNABLE
    )


# --- Terms of payment ------------------------------------------------------------------------------------------------


@pytest.mark.law("LR-88", "LR-89", "LR-90", "LR-91", "LR-118")
@pytest.mark.parametrize(
    ("buyer", "rule", "beyond", "within"),
    [
        ("state", "LR-88", {"advance_rate": 2999}, {"advance_rate": 3000}),
        ("big", "LR-88", {"advance_rate": 999}, {"advance_rate": 1000}),
        ("local_authority", "LR-88", {"advance_rate": 499}, {"advance_rate": 500}),
        ("state", "LR-89", {"recovery_start": 8000, "recovery_end": 8000},
         {"recovery_start": 7999, "recovery_end": 8000}),
        ("state", "LR-89", {"recovery_end": 10_001}, {"recovery_end": 10_000}),
        ("state", "LR-90", {"instalment_months": 4}, {"instalment_months": 3}),
        ("state", "LR-90", {"instalment_months": 0}, {"instalment_months": 1}),
        ("state", "LR-91", {"payment_days": 31}, {"payment_days": 30}),
        ("health", "LR-91", {"payment_days": 51}, {"payment_days": 50}),
        ("state", "LR-91", {"payment_days": 0}, {"payment_days": 1}),
        ("state", "LR-118", {"retention_rate": 301}, {"retention_rate": 300}),
        ("big", "LR-118", {"retention_rate": 301}, {"retention_rate": 300}),
        ("local_authority", "LR-118", {"retention_rate": 501}, {"retention_rate": 500}),
    ],
)  # fmt: skip
def test_terms_go_as_far_as_the_law_and_no_further(arranged, buyer, rule, beyond, within):
    awarded, contract = arranged
    category = "local_authority" if buyer == "big" else buyer
    change(awarded, awarded.call.lead_buyer, buyer_category=category)
    set_terms(awarded, contract, regime=buyer if buyer in PaymentTerms.Regime.values else "other")
    before = PaymentTerms.objects.values().get(contract=contract)
    assert rules_refusing(set_terms, awarded, contract, **beyond) == [rule]
    assert Entry.objects.get(act="contract.set_payment_terms.refused").data["rules"] == [rule]
    assert PaymentTerms.objects.values().get(contract=contract) == before
    set_terms(awarded, contract, **within)
    kept = PaymentTerms.objects.get(contract=contract)
    assert {name: getattr(kept, name) for name in within} == within


@pytest.mark.law("LR-90")
@pytest.mark.parametrize(("size", "most"), [("sme", 1), ("large", 3)])
def test_a_month_at_most_for_a_small_firm_that_asked(arranged, size, most):
    awarded, contract = arranged
    change(awarded, awarded.partners[0].organisation, size=size)
    partner = awarded.partners[0]
    billing.set_holder_billing(
        contract=contract, siret=PaymentTerms.objects.get().holder_siret, monthly_asked=True, actor=partner.actor,
        now=SIGNABLE,
    )  # fmt: skip
    assert rules_refusing(set_terms, awarded, contract, instalment_months=most + 1) == ["LR-90"]
    assert set_terms(awarded, contract, instalment_months=most).instalment_months == most


@pytest.mark.law("PR-06")
@pytest.mark.parametrize(("launched_on", "is_known"), [(date(2020, 10, 17), False), (date(2020, 10, 18), True)])
def test_without_figures_of_the_law_nothing_is_decided(arranged, launched_on, is_known):
    awarded, contract = arranged
    change(awarded, Call.objects.get(pk=awarded.call.pk), launch_date=launched_on)
    contract = current(contract)
    if is_known:
        assert set_terms(awarded, contract, payment_days=30).payment_days == 30
    else:
        assert rules_refusing(set_terms, awarded, contract, payment_days=29) == ["PR-06"]
        assert PaymentTerms.objects.get().payment_days == 30


# --- The advance and its guarantee -----------------------------------------------------------------------------------


@pytest.mark.law("LR-87")
@pytest.mark.parametrize(("months", "is_due"), [(2, False), (3, True)])
def test_an_advance_is_due_beyond_two_months(arranged, months, is_due):
    awarded, contract = arranged
    change(awarded, contract.phases.get(number=1), duration_months=months)
    if is_due:
        assert rules_refusing(set_terms, awarded, contract, advance_rate=0) == ["LR-88"]
        assert prepare_advance(awarded, contract).amount_ttc == Decimal(20_880)
    else:
        set_terms(awarded, contract, advance_rate=0)
        assert rules_refusing(prepare_advance, awarded, current(contract)) == ["LR-87"]
        assert not PaymentDue.objects.exists()


@pytest.mark.law("LR-87")
@pytest.mark.parametrize("accepted", [False, True])
def test_a_holder_may_refuse_the_advance_which_is_then_not_billed(arranged, accepted):
    awarded, contract = arranged
    change(awarded, contract, data=contract.data | {"advance": {"accepted": accepted}})
    if accepted:
        assert prepare_advance(awarded, contract).kind == "advance"
    else:
        assert rules_refusing(prepare_advance, awarded, contract) == ["LR-87"]
        assert not PaymentDue.objects.exists()


@pytest.mark.law("LR-89")
def test_a_guarantee_is_asked_above_thirty_percent_alone(arranged):
    awarded, contract = arranged
    set_terms(awarded, contract, guarantee_required=True, guarantee_received_on=SIGNABLE.date())
    assert rules_refusing(prepare_advance, awarded, current(contract)) == ["LR-89"]
    assert not PaymentDue.objects.exists()
    set_terms(awarded, contract, advance_rate=3001)
    assert prepare_advance(awarded, current(contract)).amount_ttc == Decimal("20886.96")


# --- Invoices --------------------------------------------------------------------------------------------------------


@pytest.mark.law("LR-93")
def test_an_invoice_bears_every_mention_and_no_more_is_asked(arranged):
    awarded, contract = arranged
    bill = {"work": 1000, "number": "F-1", "at": SIGNABLE}
    siret = PaymentTerms.objects.get().buyer_siret
    set_terms(awarded, contract, buyer_siret="")
    assert rules_refusing(instalment, awarded, contract, **bill) == ["LR-93"]
    assert not PaymentDue.objects.exists()
    set_terms(awarded, contract, buyer_siret=siret, service_code="", commitment_number="")
    assert instalment(awarded, contract, **bill).amount_ttc == Decimal(1200)


@pytest.mark.law("LR-116")
def test_a_firm_price_is_billed_without_an_index_and_a_revisable_one_with(arranged):
    awarded, contract = arranged
    bill = {"work": 1000, "at": SIGNABLE}
    index = {"index_value": Decimal("312.5")}
    assert rules_refusing(instalment, awarded, contract, number="F-1", **bill, **index) == ["LR-116"]
    assert instalment(awarded, contract, number="F-1", **bill).revision_ht == 0
    moves = {"price_form": "revisable", "price_formula": "P = P0 × (0,15 + 0,85 × I / I0)"}
    change(awarded, ContractTerms.objects.get(lot=contract.lot), **moves)
    contract = current(contract)
    assert rules_refusing(set_terms, awarded, contract, index_name="SYNTEC") == ["LR-116"]
    set_terms(awarded, contract, index_name="SYNTEC", index_base=Decimal("312.5"))
    contract = current(contract)
    assert rules_refusing(instalment, awarded, contract, number="F-2", **bill) == ["LR-116"]
    assert PaymentDue.objects.count() == 1
    assert instalment(awarded, contract, number="F-2", **bill, **index).revision_ht == 0


@pytest.mark.law("LR-91", "LR-92")
@pytest.mark.parametrize(("days", "is_late"), [(30, False), (31, True)])
def test_interest_is_owed_from_the_thirty_first_day(arranged, days, is_late):
    awarded, contract = arranged
    at, operator = SIGNABLE + A_DAY, make(OrganisationFactory, operator=True)
    row = mandated(awarded, deposited(awarded, instalment(awarded, contract, 50_000, "F-1", SIGNABLE), at), at)
    paid = at + days * A_DAY
    billing.record_reference_rate(
        operator=operator, first_day=date(2027, 1, 1), rate=Decimal(2), source="BCE", actor=actor_for(operator),
        now=paid,
    )  # fmt: skip
    by = {"actor": awarded.team.author, "now": paid}
    row = payments.record_payment(payment=row, paid_at=paid, **by)
    pay = {"payment": row, "paid_at": paid, **by}
    if is_late:
        # 60 000 × 10 % ÷ 365, and the flat fee of 40 €.
        assert rules_refusing(payments.record_interest, amount=Decimal("56.43"), **pay) == ["LR-92"]
        assert PaymentDue.objects.get(pk=row.pk).interest_paid is None
        assert payments.record_interest(amount=Decimal("56.44"), **pay).interest_paid == Decimal("56.44")
    else:
        assert rules_refusing(payments.record_interest, amount=Decimal("56.44"), **pay) == ["LR-92"]


@pytest.mark.law("PR-07")
@pytest.mark.parametrize(
    ("category", "has_public_accountant", "is_open"),
    [
        ("other", False, True),
        ("other", True, False),
        ("other", None, False),
        ("state", False, False),
        ("local_authority", False, False),
        ("health", False, False),
    ],
)
def test_the_road_of_a_transfer_is_open_without_public_accountant_alone(
    arranged, category, has_public_accountant, is_open
):
    awarded, contract = arranged
    row = deposited(awarded, instalment(awarded, contract, 1000, "F-1", SIGNABLE), SIGNABLE)
    change(awarded, awarded.call.lead_buyer, buyer_category=category)
    set_terms(awarded, contract, regime="other", has_public_accountant=has_public_accountant)
    ask = {"payment": row, "actor": awarded.team.author, "now": SIGNABLE}
    if is_open:
        # The rule passes: what is asked next is where the money goes.
        with pytest.raises(Refusal, match="n’a pas de compte"):
            ask_transfer(**ask)
    else:
        assert rules_refusing(ask_transfer, **ask) == ["PR-07"]
        assert Entry.objects.get(act="payment.ask_transfer.refused").data["rules"] == ["PR-07"]
    assert not TransferRequest.objects.exists()


# --- Penalties and assignment ----------------------------------------------------------------------------------------


def announced(awarded, contract, amount, **more):
    return penalties.notify_penalty(
        contract=contract, breach="Retard", computation="Selon le contrat", amount_ht=Decimal(amount),
        actor=awarded.team.author, now=SIGNABLE, **more,
    )  # fmt: skip


def decide(awarded, penalty, *, at=SIGNABLE + 16 * A_DAY, **given):
    known = {"decision": "apply", "reasons": "", "actor": awarded.team.author, "now": at}
    return penalties.decide_penalty(penalty=penalty, **known | given)


@pytest.mark.law("LR-117")
def test_the_holder_has_fifteen_whole_days_to_answer(arranged):
    awarded, contract = arranged
    penalty = announced(awarded, contract, 500)
    sixteenth = datetime(2027, 3, 28, 0, 0, tzinfo=PARIS)
    assert rules_refusing(decide, awarded, penalty, at=sixteenth - TICK) == ["LR-117"]
    assert Penalty.objects.get().decided_at is None
    assert decide(awarded, penalty, at=sixteenth).decision == "apply"


@pytest.mark.law("LR-117")
def test_once_answered_a_penalty_is_decided_at_once(arranged):
    awarded, contract = arranged
    penalty = announced(awarded, contract, 500)
    assert rules_refusing(decide, awarded, penalty, at=SIGNABLE) == ["LR-117"]
    penalties.observe_penalty(
        penalty=penalty, observations="Données reçues tard", actor=awarded.partners[0].actor, now=SIGNABLE
    )
    assert decide(awarded, penalty, at=SIGNABLE).decided_at == SIGNABLE


@pytest.mark.law("LR-117")
def test_penalties_reach_a_tenth_of_the_contract_together(arranged):
    awarded, contract = arranged
    # Research phases of 58 000 and 60 000 €.
    first, last, beyond = (announced(awarded, contract, amount) for amount in ("11799.99", "0.01", "0.02"))
    decide(awarded, first)
    assert rules_refusing(decide, awarded, beyond) == ["LR-117"]
    assert Penalty.objects.get(pk=beyond.pk).decided_at is None
    decide(awarded, last)
    assert Penalty.objects.filter(decision="apply").count() == 2


@pytest.mark.law("LR-117")
def test_waiving_and_research_take_a_word(arranged):
    awarded, contract = arranged
    waived, research = announced(awarded, contract, 500), announced(awarded, contract, 500, phase=phase_of(contract, 1))
    assert rules_refusing(decide, awarded, waived, decision="waive", reasons=" ") == ["LR-117"]
    assert decide(awarded, waived, decision="waive", reasons="Accord").decision == "waive"
    assert rules_refusing(decide, awarded, research, accepted={"LR-117": " "}) == ["LR-117"]
    assert decide(awarded, research, accepted={"LR-117": "Données à temps"}).decision == "apply"


@pytest.mark.law("LR-119")
@pytest.mark.parametrize(("amount", "is_given"), [("0.00", False), ("141600.01", False), ("141600.00", True)])
def test_a_certificate_covers_at_most_what_is_owed_and_comes_once(arranged, amount, is_given):
    awarded, contract = arranged
    assignment.ask_certificate(contract=contract, actor=awarded.partners[0].actor, now=SIGNABLE)
    give = {"contract": contract, "actor": awarded.team.signatory, "now": SIGNABLE}
    if is_given:
        assert assignment.issue_certificate(amount_ttc=Decimal(amount), **give).issued_at == SIGNABLE
        assert rules_refusing(assignment.issue_certificate, amount_ttc=Decimal("0.01"), **give) == ["LR-119"]
    else:
        assert rules_refusing(assignment.issue_certificate, amount_ttc=Decimal(amount), **give) == ["LR-119"]
        assert AssignmentCertificate.objects.get().issued_at is None
