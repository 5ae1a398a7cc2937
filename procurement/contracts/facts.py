"""Facts of a contract, as the rule book reads them. Reads only; every value is taken from rows."""

from datetime import datetime
from decimal import Decimal

from django.db.models import Sum
from django.utils import timezone

from marketplace.accounts.actors import Actor
from procurement.calls.facts import launch_date
from procurement.calls.models import DirectPurchase
from procurement.contracts.models import (
    Contract,
    ContractPhase,
    GateDecision,
    PerformanceTest,
    SignatoryPower,
    Signature,
)
from procurement.evaluation.facts import signature_facts as lot_signature_facts
from procurement.evaluation.models import Clearance, Exclusion
from procurement.evaluation.services.reports import is_presented
from procurement.law import facts as law


def electronic_signature_facts(signature: Signature) -> law.ElectronicSignatureFacts:
    """One PAdES signature, from its stored report; several signers on one side are as good as the weakest."""
    signers = signature.report.get("signers", ())
    levels = [signer["level"] for signer in signers]
    ranks = ("advanced", "advanced_qualified_certificate", "qualified")
    return law.ElectronicSignatureFacts(
        signer=signature.signatory,
        format="PAdES" if signers and all(signer["is_pades"] for signer in signers) else "",
        level=min(levels, key=ranks.index, default=""),
        intact=bool(signers) and all(signer["intact"] and signer["trusted"] for signer in signers),
        certificate_valid_at_signing=bool(signers) and all(signer["certificate_valid"] for signer in signers),
        identity_checked_by=str(signature.identity_checked_by_id or ""),
    )


def power_facts(power: SignatoryPower | None) -> law.PowerFacts | None:
    """A power to sign (LR-122)."""
    return power and law.PowerFacts(
        document_id=str(power.document_id or ""),
        valid_from=power.valid_from,
        valid_until=power.valid_until,
        ceiling_ht=power.ceiling_ht,
    )


def signature_facts(
    contract: Contract,
    *,
    signatures: list[Signature],
    power: SignatoryPower | None,
    signed_at: datetime,
    actor: Actor,
) -> law.SignatureFacts:
    """The buyer's signature of a contract, at the instant it bears: `signatures` are those of both sides."""
    holder = [row for row in signatures if row.side == Signature.Side.HOLDER]
    electronic = [row for row in signatures if row.road == Signature.Road.PADES]
    return lot_signature_facts(
        contract.lot,
        now=signed_at,
        amount_ht=contract.amount_ht,
        presentation_report=is_presented(contract.lot),
        holder_cleared=_is_cleared(contract),
        holder_signed=bool(holder),
        wet_ink=bool(signatures) and not electronic,
        signatures=tuple(electronic_signature_facts(row) for row in electronic),
        signatory_id=str(actor.user_id or ""),
        power=power_facts(power),
    )


def _is_cleared(contract: Contract) -> bool:
    """Whether somebody read the proofs of the holder, in its clearance or at the decision of a direct purchase, and
    nobody excluded it since.
    """
    if contract.awarded is None:
        return DirectPurchase.objects.filter(call=contract.call, exclusions_checked_at__isnull=False).exists()
    if Exclusion.objects.pronounced(contract.lot).filter(candidate__party=contract.party_id).exists():
        return False
    return Clearance.objects.filter(partner=contract.awarded, completed_at__isnull=False).exists()


def transmission_facts(contract: Contract) -> law.TransmissionFacts:
    """The contract at the prefect (LR-83)."""
    sent = getattr(contract, "prefect_transmission", None)
    return law.TransmissionFacts(
        launch_date=launch_date(contract.call, contract.prepared_at),
        buyer_category=contract.call.lead_buyer.buyer_category,
        amount_ht=contract.amount_ht,
        signed_on=contract.signed_at and timezone.localdate(contract.signed_at),
        transmitted_on=sent and timezone.localdate(sent.transmitted_at),
        receipt_number=sent.receipt_number if sent else "",
    )


