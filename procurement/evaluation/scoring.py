"""How marks are reckoned: formulas, weighted totals, ranks, each with its arithmetic in words. No Django.

Marks and points are `Decimal` out of 100, rounded half up to two decimals where `METHOD` says so; weights are integers
in hundredths of a percent (10 000 is 100 %). The same bids always give the same ranking, to the last hundredth.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal
from itertools import pairwise
from typing import Literal

FULL_WEIGHT = 10_000
HUNDREDTH = Decimal("0.01")
FULL_MARK = Decimal("100.00")
NO_MARK = Decimal("0.00")

SCALE = (
    "absent : la réponse ne traite pas le critère",
    "insuffisant : la réponse laisse de côté l’essentiel de l’attente",
    "acceptable : la réponse couvre l’attente avec des réserves",
    "bon : la réponse couvre toute l’attente et le démontre",
    "excellent : la réponse dépasse l’attente et le démontre",
)
"""What each score from 0 to 4 means, in words."""

METHOD = (
    "Chaque note va de 0 à 100 et s’arrondit au centième le plus proche (au-dessus à égale distance).",
    "Les points d’un critère sont sa note multipliée par son poids, arrondis de même ; le total est leur somme.",
    "La note d’un critère divisé en sous-critères est la somme des points de ces derniers.",
    "Les offres sont classées par total décroissant ; à total égal, elles partagent le même rang.",
)
"""Rounding and ranking as letters and reports state them."""

MarkFunction = Callable[[Decimal, Sequence[Decimal]], Decimal]


@dataclass(frozen=True, slots=True)
class Formula:
    """A tested way to turn a price, or a score from 0 to 4, into a mark out of 100.

    `mark(value, all_values)` is exact; callers round it. `explain` gives the arithmetic of one mark in French.
    """

    name: str
    kind: Literal["price", "quality"]
    sentence: str
    mark: MarkFunction
    explain: Callable[[Decimal, Sequence[Decimal]], str]


def rounded(value: Decimal) -> Decimal:
    """Round half up to two decimals."""
    return value.quantize(HUNDREDTH, ROUND_HALF_UP)


def french(value: Decimal) -> str:
    """Write a number of two decimals the French way: « 1 234,50 », with narrow non-breaking spaces."""
    return f"{rounded(value):,.2f}".replace(",", "\u202f").replace(".", ",")


def french_percent(weight: int) -> str:
    """Write a weight in hundredths of a percent: « 35 % », « 12,5 % »."""
    text = f"{Decimal(weight) / 100:f}"
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return f"{text.replace('.', ',')}\u202f%"


def _proportional(price: Decimal, prices: Sequence[Decimal]) -> Decimal:
    lowest = min(prices)
    return FULL_MARK if price == lowest else FULL_MARK * lowest / price


def _explain_proportional(price: Decimal, prices: Sequence[Decimal]) -> str:
    mark = rounded(_proportional(price, prices))
    return f"100 × {french(min(prices))} € ÷ {french(price)} € = {french(mark)}"


def _linear(price: Decimal, prices: Sequence[Decimal]) -> Decimal:
    lowest = min(prices)
    if price == lowest:
        return FULL_MARK
    return max(NO_MARK, FULL_MARK * (2 * lowest - price) / lowest) if lowest else NO_MARK


def _explain_linear(price: Decimal, prices: Sequence[Decimal]) -> str:
    lowest, mark = french(min(prices)), french(rounded(_linear(price, prices)))
    if price == min(prices):
        return f"prix le plus bas ({lowest} €) : {mark}"
    if price >= 2 * min(prices):
        return f"{french(price)} € atteint le double du prix le plus bas ({lowest} €) : {mark}"
    return f"100 × (2 × {lowest} € − {french(price)} €) ÷ {lowest} € = {mark}"


def _scale(value: Decimal, _values: Sequence[Decimal]) -> Decimal:
    return FULL_MARK * value / (len(SCALE) - 1)


def _explain_scale(value: Decimal, values: Sequence[Decimal]) -> str:
    best = len(SCALE) - 1
    word = SCALE[int(value)].partition(" :")[0]
    return f"{value:f} sur {best} ({word}) : 100 × {value:f} ÷ {best} = {french(_scale(value, values))}"


FORMULAS: dict[str, Formula] = {
    formula.name: formula
    for formula in (
        Formula(
            "lowest_over_price",
            "price",
            "Note de prix : 100 × prix le plus bas ÷ prix de l’offre.",
            _proportional,
            _explain_proportional,
        ),
        Formula(
            "linear_to_double",
            "price",
            "Note de prix : 100 pour le prix le plus bas, 0 à partir de son double, en ligne droite entre les deux.",
            _linear,
            _explain_linear,
        ),
        Formula(
            "scale_0_4",
            "quality",
            "Note de qualité : de 0 (absent) à 4 (excellent), soit 25 points sur 100 par degré.",
            _scale,
            _explain_scale,
        ),
    )
}
DEFAULT_PRICE_FORMULA = "lowest_over_price"


def formula_of(*, tag: str, formula: str) -> Formula:
    """The formula of a criterion; one tagged `price` that names no price formula takes the proportional one.

    Raises KeyError for a name that is not in the library.
    """
    named = FORMULAS[formula]
    return FORMULAS[DEFAULT_PRICE_FORMULA] if tag == "price" and named.kind != "price" else named


PRICE_TRIALS: tuple[tuple[Decimal, ...], ...] = tuple(
    tuple(Decimal(price) for price in prices)
    for prices in (
        ("100", "101", "105", "110", "125", "150", "175", "200", "300"),
        ("100", "110"),
        ("100", "200"),
        ("480000", "500000", "520000"),
        ("75000", "75000"),
        ("1",),
    )
)
SPREAD_AT_DOUBLE = Decimal(25)
LOSS_AT_ONE_TENTH = Decimal(50)


def check_formula(mark: MarkFunction, kind: Literal["price", "quality"]) -> list[str]:
    """Faults that would neutralise a criterion or its weight (CE 373362, CE 427761, LR-65); empty when sound.

    Tried on panels of values: bounds, best value best marked, monotony, and a spread neither flat nor exaggerated.
    """
    return _check_price(mark) if kind == "price" else _check_quality(mark)


def _check_price(mark: MarkFunction) -> list[str]:
    faults: list[str] = []
    for prices in PRICE_TRIALS:
        lowest = min(prices)
        marks = {price: mark(price, prices) for price in sorted(set(prices))}
        if marks[lowest] != FULL_MARK:
            faults.append("Le prix le plus bas doit recevoir la note maximale, 100.")
        if any(not NO_MARK <= value <= FULL_MARK for value in marks.values()):
            faults.append("Une note doit rester entre 0 et 100 : une note négative déborde sur les autres critères.")
        pairs = list(pairwise(marks.items()))
        if any(dearer_mark > cheaper_mark for (_, cheaper_mark), (_, dearer_mark) in pairs):
            faults.append("Un prix plus élevé ne peut pas être mieux noté.")
        near = [(cheaper[1], dearer[1]) for cheaper, dearer in pairs if dearer[0] <= 2 * lowest]
        if any(dearer_mark >= cheaper_mark for cheaper_mark, dearer_mark in near):
            faults.append(
                "Jusqu’au double du prix le plus bas, deux prix différents doivent recevoir deux notes différentes."
            )
        double, tenth = 2 * lowest, lowest * 11 / 10
        if double in marks and FULL_MARK - marks[double] < SPREAD_AT_DOUBLE:
            faults.append(
                "Un prix double doit perdre au moins 25 points sur 100, sinon le poids du prix est neutralisé."
            )
        if tenth in marks and FULL_MARK - marks[tenth] > LOSS_AT_ONE_TENTH:
            faults.append(
                "Un écart de 10 % ne peut pas coûter plus de 50 points sur 100 : il écraserait les autres critères."
            )
    return list(dict.fromkeys(faults))


def _check_quality(mark: MarkFunction) -> list[str]:
    values = [Decimal(value) for value in range(len(SCALE))]
    marks = [mark(value, values) for value in values]
    faults = []
    if marks[0] != NO_MARK or marks[-1] != FULL_MARK:
        faults.append("Le degré le plus bas doit valoir 0 et le plus haut 100.")
    if any(higher - lower < 10 for lower, higher in pairwise(marks)):
        faults.append("Chaque degré doit valoir au moins 10 points de plus que le précédent.")
    return faults


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
