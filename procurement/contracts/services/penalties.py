"""Penalties of a contract: announced, answered, then applied or waived (CCAG, LR-117)."""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal

from django.utils import timezone

from marketplace.accounts.actors import Actor
from marketplace.accounts.permissions import require
from marketplace.journal.acts import act, record_refusals
from marketplace.journal.errors import Refusal
from procurement.calls.facts import launch_date
from procurement.calls.models import Phase
from procurement.contracts.mails import tell_followers, tell_holder
from procurement.contracts.models import Contract, ContractPhase, Penalty
from procurement.contracts.payment_terms import terms_of
from procurement.law import facts as law
from procurement.law import price
from procurement.law.findings import refuse

Decision = Penalty.Decision


@record_refusals("penalty.notify")
def notify_penalty(
    *,
    contract: Contract,
    breach: str,
    computation: str,
    amount_ht: Decimal,
    phase: ContractPhase | None = None,
    actor: Actor,
    now: datetime,
) -> Penalty:
    """Announce a penalty to the holder, who may answer before it is decided (LR-117).

    Raises NotAllowed, Refusal without breach, computation or amount, or on a contract that is not in force. Tells the
    holder. Records `penalty.notified`.
    """
    require(actor, "contract.follow", contract)
    with act(contract.call.chain, "penalty.notified", actor=actor, now=now, subject=contract) as entry:
        current = Contract.objects.get(pk=contract.pk)
        if current.notified_at is None:
            raise Refusal("Le contrat n’est pas notifié : il n’a pas encore d’effet.")
        if not breach.strip() or not computation.strip() or amount_ht <= 0:
            raise Refusal("Indiquez le manquement, le calcul selon le contrat et un montant positif.")
        row = Penalty(
            contract=current,
            contract_phase=phase,
            breach=breach.strip(),
            computation=computation.strip(),
            amount_ht=amount_ht,
            notified_at=now,
            notified_by_id=actor.user_id,
        )
        row.save()
        entry.data.update(amount_ht=amount_ht)
        tell_holder(current, "contracts.penalty_notified", now=now)
    return row


@record_refusals("penalty.observe")
def observe_penalty(*, penalty: Penalty, observations: str, actor: Actor, now: datetime) -> Penalty:
    """The holder answers a penalty announced. Raises NotAllowed, Refusal once decided, twice, or without a word.

    Tells the buyer's team. Records `penalty.observed`.
    """
    require(actor, "contract.bill", penalty.contract)
    with act(penalty.contract.call.chain, "penalty.observed", actor=actor, now=now, subject=penalty):
        current = _undecided(penalty)
        if current.observed_at is not None:
            raise Refusal("Vos observations sont déjà parties : l’acheteur les lit.")
        if not observations.strip():
            raise Refusal("Écrivez vos observations.")
        current.observations, current.observed_at = observations.strip(), now
        current.save()
        tell_followers(current.contract, "contracts.penalty_observed", now=now)
    return current


@record_refusals("penalty.decide")
def decide_penalty(
    *,
    penalty: Penalty,
    decision: str,
    reasons: str,
    actor: Actor,
    now: datetime,
    accepted: Mapping[str, str] | None = None,
) -> Penalty:
    """Apply or waive a penalty, once the holder answered or its time to do so is over (LR-117).

    What is applied comes off the next invoice that can bear it whole. Raises NotAllowed, RuleViolation (too early,
    above the cap, waived without reasons, research without a word), Refusal once decided. Records `penalty.decided`.
    """
    require(actor, "contract.follow", penalty.contract)
    with act(penalty.contract.call.chain, "penalty.decided", actor=actor, now=now, subject=penalty) as entry:
        current = _undecided(penalty)
        if decision not in Decision.values:
            raise Refusal("Choisissez d’appliquer la pénalité ou d’y renoncer.")
        refuse(price.check_penalty(_facts(current, decision, reasons, now)), accepted)
        current.decision, current.reasons, current.decided_at = decision, reasons.strip(), now
        current.save()
        entry.data.update(decision=decision, amount_ht=current.amount_ht, passed=sorted(accepted or {}))
        tell_holder(current.contract, "contracts.penalty_decided", now=now)
    return current


def _facts(row: Penalty, decision: str, reasons: str, now: datetime) -> law.PenaltyFacts:
    contract, phase = row.contract, row.contract_phase
    applied = contract.penalties.filter(decision=Decision.APPLY).values_list("amount_ht", flat=True)
    return law.PenaltyFacts(
        launch_date=launch_date(contract.call, contract.prepared_at),
        decision=decision,
        amount_ht=row.amount_ht,
        applied_before_ht=sum(applied, Decimal(0)),
        contract_ht=contract.research_ht,
        cap_rate=terms_of(contract).penalty_cap,
        notified_on=timezone.localdate(row.notified_at),
        observed=row.observed_at is not None,
        today=timezone.localdate(now),
        bears_on_research=phase is not None and phase.kind == Phase.Kind.RESEARCH,
        reasons=reasons,
    )


def _undecided(penalty: Penalty) -> Penalty:
    related = ("contract__lot__call__lead_buyer", "contract__lot__terms", "contract__party__lead", "contract_phase",
               "contract__payment_terms")  # fmt: skip
    current = Penalty.objects.select_related(*related).get(pk=penalty.pk)
    if current.decided_at is not None:
        raise Refusal("Cette pénalité est déjà décidée.")
    return current
