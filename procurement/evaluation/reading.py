"""What pages of the evaluation read, in a constant number of queries whatever the number of bids."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from marketplace.accounts.actors import Actor
from marketplace.accounts.permissions import require
from marketplace.files.models import GeneratedDocument
from procurement.calls.models import Lot
from procurement.evaluation.facts import award_criteria, cleared_evaluators, quality_leaves
from procurement.evaluation.models import Bid, Candidate, ConsensusScore, Score, ScoreSheet
from procurement.evaluation.scoring import Criterion

GAP = 2
"""Difference between two evaluators, in degrees of the scale, that the consensus page highlights."""


@dataclass(frozen=True, slots=True)
class Cell:
    """One bid on one criterion: the scores the reader may see, the agreed one, and whether opinions differ."""

    bid: Bid
    scores: tuple[Score, ...]
    agreed: ConsensusScore | None

    @property
    def spread(self) -> int:
        """Difference between the highest and the lowest score."""
        values = [score.value for score in self.scores]
        return max(values) - min(values) if values else 0

    @property
    def is_disputed(self) -> bool:
        """Whether the gap is worth a discussion."""
        return self.spread >= GAP


@dataclass(frozen=True, slots=True)
class Row:
    """A criterion that people score, and one cell a bid."""

    criterion: Criterion
    cells: tuple[Cell, ...]


def candidates_of(lot: Lot, *, actor: Actor) -> list[Candidate]:
    """Candidates with their party, scores and decision. Raises NotAllowed before one declared interests (LR-70)."""
    require(actor, "bids.read", lot)
    return list(
        Candidate.objects.of_lot(lot)
        .select_related("party__lead", "decision", "complement")
        .prefetch_related("scores__criterion", "party__members__organisation", "exclusions", "complement__items__file")
    )


def bids_of(lot: Lot, stage: str, *, actor: Actor) -> list[Bid]:
    """Bids of a stage with their party and checks. Raises NotAllowed without a declaration of interests (LR-70)."""
    require(actor, "bids.read", lot)
    return list(
        Bid.objects.at_stage(lot, stage).prefetch_related(
            "requirement_checks__requirement", "party__members__organisation"
        )
    )


def documents_of(lot: Lot, *kinds: str) -> list[GeneratedDocument]:
    """Reports about a lot, the newest first, with their file once rendered."""
    rows = GeneratedDocument.objects.of_subject(lot).filter(kind__in=kinds)
    return list(rows.select_related("rendering__stored_file").order_by("-requested_at"))


def all_handed_in(lot: Lot, stage: str) -> bool:
    """Whether every evaluator free of interests handed in their scores of the stage."""
    handed = set(ScoreSheet.objects.filter(lot=lot, stage=stage).values_list("evaluator_id", flat=True))
    expected = cleared_evaluators(lot.call)
    return bool(expected) and expected <= handed


def scores_visible(lot: Lot, stage: str, *, actor: Actor) -> Sequence[Score]:
    """Individual scores: one's own until all are handed in, then everybody's. Raises NotAllowed (LR-70)."""
    require(actor, "bids.read", lot)
    scores = Score.objects.filter(bid__lot=lot, bid__stage=stage).select_related("evaluator")
    return list(scores if all_handed_in(lot, stage) else scores.filter(evaluator_id=actor.user_id))


def scoring_table(lot: Lot, stage: str, *, actor: Actor) -> list[Row]:
    """Criteria in rows, bids in columns, with what the reader may see. Raises NotAllowed (LR-70)."""
    bids = bids_of(lot, stage, actor=actor)
    given = _by_cell(scores_visible(lot, stage, actor=actor))
    agreed = _by_cell(ConsensusScore.objects.filter(bid__in=bids))
    return [
        Row(
            leaf,
            tuple(
                Cell(
                    bid,
                    tuple(given.get((bid.pk, leaf.key), ())),
                    next(iter(agreed.get((bid.pk, leaf.key), ())), None),
                )
                for bid in bids
            ),
        )
        for leaf in quality_leaves(award_criteria(lot))
    ]


def _by_cell(scores: Iterable[Any]) -> dict[tuple[Any, str], list[Any]]:
    cells: dict[tuple[Any, str], list[Any]] = {}
    for score in scores:
        cells.setdefault((score.bid_id, str(score.criterion_id)), []).append(score)
    return cells
