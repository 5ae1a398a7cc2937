"""Draft of the *acte d'engagement* and frame of the financial annex, joined to the call: what every partner will sign.

Amounts are the highest that the call announces; those of the tender take their place. What only the holder or the
signature can say stays open.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime
from decimal import Decimal
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
    remuneration_block,
    split_block,
)
from procurement.calls.facts import launch_date, lots_with_everything
from procurement.calls.models import Call, CallDocument, ContractTerms, Lot
from procurement.calls.pieces import Piece
from procurement.calls.services.clauses import wait_for_lawyer
from procurement.contracts.acte import (
    ADVANCE_BASE,
    ASSIGNMENT,
    LATE_INTEREST,
    RESULT_RULE,
    SETTLEMENT,
    STANDS_ALONE,
    TITLES,
    penalties_of,
    with_default_rights,
)
from procurement.contracts.models import ContractDocument
from procurement.law import advance, parameters

Kind = CallDocument.Kind
# The day on which the notice leaves moves until it has left: all the rest is told as it stands when it does.
MOVING = {"issued_at", "site", "procedure", "to_validate"}


def draft_pieces(call: Call, now: datetime) -> Iterable[Piece]:
    """The draft and the frame of each lot; none while the figures of the launch date are not known."""
    lots = lots_with_everything(call)
    for lot in lots:
        facts = draft_facts(call, lot, now)
        if facts is None:
            return
        frame = frame_facts(facts)
        suffix, of_lot = (f"-lot-{lot.number}", f", lot {lot.number}") if len(lots) > 1 else ("", "")
        yield Piece(
            kind=Kind.DRAFT_CONTRACT,
            slug=f"acte-d-engagement{suffix}",
            title=f"Projet d’acte d’engagement{of_lot}",
            template="pdf/contracts/acte_engagement.html",
            facts=facts,
            compared=frozenset(facts.keys() - MOVING),
        )
        yield Piece(
            kind=Kind.FINANCIAL_ANNEX,
            slug=f"annexe-financiere{suffix}",
            title=f"Cadre de l’annexe financière{of_lot}",
            template="pdf/contracts/annexe_financiere_cadre.html",
            facts=frame,
        )


def draft_facts(call: Call, lot: Lot, now: datetime) -> dict[str, Any] | None:
    """What the *acte d'engagement* of a lot says before anyone is chosen; None without known figures of the law."""
    terms = getattr(lot, "terms", None) or ContractTerms(lot=lot)
    acquisition = getattr(lot, "acquisition", None)
    phases = [with_default_rights(phase_block(phase, vat_rate=terms.vat_rate), terms) for phase in lot.phases.all()]
    try:
        payment = _payment(call, terms, now)
    except parameters.NoValueInForceError:
        return None
    totals = _totals(lot, terms, acquisition)
    return {
        **header(call, to_validate=wait_for_lawyer([lot])),
        "is_draft": True,
        "contract": {
            "number": "",
            "object": lot.object or call.object,
            "cpv": call_block(call)["cpv"],
            "lot": lot_block(lot),
            "place": terms.place,
            "tender": "base",
        },
        "procedure": {
            "legal_basis": LEGAL_BASIS,
            "label": PROCEDURE_LABELS.get(call.procedure, ""),
            "launch_date": call.launch_date and call.launch_date.isoformat(),
        },
        "buyer": organisation_block(call.lead_buyer),
        "co_buyers": co_buyer_blocks(call),
        "documents": [
            {"rank": rank, "title": TITLES.get(kind, ContractDocument.Kind(kind).label),
             "note": terms.ccag if kind == ContractDocument.Kind.CCAG else ""}
            for kind, rank in ContractDocument.PRECEDENCE.items()
        ],
        "holders": [],
        "group": None,
        "partners": {"mode": call.partner_mode, "count": lot.partners_max, "stands_alone": STANDS_ALONE},
        "phases": phases,
        "duration_months": sum(phase["duration_months"] or 0 for phase in phases) or None,
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
        "confidentiality": {"text": terms.confidentiality, "secrets": None, "personal_data": terms.personal_data},
        "advance": _advance(lot, terms),
        "payment": payment,
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
        "subcontractors": None,
        "performance_clauses": [
            {"kind": kind, "clause": clause, "indicator": "", "target": ""}
            for kind, clause in (("environmental", terms.environmental_clause), ("social", terms.social_clause))
            if clause
        ],
        "penalties": list(penalties_of(terms.penalties)),
        "insurance": terms.insurance,
        "termination": terms.termination,
        "disputes": {
            "settlement": SETTLEMENT,
            "court": {"name": terms.court_name, "address": terms.court_address, "telephone": "", "website": ""},
        },
        "tender_validity": {"days": terms.tender_validity_days, "until": None},
        "signatures": {
            "holders": [],
            "buyer": {"organisation": call.lead_buyer.name, "name": "", "capacity": "", "place": call.lead_buyer.city,
                      "signed_on": None, "mode": "", "decision": ""},
        },
        "notification": {"notified_on": None, "prefect_receipt": None},
        "missing": [],
    }  # fmt: skip


