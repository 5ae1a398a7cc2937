"""Facts of the *acte d'engagement* and of its financial annex, one partner at a time (fields A1 to I6, LR-03).

Everything comes from the published call, the partner's own tender and what the partner declares when it signs; what is
absent stays absent, so that the document and `missing` say it. Samples: tests/ui/samples/acte_engagement.json.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal
from typing import Any

from django.utils import timezone

from procurement.calls.documents import (
    LEGAL_BASIS,
    PROCEDURE_LABELS,
    acquisition_block,
    call_block,
    co_buyer_blocks,
    header,
    lot_block,
    money,
    organisation_block,
    phase_block,
    remuneration_block,
    split_block,
)
from procurement.calls.facts import launch_date
from procurement.calls.models import ContractTerms, Lot
from procurement.calls.services.clauses import wait_for_lawyer
from procurement.contracts.fields import missing_fields_of
from procurement.contracts.models import Contract, ContractDocument, ContractPhase
from procurement.law import advance, parameters
from procurement.submissions.models import TenderingParty

STANDS_ALONE = "Chaque partenaire signe son propre contrat ; aucun n’est engagé par celui d’un autre."
RESULT_RULE = (
    "La part liée aux résultats est payée en entier si tous les objectifs de la phase sont atteints, "
    "sinon elle n’est pas due."
)
LATE_INTEREST = (
    "taux directeur de la Banque centrale européenne en vigueur au premier jour du semestre, majoré de {} points"
)
ASSIGNMENT = "Exemplaire unique ou certificat de cessibilité délivré sur demande du titulaire ; renseignements : {}."
SETTLEMENT = "Recherche d’un accord amiable, comité consultatif de règlement amiable compris, puis le tribunal."
ADVANCE_BASE = "montant TTC de la première phase, ramené à douze mois au plus"
# The default regime of both CCAG of 2021 (LR-99), printed where the call departs from nothing.
DEFAULT_TITLES = "Le titulaire garde ses titres et peut les protéger et les exploiter (régime de base du {})."
DEFAULT_LICENCE = (
    "L’acheteur utilise les résultats pour ses besoins, à titre non exclusif, sans les commercialiser "
    "(régime de base du {})."
)
TITLES = {
    ContractDocument.Kind.ACTE_ENGAGEMENT: "Le présent acte d’engagement et ses annexes",
    ContractDocument.Kind.CCTP: "Programme fonctionnel, exigences minimales et protocole d’essai",
}


@dataclass(frozen=True, kw_only=True)
class Particulars:
    """What only the partner can say before it signs, by SIREN-like identifier of the member where there are several.

    `signatories`: {"name", "capacity", "power"}; `accounts`: {"holder", "iban", "bic"}; `tasks`: what each member does;
    `subcontractors`: {"name", "identifier", "task", "amount_ht", "share"}, those of the tender when None.
    """

    signatories: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    accounts: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    tasks: Mapping[str, str] = field(default_factory=dict)
    advance_accepted: bool | None = None
    lead_jointly_liable: bool = False
    subcontractors: tuple[Mapping[str, Any], ...] | None = None


@dataclass(frozen=True, kw_only=True)
class BuyerSide:
    """What the buyer says at the signature: who will sign, why, and how commitments will be measured.

    `indicators`: {"environmental": {"indicator", "target"}, "social": …}.
    """

    signatory: str = ""
    capacity: str = ""
    decision: str = ""
    indicators: Mapping[str, Mapping[str, str]] = field(default_factory=dict)


def acte_facts(contract: Contract, *, particulars: Particulars, buyer_side: BuyerSide) -> dict[str, Any]:
    """Everything the *acte d'engagement* says, as plain JSON; `missing` lists the fields still to be completed."""
    lot, call = contract.lot, contract.call
    terms = getattr(lot, "terms", None) or ContractTerms(lot=lot)
    acquisition = getattr(lot, "acquisition", None)
    phases = list(contract.phases.select_related("phase").prefetch_related("phase__objectives", "phase__deliverables"))
    totals = totals_block(contract, phases)
    facts = {
        **header(call, to_validate=wait_for_lawyer([lot])),
        "contract": contract_block(contract, place=terms.place),
        "procedure": {
            "legal_basis": LEGAL_BASIS,
            "label": PROCEDURE_LABELS.get(call.procedure, ""),
            "launch_date": call.launch_date and call.launch_date.isoformat(),
        },
        "buyer": organisation_block(call.lead_buyer),
        "co_buyers": co_buyer_blocks(call),
        "documents": precedence_blocks(contract, terms),
        "holders": [holder_block(contract, row, phases, particulars) for row in members(contract.party)],
        "group": _group(contract.party, particulars),
        "partners": {
            "mode": call.partner_mode,
            "count": contract.awarded.decision.partners.filter(eliminated_at=None).count(),
            "stands_alone": STANDS_ALONE,
        },
        "phases": [_phase(phase, contract, terms) for phase in phases],
        "duration_months": sum(phase.duration_months or 0 for phase in phases) or None,
        "totals": totals,
        "acquisition": acquisition and acquisition_block(acquisition),
        "split": split_block(acquisition) if acquisition and acquisition.split else None,
        "gate": {
            "powers": terms.gate_powers,
            "partner_choice": terms.gate_partner_choice,
            "criteria": [],
            "notice_days": terms.gate_notice_days,
            "financial_consequences": terms.gate_financial_consequences,
            "notification": terms.gate_notification,
        },
        "confidentiality": {
            "text": terms.confidentiality,
            "secrets": list(contract.awarded.bid.technical.get("secrets", ())),
            "personal_data": terms.personal_data,
        },
        "advance": _advance(contract, terms, phases, particulars),
        "payment": payment_block(contract, terms),
        "price": {
            "form": terms.price_form,
            "month": terms.price_month and f"{terms.price_month:%Y-%m}",
            "formula": terms.price_formula,
        },
        "accounting": {
            "officer": terms.accounting_officer,
            "address": "",
            "budget_line": terms.budget_line,
            "assignment": ASSIGNMENT.format(call.lead_buyer.name),
        },
        "subcontractors": _subcontractors(contract, particulars, totals),
        "performance_clauses": _performance(terms, buyer_side),
        "penalties": list(penalties_of(terms.penalties)),
        "insurance": terms.insurance,
        "termination": terms.termination,
        "disputes": {
            "settlement": SETTLEMENT,
            "court": {"name": terms.court_name, "address": terms.court_address, "telephone": "", "website": ""},
        },
        "tender_validity": _validity(lot, terms),
        "signatures": signatures_block(contract, particulars, buyer_side),
        "notification": {"notified_on": None, "prefect_receipt": None},
    }
    return {**facts, "missing": missing_fields_of(facts)}


