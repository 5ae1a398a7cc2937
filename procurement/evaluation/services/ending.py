"""Telling those who took part that a lot ends without a contract (R2185-1, R2185-2, LR-86)."""

from collections.abc import Collection
from datetime import datetime
from typing import Any

from marketplace.accounts.actors import Actor
from marketplace.accounts.permissions import require
from marketplace.journal.acts import act, record_refusals
from procurement.calls.models import Cancellation, Lot
from procurement.correspondence.models import Letter, LetterKind
from procurement.correspondence.services import send_letter
from procurement.evaluation.models import Bid, Candidate, RoundElimination
from procurement.law import ending
from procurement.law import facts as law
from procurement.law.findings import refuse
from procurement.submissions.models import TenderingParty

ARTICLE = "R. 2185-1"


def cancellation_of(lot: Lot) -> Cancellation | None:
    """The decision that ended a lot before any signature, None while it goes on."""
    return Cancellation.objects.filter(lot=lot).first()


def to_tell(lot: Lot) -> list[TenderingParty]:
    """Those whose answer was opened and whom no letter has sent home yet, oldest first.

    Whoever tendered under a seal that nobody opened stays unknown: an ended lot opens no envelope.
    """
    return untold([lot])[lot.pk]


def untold(lots: Collection[Lot]) -> dict[Any, list[TenderingParty]]:
    """`to_tell` of each of the lots, by id, in a constant number of queries."""
    letters = Letter.objects.filter(lot__in=lots, kind=LetterKind.NO_FURTHER_ACTION)
    told = set(letters.values_list("lot_id", "recipient_id"))
    candidates = Candidate.objects.filter(lot__in=lots)
    known = {*candidates.values_list("lot_id", "party_id")}
    known |= {*Bid.objects.filter(lot__in=lots).values_list("lot_id", "party_id")}
    known -= {*candidates.filter(decision__is_selected=False).values_list("lot_id", "party_id")}
    known -= {*RoundElimination.objects.filter(lot__in=lots).values_list("lot_id", "party_id")}
    rows = TenderingParty.objects.filter(pk__in={party_id for _lot_id, party_id in known})
    found: dict[Any, list[TenderingParty]] = {lot.pk: [] for lot in lots}
    parties = list(rows.select_related("lead").order_by("formed_at", "pk"))
    for lot in lots:
        of_lot = (one for one in parties if (lot.pk, one.pk) in known)
        found[lot.pk] = [one for one in of_lot if (lot.pk, one.lead_id) not in told]
    return found


def letter_facts(cancellation: Cancellation, *, relaunch: str = "") -> dict[str, Any]:
    """What the letter says, the same to all; `relaunch`: what the buyer plans next."""
    return {
        "reasons": cancellation.reasons,
        "article": ARTICLE,
        "relaunch": relaunch.strip(),
    }


@record_refusals("ending.tell", subject="lot")
def tell_participants(*, lot: Lot, actor: Actor, now: datetime, relaunch: str = "") -> list[Letter]:
    """Write to all of `to_tell` at the same instant, with the reasons of the decision.

    Raises NotAllowed; RuleViolation while the lot goes on, or when nobody is left to tell (LR-86), and LR-124.
    """
    require(actor, "ending.tell", lot)
    with act(lot.call.chain, "ending.told", actor=actor, now=now, subject=lot) as entry:
        cancellation = cancellation_of(lot)
        parties = to_tell(lot)
        refuse(
            ending.check_letters(
                law.EndingLettersFacts(
                    ended=cancellation is not None,
                    reasons=cancellation.reasons if cancellation else "",
                    to_tell_ids=tuple(str(party.pk) for party in parties),
                )
            )
        )
        facts = letter_facts(cancellation, relaunch=relaunch)
        letters = [
            send_letter(
                call=lot.call,
                lot=lot,
                recipient=party.lead,
                kind=LetterKind.NO_FURTHER_ACTION,
                facts=facts,
                now=now,
            )
            for party in parties
        ]
        entry.data["told"] = len(letters)
    return letters
