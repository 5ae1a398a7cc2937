"""The legal calendar: both sides of each boundary, and properties over all days."""

from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from procurement.law import calendar
from tests.law.sound import PARIS

DAYS = st.dates(date(2026, 1, 1), date(2035, 12, 31))
LAUNCHES = st.dates(date(2026, 1, 1), date(2027, 12, 31))
# Hypothesis wants naive bounds when it chooses the zone itself.
FAR_APART = datetime(2026, 1, 1), datetime(2035, 1, 1)  # noqa: DTZ001 - naive on purpose
INSTANTS = st.datetimes(*FAR_APART, timezones=st.just(UTC))
LAUNCH = date(2026, 12, 1)


@given(DAYS, st.integers(0, 400))
def test_calendar_days_are_monotone_and_undone_by_their_opposite(day, count):
    assert calendar.add_days(day, count) >= day
    assert calendar.add_days(calendar.add_days(day, count), -count) == day


@given(DAYS, st.integers(0, 30))
def test_months_keep_the_day_or_the_last_one(day, count):
    later = calendar.add_months(day, count)
    assert later.day == day.day or (later.day < day.day and calendar.add_days(later, 1).day == 1)
    assert (later.year * 12 + later.month) - (day.year * 12 + day.month) == count


@given(DAYS)
def test_next_working_day_is_the_first_one(day):
    found = calendar.next_working_day(day)
    assert calendar.is_working_day(found)
    skipped = [calendar.add_days(day, n) for n in range((found - day).days)]
    assert not any(calendar.is_working_day(one) for one in skipped)
    assert len(skipped) <= 4


@given(st.integers(2026, 2035))
def test_eleven_public_holidays_a_year_fixed_ones_among_them(year):
    found = [day for n in range(366) if calendar.is_public_holiday(day := date(year, 1, 1) + timedelta(days=n))]
    fixed = {(1, 1), (5, 1), (5, 8), (7, 14), (8, 15), (11, 1), (11, 11), (12, 25)}
    assert fixed <= {(day.month, day.day) for day in found}
    # Ascension may fall on another holiday: ten distinct days that year.
    assert len({day for day in found if day.year == year}) in (10, 11)


@pytest.mark.parametrize("day", [date(2027, 3, 29), date(2027, 5, 6), date(2027, 5, 17)])
def test_moving_holidays_of_2027(day):
    assert calendar.is_public_holiday(day)
    assert not calendar.is_working_day(day)


@given(INSTANTS)
def test_day_in_paris_never_goes_back(instant):
    assert calendar.paris_date(instant) <= calendar.paris_date(instant + timedelta(microseconds=1))


@pytest.mark.parametrize(
    ("utc", "day"),
    [
        (datetime(2027, 1, 11, 22, 59, 59, 999_999, tzinfo=UTC), date(2027, 1, 11)),
        (datetime(2027, 1, 11, 23, tzinfo=UTC), date(2027, 1, 12)),
        (datetime(2027, 7, 11, 21, 59, 59, 999_999, tzinfo=UTC), date(2027, 7, 11)),
        (datetime(2027, 7, 11, 22, tzinfo=UTC), date(2027, 7, 12)),
    ],
)
def test_the_day_is_that_of_paris_in_winter_and_in_summer(utc, day):
    assert calendar.paris_date(utc) == day


def test_an_instant_without_zone_is_refused():
    with pytest.raises(calendar.NaiveInstantError):
        calendar.paris_date(datetime(2027, 1, 1))  # noqa: DTZ001 - the point of the test


@given(DAYS, st.times(time(9), time(17)))
def test_a_wall_clock_hour_reads_back_as_itself(day, hour):
    assert calendar.in_paris(calendar.at_paris(day, hour).astimezone(UTC)).time() == hour


def test_office_hours_hold_across_the_change_of_clock():
    # 28 March 2027 the clock goes forward: 9 h on Friday is 08:00 UTC, on Tuesday 07:00 UTC (Monday is Easter).
    assert calendar.is_office_hour(datetime(2027, 3, 26, 8, tzinfo=UTC))
    assert not calendar.is_office_hour(datetime(2027, 3, 26, 7, 59, 59, tzinfo=UTC))
    assert not calendar.is_office_hour(datetime(2027, 3, 29, 8, tzinfo=UTC))
    assert calendar.is_office_hour(datetime(2027, 3, 30, 7, tzinfo=UTC))


