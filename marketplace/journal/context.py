"""The act that is open in this thread, if any."""

import re
import secrets
from contextvars import ContextVar
from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from typing import TYPE_CHECKING, Any, Protocol
from uuid import UUID

from django.db import models

from marketplace.journal import canonical, clock
from marketplace.journal.errors import OutsideAct

if TYPE_CHECKING:
    from marketplace.journal.models import Entry

# Ids, hashes, dates, amounts and codes; a name, an address or a sentence does not pass.
CODE = re.compile(r"[A-Za-z0-9_.,:/+#=-]{0,200}")
SALT_BYTES = 32


class Labelled(Protocol):
    """Whoever acts: `label` is the id-like string that the journal keeps, such as `membership:<uuid>`."""

    @property
    def label(self) -> str: ...  # noqa: D102 - said by the class


class Act:
    """An act under way. What it touches and says is written as one entry when its block ends."""

    def __init__(
        self, *, chain: str, name: str, actor: Labelled, now: datetime, subject: str, data: dict[str, Any], head: str
    ) -> None:
        self.chain = chain
        self.name = name
        self.actor = actor
        self.now = now
        self.subject = subject
        self.data = data
        # Hash of the entry before this one: a receipt made inside the act witnesses the chain by it.
        self.head = head
        self.touched: dict[type[models.Model], dict[Any, None]] = {}
        self.texts: dict[str, tuple[bytes, str]] = {}
        # Known once the block has ended.
        self.written: Entry | None = None

    def touch(self, row: models.Model) -> None:
        """Cover the state that a journalled row will have at the end of the act (none: it is gone)."""
        if not getattr(row, "is_journalled", False):
            raise TypeError(f"{type(row)} is not Journalled: the verifier would not look for it")
        self.touched.setdefault(row._meta.concrete_model, {})[row.pk] = None

    def add_text(self, name: str, text: str) -> None:
        """Cover free text that may have to be erased one day: the entry keeps SHA-256(salt ‖ text) as `data[name]`."""
        salt = secrets.token_bytes(SALT_BYTES)
        self.texts[name] = (salt, text)
        self.data[name] = canonical.sha256(salt + text.encode())


_open_act: ContextVar[Act | None] = ContextVar("open_act", default=None)


def current_act() -> Act:
    """Return the open act. Raises OutsideAct when there is none."""
    if (opened := _open_act.get()) is None:
        raise OutsideAct("open an act first: with act(chain, name, actor=actor, now=now): …")
    return opened


def act_is_open() -> bool:
    """Tell whether this thread is inside an act."""
    return _open_act.get() is not None


def checked_data(value: Any) -> Any:
    """Turn what an act says into JSON of ids, numbers, dates, codes. Raises ValueError for free text, or TypeError."""
    match value:
        case None | bool() | int():
            return value
        case models.Model():
            return canonical.row_key(value)
        case Enum():
            return checked_data(value.value)
        case str():
            if not CODE.fullmatch(value):
                raise ValueError(f"an entry holds ids, numbers, dates and codes, never text: {value!r} (see add_text)")
            return str(value)
        case UUID():
            return str(value)
        case Decimal():
            return f"{value:f}"
        case datetime():
            return clock.canonical(value)
        case date():
            return value.isoformat()
        case dict():
            return {checked_data(str(key)): checked_data(item) for key, item in value.items()}
        case list() | tuple():
            return [checked_data(item) for item in value]
    raise TypeError(f"{type(value)} cannot be kept in an entry")
