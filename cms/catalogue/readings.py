"""Readings of a profile: counted by month, told by finished month to the nearest ten, of nobody in particular."""

from dataclasses import dataclass
from datetime import date, datetime

from django.db import IntegrityError, transaction
from django.db.models import F
from django.http import HttpRequest
from django.utils.timezone import localdate

from cms.catalogue.models import MonthlyReading, Profile
from marketplace.billing.access import allowance_of
from marketplace.billing.plans import Tool

TENS = 10
MACHINES = ("bot", "crawl", "spider", "curl", "python", "preview")
"""Words by which programs that read pages name themselves."""


@dataclass(frozen=True, slots=True)
class Month:
    """A finished month: its first day, and its readings to the nearest ten; None when there were fewer than ten."""

    first_day: date
    readings: int | None


def note_reading(profile: Profile, request: HttpRequest, *, reader_id: object, now: datetime) -> None:
    """Count one reading of a page, under its month in Paris.

    Neither programs that say so, nor pages fetched ahead, nor the company itself (`reader_id`) count; nor profiles
    that nobody keeps, since nobody would read the figure.
    """
    agent = request.headers.get("User-Agent", "").lower()
    is_machine = any(word in agent for word in MACHINES) or "Sec-Purpose" in request.headers
    if profile.organisation_id is None or profile.organisation_id == reader_id or is_machine:
        return
    month = localdate(now).replace(day=1)
    rows = MonthlyReading.objects.filter(profile=profile, month=month)
    if rows.update(count=F("count") + 1):
        return
    # Somebody else may open the month between both lines.
    try:
        with transaction.atomic():
            MonthlyReading.objects.create(profile=profile, month=month, count=1)
    except IntegrityError:
        rows.update(count=F("count") + 1)


def months_of(profile: Profile, *, now: datetime) -> list[Month]:
    """The finished months that the plan of the company tells, latest first; those without any reading too.

    The month under way is not told: read each day, it would tell days.
    """
    told = allowance_of(profile.organisation_id, Tool.STATISTICS, now=now)
    first_days, day = [], localdate(now).replace(day=1)
    for _month in range(told):
        day = date(day.year - 1, 12, 1) if day.month == 1 else date(day.year, day.month - 1, 1)
        first_days.append(day)
    counts = dict(profile.readings.filter(month__in=first_days).values_list("month", "count"))
    return [Month(one, rounded(counts.get(one, 0))) for one in first_days]


def rounded(count: int) -> int | None:
    """The nearest ten, half up; None under ten."""
    return None if count < TENS else (count + TENS // 2) // TENS * TENS
