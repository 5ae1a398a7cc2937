"""Charts as data: rooms compute figures, the component tags draw them as text beside stretched SVG (ux: charts)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

TONES = ("brand", "sun", "clay", "soft", "info", "ink")
"""Fills of the stylesheet (`f-brand`…); meaning is always written in words beside."""


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a track: `state` is "done", "now" or "next"; `note` is a short French text under it."""

    label: str
    note: str = ""
    state: str = "next"
    at: datetime | None = None
    href: str = ""


@dataclass(frozen=True, slots=True)
class Span:
    """A coloured stretch of a Gantt row, from one day to another, both included."""

    begin: date
    end: date
    tone: str = "brand"


@dataclass(frozen=True, slots=True)
class GanttRow:
    """One line of a Gantt chart: what it is, when in words, its stretches and the days of decisions."""

    label: str
    note: str
    spans: Sequence[Span]
    marks: Sequence[date] = ()


@dataclass(frozen=True, slots=True)
class Gantt:
    """A calendar. `today` draws a line; `legend` pairs a tone with its French words.

    Offsets are in hundredths of the whole width.
    """

    rows: Sequence[GanttRow]
    today: date
    legend: Sequence[tuple[str, str]] = ()

    @property
    def begin(self) -> date:
        """First day of the axis: the first of the earliest month."""
        return min([span.begin for row in self.rows for span in row.spans], default=self.today).replace(day=1)

    @property
    def end(self) -> date:
        """Last day of the axis."""
        return max([span.end for row in self.rows for span in row.spans] + [self.today])

    def x(self, day: date) -> float:
        """Place of a day on the axis, from 0 to 100."""
        width = max((self.end - self.begin).days, 1)
        return round(min(max((day - self.begin).days / width, 0), 1) * 100, 2)

    def ticks(self) -> list[date]:
        """Six days that cut the axis in equal parts."""
        width = (self.end - self.begin).days
        return [date.fromordinal(self.begin.toordinal() + width * n // 6) for n in range(6)]


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar: a label, its figure as text, and its share of the widest (0 to 100)."""

    label: str
    value: str
    share: float
    tone: str = "brand"


def bars(rows: Sequence[tuple[str, Decimal | int | float, str]]) -> list[Bar]:
    """Bars on a common scale from (label, figure, figure as text)."""
    widest = max((float(figure) for _, figure, _ in rows), default=0) or 1
    return [Bar(label, text, round(float(figure) / widest * 100, 2)) for label, figure, text in rows]


@dataclass(frozen=True, slots=True)
class Part:
    """One part of a stacked bar: what it is in words (« Payé : 87 000 € »), how much, its fill ("" draws nothing)."""

    label: str
    amount: Decimal | int | float
    tone: str = "brand"


@dataclass(frozen=True, slots=True)
class Meter:
    """A stacked bar of parts of a total."""

    parts: Sequence[Part]
    total: Decimal | int | float
    label: str = ""

    def rectangles(self) -> list[tuple[float, float, str]]:
        """(x, width, tone) of each drawn part, in hundredths of the whole."""
        whole = float(self.total) or 1
        x, placed = 0.0, []
        for part in self.parts:
            width = min(float(part.amount) / whole * 100, 100 - x)
            if part.tone and width > 0:
                placed.append((round(x, 2), round(width, 2), part.tone))
            x += max(width, 0)
        return placed
