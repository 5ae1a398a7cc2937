"""A result against its mark. Numbers are stored as strings, so that JSON never rounds them."""

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any


def is_reached(comparison: str, mark: Decimal | None, measured: Decimal | None) -> bool:
    """Whether a result lies on the right side of its mark, equality included; what was not measured is not reached."""
    if mark is None or measured is None:
        return False
    return measured >= mark if comparison == "at_least" else measured <= mark


def measured_rows(
    agreed: Iterable[Mapping[str, Any]], measured: Mapping[int, Decimal], *, mark: str
) -> list[dict[str, Any]]:
    """Agreed objectives or levels (`mark` names the entry of their mark), each with what was measured, by number."""
    return [
        {
            **row,
            "measured": _written(measured.get(row["number"])),
            "met": is_reached(row["comparison"], _read(row[mark]), measured.get(row["number"])),
        }
        for row in agreed
    ]


def printed_rows(rows: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """The same rows in the words of the printed documents."""
    return [{**{key: value for key, value in row.items() if key != "met"}, "reached": row["met"]} for row in rows]


def _written(value: Decimal | None) -> str | None:
    return None if value is None else f"{value.normalize():f}"


def _read(text: str | None) -> Decimal | None:
    return None if text is None else Decimal(text)
