"""How a contract is paid: what was recorded, else what its clauses and the law say; and the facts that rules read."""

from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal

from django.utils import timezone
from stdnum.fr import siret as french_siret

from marketplace.accounts.models import Organisation
from procurement.calls.facts import launch_date
from procurement.calls.models import ContractTerms
from procurement.contracts.models import Contract, ContractPhase, PaymentDue, PaymentTerms, ReferenceRate
from procurement.law import advance, claims, payment, price
from procurement.law import facts as law

Regime = PaymentTerms.Regime


def terms_of(contract: Contract) -> PaymentTerms:
    """The payment terms recorded for a contract, else those of its clauses: a row that is not saved."""
    return getattr(contract, "payment_terms", None) or _default(contract)


def clauses_of(contract: Contract) -> ContractTerms:
    """The clauses of the consultation, empty where none were written."""
    return getattr(contract.lot, "terms", None) or ContractTerms(lot=contract.lot)


def terms_facts(contract: Contract, terms: PaymentTerms) -> law.PaymentTermsFacts:
    """How a contract is paid, as the rules read it.

    What is firm at the notification is the first phase: the advance counts on it (open doubt of the rule book, said in
    the contract).
    """
    clauses, first = clauses_of(contract), first_phase(contract)
    return law.PaymentTermsFacts(
        launch_date=launch_date(contract.call, contract.prepared_at),
        buyer_category=contract.call.lead_buyer.buyer_category,
        regime=terms.regime,
        holder_is_sme=contract.party.lead.is_sme,
        amount_ht=first.remuneration_ht if first else Decimal(0),
        months=first.duration_months if first else None,
        advance_accepted=(contract.data.get("advance") or {}).get("accepted") is not False,
        advance_rate=terms.advance_rate or 0,
        recovery_start=terms.recovery_start,
        recovery_end=terms.recovery_end,
        instalment_months=terms.instalment_months,
        monthly_asked=terms.monthly_asked,
        payment_days=terms.payment_days or 0,
        price_form=clauses.price_form,
        price_month=clauses.price_month,
        price_formula=clauses.price_formula,
        index_name=terms.index_name,
        index_base=terms.index_base,
        retention_rate=terms.retention_rate,
    )


def first_phase(contract: Contract) -> ContractPhase | None:
    """The phase that is firm at the notification."""
    return next(iter(sorted(contract.phases.all(), key=lambda row: row.number)), None)


def advance_of(contract: Contract, facts: law.PaymentTermsFacts) -> Decimal:
    """The advance of a contract, € TTC."""
    base = advance.base_ttc(claims.with_vat(facts.amount_ht, contract.vat_rate), facts.months)
    return advance.amount_ttc(base, facts.advance_rate)


def held_back(contract: Contract) -> Decimal:
    """What is kept back on the invoices paid so far and not given back yet, in €."""
    return _kept_on(contract, (row for row in contract.payments_due.all() if row.paid_at is not None))


def to_give_back(contract: Contract) -> Decimal:
    """What the holder still expects of the retention, in €: on every invoice that stands, paid or not."""
    return _kept_on(contract, contract.payments_due.all())


def _kept_on(contract: Contract, rows: Iterable[PaymentDue]) -> Decimal:
    kept = sum((row.retained_ttc for row in rows if row.returned_at is None), Decimal(0))
    return kept - sum((row.amount_ttc for row in contract.retention_releases.all()), Decimal(0))


def advance_paid(rows: Iterable[PaymentDue]) -> Decimal:
    """The advance billed so far, less the credit notes on it, € TTC."""
    standing = [row for row in rows if row.returned_at is None]
    advances = {row.pk for row in standing if row.kind == PaymentDue.Kind.ADVANCE}
    counted = [row for row in standing if row.pk in advances or row.corrects_id in advances]
    return sum((row.amount_ttc for row in counted), Decimal(0))


def lateness(row: PaymentDue, *, now: datetime, rates: dict | None = None) -> payment.Interest | None:
    """What the lateness of an invoice costs, paid late or not paid yet; None in time. `rates`: by first day."""
    if row.due_on is None or row.kind == PaymentDue.Kind.CREDIT or row.returned_at is not None:
        return None
    return payment.interest(lateness_facts(row, now=now, rates=rates))


def lateness_facts(
    row: PaymentDue, *, now: datetime, rates: dict | None = None, interest_paid: Decimal | None = None
) -> law.LatenessFacts:
    """An invoice and its payment, as the rules on lateness read it (LR-92); counted until now when it is not paid."""
    first = payment.rate_day(row.due_on)
    known = stored_rates() if rates is None else rates
    return law.LatenessFacts(
        launch_date=launch_date(row.contract.call, row.contract.prepared_at),
        principal_ttc=row.net_ttc,
        due_on=row.due_on,
        paid_on=timezone.localdate(row.paid_at or now),
        ecb_rate=known.get(first, payment.published_rate(first)),
        interest_paid=interest_paid,
    )


def stored_rates() -> dict:
    """ECB rates that the operator entered, by first day of the half-year: they prevail over those of the rule book."""
    return dict(ReferenceRate.objects.values_list("first_day", "rate"))


def siret_of(organisation: Organisation) -> str:
    """SIRET of an organisation that is registered under one, else empty."""
    is_known = organisation.identifier_scheme == Organisation.Scheme.SIRET
    return organisation.identifier if is_known and french_siret.is_valid(organisation.identifier) else ""


def _default(contract: Contract) -> PaymentTerms:
    clauses, buyer = clauses_of(contract), contract.call.lead_buyer
    on = launch_date(contract.call, contract.prepared_at)
    terms = PaymentTerms(
        contract=contract,
        regime=Regime.STATE if buyer.buyer_category == "state" else Regime.OTHER,
        buyer_siret=siret_of(buyer),
        holder_siret=siret_of(contract.party.lead),
        advance_rate=clauses.advance_rate or 0,
        payment_days=payment.longest_delay(buyer.buyer_category, on=on),
        retention_rate=clauses.retention_rate,
    )
    facts = terms_facts(contract, terms)
    # The consultation could not know the size of the holder: the law's minimum and cap prevail over its clause.
    terms.advance_rate = max(terms.advance_rate, advance.minimum_rate(facts))
    terms.retention_rate = min(terms.retention_rate, price.retention_cap(facts))
    return terms
