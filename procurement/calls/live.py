"""Where an open call stands: the deadlines that still run, and until when questions are in good time. Reads only."""

from collections.abc import Iterable
from datetime import datetime

from procurement.calls.facts import launch_date
from procurement.calls.models import Call, SubmissionPeriod
from procurement.law import calendar


def running_periods(call: Call, now: datetime) -> list[SubmissionPeriod]:
    """Of each lot that goes on, the first period that is not over; a deadline is on time (LR-53)."""
    alive = {f"lot__timeline__{fact}": None for fact in ("cancelled_at", "unsuccessful_at", "awarded_at", "signed_at")}
    rows = SubmissionPeriod.objects.filter(lot__call=call, opening_began_at=None, **alive)
    rows = rows.select_related("lot__call").prefetch_related("deadlines").order_by("lot__number", "opens_at")
    first: dict[object, SubmissionPeriod] = {}
    for period in rows:
        if period.closes_at() >= now:
            first.setdefault(period.lot_id, period)
    return list(first.values()) if call.is_published else []


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
