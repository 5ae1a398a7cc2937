"""Contracts that can be billed: SIRETs known, a phase begun, its results recorded."""

from datetime import date, datetime, timedelta
from decimal import Decimal

from stdnum import luhn

from marketplace.accounts.models import Organisation
from procurement.contracts.models import Contract, PaymentDue
from procurement.contracts.services import billing, invoices, payments
from tests.contracts.builders import SIGNABLE, Awarded, gate, notified, phase_of, start
from tests.factories import within_act

A_DAY = timedelta(days=1)
LATER = SIGNABLE + timedelta(days=180)


def siret_on(organisation: Organisation) -> str:
    """A SIRET of an organisation that the register knows by its SIREN."""
    digits = f"{organisation.siren}0001"
    return digits + luhn.calc_check_digit(digits)


def billable(awarded: Awarded, at: datetime = SIGNABLE, **terms: object) -> Contract:
    """The first contract of a lot, in force, with what its invoices need."""
    contract = notified(awarded)[0]
    complete(awarded, contract, at=at, **terms)
    return contract


def complete(awarded: Awarded, contract: Contract, at: datetime = SIGNABLE, **terms: object) -> None:
    """Say how a contract in force is paid."""
    known = {"buyer_siret": siret_on(awarded.call.lead_buyer), "service_code": "SERVICE-7"}
    fields = {**known, "commitment_number": "EJ-2027-31", **terms}
    billing.set_payment_terms(contract=contract, fields=fields, actor=awarded.team.author, now=at)
    partner = awarded.partners[0]
    billing.set_holder_billing(
        contract=contract, siret=siret_on(partner.organisation), monthly_asked=False, actor=partner.actor, now=at
    )


def revisable(awarded: Awarded) -> None:
    """Make the prices of a lot revisable, with their formula."""

    def change() -> None:
        terms = awarded.lot.terms
        terms.price_form, terms.price_month = "revisable", date(2026, 12, 1)
        terms.price_formula = "P = P0 × (0,15 + 0,85 × I / I0)"
        terms.save()

    within_act(change, chain=awarded.call.chain, at=SIGNABLE)


def advance(awarded: Awarded, contract: Contract, number: str = "A-1", at: datetime = SIGNABLE) -> PaymentDue:
    """The invoice of the advance."""
    return invoices.prepare_advance(contract=contract, invoice_number=number, actor=awarded.partners[0].actor, now=at)


def performed(awarded: Awarded, contract: Contract, *, error: Decimal = Decimal(18)) -> None:
    """Phase 1 begun and measured: 18 % of error reaches its target."""
    start(awarded, [contract], 1, SIGNABLE)
    gate(awarded, [contract], 1, LATER, error=error)


def instalment(awarded: Awarded, contract: Contract, work: int | str, number: str, at: datetime, **more: object):
    """An invoice of phase 1."""
    return invoices.prepare_invoice(
        phase=phase_of(contract, 1), work_ht=Decimal(work), invoice_number=number, actor=awarded.partners[0].actor,
        now=at, **more,
    )  # fmt: skip


def deposited(awarded: Awarded, row: PaymentDue, at: datetime) -> PaymentDue:
    """An invoice that its holder deposited."""
    return payments.record_deposit(
        payment=row, deposited_at=at, reference="CPP-1", actor=awarded.partners[0].actor, now=at
    )


def mandated(awarded: Awarded, row: PaymentDue, at: datetime) -> PaymentDue:
    """An invoice whose service is certified and whose order to pay left."""
    by = {"actor": awarded.team.author, "now": at}
    row = payments.record_service_done(payment=row, done_at=at, **by)
    return payments.record_mandate(payment=row, mandated_at=at, reference="M-1", **by)
