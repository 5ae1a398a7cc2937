"""From opened bids to final ones: registering, negotiating with each at equal length, closing for all at once."""

from collections.abc import Iterable, Mapping, Sized
from datetime import datetime
from typing import Any

from marketplace.accounts.actors import Actor
from marketplace.accounts.permissions import require
from marketplace.files.documents import request_document
from marketplace.journal.acts import act, record_refusals
from marketplace.journal.errors import Refusal
from procurement.calls.facts import documents_address
from procurement.calls.models import Lot, PeriodEnvelope, SubmissionPeriod
from procurement.correspondence.models import LetterKind
from procurement.correspondence.services import send_letter
from procurement.evaluation.documents import (
    closing_facts,
    negotiation_invitation_facts,
    negotiation_minutes_facts,
    round_elimination_facts,
)
from procurement.evaluation.facts import elimination_facts, last_ranked, negotiation_facts, remaining_parties
from procurement.evaluation.models import AwardDecision, Bid, Candidate, NegotiationMeeting, RankedBid, RoundElimination
from procurement.evaluation.prices import UnreadablePriceError, amounts
from procurement.evaluation.services.ruling import pass_rules, refuse_ended
from procurement.evaluation.services.selection import first_of_all, opened
from procurement.law import facts as law
from procurement.law import negotiation
from procurement.submissions.models import Invitation, TenderingParty

STAGES = {
    SubmissionPeriod.Kind.INITIAL: Bid.Stage.INITIAL,
    SubmissionPeriod.Kind.ROUND: Bid.Stage.ROUND,
    SubmissionPeriod.Kind.FINAL: Bid.Stage.FINAL,
    SubmissionPeriod.Kind.SINGLE_STEP: Bid.Stage.SINGLE_STEP,
}


def register_bids(*, lot: Lot, period: SubmissionPeriod, actor: Actor, now: datetime) -> list[Bid]:
    """Register the bids opened in a period; called again once prices are opened, it adds them and their totals.

    A price that cannot be read leaves the amounts empty: such a bid cannot be ranked, people decide on it. Raises
    NotAllowed, and Refusal when no bid was opened, or once the partners are chosen.
    """
    require(actor, "bids.register", lot)
    with act(lot.call.chain, "bids.registered", actor=actor, now=now, subject=lot, period=period.pk) as entry:
        period = SubmissionPeriod.objects.prefetch_related("deadlines").get(pk=period.pk, lot=lot)
        if AwardDecision.objects.filter(lot=lot).exists():
            raise Refusal("Les partenaires sont choisis : aucune offre ne s’enregistre plus (R2152-7).")
        stage = STAGES[SubmissionPeriod.Kind(period.kind)]
        bids = {bid.party_id: bid for bid in Bid.objects.filter(lot=lot, stage=stage, round_number=period.round_number)}
        rejected = set(
            Candidate.objects.filter(lot=lot, decision__is_selected=False).values_list("party_id", flat=True)
        )
        prices = {result.submission_id: result.answers or {} for result in opened(period, PeriodEnvelope.Name.PRICE)}
        for result in opened(period, PeriodEnvelope.Name.TECHNICAL):
            party = result.submission.party
            if party.pk in rejected:
                continue
            bid = bids.get(party.pk) or Bid(
                lot=lot, party=party, stage=stage, round_number=period.round_number, registered_at=now
            )
            bid.submission, bid.technical = result.submission, result.answers or {}
            _set_price(bid, prices.get(result.submission_id, {}))
            bid.save()
            bids[party.pk] = bid
        if not bids:
            raise Refusal(f"Aucune offre n’est ouverte : {first_of_all(lot.call)}.")
        entry.data.update(bids=len(bids), priced=sum(bid.is_priced for bid in bids.values()))
    return list(Bid.objects.at_stage(lot, stage).filter(round_number=period.round_number))


def _set_price(bid: Bid, price: Mapping[str, Any]) -> None:
    bid.price = price
    try:
        reckoned = amounts(price) if price else None
    except UnreadablePriceError:
        reckoned = None
    bid.research_ht = reckoned.research_ht if reckoned else None
    bid.acquisition_ht = reckoned.acquisition_ht if reckoned else None
    bid.total_ht = reckoned.total_ht if reckoned else None


def _tenderers_in(lot: Lot) -> list[TenderingParty]:
    refuse_ended(lot)
    parties = remaining_parties(lot)
    if not parties:
        raise Refusal("Aucune offre n’est enregistrée pour ce lot : ouvrez les plis et enregistrez les offres d’abord.")
    return parties


