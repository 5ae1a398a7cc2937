"""The retention given back: after the guarantee, or at once against a guarantee (R2191-35, R2191-36, LR-118)."""

from datetime import date, datetime

from django.utils import timezone

from marketplace.accounts.actors import Actor
from marketplace.accounts.permissions import require
from marketplace.journal.acts import act, record_refusals
from marketplace.journal.errors import Refusal
from procurement.contracts.mails import tell_holder
from procurement.contracts.models import Contract, RetentionRelease
from procurement.contracts.payment_terms import held_back, terms_of

Reason = RetentionRelease.Reason


@record_refusals("retention.release")
def release_retention(
    *,
    contract: Contract,
    reason: str,
    released_at: datetime,
    reference: str,
    guarantee_received_on: date | None = None,
    actor: Actor,
    now: datetime,
) -> RetentionRelease:
    """Record that all that is kept back was paid to the holder.

    `reason`: the contract is over, or a guarantee takes its place, received on a day; nothing more is kept back then.
    `reference`: number of the transfer. Tells the holder. Records `retention.released`.

    Raises:
        NotAllowed: Not of the team that follows the contract.
        Refusal: Nothing is kept back, the contract still runs, no guarantee came, a day in the future, no number.
    """
    require(actor, "contract.follow", contract)
    with act(contract.call.chain, "retention.released", actor=actor, now=now, subject=contract) as entry:
        related = ("lot__call__lead_buyer", "lot__terms", "party__lead", "payment_terms")
        current = Contract.objects.select_related(*related).get(pk=contract.pk)
        terms = terms_of(current)
        amount = held_back(current)
        is_replaced = reason == Reason.GUARANTEE
        if amount <= 0:
            raise Refusal("Rien n’est retenu sur les factures payées : il n’y a rien à rendre.")
        if not is_replaced and current.closed_at is None and current.stopped_at is None:
            raise Refusal("Le contrat n’est pas terminé : la retenue se rend à sa fin, ou contre une garantie.")
        if is_replaced != (guarantee_received_on is not None):
            raise Refusal("Indiquez le jour où la garantie est reçue si elle remplace la retenue, et dans ce cas seul.")
        if released_at > now or (guarantee_received_on and guarantee_received_on > timezone.localdate(now)):
            raise Refusal("Cette date est dans l’avenir : consignez le fait une fois accompli.")
        if not reference.strip():
            raise Refusal("Indiquez le numéro du virement : il sert de preuve aux deux parties.")
        row = RetentionRelease(
            contract=current,
            reason=reason,
            amount_ttc=amount,
            released_at=released_at,
            reference=reference.strip(),
            guarantee_received_on=guarantee_received_on,
        )
        row.save()
        if is_replaced:
            terms.retention_rate, terms.set_at, terms.set_by_id = 0, now, actor.user_id
            terms.save()
        entry.data.update(amount_ttc=amount)
        tell_holder(current, "contracts.retention_released", now=now)
    return row