def frame_facts(draft: Mapping[str, Any]) -> dict[str, Any]:
    """Facts of the frame of the financial annex that each candidate fills, taken from those of the draft."""
    copied = ("reference", "example", "completed", "contract", "buyer", "acquisition", "price")
    return {
        **{key: draft[key] for key in copied},
        "totals": {"total_ht": draft["totals"]["total_ht"]},
        "phases": [
            {
                **{key: phase[key] for key in ("number", "kind", "name", "duration_months")},
                "ceiling_ht": phase["remuneration"]["ceiling_ht"],
                "vat_rate": phase["remuneration"]["vat_rate"],
            }
            for phase in draft["phases"]
        ],
        "result_rule": RESULT_RULE,
    }


def _totals(lot: Lot, terms: ContractTerms, acquisition: Any) -> dict[str, Any]:
    phases = list(lot.phases.all())
    pay = remuneration_block(
        fixed_ht=sum((phase.remuneration_fixed_ht or Decimal(0) for phase in phases), Decimal(0)),
        result_ht=sum((phase.remuneration_result_ht for phase in phases), Decimal(0)),
        vat_rate=terms.vat_rate,
    )
    purchase = acquisition.total_cost_max_ht if acquisition else None
    ceiling = Decimal(pay["total_ht"]) + (purchase or Decimal(0))
    return {key: pay[key] for key in ("total_ht", "vat", "total_ttc")} | {"ceiling_ht": money(ceiling)}


def _advance(lot: Lot, terms: ContractTerms) -> dict[str, Any]:
    """On the first phase, the only one performed at notification (R2191-7), at the highest pay announced."""
    first = next(iter(lot.phases.all()), None)
    base = Decimal(0)
    if first is not None and first.remuneration_ht is not None:
        base = advance.base_ttc(first.remuneration_ht * (10_000 + terms.vat_rate) / 10_000, first.duration_months)
    return {
        "accepted": None,
        "rate": terms.advance_rate,
        "base": ADVANCE_BASE,
        "base_ttc": money(base),
        "amount_ttc": money(advance.amount_ttc(base, terms.advance_rate or 0)),
        "recovery": terms.advance_recovery,
        "guarantee": "Aucune",
    }


def _payment(call: Call, terms: ContractTerms, now: datetime) -> dict[str, Any]:
    on = launch_date(call, now)
    health = call.lead_buyer.buyer_category == "health"
    return {
        "instalments": terms.instalments,
        "days": parameters.days("payment_days_health" if health else "payment_days", on=on),
        "late_interest": LATE_INTEREST.format(parameters.days("late_interest_margin", on=on)),
        "flat_fee": money(parameters.value("late_interest_flat_fee", on=on)),
    }
