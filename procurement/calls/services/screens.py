"""Sections that are written together: a screen of the writing is one act, whatever the number of its parts."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from django.db import models

from marketplace.accounts.actors import Actor
from marketplace.journal.acts import Act, act, current_act
from marketplace.journal.context import act_is_open
from procurement.calls.models import Call

EDITED = "call.edited"


def screen_of(call: Call) -> Act | None:
    """The act that writes a screen of this call, None outside of one."""
    opened = current_act() if act_is_open() else None
    return opened if opened and opened.name == EDITED and opened.chain == call.chain else None


@contextmanager
def act_or_part(
    call: Call, name: str, *, actor: Actor, now: datetime, subject: models.Model, **data: Any
) -> Iterator[Act]:
    """An act of its own, or a part of the screen that is being written; raises what `act` raises."""
    if (screen := screen_of(call)) is not None:
        yield screen
        return
    with act(call.chain, name, actor=actor, now=now, subject=subject, **data) as opened:
        yield opened
