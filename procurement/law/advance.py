"""The advance paid when a contract is notified: whether it is due, and how much (R2191-3 to R2191-8, LR-87, LR-88)."""

from datetime import date
from decimal import ROUND_HALF_UP, Decimal

from procurement.law import parameters

WHOLE = 10_000
YEAR = 12


def is_due(*, amount_ht: Decimal, months: int | None, on: date | None) -> bool:
    """Whether the buyer owes an advance: strictly above the amount, in € HT, and the duration (R2191-3, LR-87).

    A duration that nobody wrote counts as long. Raises NoValueInForceError when the launch date is unknown.
    """
    is_long = months is None or months > parameters.value("advance_min_duration", on=on)
    return amount_ht > parameters.value("advance_min_amount", on=on) and is_long


def base_ttc(amount_ttc: Decimal, months: int | None) -> Decimal:
    """What the rate applies to: the initial amount in € TTC; beyond a year, twelve months of it (R2191-7, LR-88)."""
    return amount_ttc * YEAR / max(months or YEAR, YEAR)


def amount_ttc(base: Decimal, rate: int) -> Decimal:
    """The advance in € TTC, to the cent; `rate` in hundredths of a percent (R2191-7)."""
    return (base * rate / WHOLE).quantize(Decimal("0.01"), rounding=ROUND_HALF_UP)
