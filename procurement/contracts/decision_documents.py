"""The written decision at the end of a phase: a document of the contract set, and the letter that carries it."""

from datetime import date, datetime
from typing import Any

from django.utils import timezone

from marketplace.files.documents import request_document
from procurement.calls.documents import Decision, appeals_block, call_block, header, money, organisation_block
from procurement.contracts.acte import contract_block
from procurement.contracts.measures import printed_rows
from procurement.contracts.models import Contract, ContractDocument, ContractPhase, GateDecision
from procurement.correspondence.models import Letter, LetterKind
from procurement.correspondence.services import send_letter
from procurement.law.calendar import add_days

PRINTED = {GateDecision.Decision.CHANGE: "continue_changed"}


def write_decision(decision: GateDecision, *, ended: ContractPhase, starts_on: date | None, now: datetime) -> None:
    """Send a decision and keep it, inside the current act. `starts_on`: planned start of the next phase."""
    facts = _facts(decision, ended, starts_on or _after_notice(decision.contract, now))
    decision.letter = _letter(decision, facts, now)
    decision.save()
    contract = decision.contract
    kind = ContractDocument.Kind.PHASE_DECISION
    title = f"Décision de fin de phase {ended.number}, contrat {contract.number}"
    document = request_document(
        kind="gate_decision",
        title=title,
        template="pdf/contracts/gate_decision.html",
        facts=facts,
        subject=contract,
    )
    ContractDocument(
        contract=contract,
        kind=kind,
        rank=ContractDocument.PRECEDENCE[kind],
        version=ended.number,
        title=title,
        document=document,
        added_at=now,
    ).save()


def _after_notice(contract: Contract, now: datetime) -> date:
    """First day after the notice that the contract's own gate clause sets."""
    notice = contract.data.get("gate", {}).get("notice_days") or 0
    return add_days(timezone.localdate(now), notice)


def _letter(decision: GateDecision, facts: dict[str, Any], now: datetime) -> Letter:
    said = ("contract", "phase", "decision", "reasons", "next_phase", "consequences")
    return send_letter(
        call=decision.contract.call,
        lot=decision.contract.lot,
        recipient=decision.contract.party.lead,
        kind=LetterKind.PHASE_DECISION,
        facts={key: facts[key] for key in said},
        now=now,
    )


def _facts(decision: GateDecision, ended: ContractPhase, starts_on: date) -> dict[str, Any]:
    contract, following = decision.contract, decision.next_phase
    agreement = decision.agreement
    return {
        **header(contract.call),
        "call": call_block(contract.call),
        "contract": contract_block(contract),
        "buyer": organisation_block(contract.call.lead_buyer),
        "recipient": organisation_block(contract.party.lead),
        "phase": {"number": ended.number, "name": ended.name},
        "next_phase": following
        and {
            "number": following.number,
            "name": following.name,
            "starts_on": starts_on.isoformat(),
            "duration_months": following.duration_months,
        },
        "decision": PRINTED.get(decision.decision, decision.decision),
        "results": printed_rows(ended.result.measures),
        "reasons": decision.reasons,
        "changes": [_objective_text(row) for row in agreement.objectives] if agreement else [],
        "partner_agreement": agreement
        and {"signed_on": timezone.localdate(agreement.signed_at).isoformat(), "signatory": agreement.signatory},
        "consequences": _consequences(decision),
        "settlement": [
            {"label": f"Rémunération due pour la phase {ended.number}", "amount_ht": money(decision.settlement_ht)}
        ],
        "signatory": {"name": str(decision.decided_by or ""), "capacity": "pour l’acheteur"},
        "appeals": appeals_block(contract.lot, Decision.PERFORMANCE),
    }


def _objective_text(row: dict[str, Any]) -> str:
    side = "au moins" if row["comparison"] == "at_least" else "au plus"
    return f"{row['indicator']} : {side} {row['target']} {row['unit']}".strip()


def _consequences(decision: GateDecision) -> str:
    """The contract's own clause where it ends; else what the next phase pays."""
    if decision.ends_contract:
        return decision.contract.data.get("gate", {}).get("financial_consequences", "")
    following = decision.next_phase
    return (
        f"La phase achevée est payée selon ses résultats. La phase {following.number} est rémunérée "
        "comme le contrat le prévoit."
    )