@record_refusals("negotiation.invite", subject="lot")
def invite_to_negotiate(
    *,
    lot: Lot,
    round_number: int,
    meetings: Mapping[Any, datetime],
    duration_minutes: int,
    actor: Actor,
    now: datetime,
    place: str = "",
    points: Mapping[Any, Iterable[str]] | None = None,
    accepted: Mapping[str, str] | None = None,
) -> list[NegotiationMeeting]:
    """Invite every tenderer still in to a meeting of the same length, by letters that leave together (LR-17, LR-19).

    `meetings` gives the instant (UTC) of each meeting by id of party; `points` the subjects of its own bid, told to it
    alone. Raises NotAllowed; Refusal for a meeting in the past, without length, a round already begun, or once final
    bids are asked for; RuleViolation (LR-16, LR-17) when somebody is left out or final bids are in.
    """
    require(actor, "negotiation.conduct", lot)
    with act(lot.call.chain, "negotiation.invited", actor=actor, now=now, subject=lot, round=round_number) as entry:
        parties = _tenderers_in(lot)
        if NegotiationMeeting.objects.filter(lot=lot, round_number=round_number).exists():
            raise Refusal(f"Le tour {round_number} a déjà commencé : ouvrez le suivant (R2172-30).")
        if duration_minutes < 1 or any(planned_at <= now for planned_at in meetings.values()):
            raise Refusal("Donnez une durée et des rendez-vous à venir : la même durée vaut pour tous (L3).")
        letters = [law.LetterOfRoundFacts(candidate_id=str(party_id), sent_at=now) for party_id in meetings]
        facts = negotiation_facts(lot, parties=parties, letters=letters, now=now)
        pass_rules(lot.call, negotiation.check_meetings(facts), accepted=accepted, actor=actor, now=now)
        if _final_bids_asked(lot):
            raise Refusal("La clôture de la négociation est annoncée à tous : aucun tour ne s’ouvre plus (R2161-20).")
        planned = []
        for party in parties:
            said = negotiation_invitation_facts(
                lot,
                round_number=round_number,
                planned_at=meetings[party.pk],
                duration_minutes=duration_minutes,
                place=place,
                points=(points or {}).get(party.pk, ()),
            )
            letter = send_letter(
                call=lot.call,
                lot=lot,
                recipient=party.lead,
                kind=LetterKind.NEGOTIATION_INVITATION,
                facts=said,
                now=now,
            )
            planned.append(
                NegotiationMeeting(
                    lot=lot,
                    party=party,
                    round_number=round_number,
                    invited_at=now,
                    planned_at=meetings[party.pk],
                    duration_minutes=duration_minutes,
                    place=place,
                    invitation=letter,
                )
            )
            planned[-1].save()
        entry.data["meetings"] = len(planned)
    return planned


def record_meeting(
    *,
    meeting: NegotiationMeeting,
    held_at: datetime,
    ended_at: datetime,
    attendees: Iterable[Mapping[str, str]],
    points: Iterable[Mapping[str, str]],
    actor: Actor,
    now: datetime,
    documents_shown: Iterable[str] = (),
    disclosures: Iterable[Mapping[str, str]] = (),
) -> NegotiationMeeting:
    """Record a meeting and request its minutes, which go to this tenderer only.

    `attendees`: {"name", "side", "capacity"}; `points`: {"subject", "discussion", "follow_up"}; `disclosures`: what was
    said of another tenderer's solution, {"item", "consent"} (L2132-1, LR-19). Raises NotAllowed; Refusal for a meeting
    recorded already, in the future, longer than the length given to all, or for a disclosure without consent.
    """
    require(actor, "negotiation.conduct", meeting.lot)
    with act(meeting.lot.call.chain, "negotiation.recorded", actor=actor, now=now, subject=meeting):
        current = NegotiationMeeting.objects.select_related("lot__call__lead_buyer", "party__lead").get(pk=meeting.pk)
        disclosures = [dict(row) for row in disclosures]
        _check_meeting(current, held_at, ended_at, disclosures, now)
        current.held_at, current.ended_at = held_at, ended_at
        current.attendees = [dict(row) for row in attendees]
        current.points = [dict(row) for row in points]
        current.documents_shown, current.disclosures = list(documents_shown), disclosures
        current.minutes = request_document(
            kind="negotiation_minutes",
            title=f"Compte rendu de négociation, tour {current.round_number} – {current.party}",
            template="pdf/evaluation/negotiation_minutes.html",
            facts=negotiation_minutes_facts(current),
            subject=current,
        )
        current.save()
    return current


def _check_meeting(
    meeting: NegotiationMeeting,
    held_at: datetime,
    ended_at: datetime,
    disclosures: Iterable[Mapping[str, str]],
    now: datetime,
) -> None:
    if meeting.held_at is not None:
        raise Refusal("Cette réunion est déjà consignée : son compte rendu ne change plus.")
    if not held_at < ended_at <= now:
        raise Refusal("Indiquez un début et une fin de réunion déjà passés.")
    if (ended_at - held_at).total_seconds() > meeting.duration_minutes * 60:
        raise Refusal(
            f"La réunion a dépassé les {meeting.duration_minutes} minutes données à chacun (L3). "
            "Ouvrez un nouveau tour, de même durée pour tous."
        )
    if any(not row.get("consent", "").strip() for row in disclosures):
        raise Refusal(
            "Un élément d’un autre candidat a été communiqué sans son accord écrit (L2132-1, R2161-17) : joignez cet "
            "accord, élément par élément."
        )


