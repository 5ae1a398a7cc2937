"""Public figures: each says what it counts, when, and what it misses. Rooms above register theirs."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from marketplace.ui.charts import Bar, Meter

Cell = str | int | None


@dataclass(frozen=True, slots=True)
class Link:
    """A name that leads to a page."""

    label: str
    url: str


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure, ready to be drawn, read as a table, or taken away as data.

    Attributes:
        name: Code of its addresses, e.g. "fiches-par-domaine".
        finding: What it shows, in one French sentence: the title of its chart.
        definition: What is counted, exactly.
        gaps: What it does not count, and why.
        columns: Headings of the table.
        rows: Its lines: words, whole numbers, None where nothing is known.
        bars: The chart as bars on one scale.
        meter: The chart as one stacked bar.
        day: The day that the figure is about, when it is not the present one.
        names: What the figure counts, by name, under `names_title`.
        source: Whose data these are; empty for those of this site.
    """

    name: str
    finding: str
    definition: str
    gaps: str
    columns: Sequence[str]
    rows: Sequence[Sequence[Cell]]
    bars: Sequence[Bar] = ()
    meter: Meter | None = None
    day: date | None = None
    names: Sequence[Link] = ()
    names_title: str = ""
    source: str = ""

    def as_data(self, now: datetime) -> dict[str, Any]:
        """The figure for machines, with what it means and the instant at which it was counted."""
        return {
            "name": self.name,
            "finding": self.finding,
            "definition": self.definition,
            "gaps": self.gaps,
            "source": self.source,
            "day": self.day.isoformat() if self.day else None,
            "counted_at": now.isoformat(timespec="seconds"),
            "columns": list(self.columns),
            "rows": [list(row) for row in self.rows],
        }


@dataclass(frozen=True, slots=True)
class Asked:
    """What a reader asks for: the instant of the request, and the day on which to look at the portfolio."""

    now: datetime
    day: date


Count = Callable[[Asked], Figure]


_counts: dict[str, Count] = {}


def register_figure(name: str, count: Count) -> None:
    """Show a figure among the public ones; called in `AppConfig.ready` of the room that counts it.

    Args:
        name: Code of its addresses; the figure has the same.
        count: Gives the figure in a number of queries that does not depend on the rows (three at most). It counts
            what is public already, and nothing else.

    Raises:
        ValueError: Another figure has this name.
    """
    if _counts.setdefault(name, count) is not count:
        raise ValueError(f"two figures are called {name!r}")


def figures(asked: Asked) -> list[Figure]:
    """Every figure, in the order in which rooms registered."""
    return [count(asked) for count in _counts.values()]


def figure(name: str, asked: Asked) -> Figure | None:
    """One figure, None for a name that none has."""
    count = _counts.get(name)
    return count(asked) if count else None


def share(part: int, whole: int) -> int:
    """Percents without decimals, 0 of nothing."""
    return round(part * 100 / whole) if whole else 0
