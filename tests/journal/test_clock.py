from datetime import UTC, datetime, timedelta, timezone

import pytest
from django.core.exceptions import ImproperlyConfigured
from hypothesis import given
from hypothesis import strategies as st

from marketplace.journal import clock

START = datetime(2027, 1, 12, 11, 0, tzinfo=UTC)


def test_now_is_utc_and_close_to_the_machine(db):
    before = datetime.now(UTC)
    read = clock.now()
    assert read.tzinfo is UTC
    assert abs(read - before) < timedelta(seconds=5)


def test_a_rehearsal_clock_stands_still_until_moved():
    with clock.rehearsal(START) as moving:
        assert clock.now() == clock.now() == START
        moving.advance(timedelta(days=1))
        assert clock.now() == START + timedelta(days=1)
        moving.advance_to(START + timedelta(days=2))
        assert clock.now() == START + timedelta(days=2)


def test_a_rehearsal_clock_never_goes_back():
    with clock.rehearsal(START) as moving, pytest.raises(ValueError, match="cannot go back"):
        moving.advance_to(START - timedelta(microseconds=1))


def test_the_real_clock_returns_after_a_rehearsal(db):
    with clock.rehearsal(START):
        pass
    assert clock.now() != START


def test_a_site_that_does_not_allow_it_cannot_be_moved(settings):
    settings.REHEARSAL_CLOCK_ALLOWED = False
    with pytest.raises(ImproperlyConfigured), clock.rehearsal(START):
        pass


def test_canonical_instants_have_six_digits_and_z():
    paris = timezone(timedelta(hours=1))
    assert clock.canonical(datetime(2026, 11, 22, 22, 50, tzinfo=paris)) == "2026-11-22T21:50:00.000000Z"


def test_a_naive_instant_is_refused():
    with pytest.raises(ValueError, match="time zone"):
        clock.canonical(datetime(2026, 11, 22))  # noqa: DTZ001 - naive on purpose


@given(st.datetimes(min_value=datetime(1900, 1, 1), timezones=st.timezones()))  # noqa: DTZ001 - naive on purpose
def test_a_canonical_instant_reads_back_as_the_instant(instant):
    assert datetime.fromisoformat(clock.canonical(instant)) == instant.astimezone(UTC)
