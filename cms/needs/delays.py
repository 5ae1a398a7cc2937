"""Five working days: how long editors have to answer (ux.md §14)."""

from datetime import date, datetime, timedelta
from functools import cache

import holidays
from django.utils.timezone import localdate

WORKING_DAYS = 5


def answer_due(confirmed_at: datetime) -> date:
    """Last day on which an answer is in time, weekends and French public holidays aside."""
    day, left = localdate(confirmed_at), WORKING_DAYS
    while left:
        day += timedelta(days=1)
        left -= day.weekday() < 5 and day not in _holidays_of(day.year)
    return day


@cache
def _holidays_of(year: int) -> frozenset[date]:
    return frozenset(holidays.country_holidays("FR", years=year))
