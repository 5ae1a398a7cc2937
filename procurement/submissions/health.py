"""How the site was around a deadline: the platform bears the proof that it worked (RATP, CE 449250; LR-54, B.4)."""

import contextlib
import ctypes
import os
import secrets
import shutil
import time
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path

from django.conf import settings
from django.db import DatabaseError, connection, transaction
from django.db.models import Q, QuerySet

from procurement.calls.models import PeriodDeadline, SubmissionPeriod
from procurement.submissions.models import HealthSample

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
BEFORE, AFTER = timedelta(hours=2), timedelta(minutes=30)
"""Around each deadline, what an evidence file shows and what is kept as long as the call."""

KEPT = timedelta(days=7)
"""Elsewhere, how long a sample is kept."""

PROBE = b"preau" * 800
STA_UNSYNC = 0x40
TIME_ERROR = 5


class _Timex(ctypes.Structure):
    """What adjtimex(2) tells: only `status` is read; the rest keeps its room."""

    _fields_ = [
        ("modes", ctypes.c_uint),
        ("offset", ctypes.c_long),
        ("freq", ctypes.c_long),
        ("maxerror", ctypes.c_long),
        ("esterror", ctypes.c_long),
        ("status", ctypes.c_int),
        ("rest", ctypes.c_char * 256),
    ]


def probe(*, now: datetime) -> HealthSample:
    """Measure once: a durable write in the database and on the disk of the bids, free room, the clock."""
    sample = HealthSample(at=now, clock=kernel_clock(), drift_us=_drift())
    sample.storage_ms = _timed(_write_and_sync)
    with contextlib.suppress(OSError):
        sample.free_bytes = shutil.disk_usage(settings.SUBMISSION_ROOT).free
    # The write that is timed is the row itself, then completed with what it took.
    sample.database_ms = _timed(lambda: _save(sample))
    with contextlib.suppress(DatabaseError):
        _save(sample)
    return sample


def samples_around(period: SubmissionPeriod) -> QuerySet[HealthSample]:
    """The samples around every deadline that the period had, oldest first."""
    return HealthSample.objects.filter(_around(row.closes_at for row in period.deadlines.all()))


def forget_samples(*, now: datetime) -> int:
    """Forget samples a week old that lie around no deadline. Returns how many."""
    kept = _around(PeriodDeadline.objects.values_list("closes_at", flat=True))
    return HealthSample.objects.filter(at__lt=now - KEPT).exclude(kept).delete()[0]


def kernel_clock() -> HealthSample.Clock:
    """Whether the kernel holds its clock for synchronised; where it does not say, « non mesuré »."""
    told = _Timex()
    try:
        state = ctypes.CDLL(None, use_errno=True).adjtimex(ctypes.byref(told))
    except (OSError, AttributeError):
        return HealthSample.Clock.NOT_MEASURED
    if state < 0:
        return HealthSample.Clock.NOT_MEASURED
    if state == TIME_ERROR or told.status & STA_UNSYNC:
        return HealthSample.Clock.UNSYNCHRONISED
    return HealthSample.Clock.SYNCHRONISED


def _around(deadlines: Iterable[datetime]) -> Q:
    found = Q(pk__in=[])
    for closes_at in deadlines:
        found |= Q(at__range=(closes_at - BEFORE, closes_at + AFTER))
    return found


def _save(sample: HealthSample) -> None:
    with transaction.atomic():
        sample.save()


def _drift() -> int | None:
    """Microseconds by which the clock of the database is ahead of this machine's; None when it has none."""
    if connection.vendor != "postgresql":
        return None
    with connection.cursor() as cursor:
        before = time.time_ns()
        cursor.execute("SELECT clock_timestamp()")
        told = cursor.fetchone()[0]
        after = time.time_ns()
    middle = datetime.fromtimestamp((before + after) / 2e9, tz=UTC)
    return (told - middle) // timedelta(microseconds=1)


def _write_and_sync() -> None:
    root = Path(settings.SUBMISSION_ROOT)
    root.mkdir(parents=True, exist_ok=True, mode=0o700)
    path = root / f".probe-{secrets.token_hex(8)}"
    try:
        with path.open("xb") as file:
            file.write(PROBE)
            file.flush()
            os.fsync(file.fileno())
    finally:
        path.unlink(missing_ok=True)


def _timed(write: Callable[[], None]) -> int | None:
    """Milliseconds that a write took, None when it failed."""
    began = time.monotonic()
    try:
        write()
    except (OSError, DatabaseError):
        return None
    return round((time.monotonic() - began) * 1000)
