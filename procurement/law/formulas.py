"""The library of scoring formulas, and the trials that a formula passes before it may rank anybody (LR-65). No Django.

Marks are exact `Decimal` out of 100; those who print them round half up to two decimals.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from itertools import pairwise
from typing import Literal

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


FORMULAS: Mapping[str, Formula] = {
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


def faults_of(mark: MarkFunction, kind: Literal["price", "quality"]) -> list[str]:
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
