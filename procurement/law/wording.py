"""How findings write days, amounts and lists in French."""

import re
from collections.abc import Iterable
from datetime import date, datetime
from decimal import Decimal

from procurement.law.calendar import in_paris

MONTHS = (
    "janvier", "février", "mars", "avril", "mai", "juin",
    "juillet", "août", "septembre", "octobre", "novembre", "décembre",
)  # fmt: skip
SPACE_BEFORE = re.compile(r" (?=[:;!?»])")
NARROW_SPACE, HARD_SPACE = "\u202f", "\u00a0"


def typeset(text: str) -> str:
    """Put the hard spaces that French wants before « : ; ! ? » » and after « « »."""
    return SPACE_BEFORE.sub(HARD_SPACE, text).replace("« ", f"«{HARD_SPACE}")


def day(value: date) -> str:
    """Write a day: 12 janvier 2027, 1er mars 2027."""
    number = "1er" if value.day == 1 else str(value.day)
    return f"{number}{HARD_SPACE}{MONTHS[value.month - 1]} {value.year}"


def instant(value: datetime) -> str:
    """Write an instant to the second, in Paris: 12 janvier 2027 à 11 h 47 min 08 s."""
    local = in_paris(value)
    return f"{day(local.date())} à {local:%H} h {local:%M} min {local:%S} s".replace(
        " h ", f"{HARD_SPACE}h{HARD_SPACE}"
    )


def euros(amount: Decimal) -> str:
    """Write an amount: 216 000 € HT; cents only when there are some."""
    digits = f"{amount:,.2f}".removesuffix(".00").replace(",", NARROW_SPACE).replace(".", ",")
    return f"{digits}{HARD_SPACE}€ HT"


def percent(hundredths: int) -> str:
    """Write a weight given in hundredths of a percent: 3550 is 35,5 %."""
    return f"{Decimal(hundredths) / 100:f}".replace(".", ",") + f"{HARD_SPACE}%"


def times(ratio: Decimal) -> str:
    """Write a ratio: 1,5."""
    return f"{ratio.normalize():f}".replace(".", ",")


def listed(words: Iterable[str]) -> str:
    """Write a list: « a, b et c »."""
    *first, last = list(words) or [""]
    return f"{', '.join(first)} et {last}" if first else last
