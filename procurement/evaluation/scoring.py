"""How marks are reckoned: formulas, weighted totals, ranks, each with its arithmetic in words. No Django.

Marks and points are `Decimal` out of 100, rounded half up to two decimals where `METHOD` says so; weights are integers
in hundredths of a percent (10 000 is 100 %). The same bids always give the same ranking, to the last hundredth.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from procurement.law.formulas import NO_MARK, SCALE, Formula, french, rounded

FULL_WEIGHT = 10_000

METHOD = (
    "Chaque note va de 0 à 100 et s’arrondit au centième le plus proche (au-dessus à égale distance).",
    "Les points d’un critère sont sa note multipliée par son poids, arrondis de même ; le total est leur somme.",
    "La note d’un critère divisé en sous-critères est la somme des points de ces derniers.",
    "Les offres sont classées par total décroissant ; à total égal, elles partagent le même rang.",
)
"""Rounding and ranking as letters and reports state them."""


def french_percent(weight: int) -> str:
    """Write a weight in hundredths of a percent: « 35 % », « 12,5 % »."""
    text = f"{Decimal(weight) / 100:f}"
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return f"{text.replace('.', ',')}\u202f%"


@dataclass(frozen=True, slots=True)
class Criterion:
    """A criterion, or a sub-criterion. `weight`: of the whole, or of the parent. Only leaves are marked."""

    key: str
    number: int
    name: str
    weight: int
    formula: Formula
    children: "tuple[Criterion, ...]" = ()

    @property
    def leaves(self) -> "tuple[Criterion, ...]":
        """The criteria that receive a score or a price, this one when it has no sub-criterion."""
        return tuple(leaf for child in self.children for leaf in child.leaves) if self.children else (self,)


@dataclass(frozen=True, slots=True)
class BidToScore:
    """What the reckoning needs of a bid: its price (€ HT) and its agreed scores by key of leaf criterion."""

    key: str
    price: Decimal | None
    scores: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class CriterionMark:
    """The mark of one bid on one criterion, the points that its weight makes of it, and how."""

    criterion: Criterion
    mark: Decimal
    points: Decimal
    arithmetic: tuple[str, ...]
    children: "tuple[CriterionMark, ...]" = ()


@dataclass(frozen=True, slots=True)
class RankedScore:
    """A bid in the ranking: total out of 100, rank (shared by equal totals) and its marks."""

    key: str
    points: Decimal
    rank: int
    is_tied: bool
    marks: tuple[CriterionMark, ...]


def check_weights(criteria: Sequence[Criterion]) -> None:
    """Check that weights sum to 100 % at each level (LR-64). Raises ValueError."""
    total = sum(criterion.weight for criterion in criteria)
    if total != FULL_WEIGHT:
        raise ValueError(f"weights sum to {total} hundredths of a percent, not {FULL_WEIGHT}")
    for criterion in criteria:
        if criterion.children:
            check_weights(criterion.children)


def rank_bids(criteria: Sequence[Criterion], bids: Sequence[BidToScore]) -> list[RankedScore]:
    """Mark every bid on every criterion and rank them, best first; equal totals share a rank (1, 1, 3).

    Raises ValueError when weights do not sum to 100 % at each level, when a score is missing or off the scale, or
    when a price is missing or negative.
    """
    check_weights(criteria)
    marked = [(bid, tuple(_mark(criterion, bid, bids) for criterion in criteria)) for bid in bids]
    totals = {bid.key: sum((mark.points for mark in marks), NO_MARK) for bid, marks in marked}
    ranked = [
        RankedScore(
            key=bid.key,
            points=totals[bid.key],
            rank=1 + sum(other > totals[bid.key] for other in totals.values()),
            is_tied=sum(other == totals[bid.key] for other in totals.values()) > 1,
            marks=marks,
        )
        for bid, marks in marked
    ]
    return sorted(ranked, key=lambda row: row.rank)


def _mark(criterion: Criterion, bid: BidToScore, bids: Sequence[BidToScore]) -> CriterionMark:
    children = tuple(_mark(child, bid, bids) for child in criterion.children)
    if children:
        mark = sum((child.points for child in children), NO_MARK)
        how = " + ".join(french(child.points) for child in children) + f" = {french(mark)}"
    else:
        value = _value(criterion, bid)
        values = [_value(criterion, other) for other in bids]
        mark = rounded(criterion.formula.mark(value, values))
        how = criterion.formula.explain(value, values)
    points = rounded(mark * criterion.weight / FULL_WEIGHT)
    weighted = f"{french(mark)} × {french_percent(criterion.weight)} = {french(points)} points"
    return CriterionMark(criterion, mark, points, (how, weighted), children)


def _value(criterion: Criterion, bid: BidToScore) -> Decimal:
    if criterion.formula.kind == "price":
        if bid.price is None or bid.price < 0:
            raise ValueError(f"bid {bid.key} has no price to mark")
        return bid.price
    score = bid.scores.get(criterion.key)
    if score is None or not 0 <= score < len(SCALE):
        raise ValueError(f"bid {bid.key} has no score from 0 to {len(SCALE) - 1} on criterion {criterion.key}")
    return Decimal(score)