@record_refusals("negotiation.eliminate", subject="lot")
def eliminate(
    *,
    lot: Lot,
    eliminations: Mapping[Any, str],
    actor: Actor,
    now: datetime,
    accepted: Mapping[str, str] | None = None,
) -> list[RoundElimination]:
    """Leave tenderers out of the next round, on the award criteria, where the call announced it (R2172-30, LR-17).

    `eliminations`: reasons by id of party; each is told at once, with its own marks. Those who remain are told by the
    letters of `invite_to_negotiate` or `close_negotiation`. Raises NotAllowed; Refusal when somebody is not in any
    more, nobody would remain, or final bids are asked for; RuleViolation (LR-16 to LR-18, LR-70, LR-76, LR-124).
    """
    require(actor, "negotiation.eliminate", lot)
    with act(lot.call.chain, "negotiation.eliminated", actor=actor, now=now, subject=lot) as entry:
        parties = _tenderers_in(lot)
        leaving = [party for party in parties if party.pk in eliminations]
        _check_leaving(lot, leaving, parties, eliminations)
        ranked = last_ranked(lot)
        facts = negotiation_facts(
            lot, parties=parties, eliminated=elimination_facts(parties, eliminations, ranked), now=now
        )
        pass_rules(lot.call, negotiation.check_elimination(facts), accepted=accepted, actor=actor, now=now)
        rows = [_leave_out(lot, party, eliminations[party.pk].strip(), ranked[party.pk], now) for party in leaving]
        entry.data["eliminated"] = [party.pk for party in leaving]
    return rows


def _final_bids_asked(lot: Lot) -> bool:
    return Invitation.objects.filter(period__lot=lot, period__kind=SubmissionPeriod.Kind.FINAL).exists()


def _check_leaving(lot: Lot, leaving: Sized, parties: Sized, eliminations: Sized) -> None:
    if AwardDecision.objects.filter(lot=lot).exists() or _final_bids_asked(lot):
        raise Refusal("Les offres finales sont demandées : plus personne ne s’élimine entre deux tours (R2161-20).")
    if not leaving or len(leaving) < len(eliminations):
        raise Refusal("Choisissez des soumissionnaires encore en lice, et eux seuls (R2172-30).")
    if len(leaving) == len(parties):
        raise Refusal("Gardez des soumissionnaires pour les offres finales, ou déclarez le lot sans suite (R2161-18).")


def _leave_out(lot: Lot, party: TenderingParty, reasons: str, row: RankedBid, now: datetime) -> RoundElimination:
    letter = send_letter(
        call=lot.call,
        lot=lot,
        recipient=party.lead,
        kind=LetterKind.ROUND_ELIMINATION,
        facts=round_elimination_facts(reasons, row),
        now=now,
    )
    elimination = RoundElimination(lot=lot, party=party, reasons=reasons, decided_at=now, letter=letter)
    elimination.save()
    return elimination


@record_refusals("negotiation.close", subject="lot")
def close_negotiation(
    *,
    lot: Lot,
    period: SubmissionPeriod,
    actor: Actor,
    now: datetime,
    changes: Mapping[str, str] | None = None,
    accepted: Mapping[str, str] | None = None,
) -> list[Invitation]:
    """End the negotiation: one letter to all who remain, one deadline for final bids (R2161-20, LR-16, LR-18).

    `period` is the final period, planned before; `changes` tells all, by code (law.facts.NegotiationFacts), what
    changes in the documents. Raises NotAllowed; Refusal when the letters left already; RuleViolation (LR-16 to LR-18).
    """
    require(actor, "negotiation.conduct", lot)
    changes = dict(changes or {})
    with act(lot.call.chain, "negotiation.closed", actor=actor, now=now, subject=lot, period=period.pk) as entry:
        period = SubmissionPeriod.objects.prefetch_related("deadlines").get(
            pk=period.pk, lot=lot, kind=SubmissionPeriod.Kind.FINAL
        )
        parties = _tenderers_in(lot)
        if _final_bids_asked(lot):
            raise Refusal("La clôture de la négociation est déjà annoncée, pour tous à la fois (R2161-20).")
        letters = [
            law.LetterOfRoundFacts(
                candidate_id=str(party.pk),
                sent_at=now,
                deadline=period.closes_at(),
                documents_address=documents_address(lot.call),
            )
            for party in parties
        ]
        facts = negotiation_facts(lot, parties=parties, letters=letters, changed=changes, closing=True, now=now)
        pass_rules(lot.call, negotiation.check(facts), accepted=accepted, actor=actor, now=now)
        said = closing_facts(lot, period, changes.values())
        invitations = []
        for party in parties:
            invitations.append(Invitation(party=party, period=period, invited_at=now))
            invitations[-1].save()
            send_letter(call=lot.call, lot=lot, recipient=party.lead, kind=LetterKind.CLOSING, facts=said, now=now)
        entry.data["tenderers"] = len(invitations)
    return invitations
