"""The ranking: reckoned, never typed, and frozen with its arithmetic (R2152-6, LR-65, LR-69, LR-71)."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from marketplace.accounts.actors import Actor
from marketplace.accounts.permissions import require
from marketplace.journal.acts import act, record_refusals
from marketplace.journal.errors import Refusal
from procurement.calls.facts import launch_date
from procurement.calls.models import Lot
from procurement.evaluation.documents import method_sentences
from procurement.evaluation.facts import award_criteria, quality_leaves
from procurement.evaluation.models import AwardDecision, Bid, PriceExplanation, RankedBid, Ranking, TechnicalClosing
from procurement.evaluation.scoring import BidToScore, Criterion, CriterionMark, rank_bids
from procurement.evaluation.services.ruling import pass_rules
from procurement.law import admissibility
from procurement.law import facts as law


@record_refusals("bids.rank", subject="lot")
def rank(*, lot: Lot, stage: str, actor: Actor, now: datetime, accepted: Mapping[str, str] | None = None) -> Ranking:
    """Rank the regular bids of a stage by the published weights and formulas; a later ranking replaces it.

    Raises NotAllowed; Refusal while the technical evaluation is open, a bid has no status, no agreed score or no price,
    or once the partners are chosen; RuleViolation (LR-69) for a price far below the others that nobody questioned.
    """
    require(actor, "evaluation.close", lot)
    stage = Bid.Stage(stage)
    with act(lot.call.chain, "bids.ranked", actor=actor, now=now, subject=lot, stage=stage.value) as entry:
        bids = _bids_to_rank(lot, stage)
        prices = _price_facts(bids, launched_on=launch_date(lot.call, now))
        pass_rules(lot.call, admissibility.check_prices(prices), accepted=accepted, actor=actor, now=now)
        criteria = award_criteria(lot)
        _check_scores(bids, criteria)
        rows = rank_bids(criteria, [_to_score(bid) for bid in bids])
        ranking = Ranking(lot=lot, stage=stage, ranked_at=now, method=method_sentences(lot))
        ranking.save()
        by_key = {str(bid.pk): bid for bid in bids}
        for row in rows:
            RankedBid(
                ranking=ranking,
                bid=by_key[row.key],
                rank=row.rank,
                is_tied=row.is_tied,
                points=row.points,
                marks=[_frozen(mark) for mark in row.marks],
            ).save()
        entry.data["ranked"] = {row.key: row.points for row in rows}
    return ranking


def _bids_to_rank(lot: Lot, stage: str) -> list[Bid]:
    if AwardDecision.objects.filter(lot=lot).exists():
        raise Refusal("Les partenaires sont choisis : le classement ne change plus (R2152-7).")
    if not TechnicalClosing.objects.filter(lot=lot, stage=stage).exists():
        raise Refusal("L’évaluation technique n’est pas close : arrêtez toutes les notes, puis closez-la.")
    bids = list(Bid.objects.at_stage(lot, stage).prefetch_related("consensus_scores"))
    waiting = [str(bid.party) for bid in bids if not bid.status]
    if waiting:
        raise Refusal(f"Constatez d’abord la régularité de chaque offre (R2152-1) : {', '.join(waiting)}.")
    regular = [bid for bid in bids if bid.status == Bid.Status.REGULAR]
    if not regular:
        raise Refusal("Aucune offre régulière ne peut être classée : déclarez le lot infructueux (R2152-6).")
    unpriced = [str(bid.party) for bid in regular if not bid.is_priced]
    if unpriced:
        raise Refusal(f"Le prix n’est pas ouvert, ou pas lisible, pour : {', '.join(unpriced)}.")
    return regular


def _check_scores(bids: Sequence[Bid], criteria: Sequence[Criterion]) -> None:
    """An offer found regular after the technical closing may lack scores: it is not taken for zero."""
    wanted = {leaf.key for leaf in quality_leaves(criteria)}
    missing = [
        str(bid.party) for bid in bids if wanted - {str(score.criterion_id) for score in bid.consensus_scores.all()}
    ]
    if missing:
        raise Refusal(
            f"Des notes arrêtées manquent pour : {', '.join(missing)}. Aucune offre n’est classée sans elles."
        )


def _price_facts(bids: Sequence[Bid], *, launched_on: date | None) -> list[law.PriceFacts]:
    asked = set(PriceExplanation.objects.filter(bid__in=bids).values_list("bid_id", flat=True))
    return [
        law.PriceFacts(
            launch_date=launched_on,
            bidder_id=str(bid.party_id),
            price_ht=bid.total_ht,
            other_prices_ht=tuple(other.total_ht for other in bids if other is not bid),
            explanations_asked=bid.pk in asked,
        )
        for bid in bids
    ]


def _to_score(bid: Bid) -> BidToScore:
    return BidToScore(
        str(bid.pk), bid.total_ht, {str(score.criterion_id): score.value for score in bid.consensus_scores.all()}
    )


def _frozen(mark: CriterionMark) -> dict[str, Any]:
    """A mark as it is kept, printed and never reckoned again."""
    return {
        "criterion": mark.criterion.key,
        "number": mark.criterion.number,
        "name": mark.criterion.name,
        "weight": mark.criterion.weight,
        "mark": str(mark.mark),
        "points": str(mark.points),
        "arithmetic": list(mark.arithmetic),
        "children": [_frozen(child) for child in mark.children],
    }