def test_48_hours_are_elapsed_hours_across_the_change_of_clock():
    deadline = datetime(2027, 3, 29, 12, tzinfo=PARIS)
    assert calendar.in_paris(calendar.hours_before(deadline, 48)) == datetime(2027, 3, 27, 11, tzinfo=PARIS)


@pytest.mark.law("LR-53", "LR-43")
@given(INSTANTS, st.timedeltas(timedelta(0), timedelta(days=3)))
def test_on_time_up_to_the_microsecond(deadline, ahead):
    assert calendar.is_on_time(deadline - ahead, deadline)
    assert not calendar.is_on_time(deadline + timedelta(microseconds=1) + ahead, deadline)


@pytest.mark.law("LR-53")
def test_the_second_two_o_clock_of_october_is_later_than_the_first():
    first = datetime(2027, 10, 31, 2, 30, tzinfo=PARIS)
    second = first.replace(fold=1)
    assert calendar.is_on_time(first.astimezone(UTC), second)
    assert not calendar.is_on_time(second.astimezone(UTC), first.astimezone(UTC))


@pytest.mark.law("LR-12")
@given(DAYS, LAUNCHES)
def test_thirty_days_never_shorten(sent_on, launch):
    period = calendar.candidature_period(sent_on, launch_date=launch)
    assert (period.earliest - sent_on).days == 30
    assert period.certain == calendar.add_days(period.earliest, 1)


@pytest.mark.law("LR-78")
@given(INSTANTS, st.booleans(), LAUNCHES)
def test_standstill_counts_calendar_days_of_paris(sent_at, electronic, launch):
    first = calendar.earliest_signature([(sent_at, electronic)], launch_date=launch)
    assert (first - calendar.paris_date(sent_at)).days == (11 if electronic else 16)


@pytest.mark.law("LR-78")
@given(st.lists(st.tuples(INSTANTS, st.booleans()), min_size=1, max_size=5))
def test_standstill_runs_from_the_last_letter(letters):
    together = calendar.earliest_signature(letters, launch_date=LAUNCH)
    assert together == max(calendar.earliest_signature([one], launch_date=LAUNCH) for one in letters)


@pytest.mark.law("LR-78")
def test_no_letter_gives_no_date():
    assert calendar.earliest_signature([], launch_date=LAUNCH) is None


def test_delays_after_signature():
    assert calendar.prefect_deadline(date(2027, 2, 20), launch_date=LAUNCH) == date(2027, 3, 7)
    assert calendar.award_notice_deadline(date(2027, 2, 1), launch_date=LAUNCH) == date(2027, 3, 3)
    assert calendar.essential_data_deadline(date(2026, 12, 31), launch_date=LAUNCH) == date(2027, 2, 28)
    assert calendar.reasons_deadline(date(2027, 2, 1), launch_date=LAUNCH) == date(2027, 2, 16)


@pytest.mark.parametrize(("urgent", "day"), [(False, date(2027, 1, 6)), (True, date(2027, 1, 8))])
def test_answers_leave_six_days_before_the_deadline_or_four(urgent, day):
    deadline = datetime(2027, 1, 12, 12, tzinfo=PARIS)
    assert calendar.answers_deadline(deadline, launch_date=LAUNCH, urgent=urgent) == day


@given(INSTANTS, st.sampled_from(sorted(calendar.OVERSEAS)))
def test_a_deadline_overseas_is_the_same_instant_at_another_hour(instant, prefix):
    zone = calendar.overseas_zone(f"{prefix}00")
    local = instant.astimezone(zone)
    assert calendar.in_utc(local) == calendar.in_utc(instant)
    assert calendar.is_on_time(local, instant)
    assert calendar.is_on_time(instant, local)
    assert local.replace(tzinfo=None) != calendar.in_paris(instant).replace(tzinfo=None)


@pytest.mark.parametrize(("postcode", "is_overseas"), [("97400", True), ("98800", True), ("35000", False), ("", False)])
def test_only_overseas_postcodes_have_a_zone_of_their_own(postcode, is_overseas):
    assert (calendar.overseas_zone(postcode) is not None) == is_overseas
