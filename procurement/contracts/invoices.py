"""What an invoice says, for its PDF and its structured twin (D2192-2, LR-93). Reads only; plain JSON."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.utils import timezone
from stdnum.fr import siren as french_siren

from marketplace.accounts.models import Organisation
from procurement.calls.documents import header, money, organisation_block
from procurement.calls.facts import launch_date
from procurement.contracts.acte import contract_block
from procurement.contracts.models import Contract, PaymentDue, PaymentTerms
from procurement.contracts.payment_terms import clauses_of
from procurement.law import parameters, price
from procurement.law.wording import euros

Kind = PaymentDue.Kind
TYPE_CODES = {Kind.ADVANCE: "386", Kind.CREDIT: "381"}
INVOICE = "380"
TITLES = {
    Kind.ADVANCE: "Facture d’avance",
    Kind.PHASE: "Facture d’acompte",
    Kind.ORDER: "Facture",
    Kind.SETTLEMENT: "Facture de solde",
    Kind.CREDIT: "Avoir",
}
EXEMPTION = "TVA non applicable, article 293 B du code général des impôts"
RECOVERY_COSTS = "En cas de retard, une indemnité forfaitaire de {} € est due pour frais de recouvrement (D. 2192-35)."
LATE_PENALTIES = (
    "Tout retard fait courir de plein droit des intérêts au taux directeur de la Banque centrale européenne majoré de "
    "{} points (R. 2192-31)."
)
NO_DISCOUNT = "Pas d’escompte pour paiement anticipé."
SIREN_DIGITS = 9


def invoice_facts(row: PaymentDue, terms: PaymentTerms, *, now: datetime) -> dict[str, Any]:
    """Everything that the invoice of a sum due says; amounts of a credit note are printed without their sign."""
    contract = row.contract
    ht, ttc = abs(row.amount_ht), abs(row.amount_ttc)
    return {
        **header(contract.call),
        "kind": row.kind,
        "title": TITLES[row.kind],
        "type_code": TYPE_CODES.get(row.kind, INVOICE),
        "number": row.invoice_number,
        "issued_on": timezone.localdate(now).isoformat(),
        "performed_on": _performed_on(row, now),
        "contract": contract_block(contract, place=clauses_of(contract).place),
        "service_code": terms.service_code,
        "commitment_number": terms.commitment_number,
        "buyer": {**_party(contract.call.lead_buyer), **_numbers(terms.buyer_siret)},
        "seller": _seller(contract, terms),
        "corrected": _corrected(row),
        "lines": _lines(row, ht),
        "vat_rate": contract.vat_rate,
        "exemption": "" if contract.vat_rate else EXEMPTION,
        "total_ht": money(ht),
        "vat": money(ttc - ht),
        "total_ttc": money(ttc),
        "recovered_ttc": money(row.recovered_ttc),
        "due_ttc": money(abs(row.due_ttc)),
        "retained_ttc": money(row.retained_ttc),
        "retention_rate": terms.retention_rate,
        "penalties_ttc": money(row.penalties_ttc),
        "net_ttc": money(abs(row.net_ttc)),
        "revision": _revision(row, terms, contract),
        "payment_days": terms.payment_days,
        "payment_terms": _payment_terms(row, terms),
        "notes": notes(contract),
    }


def mentions(facts: dict[str, Any]) -> tuple[tuple[str, str], ...]:
    """What D2192-2 wants on the invoice, with its value."""
    buyer, seller = facts["buyer"], facts["seller"]
    return (
        ("la date", facts["issued_on"]),
        ("le nom de l’émetteur", seller["name"]),
        ("le SIRET de l’émetteur", seller["siret"]),
        ("l’adresse de l’émetteur", seller["address"]),
        ("le compte bancaire de l’émetteur", seller["iban"]),
        ("le nom du destinataire", buyer["name"]),
        ("le SIRET du destinataire (à compléter par l’acheteur)", buyer["siret"]),
        ("le numéro de la facture", facts["number"]),
        ("le numéro d’engagement ou celui du contrat", facts["commitment_number"] or facts["contract"]["number"]),
        ("le travail facturé", facts["lines"][0]["name"]),
        ("la date d’exécution", facts["performed_on"]),
        ("le montant", facts["total_ht"]),
    )


def notes(contract: Contract) -> list[list[str]]:
    """The three notes that every French invoice bears, each with its code (BT-21, BT-22)."""
    on = launch_date(contract.call, contract.prepared_at)
    fee = parameters.days("late_interest_flat_fee", on=on)
    margin = parameters.days("late_interest_margin", on=on)
    return [["PMT", RECOVERY_COSTS.format(fee)], ["PMD", LATE_PENALTIES.format(margin)], ["AAB", NO_DISCOUNT]]


def _party(organisation: Organisation) -> dict[str, Any]:
    return {
        **organisation_block(organisation),
        "street": organisation.address,
        "postcode": organisation.postcode,
        "city": organisation.city,
    }


def _numbers(siret: str) -> dict[str, str]:
    return {"siret": siret, "siren": siret[:SIREN_DIGITS]}


def _seller(contract: Contract, terms: PaymentTerms) -> dict[str, Any]:
    """The holder, or the lead of the group, with the account that its contract names."""
    lead = contract.party.lead
    holders = contract.data.get("holders") or [{}]
    bank = next((row for row in holders if row.get("is_lead")), holders[0]).get("bank") or {}
    numbers = _numbers(terms.holder_siret)
    siren = numbers["siren"]
    vat_number = f"FR{french_siren.to_tva(siren)}" if siren and contract.vat_rate else ""
    return {
        **_party(lead),
        **numbers,
        "vat_number": vat_number,
        "iban": "".join((bank.get("iban") or "").split()),
        "account_holder": bank.get("holder") or lead.name,
    }


def _corrected(row: PaymentDue) -> dict[str, str] | None:
    before = row.corrects
    if before is None:
        return None
    issued = before.prepared_at or before.invoice_received_at
    return {"number": before.invoice_number, "issued_on": timezone.localdate(issued).isoformat()}


def _performed_on(row: PaymentDue, now: datetime) -> str:
    """Day of the work billed: its results for a phase that ended, else the day of the invoice."""
    ended = row.contract_phase.results_at if row.contract_phase else None
    return timezone.localdate(ended or now).isoformat()


def _lines(row: PaymentDue, ht: Decimal) -> list[dict[str, str]]:
    """The work at the prices of the contract, then the revision, which may take off: its quantity is then negative."""
    work = ht - row.revision_ht
    lines = [_one_line(_work_name(row), row.description, work)]
    if row.revision_ht:
        lines.append(_one_line("Révision du prix", f"Coefficient {_comma(row.coefficient)}", row.revision_ht))
    return lines


def _one_line(name: str, description: str, amount: Decimal) -> dict[str, str]:
    return {
        "name": name,
        "description": description,
        "quantity": "1" if amount >= 0 else "-1",
        "unit_price_ht": money(abs(amount)) or "",
        "total_ht": money(amount) or "",
    }


def _work_name(row: PaymentDue) -> str:
    phase = row.contract_phase
    named = f"phase {phase.number}, {phase.name}" if phase else ""
    if row.kind == Kind.ADVANCE:
        return f"Avance sur la {named}"
    if row.kind == Kind.PHASE:
        return f"Acompte, {named}"
    if row.kind == Kind.SETTLEMENT:
        return f"Solde, {named}"
    if row.kind == Kind.CREDIT:
        return f"Avoir sur la facture {row.corrects.invoice_number}"
    return f"Bon de commande {row.order.reference}"


def _revision(row: PaymentDue, terms: PaymentTerms, contract: Contract) -> dict[str, Any] | None:
    if row.coefficient is None:
        return None
    month: date | None = clauses_of(contract).price_month
    return {
        "formula": price.formula(terms.fixed_share),
        "clause": clauses_of(contract).price_formula,
        "index_name": terms.index_name,
        "base": _comma(terms.index_base),
        "value": _comma(row.index_value),
        "coefficient": _comma(row.coefficient),
        "month": month and f"{month:%Y-%m}",
        "amount_ht": money(row.revision_ht),
    }


def _payment_terms(row: PaymentDue, terms: PaymentTerms) -> str:
    """How and when the sum is paid, and what of it is kept back."""
    if row.kind == Kind.CREDIT:
        return f"Avoir à déduire de la facture {row.corrects.invoice_number}."
    said = f"Paiement à {terms.payment_days} jours, par virement, par le comptable de l’acheteur."
    if row.retained_ttc:
        said += f" Retenue de garantie : {_ttc(row.retained_ttc)}, rendue à la fin du délai de garantie."
    if row.penalties_ttc:
        said += f" Pénalités retenues : {_ttc(row.penalties_ttc)}."
    if row.retained_ttc or row.penalties_ttc:
        said += f" À verser maintenant : {_ttc(row.net_ttc)}."
    return said


def _ttc(amount: Decimal) -> str:
    return euros(amount).removesuffix(" HT")


def _comma(value: Decimal | None) -> str:
    return "" if value is None else f"{value.normalize():f}".replace(".", ",")
