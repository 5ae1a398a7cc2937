"""The end of a phase: results of all partners in one report, then one reasoned decision for each contract.

R2172-31: continue, change objectives with the partner's agreement, reduce the number of partners, or stop (LR-21 to
LR-23). Nothing of the next phase may happen before its decision reached the partner.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db.models import Exists, OuterRef
from django.utils import timezone

from marketplace.accounts.actors import Actor
from marketplace.accounts.permissions import require
from marketplace.files.documents import request_document
from marketplace.files.models import GeneratedDocument
from marketplace.files.services import StagedFile, store
from marketplace.journal.acts import act, record_refusals
from marketplace.journal.errors import Refusal
from procurement.calls.documents import about_lot
from procurement.calls.models import Lot, Phase
from procurement.contracts.decision_documents import write_decision
from procurement.contracts.facts import gate_facts
from procurement.contracts.measures import measured_rows, printed_rows
from procurement.contracts.models import (
    Contract,
    ContractPhase,
    GateDecision,
    GateRound,
    PartnerAgreement,
    PhaseResult,
    Signature,
)
from procurement.contracts.services.notification import checked_receipt
from procurement.contracts.services.phases import current_phase, refuse_unless_running
from procurement.contracts.signals import contract_ended
from procurement.law import execution
from procurement.law.findings import Finding, refuse

Decision = GateDecision.Decision
SCORE_MAX = 10


@dataclass(frozen=True, kw_only=True)
class GateChoice:
    """What the buyer decides for one contract.

    `agreement`: the partner's, when objectives change. `starts_on`: planned start of the next phase, by default the end
    of the notice that the contract sets.
    """

    contract: Contract
    decision: str
    reasons: str
    agreement: PartnerAgreement | None = None
    substantial_change: bool = False
    starts_on: date | None = None


@record_refusals("phase.record_results")
def record_results(
    *,
    phase: ContractPhase,
    measured: Mapping[int, Decimal],
    summary: str,
    actor: Actor,
    now: datetime,
    score: Decimal | None = None,
) -> PhaseResult:
    """Record what a partner reached at the end of a phase; `measured` maps the number of an objective to its result.

    `score` is the mark out of 10 under the announced method, by default the part of the objectives reached. Raises
    NotAllowed, Refusal for a phase that has not begun or was measured already, without a summary, for a number that no
    objective has or a score out of range. Records `phase.results_recorded`.
    """
    require(actor, "contract.follow", phase.contract)
    with act(phase.contract.call.chain, "phase.results_recorded", actor=actor, now=now, subject=phase):
        current = current_phase(phase)
        refuse_unless_running(current.contract)
        if current.started_at is None or current.results_at is not None:
            raise Refusal("Les résultats s’arrêtent une fois, pour une phase en cours.")
        if not summary.strip():
            raise Refusal("Écrivez votre appréciation des résultats : la décision de fin de phase repose sur elle.")
        if score is not None and not 0 <= score <= SCORE_MAX:
            raise Refusal(f"La note va de 0 à {SCORE_MAX} : corrigez-la.")
        unknown = set(measured) - {row["number"] for row in current.objectives}
        if unknown:
            raise Refusal(f"Aucun objectif ne porte le numéro {min(unknown)} dans cette phase.")
        result = PhaseResult(
            contract_phase=current,
            measures=measured_rows(current.objectives, measured, mark="target"),
            summary=summary,
            recorded_at=now,
            recorded_by_id=actor.user_id,
        )
        result.score = default_score(result) if score is None else score
        result.save()
        current.results_at = now
        current.save()
    return result


@record_refusals("gate.open")
def open_gate_round(*, lot: Lot, phase: Phase, proposal: str, actor: Actor, now: datetime) -> GateRound:
    """Open the end of a phase: all partners' results under the announced method, in one report (LR-21).

    `proposal` is what the team proposes to the signatory. Raises NotAllowed, Refusal while a running contract has no
    results for the phase. Records `gate.opened`.
    """
    require(actor, "contracts.open_gate", lot)
    with act(lot.call.chain, "gate.opened", actor=actor, now=now, subject=lot, phase=phase.number):
        if GateRound.objects.filter(lot=lot, phase=phase).exists():
            raise Refusal("La fin de cette phase est déjà ouverte : décidez pour chaque contrat.")
        phases = _phases_in_round(lot, phase)
        waiting = [row.contract.number for row in phases if row.results_at is None]
        if waiting or not phases:
            raise Refusal(
                "Les résultats de la phase ne sont pas arrêtés pour : "
                + (", ".join(waiting) or "aucun contrat en vigueur")
                + ". Tous les partenaires sont comparés par un même rapport."
            )
        if not proposal.strip():
            raise Refusal("Écrivez ce que l’équipe propose de décider : le rapport le porte.")
        terms = getattr(lot, "terms", None)
        gate = GateRound(lot=lot, phase=phase, method=terms.gate_partner_choice if terms else "", opened_at=now)
        gate.report = _report(gate, phases, proposal, now)
        gate.save()
    return gate


@record_refusals("gate.record_agreement")
def record_agreement(
    *,
    phase: ContractPhase,
    objectives: Sequence[Mapping[str, Any]],
    signatory: str,
    signed_at: datetime,
    file: StagedFile,
    actor: Actor,
    now: datetime,
) -> PartnerAgreement:
    """The partner hands in its signed agreement to other objectives for a phase that has not begun (LR-21).

    `objectives`: {"number", "indicator", "comparison", "target", "unit"}. Raises NotAllowed, Refusal. Records
    `gate.agreement_recorded`.
    """
    require(actor, "contract.hand_in", phase.contract)
    with act(phase.contract.call.chain, "gate.agreement_recorded", actor=actor, now=now, subject=phase):
        current = current_phase(phase)
        refuse_unless_running(current.contract)
        if current.started_at is not None:
            raise Refusal("La phase a commencé : ses objectifs ne changent plus que par une modification du contrat.")
        if not signatory.strip() or signed_at > now:
            raise Refusal("Indiquez qui a signé l’accord, et quel jour : cette date n’est pas dans l’avenir.")
        agreement = PartnerAgreement(
            contract_phase=current,
            objectives=[dict(row) for row in objectives],
            road=Signature.Road.WET_INK,
            signatory=signatory,
            file=store(file),
            signed_at=signed_at,
            recorded_at=now,
        )
        agreement.save()
    return agreement


@record_refusals("gate.decide")
def decide(*, gate: GateRound, choices: Iterable[GateChoice], actor: Actor, now: datetime) -> list[GateDecision]:
    """Decide for all contracts of the round in one act, and send each decision (LR-21, LR-22).

    Every running contract gets exactly one choice; no more partners go on than the next phase announced. A contract
    that stops ends when its partner receives the decision. Raises NotAllowed, RuleViolation with the findings of all
    contracts, Refusal. Records `gate.decided`.
    """
    require(actor, "contracts.decide", gate.lot)
    with act(gate.lot.call.chain, "gate.decided", actor=actor, now=now, subject=gate) as entry:
        current = GateRound.objects.select_related("lot__call__lead_buyer", "phase").get(pk=gate.pk)
        if current.decided_at is not None:
            raise Refusal("Cette fin de phase est déjà décidée.")
        ended = {row.contract_id: row for row in _phases_in_round(current.lot, current.phase)}
        by_contract = {choice.contract.pk: choice for choice in choices}
        if set(by_contract) != set(ended):
            raise Refusal("Décidez pour chaque contrat en vigueur du lot, et pour eux seuls.")
        decisions = [_decision(current, ended[pk], choice, actor=actor, now=now) for pk, choice in by_contract.items()]
        _refuse_more_than_announced(current, decisions)
        refuse(_findings(decisions, by_contract, actor))
        for decision in decisions:
            if decision.decision == Decision.CHANGE:
                decision.next_phase.objectives = decision.agreement.objectives
                decision.next_phase.save()
            choice = by_contract[decision.contract_id]
            write_decision(decision, ended=ended[decision.contract_id], starts_on=choice.starts_on, now=now)
        current.decided_at = now
        current.save()
        entry.data["decisions"] = {row.contract.number: row.decision for row in decisions}
    return decisions


@record_refusals("gate.notify")
def notify_decision(
    *, decision: GateDecision, actor: Actor, now: datetime, received_at: datetime | None = None
) -> GateDecision:
    """Record when the partner received a decision; a contract that ends, ends then (LR-23).

    `received_at` defaults to when the partner read the letter here. Raises NotAllowed, Refusal. Records
    `phase.decision_notified`.
    """
    require(actor, "contract.record_receipt", decision.contract)
    chain = decision.contract.call.chain
    with act(chain, "phase.decision_notified", actor=actor, now=now, subject=decision) as entry:
        current = GateDecision.objects.select_related("contract", "letter").get(pk=decision.pk)
        if current.notified_at is not None:
            raise Refusal("La réception de cette décision est déjà consignée.")
        current.notified_at = checked_receipt(current.letter, received_at, now)
        current.save()
        if current.ends_contract:
            current.contract.stopped_at = current.notified_at
            current.contract.save()
            contract_ended.send(sender=Contract, contract=current.contract, now=now)
        entry.data["received_at"] = current.notified_at
    return current


def default_score(result: PhaseResult) -> Decimal:
    """The part of the objectives that were reached, out of 10."""
    if not result.measures:
        return Decimal(0)
    return (Decimal(SCORE_MAX) * result.objectives_met / len(result.measures)).quantize(Decimal("0.01"))


def _phases_in_round(lot: Lot, phase: Phase) -> list[ContractPhase]:
    """This phase in each contract of the lot that is in force and was told to perform it, begun or not, by rank."""
    return list(
        ContractPhase.objects.filter(
            Exists(GateDecision.objects.filter(next_phase=OuterRef("pk"))),
            contract__lot=lot,
            phase=phase,
            contract__notified_at__isnull=False,
            contract__closed_at=None,
            contract__stopped_at=None,
        )
        .select_related("contract__party__lead", "contract__lot__call__lead_buyer", "result")
        .order_by("contract__rank")
    )


def _decision(
    gate: GateRound, ended: ContractPhase, choice: GateChoice, *, actor: Actor, now: datetime
) -> GateDecision:
    kind = Decision(choice.decision)
    if kind == Decision.BEGIN:
        raise Refusal(
            "La première phase commence par la notification du contrat, non par une décision de fin de phase."
        )
    ends = kind in GateDecision.ENDING
    following = ended.contract.phases.filter(number__gt=ended.number).order_by("number").first()
    if not ends and following is None:
        raise Refusal("Il n’y a pas de phase suivante : clôturez le contrat, ou arrêtez le partenariat.")
    agreement = choice.agreement
    if agreement is not None and (following is None or agreement.contract_phase_id != following.pk):
        agreement = None
    return GateDecision(
        contract=ended.contract,
        round=gate,
        decision=kind,
        next_phase=None if ends else following,
        reasons=choice.reasons,
        agreement=agreement if kind == Decision.CHANGE else None,
        settlement_ht=settlement(ended),
        decided_at=now,
        decided_by_id=actor.user_id,
    )


def settlement(ended: ContractPhase) -> Decimal:
    """Pay due for a phase that ended, € HT: the fixed part, and the result-linked one if all objectives are reached."""
    result = ended.result
    reached = bool(result.measures) and result.objectives_met == len(result.measures)
    return ended.fixed_ht + (ended.result_ht if reached else Decimal(0))


def _refuse_more_than_announced(gate: GateRound, decisions: list[GateDecision]) -> None:
    going_on = [row for row in decisions if row.next_phase is not None]
    announced = going_on[0].next_phase.phase.partners_max if going_on else None
    if announced is not None and len(going_on) > announced:
        raise Refusal(
            f"La consultation annonce {announced} partenaire(s) au plus dans la phase suivante, et vous en gardez "
            f"{len(going_on)} : réduisez leur nombre selon la méthode annoncée (R2172-31)."
        )


def _findings(decisions: list[GateDecision], choices: Mapping[Any, GateChoice], actor: Actor) -> list[Finding]:
    return [
        finding
        for decision in decisions
        for finding in execution.check_gate(
            gate_facts(
                decision,
                objectives_changed=decision.decision == Decision.CHANGE,
                substantial_change=choices[decision.contract_id].substantial_change,
                partners=len(decisions),
                signatory_id=str(actor.user_id or ""),
            )
        )
    ]


def _report(gate: GateRound, phases: list[ContractPhase], proposal: str, now: datetime) -> GeneratedDocument:
    lot = gate.lot
    best_first = sorted(phases, key=lambda row: -row.result.score)
    scores = [row.result.score for row in best_first]
    return request_document(
        kind="gate_report",
        title=f"Rapport de fin de phase {gate.phase.number}, lot {lot.number}, {lot.call.reference}",
        template="pdf/contracts/gate_report.html",
        facts={
            **about_lot(lot),
            "phase": {
                "number": gate.phase.number,
                "name": gate.phase.name,
                "ended_on": timezone.localdate(now).isoformat(),
            },
            "method": gate.method,
            "partners": [
                {
                    "name": str(row.contract.party),
                    "contract": row.contract.number,
                    "results": printed_rows(row.result.measures),
                    "score": str(row.result.score),
                    "rank": scores.index(row.result.score) + 1,
                    "comment": row.result.summary,
                }
                for row in best_first
            ],
            "proposal": proposal,
            "authors": [
                {"name": str(person), "capacity": "pour l’acheteur"}
                for person in dict.fromkeys(row.result.recorded_by for row in phases)
                if person is not None
            ],
        },
        subject=lot,
    )