def annexe_facts(acte: Mapping[str, Any]) -> dict[str, Any]:
    """Facts of the financial annex, taken from those of the *acte*: the two can never differ."""
    copied = ("reference", "example", "completed", "to_validate", "contract", "buyer", "holders", "totals")
    running = Decimal(0)
    phases = []
    for phase in acte["phases"]:
        running += Decimal(phase["remuneration"]["total_ht"])
        kept = {key: phase[key] for key in ("number", "kind", "name", "duration_months", "remuneration")}
        phases.append({**kept, "cumulative_ht": money(running)})
    return {
        **{key: acte[key] for key in copied},
        **{key: acte[key] for key in ("acquisition", "split", "price", "missing")},
        "phases": phases,
        "shares": [
            {"holder": holder["name"], "phase": phase["number"], "amount_ht": share["amount_ht"]}
            for phase in acte["phases"]
            for holder in acte["holders"]
            for share in holder["shares"]
            if share["phase"] == phase["number"]
        ]
        if acte["group"]
        else [],
        "result_rule": RESULT_RULE,
    }


def contract_block(contract: Contract, *, place: str = "") -> dict[str, Any]:
    """The contract as documents name it (A2)."""
    lot, call = contract.lot, contract.call
    return {
        "number": contract.number,
        "object": lot.object or call.object,
        "cpv": call_block(call)["cpv"],
        "lot": lot_block(lot),
        "place": place,
        "tender": "base",
        "holder": str(contract.party),
    }


