"""Blocks of facts that printed documents share, and the rules of the consultation.

Upper rooms build the facts of their letters, reports and contracts from these blocks: plain JSON, money as text with
two decimals, instants in UTC. Samples of every document's facts: tests/ui/samples.
"""

from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum
from typing import Any

from django.conf import settings

from marketplace.accounts.models import Organisation
from marketplace.journal.clock import canonical
from procurement.calls.facts import documents_address, lots_with_everything
from procurement.calls.models import AcquisitionTerms, AwardCriterion, Call, Lot, Phase, SubmissionPeriod
from procurement.calls.services.clauses import wait_for_lawyer

CENT = Decimal("0.01")
LEGAL_BASIS = "articles L. 2172-3 et R. 2172-20 à R. 2172-32 du code de la commande publique"
PROCEDURE_LABELS = {
    Call.Procedure.FORMALISED: "procédure avec négociation",
    Call.Procedure.ADAPTED: "procédure adaptée",
    Call.Procedure.DIRECT: "achat innovant sans publicité ni mise en concurrence",
}
SPLIT_SENTENCES = {
    AcquisitionTerms.Split.EQUAL: "Les commandes sont réparties en parts égales entre les partenaires qui réussissent.",
    AcquisitionTerms.Split.RANKING: (
        "Les commandes suivent le classement aux critères d’attribution, aux parts fixées ici."
    ),
    AcquisitionTerms.Split.GRADED: (
        "Les commandes sont graduées entre les partenaires qui réussissent, aux parts fixées ici."
    ),
}


class Decision(StrEnum):
    """What a decision letter decides: the ways of appeal depend on it (LR-124)."""

    CHOICE = "choice"
    ABANDONMENT = "abandonment"
    PERFORMANCE = "performance"


REMEDIES = {
    Decision.CHOICE: (
        (
            "Référé précontractuel",
            "jusqu’à la signature du contrat",
            "articles L. 551-1 à L. 551-12 du code de justice administrative",
        ),
        (
            "Référé contractuel",
            "31 jours après l’avis d’attribution, 6 mois sans avis",
            "articles L. 551-13 à L. 551-23 et R. 551-7 du code de justice administrative",
        ),
        (
            "Recours en contestation de la validité du contrat",
            "2 mois après la publicité de la conclusion du contrat",
            "recours de pleine juridiction ouvert aux tiers (CE, 4 avril 2014, n° 358994)",
        ),
    ),
    Decision.ABANDONMENT: (
        (
            "Recours pour excès de pouvoir",
            "2 mois après la réception de cette lettre",
            "articles R. 421-1 et R. 421-5 du code de justice administrative",
        ),
    ),
    Decision.PERFORMANCE: (
        (
            "Recours devant le juge du contrat",
            "2 mois après la réception de cette décision",
            "pleine juridiction ; le titulaire peut demander la reprise des relations contractuelles quand la décision "
            "met fin au contrat (CE, 21 mars 2011, n° 304806)",
        ),
    ),
}


def money(amount: Decimal | None) -> str | None:
    """Write an amount as documents keep it: two decimals, rounded half up."""
    return None if amount is None else str(amount.quantize(CENT, rounding=ROUND_HALF_UP))


def plain_number(value: Decimal | None) -> str | None:
    """Write a target or a mark without the zeros that only say how the column is made: 90, 99.5."""
    return None if value is None else f"{value.normalize():f}"


def header(call: Call, *, to_validate: bool = False) -> dict[str, Any]:
    """What every document of a call carries: its reference, and what a rehearsal completed with examples."""
    return {
        "reference": call.reference,
        "example": bool(call.completed_by_examples),
        "completed": call.completed_by_examples,
        "to_validate": to_validate,
    }


def call_block(call: Call) -> dict[str, Any]:
    """Title, object and CPV code of a call."""
    return {"title": call.title, "object": call.object, "cpv": {"code": call.cpv, "label": ""}}


def lot_block(lot: Lot) -> dict[str, Any]:
    """Number and title of a lot."""
    return {"number": lot.number, "title": lot.title}


def about_lot(lot: Lot) -> dict[str, Any]:
    """What every document about a lot begins with: header, call, lot, buyer."""
    call = lot.call
    return {
        **header(call),
        "call": call_block(call),
        "lot": lot_block(lot),
        "buyer": organisation_block(call.lead_buyer),
    }


