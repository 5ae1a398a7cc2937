"""The end of a contract that ran its course."""

from datetime import datetime

from marketplace.accounts.actors import Actor
from marketplace.accounts.permissions import require
from marketplace.journal.acts import act, record_refusals
from marketplace.journal.errors import Refusal
from procurement.contracts.models import Acceptance, Contract, Deliverable, GateDecision
from procurement.contracts.signals import contract_ended


@record_refusals("contract.close")
def close_contract(*, contract: Contract, actor: Actor, now: datetime) -> Contract:
    """Close a contract in force, once nothing that its partner handed in waits for a decision.

    A decision that was sent must have been received, and a research phase that has begun must have its results. Raises
    NotAllowed, Refusal. Records `contract.closed`.
    """
    require(actor, "contract.follow", contract)
    with act(contract.call.chain, "contract.closed", actor=actor, now=now, subject=contract):
        current = Contract.objects.get(pk=contract.pk)
        if not current.is_running:
            raise Refusal(f"Le contrat {current.number} n’est pas en vigueur : il n’y a rien à clore.")
        if waiting := _waiting(current):
            raise Refusal(f"Avant de clore le contrat {current.number} : {' ; '.join(waiting)}.")
        current.closed_at = now
        current.save()
        contract_ended.send(sender=Contract, contract=current, now=now)
    return current


def _waiting(contract: Contract) -> list[str]:
    """What still stands open, as French phrases."""
    handed_in = Deliverable.objects.filter(contract_phase__contract=contract, handed_in_at__isnull=False)
    undecided = [
        row.name
        for row in handed_in
        if not Acceptance.objects.filter(deliverable=row, handed_in_at=row.handed_in_at).exists()
    ]
    phrases = [f"décidez sur le livrable « {name} »" for name in undecided]
    if GateDecision.objects.filter(contract=contract, notified_at=None).exists():
        phrases.append("consignez la réception de la décision envoyée")
    open_phases = contract.phases.filter(started_at__isnull=False, results_at=None, kind="research")
    phrases += [f"arrêtez les résultats de la phase {phase.number}" for phase in open_phases]
    return phrases