def notification_facts(contract: Contract) -> law.NotificationFacts:
    """The signed contract on its way to its holder (LR-82)."""
    signed = {row.side: row.signed_at for row in Signature.objects.filter(document__contract=contract)}
    return law.NotificationFacts(
        holder_signed_at=signed.get(Signature.Side.HOLDER),
        buyer_signed_at=signed.get(Signature.Side.BUYER),
        documents=tuple(str(row.pk) for row in contract.documents.filter(replaced_at=None)),
        transmission=transmission_facts(contract),
    )


def phase_start_facts(phase: ContractPhase, *, now: datetime, step: str = "start") -> law.PhaseStartFacts:
    """Something of a phase is about to happen: was it decided, and did the decision reach the partner (LR-23)?"""
    decision = phase.decisions.order_by("-decided_at").first()
    return law.PhaseStartFacts(
        now=now,
        phase_number=phase.number,
        step=step,
        contract_notified_at=phase.contract.notified_at,
        decision_notified_at=decision and decision.notified_at,
        decision_allows=decision is not None and not decision.ends_contract,
        transmission=transmission_facts(phase.contract),
    )


def gate_clause_facts(contract: Contract) -> law.GateClauseFacts | None:
    """The clause as the signed contract has it, read from the contract's own data (LR-22)."""
    gate = contract.data.get("gate")
    return gate and law.GateClauseFacts(
        power=gate.get("powers") or "",
        financial_consequences=gate.get("financial_consequences") or "",
        choice_of_partners=gate.get("partner_choice") or "",
    )


def order_facts(
    phase: ContractPhase, *, test: PerformanceTest, number: int, quantity: int, unit_cost_ht: Decimal, now: datetime
) -> law.OrderFacts:
    """A purchase order of one contract, with what it already ordered (LR-24, LR-120)."""
    contract = phase.contract
    before = contract.purchase_orders.aggregate(quantity=Sum("quantity"), amount=Sum("amount_ht"))
    return law.OrderFacts(
        number=str(number),
        dated=True,
        start=phase_start_facts(phase, now=now, step="order"),
        levels=tuple(law.PerformanceLevelFacts(label=row["indicator"], met=row["met"]) for row in test.levels),
        test_passed_at=test.tested_at if test.passed else None,
        quantity=Decimal(quantity),
        unit_cost_ht=unit_cost_ht,
        amount_ht=unit_cost_ht * quantity,
        quantity_before=Decimal(before["quantity"] or 0),
        amount_before_ht=before["amount"] or Decimal(0),
        unit_cost_max_ht=contract.unit_cost_max_ht,
        total_cost_max_ht=contract.total_cost_max_ht,
        quantity_max=contract.quantity_max and Decimal(contract.quantity_max),
        launch_date=launch_date(contract.call, now),
        contract_amount_ht=contract.amount_ht,
        contract_signed_at=contract.signed_at,
    )


def gate_facts(
    decision: GateDecision, *, objectives_changed: bool, substantial_change: bool, partners: int, signatory_id: str
) -> law.GateFacts:
    """A decision at the end of a phase, before it is kept (LR-21, LR-22)."""
    ended = decision.contract.phases.filter(phase=decision.round.phase).select_related("result").first()
    result = getattr(ended, "result", None)
    return law.GateFacts(
        decision=decision.decision,
        results=" ; ".join([result.summary, *(row["indicator"] for row in result.measures)]) if result else "",
        reasons=decision.reasons,
        signatory_id=signatory_id,
        partners=partners,
        round_report_id=str(decision.round.report_id),
        objectives_changed=objectives_changed,
        partner_agreement_signed_at=decision.agreement and decision.agreement.signed_at,
        substantial_change=substantial_change,
        contract_clause=gate_clause_facts(decision.contract),
    )
