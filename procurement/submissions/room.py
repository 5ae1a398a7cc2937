"""Places for bodies on their way in: a seal always finds a thread, and slow senders do not keep everybody out (B.8)."""

import random
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from django.conf import settings

from procurement.submissions.announced import NotReceived
from procurement.submissions.codes import Code

SLOW_AFTER = 3.0
"""Seconds of one body after which its sender is slow, and may have to make room."""

COME_BACK = (3, 8)
"""Seconds, by chance between the two, after which whoever found no room asks again: never all at once."""

SLOW_COME_BACK = 30
"""Seconds after which a slow sender who made room asks again; a part begins anew, nothing held is lost."""


class Place:
    """A place that one body holds. `may_yield`: its sender can send it again later, without loss."""

    def __init__(self, *, may_yield: bool) -> None:
        self.may_yield, self.since, self.is_wanted = may_yield, time.monotonic(), False

    def check(self) -> None:
        """Go on, unless somebody else needs the place more. Raises NotReceived."""
        if self.is_wanted:
            raise NotReceived(Code.BUSY, status=503, retry_after=SLOW_COME_BACK)


class Room:
    """So many places of a process, taken before a byte of the body is read.

    When all are taken, the slow sender who came last makes room for the next who asks; half of the places stay with the
    slow ones who came first, so that they too come to their end.
    """

    def __init__(self, places: int) -> None:
        self._free, self._kept = places, max(1, places // 2)
        self._held: list[Place] = []
        self._lock = threading.Lock()

    @contextmanager
    def place(self, *, may_yield: bool = False) -> Iterator[Place]:
        """Hold a place. Raises NotReceived when there is none: nothing waits here, a waiting thread serves nobody."""
        place = self._enter(may_yield=may_yield)
        try:
            yield place
        finally:
            with self._lock:
                self._held.remove(place)
                self._free += 1

    def _enter(self, *, may_yield: bool) -> Place:
        with self._lock:
            if self._free:
                self._free -= 1
                self._held.append(place := Place(may_yield=may_yield))
                return place
            self._want_one()
        raise NotReceived(Code.BUSY, status=503, retry_after=random.randint(*COME_BACK))  # noqa: S311 - no secret

    def _want_one(self) -> None:
        before = time.monotonic() - SLOW_AFTER
        slow = [one for one in self._held if one.since < before and not one.is_wanted]
        yielding = [one for one in slow if one.may_yield]
        if len(slow) > self._kept and yielding:
            max(yielding, key=lambda one: one.since).is_wanted = True


ROOM = Room(settings.UPLOAD_SLOTS)
"""The places of this process."""
