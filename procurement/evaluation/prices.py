"""Amounts of a price envelope, reckoned from what the bidder typed. No Django."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

CENT = Decimal("0.01")
LARGEST = Decimal("999999999999.99")


class UnreadablePriceError(ValueError):
    """The price envelope lacks an amount, or holds one that is not an amount in euros."""


@dataclass(frozen=True, slots=True)
class Amounts:
    """Totals of an offer in euros HT: pay of the research phases, acquisition, both."""

    research_ht: Decimal
    acquisition_ht: Decimal

    @property
    def total_ht(self) -> Decimal:
        """What the price criterion compares."""
        return self.research_ht + self.acquisition_ht


def amounts(price: Mapping[str, Any]) -> Amounts:
    """Reckon the totals of a price envelope. Raises UnreadablePriceError."""
    try:
        research = sum(
            (_amount(phase["fixed_ht"]) + _amount(phase.get("result_ht") or "0") for phase in price["phases"]),
            Decimal(0),
        )
        acquisition = _amount((price.get("acquisition") or {}).get("total_ht") or "0")
    except (KeyError, TypeError, AttributeError) as error:
        raise UnreadablePriceError("the price envelope lacks an amount") from error
    return Amounts(research.quantize(CENT), acquisition.quantize(CENT))


def _amount(text: Any) -> Decimal:
    try:
        value = Decimal(str(text))
    except InvalidOperation as error:
        raise UnreadablePriceError("an amount is not a number") from error
    if not value.is_finite() or not 0 <= value <= LARGEST or value != value.quantize(CENT):
        raise UnreadablePriceError("an amount is negative, too large, or finer than a cent")
    return value
