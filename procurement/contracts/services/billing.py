"""How a contract is paid, as its buyer and its holder say it; and the ECB rates that the operator enters."""

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from stdnum.fr import siret as french_siret

from marketplace.accounts.actors import Actor
from marketplace.accounts.models import Organisation
from marketplace.accounts.permissions import require
from marketplace.journal.acts import SITE_CHAIN, act, record_refusals
from marketplace.journal.errors import Refusal
from procurement.contracts.models import Contract, PaymentTerms, ReferenceRate
from procurement.contracts.payment_terms import terms_facts, terms_of
from procurement.law import payment
from procurement.law.findings import refuse

FIELDS = frozenset(
    {
        "regime", "buyer_siret", "service_code", "commitment_number", "advance_rate", "recovery_start", "recovery_end",
        "guarantee_required", "guarantee_received_on", "instalment_months", "payment_days", "index_name", "index_base",
        "fixed_share", "retention_rate", "guarantee_months", "penalty_cap", "has_public_accountant",
    }
)  # fmt: skip
HALF_YEARS = (1, 7)
# Only local authorities and establishments reach the second threshold; the first is for the State alone.
REGIMES = {
    "state": {PaymentTerms.Regime.STATE, PaymentTerms.Regime.BIG, PaymentTerms.Regime.OTHER},
    "local_authority": {PaymentTerms.Regime.BIG, PaymentTerms.Regime.OTHER},
}


@record_refusals("contract.set_payment_terms")
def set_payment_terms(*, contract: Contract, fields: Mapping[str, Any], actor: Actor, now: datetime) -> PaymentTerms:
    """Record how a contract is paid; what is not said anew stays as it was.

    Raises NotAllowed, RuleViolation (advance too low, retention too high, payment too late…: LR-88 to LR-91, LR-116,
    LR-118), Refusal for a SIRET that is none or a category that the buyer is not of. Records `payment_terms.set`.
    """
    require(actor, "contract.follow", contract)
    unknown = set(fields) - FIELDS
    if unknown:
        raise TypeError(f"payment terms have no {sorted(unknown)}")
    with act(contract.call.chain, "payment_terms.set", actor=actor, now=now, subject=contract) as entry:
        current = _current(contract)
        terms = terms_of(current)
        for name, value in fields.items():
            setattr(terms, name, value)
        category = current.call.lead_buyer.buyer_category
        if terms.regime not in REGIMES.get(category, {PaymentTerms.Regime.OTHER}):
            raise Refusal("Cette catégorie n’est pas celle de l’acheteur : choisissez-en une autre.")
        _refuse_wrong_siret(terms.buyer_siret, current.call.lead_buyer)
        refuse(payment.check_terms(terms_facts(current, terms)))
        terms.set_at, terms.set_by_id = now, actor.user_id
        terms.save()
        entry.data.update(advance_rate=terms.advance_rate, retention_rate=terms.retention_rate)
    return terms


@record_refusals("contract.set_holder_billing")
def set_holder_billing(
    *, contract: Contract, siret: str, monthly_asked: bool, actor: Actor, now: datetime
) -> PaymentTerms:
    """Record what only the holder knows of its invoices: its SIRET, and whether it wants monthly instalments (LR-90).

    A small firm that asks gets them: the rhythm of the contract follows. Raises NotAllowed, Refusal for a SIRET that is
    none or of another firm. Records `holder_billing.set`.
    """
    require(actor, "contract.bill", contract)
    with act(contract.call.chain, "holder_billing.set", actor=actor, now=now, subject=contract) as entry:
        current = _current(contract)
        terms = terms_of(current)
        if not siret:
            raise Refusal("Indiquez le SIRET de l’établissement qui facture.")
        _refuse_wrong_siret(siret, current.party.lead)
        terms.holder_siret, terms.monthly_asked = siret, monthly_asked
        if monthly_asked and current.party.lead.is_sme:
            terms.instalment_months = 1
        terms.set_at, terms.set_by_id = now, actor.user_id
        terms.save()
        entry.data.update(monthly_asked=monthly_asked)
    return terms


@record_refusals("rate.record")
def record_reference_rate(
    *, operator: Organisation, first_day: date, rate: Decimal, source: str, actor: Actor, now: datetime
) -> ReferenceRate:
    """Enter or correct the ECB main refinancing rate of a half-year, in percent (R2192-31, LR-92).

    Raises NotAllowed, Refusal for a day that begins no half-year, one to come, a rate out of reason or without source.
    Records `rate.recorded`.
    """
    require(actor, "rate.record", operator)
    with act(SITE_CHAIN, "rate.recorded", actor=actor, now=now, subject=operator) as entry:
        if first_day.day != 1 or first_day.month not in HALF_YEARS:
            raise Refusal("Un taux vaut pour un semestre : indiquez un 1er janvier ou un 1er juillet.")
        if first_day > now.date():
            raise Refusal("Ce semestre n’a pas commencé : son taux n’est pas encore connu.")
        if not 0 <= rate < Decimal(100) or not source.strip():
            raise Refusal("Indiquez le taux en %, et la page de la Banque centrale européenne où il est publié.")
        row = ReferenceRate.objects.filter(first_day=first_day).first() or ReferenceRate(first_day=first_day)
        row.rate, row.source, row.recorded_at, row.recorded_by_id = rate, source.strip(), now, actor.user_id
        row.save()
        entry.data.update(first_day=first_day, rate=rate)
    return row


def _current(contract: Contract) -> Contract:
    related = ("lot__call__lead_buyer", "lot__terms", "party__lead", "payment_terms")
    return Contract.objects.select_related(*related).prefetch_related("phases").get(pk=contract.pk)


def _refuse_wrong_siret(siret: str, organisation: Organisation) -> None:
    if siret and not french_siret.is_valid(siret):
        raise Refusal("Ce SIRET n’est pas valable : il a quatorze chiffres, vérifiez-les.")
    if siret and organisation.siren and not siret.startswith(organisation.siren):
        raise Refusal(f"Ce SIRET n’est pas celui de {organisation.name} : il commence par son SIREN.")
