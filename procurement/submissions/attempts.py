"""The journal of attempts of a deposit: written beside what happens, never in its way (sealed-bids C1, C2; LR-54)."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from procurement.submissions.codes import Code, Event
from procurement.submissions.models import Attempt, Deposit

HOUR = timedelta(hours=1)
AN_HOUR = 600
"""Lines of one deposit within an hour: a failing night of retries is told, a disk is never filled from a browser."""

FROM_BROWSER_AN_HOUR = 200


def note(
    deposit: Deposit,
    event: Event,
    *,
    now: datetime,
    code: Code | str = "",
    file: UUID | None = None,
    part: int | None = None,
    size: int | None = None,
) -> Attempt | None:
    """Write one line, unless the deposit has had too many within the hour: a last line then says so."""
    lines = Attempt.objects.filter(deposit=deposit, at__gt=now - HOUR)
    most = FROM_BROWSER_AN_HOUR if event is Event.BROWSER else AN_HOUR
    written = lines.filter(event=event).count() if event is Event.BROWSER else lines.count()
    if written >= most:
        if lines.filter(event=Event.MUTED).exists():
            return None
        event, code, file, part, size = Event.MUTED, "", None, None, None
    return _write(deposit, event, now, code=code, file_id=file, part=part, size=size)


def _write(deposit: Deposit, event: Event, now: datetime, **facts: Any) -> Attempt:
    return Attempt.objects.create(deposit=deposit, event=event, at=now, **facts)
