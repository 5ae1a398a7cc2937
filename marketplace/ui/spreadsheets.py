"""Tables to take away, safe to open in any spreadsheet."""

import csv
from collections.abc import Iterable, Sequence
from typing import Any

from django.http import HttpResponse

_FORMULA = ("=", "+", "-", "@", "\t", "\r")
_BYTE_ORDER_MARK = "\ufeff"


def cell(value: Any) -> str:
    """A value as a cell: a text that a spreadsheet would run as a formula begins with an apostrophe."""
    text = "" if value is None else str(value)
    is_number = not isinstance(value, str)
    return f"'{text}" if text.startswith(_FORMULA) and not is_number else text


def csv_response(name: str, header: Sequence[str], rows: Iterable[Sequence[Any]]) -> HttpResponse:
    """A CSV file in UTF-8, separated by semicolons as French spreadsheets expect, under that name."""
    answer = HttpResponse(
        content_type="text/csv; charset=utf-8", headers={"Content-Disposition": f'attachment; filename="{name}"'}
    )
    # Spreadsheets read accents by this mark.
    answer.write(_BYTE_ORDER_MARK)
    table = csv.writer(answer, delimiter=";")
    table.writerow([cell(title) for title in header])
    table.writerows([cell(value) for value in row] for row in rows)
    return answer