def totals_block(contract: Contract, phases: Iterable[ContractPhase]) -> dict[str, str | None]:
    """Pay of all phases, and the most that the contract can cost, planned purchase included."""
    phases = list(phases)
    pay = remuneration_block(
        fixed_ht=sum((phase.fixed_ht for phase in phases), Decimal(0)),
        result_ht=sum((phase.result_ht for phase in phases), Decimal(0)),
        vat_rate=contract.vat_rate,
    )
    return {key: pay[key] for key in ("total_ht", "vat", "total_ttc")} | {"ceiling_ht": money(contract.amount_ht)}


def precedence_blocks(contract: Contract, terms: ContractTerms) -> list[dict[str, Any]]:
    """The complete contract set in its order of precedence (A3)."""
    notes = {ContractDocument.Kind.CCAG: terms.ccag}
    for row in contract.call.documents.standing().order_by("version"):
        kind = {"clauses": ContractDocument.Kind.CCAP, "programme": ContractDocument.Kind.CCTP}.get(row.kind)
        if kind:
            notes[kind] = f"version {row.version}, du {timezone.localdate(row.added_at):%d/%m/%Y}"
    received = timezone.localdate(contract.awarded.bid.registered_at)
    notes[ContractDocument.Kind.TECHNICAL_TENDER] = f"enregistrée le {received:%d/%m/%Y}"
    return [
        {"rank": rank, "title": TITLES.get(kind, ContractDocument.Kind(kind).label), "note": notes.get(kind, "")}
        for kind, rank in ContractDocument.PRECEDENCE.items()
    ]


def members(party: TenderingParty) -> list[tuple[Any, int]]:
    """Organisations of a bidder with their shares (hundredths of a percent), the lead first."""
    rows = sorted(party.members.select_related("organisation"), key=lambda row: row.organisation_id != party.lead_id)
    return [(row.organisation, row.share) for row in rows] or [(party.lead, 10_000)]


def holder_block(
    contract: Contract, member: tuple[Any, int], phases: list[ContractPhase], particulars: Particulars
) -> dict[str, Any]:
    """A firm of the contract, with its share, its signatory and its account (B1 to B3)."""
    organisation, share = member
    key = organisation.identifier
    return {
        **organisation_block(organisation),
        "is_lead": organisation.pk == contract.party.lead_id,
        "share": share,
        "share_ht": money(contract.research_ht * share / 10_000),
        "shares": [
            {"phase": phase.number, "amount_ht": money(phase.remuneration_ht * share / 10_000)} for phase in phases
        ],
        "tasks": particulars.tasks.get(key, ""),
        "signatory": {"name": "", "capacity": "", "power": "", **particulars.signatories.get(key, {})},
        "bank": {"holder": "", "iban": "", "bic": "", **particulars.accounts.get(key, {})},
    }


def _group(party: TenderingParty, particulars: Particulars) -> dict[str, Any] | None:
    if party.kind == TenderingParty.Kind.SINGLE:
        return None
    jointly = party.kind == TenderingParty.Kind.JOINT_AND_SEVERAL or particulars.lead_jointly_liable
    return {"form": party.kind, "lead": party.lead.name, "lead_jointly_liable": jointly}


def _phase(phase: ContractPhase, contract: Contract, terms: ContractTerms) -> dict[str, Any]:
    """A phase as the call announced it, paid as this partner's tender says."""
    block = phase_block(phase.phase, vat_rate=contract.vat_rate)
    pay = remuneration_block(fixed_ht=phase.fixed_ht, result_ht=phase.result_ht, vat_rate=contract.vat_rate)
    block["remuneration"] = pay
    return with_default_rights(block, terms)


def with_default_rights(block: dict[str, Any], terms: ContractTerms) -> dict[str, Any]:
    """A phase whose titles and licence, when the call is silent, are those of its CCAG (LR-99)."""
    if terms.ccag:
        block["ip"]["titles"] = block["ip"]["titles"] or DEFAULT_TITLES.format(terms.ccag)
        block["ip"]["licence"] = block["ip"]["licence"] or DEFAULT_LICENCE.format(terms.ccag)
    return block


