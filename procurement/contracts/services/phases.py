"""A phase of a contract: begun after a notified decision, fed with deliverables, each accepted or not (LR-23)."""

from datetime import date, datetime

from django.utils import timezone

from marketplace.accounts.actors import Actor
from marketplace.accounts.permissions import require
from marketplace.files.documents import request_document
from marketplace.files.models import GeneratedDocument
from marketplace.files.services import StagedFile, store
from marketplace.journal.acts import act, record_refusals
from marketplace.journal.errors import Refusal
from procurement.calls.documents import call_block, header, money, organisation_block
from procurement.contracts.acte import contract_block
from procurement.contracts.facts import phase_start_facts
from procurement.contracts.mails import tell_followers, tell_holder
from procurement.contracts.models import Acceptance, Contract, ContractPhase, Deliverable
from procurement.law import execution
from procurement.law.calendar import add_days, add_months
from procurement.law.findings import refuse

# Hundredths of a percent.
WHOLE = 10_000
EFFECTS = {
    Acceptance.Decision.ACCEPTED: "Le délai de paiement court à la réception de la facture.",
    Acceptance.Decision.ACCEPTED_WITH_RESERVES: "Le livrable est admis ; les réserves sont à lever au jour indiqué.",
    Acceptance.Decision.ACCEPTED_WITH_REDUCTION: "Le livrable est admis ; le prix est réduit comme indiqué.",
    Acceptance.Decision.POSTPONED: "Le livrable est à corriger et à présenter de nouveau.",
    Acceptance.Decision.REJECTED: "Le livrable est rejeté ; il n’est pas payé.",
}


@record_refusals("phase.start")
def start_phase(*, phase: ContractPhase, actor: Actor, now: datetime) -> ContractPhase:
    """Begin a phase once the decision to perform it was notified (R2172-31, LR-23; local contracts: LR-83).

    Raises NotAllowed, RuleViolation, Refusal when the contract has ended or the phase has begun. Records
    `phase.started`.
    """
    require(actor, "contract.follow", phase.contract)
    with act(phase.contract.call.chain, "phase.started", actor=actor, now=now, subject=phase) as entry:
        current = current_phase(phase)
        if current.started_at is not None:
            raise Refusal(f"La phase {current.number} a déjà commencé.")
        refuse_unless_running(current.contract)
        refuse(execution.check_start(phase_start_facts(current, now=now)))
        current.started_at = now
        current.save()
        due_on = _due_on(current)
        for deliverable in current.deliverables.all():
            deliverable.due_on = due_on
            deliverable.save()
        entry.data["phase"] = current.number
    return current


@record_refusals("deliverable.hand_in")
def hand_in_deliverable(
    *, deliverable: Deliverable, actor: Actor, now: datetime, file: StagedFile | None = None, note: str = ""
) -> Deliverable:
    """The partner hands in a deliverable of a phase that has begun; again, after it was postponed (LR-23).

    The team records it for a partner without account, whose call has its deposits on another buyer profile.
    Raises NotAllowed, RuleViolation without a notified decision, Refusal when it was accepted already or nothing is
    handed in. Records `deliverable.handed_in`.
    """
    contract = deliverable.contract_phase.contract
    require(actor, "contract.hand_in_deliverable", contract)
    with act(contract.call.chain, "deliverable.handed_in", actor=actor, now=now, subject=deliverable):
        current = Deliverable.objects.select_related("contract_phase").get(pk=deliverable.pk)
        phase = current_phase(current.contract_phase)
        refuse_unless_running(phase.contract)
        refuse(execution.check_start(phase_start_facts(phase, now=now, step="delivery")))
        if phase.started_at is None:
            raise Refusal(f"La phase {phase.number} n’a pas commencé : attendez la date de départ.")
        if current.acceptances.filter(decision__in=[*Acceptance.ACCEPTING, Acceptance.Decision.REJECTED]).exists():
            raise Refusal("Ce livrable a déjà reçu une décision définitive de l’acheteur.")
        if file is None and not note.strip():
            raise Refusal("Joignez le livrable, ou écrivez où et comment il a été remis.")
        current.file = store(file) if file else current.file
        current.note, current.handed_in_at = note, now
        current.save()
        tell_followers(phase.contract, "contracts.handed_in", now=now)
    return current


