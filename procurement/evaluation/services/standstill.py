"""Letters that end the choice, and what holds the signature after them (LR-75, LR-76, LR-78 to LR-80, LR-124)."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from marketplace.accounts.actors import Actor
from marketplace.accounts.permissions import require
from marketplace.journal.acts import act, record_refusals
from marketplace.journal.errors import Refusal
from procurement.calls.facts import launch_date
from procurement.calls.models import Lot
from procurement.calls.services.timeline import record
from procurement.correspondence.models import Letter, LetterKind
from procurement.correspondence.services import send_letter
from procurement.evaluation.documents import award_letter_facts, draft_reasons, rejection_facts
from procurement.evaluation.facts import rejected_after_award, signature_facts, signature_facts_in
from procurement.evaluation.models import (
    AwardDecision,
    AwardedPartner,
    Bid,
    Exclusion,
    RankedBid,
    RejectionNotice,
    StandstillHold,
)
from procurement.evaluation.services.ruling import refuse_ended
from procurement.law import calendar, signature
from procurement.submissions.models import TenderingParty


@dataclass(frozen=True, slots=True)
class Outcome:
    """A lot once its partners are chosen: who stands, who waits for a letter, with bids and places in the ranking."""

    decision: AwardDecision
    partners: list[AwardedPartner]
    rejected: list[TenderingParty]
    rows: Mapping[Any, RankedBid]
    bids: Mapping[Any, Bid]

    @property
    def winners(self) -> list[RankedBid]:
        """Places of the standing partners in the ranking, best first."""
        return [self.rows[partner.party_id] for partner in self.partners]


def outcome(lot: Lot) -> Outcome:
    """Read the outcome of a lot in a constant number of queries. Raises Refusal before the choice."""
    decision = AwardDecision.objects.filter(lot=lot).select_related("ranking").first()
    if decision is None:
        raise Refusal("Les partenaires de ce lot ne sont pas choisis : décidez d’abord de l’attribution (R2152-7).")
    ranked = decision.ranking.ranked_bids.select_related("bid__party__lead")
    return Outcome(
        decision=decision,
        partners=list(AwardedPartner.objects.standing(lot).select_related("clearance")),
        rejected=rejected_after_award(lot),
        rows={row.bid.party_id: row for row in ranked.prefetch_related("bid__consensus_scores")},
        bids={bid.party_id: bid for bid in Bid.objects.to_award(lot).prefetch_related("consensus_scores")},
    )


def drafted_reasons(lot: Lot) -> dict[Any, str]:
    """First texts of the reasons, by id of rejected party, from what was written while scoring (constant queries)."""
    found = outcome(lot)
    eliminated = {
        partner.party_id: partner.elimination_reasons
        for partner in found.decision.partners.filter(eliminated_at__isnull=False)
    }
    return {
        party.pk: eliminated.get(party.pk) or draft_reasons(found.rows.get(party.pk), found.bids.get(party.pk))
        for party in found.rejected
    }


@dataclass(frozen=True, slots=True)
class Preview:
    """A letter as it would leave now: to whom, what it says (the facts of its template)."""

    party: TenderingParty
    facts: Mapping[str, Any]


def preview_letters(
    *, lot: Lot, reasons: Mapping[Any, str], actor: Actor, now: datetime, electronic: bool = True
) -> tuple[list[Preview], list[Preview]]:
    """Letters of rejection, then those to the partners, as `send_rejections` would send them; nothing is written.

    Raises NotAllowed, and Refusal before the choice.
    """
    require(actor, "award.decide", lot)
    found = outcome(lot)
    signing_date = _announced_date(lot, electronic=electronic, now=now)
    rejected = [
        Preview(party, _rejection(lot, party, found, reasons.get(party.pk, ""), signing_date, electronic, now))
        for party in found.rejected
    ]
    chosen = [Preview(partner.party, _award(partner, found, signing_date)) for partner in found.partners]
    return rejected, chosen


@record_refusals("rejections.send", subject="lot")
def send_rejections(
    *, lot: Lot, reasons: Mapping[Any, str], actor: Actor, now: datetime, electronic: bool = True
) -> list[RejectionNotice]:
    """Tell the cleared partners and, at the same instant, every tenderer who was not chosen.

    `reasons` by id of party. Each letter holds the firm's own marks and the winner's, the winner's name, the reasons of
    the choice, the earliest signing date, appeals. Raises NotAllowed; Refusal before the choice, for letters sent
    already or a missing reason; RuleViolation (LR-75, LR-76, LR-78, LR-124). Starts the standstill where one is due.
    """
    require(actor, "award.decide", lot)
    with act(lot.call.chain, "rejections.sent", actor=actor, now=now, subject=lot) as entry:
        lot = Lot.objects.select_related("call__lead_buyer", "timeline", "terms").get(pk=lot.pk)
        refuse_ended(lot)
        found = outcome(lot)
        if lot.timeline.rejections_sent_at is not None:
            raise Refusal("Les lettres de ce lot sont déjà parties (R2181-1).")
        unexplained = [str(party) for party in found.rejected if not reasons.get(party.pk, "").strip()]
        if unexplained:
            raise Refusal(f"Écrivez les motifs du rejet pour : {', '.join(unexplained)} (R2181-3).")
        signing_date = _announced_date(lot, electronic=electronic, now=now)
        notices = [
            _reject(lot, party, found, reasons[party.pk], signing_date, electronic, now) for party in found.rejected
        ]
        _tell_partners(lot, found, signing_date, electronic, now)
        record(lot, "rejections_sent_at", now)
        if signing_date is not None:
            record(lot, "standstill_at", now)
        entry.data.update(rejected=len(notices), earliest_signature_on=signing_date)
    return notices


def _announced_date(lot: Lot, *, electronic: bool, now: datetime) -> date | None:
    """First day on which the buyer may sign if the letters leave now; None where no standstill is due (LR-79)."""
    if not signature.standstill_applies(signature_facts(lot, now=now)):
        return None
    return calendar.earliest_signature([(now, electronic)], launch_date=launch_date(lot.call, now))


def _decision(lot: Lot, found: Outcome, now: datetime) -> dict[str, Any]:
    """What the rules on decision letters ask beyond the letter itself (LR-75, LR-79)."""
    excluded = set(Exclusion.objects.pronounced(lot).values_list("candidate__party", flat=True))
    cleared = [
        one
        for one in found.partners
        if hasattr(one, "clearance") and one.clearance.completed_at and one.party_id not in excluded
    ]
    return {
        "winner_ids": tuple(str(partner.party_id) for partner in found.partners),
        "cleared_ids": tuple(str(partner.party_id) for partner in cleared),
        "standstill_applies": signature.standstill_applies(signature_facts(lot, now=now)),
    }


def _reject(
    lot: Lot,
    party: TenderingParty,
    found: Outcome,
    reasons: str,
    signing_date: date | None,
    electronic: bool,  # noqa: FBT001 - how every letter of this sending leaves
    now: datetime,
) -> RejectionNotice:
    letter = send_letter(
        call=lot.call,
        lot=lot,
        recipient=party.lead,
        kind=LetterKind.REJECTION,
        facts=_rejection(lot, party, found, reasons, signing_date, electronic, now),
        now=now,
        electronic=electronic,
        decision=_decision(lot, found, now),
    )
    notice = RejectionNotice(
        lot=lot,
        party=party,
        letter=letter,
        sent_at=now,
        is_electronic=electronic,
        earliest_signature_on=signing_date,
    )
    notice.save()
    return notice


def _rejection(
    lot: Lot,
    party: TenderingParty,
    found: Outcome,
    reasons: str,
    signing_date: date | None,
    electronic: bool,  # noqa: FBT001 - how every letter of this sending leaves
    now: datetime,
) -> dict[str, Any]:
    return rejection_facts(
        reasons=reasons.strip(),
        own=found.rows.get(party.pk),
        winners=found.winners,
        reasons_of_choice=found.decision.reasons,
        earliest_signature_on=signing_date,
        launched_on=launch_date(lot.call, now),
        electronic=electronic,
    )


def _award(partner: AwardedPartner, found: Outcome, signing_date: date | None) -> dict[str, Any]:
    return award_letter_facts(
        found.rows[partner.party_id], partners_count=len(found.partners), earliest_signature_on=signing_date
    )


def _tell_partners(
    lot: Lot,
    found: Outcome,
    signing_date: date | None,
    electronic: bool,  # noqa: FBT001 - how every letter of this sending leaves
    now: datetime,
) -> list[Letter]:
    return [
        send_letter(
            call=lot.call,
            lot=lot,
            recipient=partner.party.lead,
            kind=LetterKind.AWARD,
            facts=_award(partner, found, signing_date),
            now=now,
            electronic=electronic,
            decision=_decision(lot, found, now),
        )
        for partner in found.partners
    ]


def earliest_signature(lot: Lot, *, now: datetime) -> date | None:
    """First day on which the buyer may sign: computed from the letters sent, never before the date announced (LR-78).

    None when no letter left, or where nothing binds (LR-79). A pending appeal is told apart: `holds`.
    """
    return earliest_signatures([lot], now=now)[lot.pk]


def earliest_signatures(lots: Collection[Lot], *, now: datetime) -> dict[Any, date | None]:
    """`earliest_signature` of each of the lots, by id, in a constant number of queries."""
    return {key: signature.signable_on(facts) for key, facts in signature_facts_in(lots, now=now).items()}


def holds(lot: Lot) -> list[StandstillHold]:
    """Appeals on which the judge has not answered: none may be left when the buyer signs (LR-80)."""
    return list(StandstillHold.objects.pending(lot))


def hold(*, lot: Lot, case_number: str, notified_at: datetime, actor: Actor, now: datetime) -> StandstillHold:
    """Stop the signature because of a pre-contract appeal (CJA L551-4, LR-80).

    Raises NotAllowed, and Refusal without a case number, in the future, or once the lot is signed.
    """
    require(actor, "award.decide", lot)
    with act(lot.call.chain, "standstill.held", actor=actor, now=now, subject=lot):
        lot = Lot.objects.select_related("timeline").get(pk=lot.pk)
        if not case_number.strip() or notified_at > now:
            raise Refusal("Indiquez le numéro de la requête et l’instant où le recours vous est parvenu.")
        if lot.timeline.signed_at is not None:
            raise Refusal("Le contrat est signé : le référé précontractuel n’est plus ouvert (CJA L551-1).")
        held = StandstillHold(lot=lot, case_number=case_number.strip(), notified_at=notified_at)
        held.full_clean(exclude=["lot"])
        held.save()
    return held


def release(
    *, held: StandstillHold, outcome: str, order_received_at: datetime, actor: Actor, now: datetime
) -> StandstillHold:
    """Record the judge's order: this appeal holds the signature no more (CJA L551-4, LR-80).

    Raises NotAllowed, and Refusal without the sense of the order, in the future, or twice.
    """
    require(actor, "award.decide", held.lot)
    with act(held.lot.call.chain, "standstill.released", actor=actor, now=now, subject=held):
        current = StandstillHold.objects.get(pk=held.pk)
        if current.order_received_at is not None:
            raise Refusal("L’ordonnance du juge est déjà consignée pour cette requête.")
        if not outcome.strip() or not current.notified_at <= order_received_at <= now:
            raise Refusal("Indiquez le sens de l’ordonnance et l’instant où elle vous est parvenue (CJA L551-4).")
        current.outcome, current.order_received_at = outcome.strip(), order_received_at
        current.save()
    return current
