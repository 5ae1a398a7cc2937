"""The legal calendar: calendar days in Paris, public holidays, minimum periods, standstill.

Every delay of the code counts calendar days as a person in Paris reads them; instants are aware datetimes, UTC or not.
A period is never made of hours across a change of clock: days are added to the date, then read in Europe/Paris.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from zoneinfo import ZoneInfo

import holidays

from procurement.law import parameters

PARIS = ZoneInfo("Europe/Paris")
SATURDAY = 5
# Where the clock on the wall is not that of Paris, by the first digits of the postcode.
OVERSEAS = {
    "971": "America/Guadeloupe",
    "972": "America/Martinique",
    "973": "America/Cayenne",
    "974": "Indian/Reunion",
    "975": "America/Miquelon",
    "976": "Indian/Mayotte",
    "977": "America/St_Barthelemy",
    "978": "America/Marigot",
    "986": "Pacific/Wallis",
    "987": "Pacific/Tahiti",
    "988": "Pacific/Noumea",
}
OFFICE_OPENS, OFFICE_CLOSES = time(9), time(18)


class NaiveInstantError(ValueError):
    """An instant without a time zone says nothing about a deadline."""


@dataclass(frozen=True, slots=True)
class CandidaturePeriod:
    """Days that bind a candidature deadline: before `earliest` it is refused, on that very day it is doubtful."""

    earliest: date

    @property
    def certain(self) -> date:
        """First day on which the whole minimum has passed under every reading (regulation 1182/71)."""
        return self.earliest + timedelta(days=1)


def paris_date(instant: datetime) -> date:
    """Day of an instant in Paris. Raises NaiveInstantError for an instant without a time zone."""
    return in_paris(instant).date()


def in_paris(instant: datetime) -> datetime:
    """Move an instant to Paris. Raises NaiveInstantError for an instant without a time zone."""
    if instant.tzinfo is None:
        raise NaiveInstantError(f"instant sans fuseau : {instant.isoformat()}")
    return instant.astimezone(PARIS)


def overseas_zone(postcode: str) -> ZoneInfo | None:
    """Time zone of a buyer overseas, None in metropolitan France: a deadline is one instant, told in both hours."""
    name = OVERSEAS.get(postcode.strip()[:3])
    return ZoneInfo(name) if name else None


def in_utc(instant: datetime) -> datetime:
    """Move an instant to UTC, the only zone where two instants compare truly: Paris has one hour twice in October.

    Raises NaiveInstantError for an instant without a time zone.
    """
    return in_paris(instant).astimezone(UTC)


def at_paris(day: date, hour: time) -> datetime:
    """Instant of a wall-clock hour in Paris; the first of the two when the clock goes back."""
    return datetime.combine(day, hour, tzinfo=PARIS)


def add_days(day: date, count: int) -> date:
    """Calendar days later; the day itself is not counted."""
    return day + timedelta(days=count)


def add_months(day: date, count: int) -> date:
    """Same day of the month `count` months later, or the last day of that month when it has no such day."""
    year, month = divmod(day.year * 12 + day.month - 1 + count, 12)
    first_of_next = date(year + (month + 1) // 12, (month + 1) % 12 + 1, 1)
    return min(date(year, month + 1, 1) + timedelta(days=day.day - 1), first_of_next - timedelta(days=1))


@cache
def _holidays_of(year: int) -> frozenset[date]:
    return frozenset(holidays.country_holidays("FR", years=year))


def is_public_holiday(day: date) -> bool:
    """Whether the day is a public holiday in metropolitan France (Labour Code L3133-1)."""
    return day in _holidays_of(day.year)


def is_working_day(day: date) -> bool:
    """Monday to Friday and not a public holiday."""
    return day.weekday() < SATURDAY and not is_public_holiday(day)


def next_working_day(day: date) -> date:
    """The day itself if people work, else the next one on which they do."""
    while not is_working_day(day):
        day = add_days(day, 1)
    return day


def is_office_hour(instant: datetime) -> bool:
    """Whether help can be had at that instant: a working day, from 9 h to 18 h inclusive, in Paris."""
    local = in_paris(instant)
    return is_working_day(local.date()) and OFFICE_OPENS <= local.time() <= OFFICE_CLOSES


def is_on_time(received_at: datetime, deadline: datetime) -> bool:
    """Whether a reception keeps its deadline: equal is on time, one microsecond later is not (LR-53)."""
    return in_utc(received_at) <= in_utc(deadline)


def candidature_period(notice_sent_on: date, *, launch_date: date | None) -> CandidaturePeriod:
    """Minimum period for candidatures from the day the notice is sent (LR-12, R2172-28)."""
    return CandidaturePeriod(add_days(notice_sent_on, parameters.days("candidature_days_min_pi", on=launch_date)))


def standstill_days(*, electronic: bool, launch_date: date | None) -> int:
    """Length of the standstill in calendar days (LR-78, R2182-1)."""
    return parameters.days("standstill_electronic" if electronic else "standstill_other", on=launch_date)


def earliest_signature(letters: Iterable[tuple[datetime, bool]], *, launch_date: date | None) -> date | None:
    """First day on which the buyer may sign, from each letter’s (sending, electronic); None without a letter.

    The sending day counts as day 1 and the whole last day must have passed, so a letter sent on D by electronic means
    allows signature from D+11 (CE 2 August 2011, 347526). Each letter must have run: the last date wins (LR-78).
    """
    return max(
        (
            add_days(paris_date(sent_at), standstill_days(electronic=electronic, launch_date=launch_date))
            for sent_at, electronic in letters
        ),
        default=None,
    )


def prefect_deadline(signed_on: date, *, launch_date: date | None) -> date:
    """Last day to send a local contract to the prefect after its signature (LR-83, CGCT L2131-1)."""
    return add_days(signed_on, parameters.days("legality_control_delay", on=launch_date))


def award_notice_deadline(signed_on: date, *, launch_date: date | None) -> date:
    """Last day to publish the award notice after signature (LR-84, R2183-1)."""
    return add_days(signed_on, parameters.days("award_notice_days", on=launch_date))


def essential_data_deadline(notified_on: date, *, launch_date: date | None) -> date:
    """Last day to publish the essential data after notification (LR-85, R2196-1)."""
    return add_months(notified_on, parameters.days("decp_delay", on=launch_date))


def reasons_deadline(asked_on: date, *, launch_date: date | None) -> date:
    """Last day to answer a firm that asks why it was rejected (LR-77, R2181-4)."""
    return add_days(asked_on, parameters.days("rejection_reasons_reply", on=launch_date))


def answers_deadline(tender_deadline: datetime, *, launch_date: date | None, urgent: bool = False) -> date:
    """Last day to send extra information before a tender deadline (LR-37, R2132-6)."""
    name = "info_before_deadline_urgent" if urgent else "info_before_deadline"
    return add_days(paris_date(tender_deadline), -parameters.days(name, on=launch_date))


def questions_deadline(tender_deadline: datetime, *, launch_date: date | None) -> datetime:
    """Last instant at which a question is in good time (LR-37): some days before answers close, at the same hour."""
    last_answer = answers_deadline(tender_deadline, launch_date=launch_date)
    day = add_days(last_answer, -parameters.days("questions_before_last_answer", on=launch_date))
    return at_paris(day, in_paris(tender_deadline).time())


def deadline_after_information(told_at: datetime, tender_deadline: datetime, *, launch_date: date | None) -> datetime:
    """First deadline that leaves firms their days after an information told now, at the hour announced (LR-37, LR-38).

    It falls on a working day, and never before the deadline in force.
    """
    days = parameters.days("info_before_deadline", on=launch_date)
    first = next_working_day(add_days(paris_date(told_at), days))
    return max(tender_deadline, at_paris(first, in_paris(tender_deadline).time()), key=in_utc)


def hours_before(instant: datetime, hours: int) -> datetime:
    """Elapsed hours before an instant, whatever the clock on the wall does meanwhile (custodians’ 48 h challenge)."""
    return in_utc(instant) - timedelta(hours=hours)