def organisation_block(organisation: Organisation) -> dict[str, Any]:
    """A party as documents name it."""
    town = f"{organisation.postcode} {organisation.city}".strip()
    return {
        "name": organisation.name,
        "legal_form": organisation.legal_form,
        "identifier_scheme": organisation.identifier_scheme,
        "identifier": organisation.identifier,
        "address": ", ".join(part for part in (organisation.address, town) if part),
        "country": organisation.country,
        "size": organisation.size,
    }


def co_buyer_blocks(call: Call) -> list[dict[str, Any]]:
    """The other members of the buyers' group, with their convention (LR-121)."""
    return [
        {
            **organisation_block(row.organisation),
            "convention_reference": row.convention_reference,
            "convention_signed_on": row.convention_signed_on and row.convention_signed_on.isoformat(),
        }
        for row in call.co_buyers.select_related("organisation")
    ]


def appeals_block(lot: Lot, decision: Decision = Decision.CHOICE) -> dict[str, Any] | None:
    """Court, ways and times of appeal against a decision (LR-124); None while the buyer has not named the court."""
    terms = getattr(lot, "terms", None)
    if terms is None or not terms.court_name:
        return None
    return {
        "court": {"name": terms.court_name, "address": terms.court_address, "telephone": "", "website": ""},
        "remedies": [{"name": name, "delay": delay, "text": text} for name, delay, text in REMEDIES[decision]],
    }


def remuneration_block(*, fixed_ht: Decimal, result_ht: Decimal, vat_rate: int) -> dict[str, Any]:
    """A phase's pay: fixed and result-linked parts, VAT (rate in hundredths of a percent) and totals."""
    total = fixed_ht + result_ht
    vat = (total * vat_rate / Decimal(10_000)).quantize(CENT, rounding=ROUND_HALF_UP)
    return {
        "fixed_ht": money(fixed_ht),
        "result_ht": money(result_ht),
        "total_ht": money(total),
        "vat_rate": vat_rate,
        "vat": money(vat),
        "total_ttc": money(total + vat),
        "ceiling_ht": money(total),
    }


def phase_block(phase: Phase, *, vat_rate: int) -> dict[str, Any]:
    """A phase as the call announces it; a contract replaces the pay by that of the tender."""
    return {
        "number": phase.number,
        "kind": phase.kind,
        "name": phase.name,
        "duration_months": phase.duration_months,
        "starts_by": "notification" if phase.number == 1 else "decision",
        "remuneration": remuneration_block(
            fixed_ht=phase.remuneration_fixed_ht or Decimal(0),
            result_ht=phase.remuneration_result_ht,
            vat_rate=vat_rate,
        ),
        "objectives": [
            {
                "indicator": row.indicator,
                "comparison": row.comparison,
                "target": plain_number(row.target),
                "unit": row.unit,
            }
            for row in phase.objectives.all()
        ],
        "deliverables": [row.name for row in phase.deliverables.all()],
        "acceptance_days": phase.acceptance_days,
        "ip": {
            "background": phase.ip_background,
            "results": phase.ip_results,
            "titles": "",
            "licence": "",
            "open_source": phase.ip_open_source,
        },
    }


def acquisition_block(acquisition: AcquisitionTerms) -> dict[str, Any]:
    """Limits of the optional purchase and levels to reach (R2172-32)."""
    return {
        "levels": [
            {
                "indicator": row.indicator,
                "comparison": row.comparison,
                "pass_mark": plain_number(row.pass_mark),
                "unit": row.unit,
                "test_method": row.test_method,
            }
            for row in acquisition.levels.all()
        ],
        "unit_cost_max_ht": money(acquisition.unit_cost_max_ht),
        "quantity_unit": acquisition.quantity_unit,
        "quantity_max": acquisition.quantity_max,
        "total_cost_max_ht": money(acquisition.total_cost_max_ht),
        "optional": True,
        "delivery_months": None,
    }


def split_block(acquisition: AcquisitionTerms) -> dict[str, Any]:
    """How orders are shared when several partners succeed (LR-25)."""
    return {
        "mode": acquisition.split,
        "shares": acquisition.split_shares,
        "text": SPLIT_SENTENCES.get(acquisition.split, ""),
    }


def _criterion_block(criterion: AwardCriterion) -> dict[str, Any]:
    return {
        "name": criterion.name,
        "weight": criterion.weight,
        "tag": criterion.tag,
        "children": [{"name": child.name, "weight": child.weight} for child in criterion.children.all()],
    }


def award_criteria_blocks(lot: Lot) -> list[dict[str, Any]]:
    """Criteria of a lot with their weights and sub-criteria."""
    return [_criterion_block(row) for row in lot.award_criteria.all() if row.parent_id is None]


