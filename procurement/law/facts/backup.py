"""Facts of a backup copy: how it came, why it would be opened, what becomes of it (LR-55)."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

CopyMedium = Literal["paper", "physical", "electronic"]
CopyGround = Literal["malware", "incomplete", "late", "unreadable"]


@dataclass(frozen=True, kw_only=True, slots=True)
class CopyOpeningFacts:
    """A backup copy that two people would open.

    `arrived_at`, `deadline`: of the copy and of its period; `electronic_announced`: the documents allow an electronic
    copy. What the site knows of the electronic transmission: `malware_found` in an opened file; `began_at` its first
    byte, None when nothing came; `sealed` whether it was handed in; `late` whether that came after the deadline.
    """

    launch_date: date | None
    arrived_at: datetime
    deadline: datetime
    medium: CopyMedium
    is_marked: bool
    ground: CopyGround
    electronic_announced: bool = False
    malware_found: bool = False
    began_at: datetime | None = None
    sealed: bool = False
    late: bool = False
    reasons: str = ""
    decided_by: tuple[str, ...] = ()
    discarded: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class CopyDestructionFacts:
    """A backup copy about to be destroyed. `period_opened`: the submissions of its period are opened already."""

    period_opened: bool
    opened: bool = False
    discarded: bool = False
    opening_proposed: bool = False
    how: str = ""
