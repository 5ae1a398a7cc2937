"""The choice of the partners (R2152-7, R2172-21, LR-04, LR-16, LR-18, LR-64, LR-70 to LR-72)."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Any

from marketplace.accounts.actors import Actor
from marketplace.accounts.permissions import require
from marketplace.files.documents import request_document
from marketplace.files.services import StagedFile, store
from marketplace.journal.acts import act, record_refusals
from marketplace.journal.errors import Refusal
from procurement.calls.models import Lot
from procurement.calls.services.timeline import record
from procurement.evaluation.documents import cao_minutes_facts
from procurement.evaluation.facts import award_facts
from procurement.evaluation.models import AwardDecision, AwardedPartner, Bid, CaoMinutes, RankedBid, Ranking
from procurement.evaluation.services.ruling import pass_rules, refuse_ended
from procurement.law import award as award_rules


def ranking_in_force(lot: Lot) -> Ranking:
    """The ranking an award rests on. Raises Refusal while there is none."""
    ranking = Ranking.objects.in_force(lot)
    if ranking is None:
        raise Refusal("Aucun classement d’offres finales n’existe pour ce lot : classez les offres d’abord (R2152-6).")
    return ranking


@record_refusals("cao.record", subject="lot")
def record_cao_minutes(
    *,
    lot: Lot,
    held_at: datetime,
    convened_on: date,
    members: Iterable[Mapping[str, Any]],
    quorum: int,
    votes: Mapping[str, int],
    winners: Iterable[Bid],
    reasons: str,
    actor: Actor,
    now: datetime,
    place: str = "",
    signed_file: StagedFile | None = None,
) -> CaoMinutes:
    """Record the sitting of the tender board that picks the holders, on the ranking in force (CGCT L1414-2, LR-72).

    `members`: {"name", "capacity", "voting", "present"}; `votes`: {"for", "against", "abstention"}; `signed_file`: the
    scan of the signed minutes, staged before. Raises NotAllowed; Refusal without quorum, majority or reasons, for a
    sitting in the future or older than the ranking.
    """
    require(actor, "award.decide", lot)
    with act(lot.call.chain, "cao.recorded", actor=actor, now=now, subject=lot):
        ranking = ranking_in_force(lot)
        minutes = CaoMinutes(
            lot=lot,
            ranking=ranking,
            held_at=held_at,
            place=place,
            convened_on=convened_on,
            members=[dict(member) for member in members],
            votes=dict(votes),
            reasons=reasons.strip(),
            recorded_at=now,
        )
        _check_sitting(minutes, quorum, now)
        minutes.document = request_document(
            kind="cao_minutes",
            title=f"Procès-verbal de la commission d’appel d’offres {lot.call.reference}, lot {lot.number}",
            template="pdf/evaluation/cao_minutes.html",
            facts=cao_minutes_facts(minutes, winners=[bid.party for bid in winners], quorum=quorum),
            subject=lot,
        )
        minutes.signed_file = store(signed_file) if signed_file else None
        minutes.save()
    return minutes


def _check_sitting(minutes: CaoMinutes, quorum: int, now: datetime) -> None:
    voters = sum(1 for member in minutes.members if member["voting"] and member["present"])
    if not minutes.ranking.ranked_at <= minutes.held_at <= now:
        raise Refusal("La séance se tient après le classement examiné, et avant d’être versée au dossier.")
    if voters < quorum:
        raise Refusal(f"Le quorum n’est pas atteint ({voters} voix pour {quorum}) : convoquez une nouvelle séance.")
    if sum(minutes.votes.values()) > voters or minutes.votes["for"] <= minutes.votes["against"]:
        raise Refusal("Les votes ne donnent pas de majorité aux choix proposés, ou dépassent les voix présentes.")
    if not minutes.reasons:
        raise Refusal("Écrivez les motifs du choix de la commission : la décision d’attribution les reprend.")


@record_refusals("award.decide", subject="lot")
def award(
    *,
    lot: Lot,
    chosen: Iterable[Bid],
    reasons: str,
    actor: Actor,
    now: datetime,
    accepted: Mapping[str, str] | None = None,
) -> AwardDecision:
    """Choose the partners of a lot, on the ranking in force (R2152-7, LR-71).

    Raises NotAllowed; Refusal without a ranking, when the choice is made, or for a bid of another stage; RuleViolation
    with every blocking finding (LR-04, LR-16, LR-18, LR-64, LR-70, LR-71, LR-72). Records `award.decided`.
    """
    require(actor, "award.decide", lot)
    with act(lot.call.chain, "award.decided", actor=actor, now=now, subject=lot) as entry:
        lot = Lot.objects.select_related("call__lead_buyer").get(pk=lot.pk)
        if AwardDecision.objects.filter(lot=lot).exists():
            raise Refusal("Les partenaires de ce lot sont déjà choisis (R2152-7).")
        refuse_ended(lot)
        ranking = ranking_in_force(lot)
        chosen = list(chosen)
        facts = award_facts(
            ranking,
            chosen=chosen,
            reasons=reasons,
            has_board_minutes=CaoMinutes.objects.filter(lot=lot, ranking=ranking).exists(),
            now=now,
        )
        pass_rules(lot.call, award_rules.check(facts), accepted=accepted, actor=actor, now=now)
        rows = list(ranking.ranked_bids.filter(bid__in=chosen))
        if len(rows) != len(chosen):
            raise Refusal("Une offre choisie n’est pas celle du classement en vigueur : choisissez celle-ci (R2152-6).")
        decision = AwardDecision(
            lot=lot, ranking=ranking, reasons=reasons.strip(), decided_at=now, decided_by_id=actor.user_id
        )
        decision.save()
        partners = [add_partner(decision, row) for row in rows]
        record(lot, "awarded_at", now)
        entry.data["partners"] = [partner.party_id for partner in partners]
    return decision


def add_partner(decision: AwardDecision, row: RankedBid, *, at: datetime | None = None) -> AwardedPartner:
    """Write a chosen partner from its place in the ranking, inside the current act."""
    partner = AwardedPartner(
        decision=decision, party=row.bid.party, bid=row.bid, rank=row.rank, chosen_at=at or decision.decided_at
    )
    partner.save()
    return partner