def _lot_rules(lot: Lot) -> dict[str, Any]:
    terms, acquisition = getattr(lot, "terms", None), getattr(lot, "acquisition", None)
    vat_rate = terms.vat_rate if terms else 2000
    return {
        **lot_block(lot),
        "object": lot.object or lot.call.object,
        "partners_max": lot.partners_max,
        "requirements": [
            {"number": row.number, "text": row.text, "is_minimum": row.is_minimum} for row in lot.requirements.all()
        ],
        "selection_criteria": [
            {"name": row.name, "weight": row.weight, "is_innovation": row.is_innovation}
            for row in lot.selection_criteria.all()
        ],
        "award_criteria": award_criteria_blocks(lot),
        "phases": [phase_block(phase, vat_rate=vat_rate) for phase in lot.phases.all()],
        "acquisition": acquisition and acquisition_block(acquisition),
        "split": acquisition and split_block(acquisition),
        "ip_note": "",
    }


def _period_block(period: SubmissionPeriod) -> dict[str, Any]:
    return {
        "kind": period.kind,
        "lot": period.lot.number,
        "opens_at": canonical(period.opens_at),
        "deadline": canonical(period.closes_at()),
    }


def _bonus_block(lots: list[Lot]) -> dict[str, Any] | None:
    """The bonus of each lot whose tenders cost a prototype or a test (R2151-15, LR-113)."""
    paid = [lot for lot in lots if lot.bonus_ht]
    if not paid:
        return None
    several = "" if len(lots) == 1 else f" (lots {', '.join(str(lot.number) for lot in paid)})"
    text = f"Une prime est versée à chaque offre recevable, maquette ou essai compris{several}."
    return {"amount_ht": money(max(lot.bonus_ht for lot in paid)), "text": text}


def rules_facts(call: Call, *, now: datetime) -> dict[str, Any]:
    """Facts of the *règlement de consultation*, from the call as it stands."""
    lots = lots_with_everything(call)
    periods = [period for lot in lots for period in lot.periods.all()]
    terms = next((lot.terms for lot in lots if hasattr(lot, "terms")), None)
    need = getattr(call, "need", None)
    return {
        **header(call, to_validate=wait_for_lawyer(lots)),
        "issued_at": canonical(now),
        "call": call_block(call),
        "buyer": organisation_block(call.lead_buyer),
        "co_buyers": co_buyer_blocks(call),
        "need": need
        and {
            "problem": need.problem,
            "users": need.users,
            "expected_results": need.expected_results,
            "innovation_reasons": need.innovation_reasons,
        },
        "consulted_firms": [
            {"name": row.name, "met_on": row.met_on and row.met_on.isoformat(), "information": row.information}
            for row in call.consulted_firms.all()
        ],
        "procedure": {
            "code": call.procedure,
            "label": PROCEDURE_LABELS.get(call.procedure, ""),
            "legal_basis": LEGAL_BASIS,
            "partner_mode": call.partner_mode,
            "elimination_announced": call.elimination_announced,
            "variants_allowed": call.variants_allowed,
            "variants_conditions": call.variants_conditions,
            "signature_at_deposit": call.signature_at_deposit,
            "launch_date": call.launch_date and call.launch_date.isoformat(),
        },
        "candidates_min": call.candidates_min,
        "candidates_max": call.candidates_max,
        "lots": [_lot_rules(lot) for lot in lots],
        "periods": [_period_block(period) for period in periods],
        "questions": None,
        "deposit": {
            "url": call.deposit_at or f"{settings.SITE_URL}/appels/{call.reference}/",
            "elsewhere": bool(call.deposit_at),
        },
        "limits": periods
        and {
            "file_bytes": min(period.bytes_per_file for period in periods),
            "envelope_bytes": min(period.bytes_in_all for period in periods),
            "files": min(period.files_max for period in periods),
            "formats": sorted({name for period in periods for name in period.media_types}),
        },
        "backup_copy": {
            "allowed": True,
            "electronic": call.backup_copy_electronic,
            "address": organisation_block(call.lead_buyer)["address"],
        },
        "bonus": _bonus_block(lots),
        "tender_validity_days": terms and terms.tender_validity_days,
        "language": "français",
        "multiple_bids_forbidden": call.several_bids_forbidden,
        "documents": [documents_address(call)],
        "appeals": appeals_block(lots[0]) if lots else None,
        "contact": None,
    }
