"""Lays the demonstration out: everybody registers, then each call is played through the acts of the site, in the past.

Calls follow each other in the order in which their authors began to write. Each has its own clock, which stops before
the present: nothing in the database is dated in the future but deadlines and meetings.
"""

import gc
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

from django.db.backends.signals import connection_created

from marketplace.accounts.actors import Actor
from marketplace.demo.play.scene import MORNING, Scene
from marketplace.demo.showcase import stages, state
from marketplace.demo.showcase.calls import ShowcaseCall, read_calls
from marketplace.demo.showcase.cast import Person, read_cast
from marketplace.demo.showcase.troupe import Troupe, engage, register_everybody
from marketplace.journal import clock
from marketplace.journal.acts import SITE_CHAIN, act
from marketplace.journal.checkpoints import checkpoint_all
from marketplace.journal.outbox import drain
from marketplace.ui.printing import warm_up
from procurement.calls.models import Call
from procurement.law import calendar
from procurement.submissions.custody import RecoveryKit

REASON = "Passé pour la démonstration : l’appel est fictif."
NUMBERS = "DEMO"
REGISTERED_BEFORE = timedelta(days=40)
Tell = Callable[[str], None]


@dataclass(frozen=True)
class Kit:
    """The recovery kit that a custodian was handed."""

    call: Call
    person: Person
    kit: RecoveryKit


@dataclass
class Laid:
    """What the layout leaves to tell: the call of each plan by its id, and kits that may still serve."""

    troupe: Troupe
    calls: dict[str, Call] = field(default_factory=dict)
    kits: list[Kit] = field(default_factory=list)


def lay_out(*, now: datetime, out: Path, processes: int, tell: Tell, only: frozenset[str] = frozenset()) -> Laid:
    """Lay everything out in an empty database, then write in the journal that this one is a demonstration.

    `only`: codes of stages, all of them when empty. `tell` is given a line about each step. Raises what breaks.
    """
    cast = read_cast()
    today = calendar.paris_date(now)
    calls = [one for one in read_calls(cast) if not only or one.stage in only]
    calls.sort(key=lambda one: _begun(one, today))
    warm_up()
    # What is loaded stays: processes forked to render documents need not look at it when collecting garbage.
    gc.freeze()
    started = time.monotonic()
    with clock.rehearsal(calendar.at_paris(_begun(calls[0], today), MORNING) - REGISTERED_BEFORE) as moving:
        laid = Laid(troupe=register_everybody(cast, moving))
        drain(processes)
    tell(f"  {len(laid.troupe.organisations) + 1} organisations, {len(cast.everybody)} personnes {_since(started)}")
    for place, one in enumerate(calls, start=1):
        started = time.monotonic()
        tell(f"  {place:2}/{len(calls)} {_play(one, laid, now=now, out=out, processes=processes)} {_since(started)}")
    with act(SITE_CHAIN, state.LAID_OUT, actor=Actor.system("demonstration"), now=now, calls=len(calls)):
        pass
    checkpoint_all(now)
    return laid


def _begun(call: ShowcaseCall, today: date) -> date:
    return stages.begun_on(stages.STAGES[call.stage].launched(today), today)


def _play(call: ShowcaseCall, laid: Laid, *, now: datetime, out: Path, processes: int) -> str:
    """Play one call as far as its stage; gives the line to tell. Raises RuntimeError if it went past the present."""
    today = calendar.paris_date(now)
    shown = stages.STAGES[call.stage]
    launch = shown.launched(today)
    with clock.rehearsal(calendar.at_paris(stages.begun_on(launch, today), MORNING)) as moving:
        scene = Scene(
            plan=call.launched_on(launch) if launch else call.plan,
            clock=moving,
            random=Random(call.plan.id),  # noqa: S311 - a play, not a secret
            out=out,
            processes=processes,
            reason=REASON,
            numbers=NUMBERS,
            candidature_days=shown.candidature_days,
        )
        engage(scene, laid.troupe, call.buyer)
        for moment in shown.moments:
            moment(scene)
        if shown.last:
            shown.last(scene, call, today)
        scene.render_all()
        if scene.now > now:
            raise RuntimeError(f"{call.plan.id} was played until {scene.now:%Y-%m-%d %H:%M}, after the present")
    laid.calls[call.plan.id] = scene.call
    if shown.has_kits:
        people = [call.buyer.person("first_custodian"), call.buyer.person("second_custodian")]
        laid.kits += [Kit(scene.call, person, kit) for person, (_, kit) in zip(people, scene.kits, strict=False)]
    return f"{scene.call.reference} {call.plan.title} : {shown.label}"


def _since(started: float) -> str:
    return f"({time.monotonic() - started:.1f} s)"


@contextmanager
def hurried() -> Iterator[None]:
    """Let SQLite write without waiting for the disk: a layout that a power cut interrupts is thrown away."""

    def relax(connection: Any, **kwargs: Any) -> None:
        if connection.vendor == "sqlite":
            with connection.cursor() as cursor:
                cursor.execute("PRAGMA synchronous=OFF")

    connection_created.connect(relax)
    try:
        yield
    finally:
        connection_created.disconnect(relax)


def processors() -> int:
    """How many processes may render documents side by side."""
    return os.cpu_count() or 1
