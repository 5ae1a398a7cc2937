"""Where an open call stands: the deadlines that still run, and until when questions are in good time. Reads only."""

from collections.abc import Collection, Iterable
from datetime import datetime
from typing import Any

from procurement.calls.facts import launch_date
from procurement.calls.models import Call, SubmissionPeriod
from procurement.law import calendar


def running_periods(call: Call, now: datetime) -> list[SubmissionPeriod]:
    """Of each lot that goes on, the first period that is not over; a deadline is on time (LR-53)."""
    return running_in([call], now)[call.pk]


def running_in(calls: Collection[Call], now: datetime) -> dict[Any, list[SubmissionPeriod]]:
    """`running_periods` for each of the calls, by id, in a constant number of queries."""
    found: dict[Any, list[SubmissionPeriod]] = {call.pk: [] for call in calls}
    published = [call.pk for call in calls if call.is_published]
    alive = {f"lot__timeline__{fact}": None for fact in ("cancelled_at", "unsuccessful_at", "awarded_at", "signed_at")}
    rows = SubmissionPeriod.objects.filter(lot__call__in=published, opening_began_at=None, **alive)
    rows = rows.select_related("lot__call").prefetch_related("deadlines").order_by("lot__number", "opens_at")
    begun = set()
    for period in rows:
        if period.closes_at() >= now and period.lot_id not in begun:
            begun.add(period.lot_id)
            found[period.lot.call_id].append(period)
    return found


def next_deadline(periods: Iterable[SubmissionPeriod]) -> datetime | None:
    """The nearest deadline of these periods."""
    return min((period.closes_at() for period in periods), default=None)


def questions_close_at(call: Call, periods: Iterable[SubmissionPeriod], now: datetime) -> datetime | None:
    """Last instant for a question (LR-37), None when no deposit runs; a very short period keeps its last day."""
    nearest = min(periods, key=lambda period: period.closes_at(), default=None)
    if nearest is None:
        return None
    deadline, launched = nearest.closes_at(), launch_date(call, now)
    close = calendar.questions_deadline(deadline, launch_date=launched)
    if close > nearest.opens_at:
        return close
    last_day = calendar.answers_deadline(deadline, launch_date=launched)
    return calendar.at_paris(last_day, calendar.in_paris(deadline).time())
