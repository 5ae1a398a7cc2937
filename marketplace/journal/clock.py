"""The one clock. An act reads it once and passes `now` down: what a deadline is compared with is never read twice.

PostgreSQL gives the time of the database server, so that several machines agree; SQLite that of the machine.
"""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import connection

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class MovingClock:
    """A clock that stands still until told to move, and only moves forward. Shared by all threads of the process."""

    def __init__(self, start: datetime) -> None:
        self._at = _utc(start)
        self._lock = threading.Lock()

    def now(self) -> datetime:
        """Return the instant at which the clock stands."""
        return self._at

    def advance_to(self, instant: datetime) -> None:
        """Move to `instant` (aware). Raises ValueError if it lies in the past."""
        with self._lock:
            if _utc(instant) < self._at:
                raise ValueError(
                    f"the clock stands at {canonical(self._at)} and cannot go back to {canonical(instant)}"
                )
            self._at = _utc(instant)

    def advance(self, duration: timedelta) -> None:
        """Move forward by `duration`. Raises ValueError if it is negative."""
        self.advance_to(self._at + duration)


_rehearsal: MovingClock | None = None


def now() -> datetime:
    """Return the present instant: UTC, to the microsecond."""
    if _rehearsal is not None:
        return _rehearsal.now()
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT clock_timestamp()")
            return _utc(cursor.fetchone()[0])
    return EPOCH + timedelta(microseconds=time.time_ns() // 1000)


@contextmanager
def rehearsal(start: datetime) -> Iterator[MovingClock]:
    """Make the whole process live at `start`, then wherever the returned clock is moved.

    Raises ImproperlyConfigured unless settings.REHEARSAL_CLOCK_ALLOWED: a real procedure never runs on another clock.
    """
    global _rehearsal
    if not settings.REHEARSAL_CLOCK_ALLOWED:
        raise ImproperlyConfigured("REHEARSAL_CLOCK_ALLOWED is off: the clock of this site cannot be moved")
    outer, _rehearsal = _rehearsal, MovingClock(start)
    try:
        yield _rehearsal
    finally:
        _rehearsal = outer


def canonical(instant: datetime) -> str:
    """Write an aware instant the only way it is ever hashed or signed: 2026-11-22T21:50:00.000000Z."""
    return _utc(instant).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def _utc(instant: datetime) -> datetime:
    if instant.tzinfo is None:
        raise ValueError("an instant needs a time zone")
    return instant.astimezone(UTC)
