"""Facts of the administrative clauses (*CCAP*) and of the functional programme (*CCTP*) of a call.

Every text is the one that the buyer wrote in the call; each clause of the *CCAP* names its article. Samples:
tests/ui/samples/clauses.json and programme.json.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

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
    split_block,
)
from procurement.calls.facts import launch_date, lots_with_everything
from procurement.calls.models import Call, ContractTerms, Lot
from procurement.calls.services.clauses import wait_for_lawyer
from procurement.law import parameters

PIECES = (
    "L’acte d’engagement et ses annexes",
    "Le présent cahier des clauses administratives particulières",
    "Le programme fonctionnel, ses exigences minimales et son protocole d’essai",
    "Le CCAG désigné à l’article 1",
    "L’annexe financière par phase",
    "L’offre technique finale du titulaire",
    "Les actes spéciaux de sous-traitance",
    "Les décisions de fin de phase",
    "Les modifications du contrat",
)
"""The contract set in its order of precedence (legal rules, part 7)."""


PROGRAMME_OF_PHASE = (
    "number", "kind", "name", "duration_months", "objectives", "deliverables", "acceptance_days",
)  # fmt: skip


def clauses_facts(call: Call, *, now: datetime) -> dict[str, Any]:
    """Facts of the *CCAP*; lots whose clauses are the same are told together."""
    lots = lots_with_everything(call)
    groups: list[dict[str, Any]] = []
    for lot in lots:
        said = _clauses(lot)
        same = next((group for group in groups if group["clauses"] == said), None)
        if same is None:
            same = {"lots": [], "clauses": said}
            groups.append(same)
        same["lots"].append(lot_block(lot))
    return {
        **header(call, to_validate=wait_for_lawyer(lots)),
        "call": call_block(call),
        "buyer": organisation_block(call.lead_buyer),
        "co_buyers": co_buyer_blocks(call),
        "procedure": {
            "label": PROCEDURE_LABELS.get(call.procedure, ""),
            "legal_basis": LEGAL_BASIS,
            "partner_mode": call.partner_mode,
        },
        "pieces": list(PIECES),
        "payment": _payment(call, now),
        "several_lots": len(lots) > 1,
        "groups": groups,
    }


def _payment(call: Call, now: datetime) -> dict[str, Any] | None:
    """Payment time and late interest of the launch date; None for a date whose figures are not known."""
    on = launch_date(call, now)
    health = call.lead_buyer.buyer_category == "health"
    try:
        return {
            "days": parameters.days("payment_days_health" if health else "payment_days", on=on),
            "margin": parameters.days("late_interest_margin", on=on),
            "flat_fee": money(parameters.value("late_interest_flat_fee", on=on)),
        }
    except parameters.NoValueInForceError:
        return None


def _clauses(lot: Lot) -> dict[str, Any]:
    terms = getattr(lot, "terms", None) or ContractTerms(lot=lot)
    acquisition = getattr(lot, "acquisition", None)
    phases = [phase_block(phase, vat_rate=terms.vat_rate) for phase in lot.phases.all()]
    return {
        "ccag": terms.ccag,
        "place": terms.place,
        "partners_max": lot.partners_max,
        "phases": [
            {key: phase[key] for key in ("number", "kind", "name", "duration_months", "acceptance_days", "ip")}
            for phase in phases
        ],
        "gate": {
            "powers": terms.gate_powers,
            "partner_choice": terms.gate_partner_choice,
            "notice_days": terms.gate_notice_days,
            "financial_consequences": terms.gate_financial_consequences,
            "notification": terms.gate_notification,
        },
        "acquisition": acquisition and acquisition_block(acquisition),
        "split": split_block(acquisition) if acquisition and acquisition.split else None,
        "price": {
            "form": terms.price_form,
            "month": terms.price_month and f"{terms.price_month:%Y-%m}",
            "formula": terms.price_formula,
        },
        "advance": {"rate": terms.advance_rate, "recovery": terms.advance_recovery},
        "instalments": terms.instalments,
        "retention_rate": terms.retention_rate,
        "penalties": terms.penalties,
        "environmental": terms.environmental_clause,
        "social": terms.social_clause,
        "confidentiality": terms.confidentiality,
        "personal_data": terms.personal_data,
        "insurance": terms.insurance,
        "termination": terms.termination,
        "court": {"name": terms.court_name, "address": terms.court_address},
        "departures": list(_departures(terms, phases)),
    }


def _departures(terms: ContractTerms, phases: Iterable[dict[str, Any]]) -> Iterable[str]:
    """Where the clauses say something else than the CCAG, which the last article must list (LR-99)."""
    if terms.gate_financial_consequences:
        yield "L’arrêt en fin de phase et ses conséquences financières (article 3), au lieu des clauses de résiliation"
    if terms.penalties:
        yield "Les pénalités (article 8)"
    if any(phase["ip"]["results"] for phase in phases):
        yield "Les droits sur les résultats, phase par phase (article 6)"
    if any(phase["acceptance_days"] for phase in phases):
        yield "Les délais de vérification des livrables (article 2)"


def programme_facts(call: Call) -> dict[str, Any]:
    """Facts of the *CCTP*: the need, what must be met, phase by phase, and how it will be tried out."""
    lots = lots_with_everything(call)
    need = getattr(call, "need", None)
    return {
        **header(call),
        "call": call_block(call),
        "buyer": organisation_block(call.lead_buyer),
        "need": need
        and {
            "problem": need.problem,
            "users": need.users,
            "expected_results": need.expected_results,
            "sustainable_development": need.sustainable_development,
            "innovation_reasons": need.innovation_reasons,
        },
        "lots": [_programme_of(lot) for lot in lots],
    }


def _programme_of(lot: Lot) -> dict[str, Any]:
    acquisition = getattr(lot, "acquisition", None)
    vat_rate = lot.terms.vat_rate if hasattr(lot, "terms") else 0
    return {
        **lot_block(lot),
        "object": lot.object or lot.call.object,
        "requirements": [
            {"number": row.number, "text": row.text, "is_minimum": row.is_minimum} for row in lot.requirements.all()
        ],
        "phases": [
            {
                key: phase[key]
                for key in (
                    "number",
                    "kind",
                    "name",
                    "duration_months",
                    "objectives",
                    "deliverables",
                    "acceptance_days",
                )
            }
            for phase in (phase_block(row, vat_rate=vat_rate) for row in lot.phases.all())
        ],
        "levels": acquisition_block(acquisition)["levels"] if acquisition else [],
    }