@record_refusals("deliverable.accept")
def accept(
    *,
    deliverable: Deliverable,
    decision: str,
    actor: Actor,
    now: datetime,
    reasons: str = "",
    reduction: int = 0,
    lift_before: date | None = None,
) -> Acceptance:
    """Decide on a deliverable that was handed in; anything but plain acceptance needs reasons.

    `reduction` is in hundredths of a percent of its price, `lift_before` the day by which reserves are lifted. Raises
    NotAllowed, Refusal. Records `deliverable.decided`.
    """
    contract = deliverable.contract_phase.contract
    require(actor, "contract.follow", contract)
    decision = Acceptance.Decision(decision)
    with act(
        contract.call.chain, "deliverable.decided", actor=actor, now=now, subject=deliverable, decision=decision.value
    ):
        current = Deliverable.objects.select_related("contract_phase").get(pk=deliverable.pk)
        if current.handed_in_at is None:
            raise Refusal("Ce livrable n’a pas été remis : il n’y a rien à admettre.")
        if current.acceptances.filter(handed_in_at=current.handed_in_at).exists():
            raise Refusal("Cette remise a déjà reçu une décision : attendez une nouvelle remise.")
        if decision != Acceptance.Decision.ACCEPTED and not reasons.strip():
            raise Refusal("Écrivez les motifs : le titulaire doit savoir quoi corriger, ou pourquoi le prix baisse.")
        if (decision == Acceptance.Decision.ACCEPTED_WITH_REDUCTION) != (reduction > 0):
            raise Refusal("Une réfaction va avec son taux, et un taux avec une réfaction : indiquez les deux.")
        if reduction > WHOLE:
            raise Refusal("Une réfaction ne dépasse pas le prix : indiquez un taux de 100 % au plus.")
        acceptance = Acceptance(
            deliverable=current,
            decision=decision,
            reasons=reasons,
            reduction=reduction,
            handed_in_at=current.handed_in_at,
            decided_at=now,
            decided_by_id=actor.user_id,
        )
        acceptance.document = _decision_document(acceptance, lift_before)
        acceptance.save()
        tell_holder(contract, "contracts.decided", now=now)
    return acceptance


def current_phase(phase: ContractPhase) -> ContractPhase:
    """The phase as it stands now, with what acts read of its contract."""
    return ContractPhase.objects.select_related(
        "phase", "contract__lot__call__lead_buyer", "contract__party__lead"
    ).get(pk=phase.pk)


def refuse_unless_running(contract: Contract) -> None:
    """Raises Refusal for a contract that is closed or stopped."""
    if contract.closed_at is not None or contract.stopped_at is not None:
        raise Refusal(f"Le contrat {contract.number} a pris fin : plus rien ne s’y exécute.")


def _due_on(phase: ContractPhase) -> date | None:
    if phase.duration_months is None:
        return None
    return add_months(timezone.localdate(phase.started_at), phase.duration_months)


def _decision_document(acceptance: Acceptance, lift_before: date | None) -> GeneratedDocument:
    deliverable = acceptance.deliverable
    phase = current_phase(deliverable.contract_phase)
    contract = phase.contract
    received_on = timezone.localdate(acceptance.handed_in_at)
    days = phase.phase.acceptance_days
    reserves = acceptance.decision == Acceptance.Decision.ACCEPTED_WITH_RESERVES
    reduced = acceptance.decision == Acceptance.Decision.ACCEPTED_WITH_REDUCTION
    return request_document(
        kind="acceptance",
        title=f"Décision sur un livrable {contract.number}",
        template="pdf/contracts/acceptance.html",
        facts={
            **header(contract.call),
            "call": call_block(contract.call),
            "contract": contract_block(contract),
            "buyer": organisation_block(contract.call.lead_buyer),
            "holder": organisation_block(contract.party.lead),
            "phase": {"number": phase.number, "name": phase.name},
            "deliverable": {
                "name": deliverable.name,
                "received_on": received_on.isoformat(),
                "version": str(deliverable.acceptances.count() + 1),
            },
            "decision": acceptance.decision,
            "checks": [] if reserves or not acceptance.reasons else [{"name": "Constat", "result": acceptance.reasons}],
            "reserves": [{"text": acceptance.reasons, "before": lift_before and lift_before.isoformat()}]
            if reserves
            else [],
            "reduction": {
                "amount_ht": money(phase.remuneration_ht * acceptance.reduction / WHOLE) if reduced else None,
                "reason": acceptance.reasons if reduced else "",
            },
            "decided_on": timezone.localdate(acceptance.decided_at).isoformat(),
            "deadline_on": add_days(received_on, days).isoformat() if days else None,
            "effect": EFFECTS[Acceptance.Decision(acceptance.decision)],
            "signatory": {"name": str(acceptance.decided_by or ""), "capacity": "pour l’acheteur"},
        },
        subject=contract,
    )