def _advance(
    contract: Contract, terms: ContractTerms, phases: list[ContractPhase], particulars: Particulars
) -> dict[str, Any]:
    """The advance: on the first phase, the only one performed at notification (R2191-7, LR-87, LR-88)."""
    first = phases[0] if phases else None
    base = Decimal(0)
    if first is not None:
        initial = first.remuneration_ht * (10_000 + contract.vat_rate) / 10_000
        base = advance.base_ttc(initial, first.duration_months)
    return {
        "accepted": particulars.advance_accepted,
        "rate": terms.advance_rate,
        "base": ADVANCE_BASE,
        "base_ttc": money(base),
        "amount_ttc": money(advance.amount_ttc(base, terms.advance_rate or 0)),
        "recovery": terms.advance_recovery,
        "guarantee": "Aucune",
    }


def payment_block(contract: Contract, terms: ContractTerms) -> dict[str, Any]:
    """How and when the buyer pays, and what lateness costs (H2)."""
    on = launch_date(contract.call, contract.prepared_at)
    health = contract.call.lead_buyer.buyer_category == "health"
    return {
        "instalments": terms.instalments,
        "days": parameters.days("payment_days_health" if health else "payment_days", on=on),
        "late_interest": LATE_INTEREST.format(parameters.days("late_interest_margin", on=on)),
        "flat_fee": money(parameters.value("late_interest_flat_fee", on=on)),
    }


def _subcontractors(
    contract: Contract, particulars: Particulars, totals: Mapping[str, str | None]
) -> list[dict[str, Any]]:
    """Those the partner declares now, else those of its tender; a share without amount is one of the phases' pay."""
    if particulars.subcontractors is not None:
        return [dict(row) for row in particulars.subcontractors]
    declared = contract.awarded.bid.technical.get("subcontractors", ())
    return [
        {
            "name": row.get("name", ""),
            "identifier": row.get("siren", ""),
            "task": row.get("task", ""),
            "share": row.get("share"),
            "amount_ht": money(Decimal(totals["total_ht"] or 0) * int(row.get("share") or 0) / 10_000),
        }
        for row in declared
    ]


def _performance(terms: ContractTerms, buyer_side: BuyerSide) -> list[dict[str, str]]:
    clauses = {"environmental": terms.environmental_clause, "social": terms.social_clause}
    return [
        {"kind": kind, "clause": clause, "indicator": "", "target": "", **buyer_side.indicators.get(kind, {})}
        for kind, clause in clauses.items()
        if clause
    ]


def penalties_of(text: str) -> Iterable[dict[str, str]]:
    """One penalty a line, « manquement : montant »; a line without colon is printed whole."""
    for line in filter(None, map(str.strip, text.splitlines())):
        case, colon, amount = line.partition(" : ")
        yield {"case": case, "amount": amount} if colon else {"case": "Manquement aux obligations", "amount": line}


def _validity(lot: Lot, terms: ContractTerms) -> dict[str, Any]:
    closes = lot.timeline.final_close_at
    days = terms.tender_validity_days
    until = timezone.localdate(closes) + timedelta(days=days) if closes and days else None
    return {"days": days, "until": until and until.isoformat()}


def signatures_block(contract: Contract, particulars: Particulars, buyer_side: BuyerSide) -> dict[str, Any]:
    """Who signs on both sides, and the decision that allows it (I4, I5)."""
    buyer = contract.call.lead_buyer
    return {
        "holders": [
            {
                "organisation": organisation.name,
                "name": particulars.signatories.get(organisation.identifier, {}).get("name", ""),
                "capacity": particulars.signatories.get(organisation.identifier, {}).get("capacity", ""),
                "place": organisation.city,
                "signed_on": None,
                "mode": "",
            }
            for organisation, _ in members(contract.party)
        ],
        "buyer": {
            "organisation": buyer.name,
            "name": buyer_side.signatory,
            "capacity": buyer_side.capacity,
            "place": buyer.city,
            "signed_on": None,
            "mode": "",
            "decision": buyer_side.decision,
        },
    }
