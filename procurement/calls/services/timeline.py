"""The only door to the dated facts of a lot."""

from datetime import datetime

from procurement.calls.models import Lot, LotTimeline
from procurement.calls.signals import fact_recorded
from procurement.calls.stages import ENTRIES

FACTS = {entry.fact for entry in ENTRIES} | {"awarded_at"}


def record(lot: Lot, fact: str, at: datetime | None) -> LotTimeline:
    """Write one dated fact (UTC) of a lot inside the current act; `None` takes back a deadline that was moved away.

    Raises ValueError for a fact that no stage knows: a misspelt name must not pass for a fact that never came.
    """
    if fact not in FACTS:
        raise ValueError(f"unknown fact of a lot: {fact}")
    timeline = LotTimeline.objects.get(lot=lot)
    setattr(timeline, fact, at)
    timeline.save()
    fact_recorded.send(sender=Lot, lot=lot, fact=fact, at=at)
    return timeline
