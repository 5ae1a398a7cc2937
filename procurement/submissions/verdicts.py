"""On time or late: computed from stored instants, deadline rows and recorded decisions, never stored (B.4).

LR-43, LR-53: what is late is eliminated, and kept sealed. LR-54: a lateness that the platform may have caused is
decided by people, with reasons. No Django here.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from procurement.law import deposits as law
from procurement.law.deposits import Verdict
from procurement.law.facts import ArrivalFacts

FRENCH = {
    Verdict.ON_TIME: "Dans les délais",
    Verdict.LATE: "Hors délai",
    Verdict.LATE_STARTED_IN_TIME: "Hors délai, transmission commencée à temps",
    Verdict.LATE_CONTESTED: "Hors délai, retard contesté",
}


@dataclass(frozen=True, slots=True)
class Instants:
    """The two instants that decide (UTC): first byte of the deposit held here, and seal request wholly received."""

    first_byte_at: datetime
    received_at: datetime


@dataclass(frozen=True, slots=True)
class Deadline:
    """A deadline of the period, and when it was decided."""

    closes_at: datetime
    decided_at: datetime


@dataclass(frozen=True, slots=True)
class Admission:
    """A late submission that one person proposes to admit, and a second one may have confirmed (LR-54)."""

    proposed_at: datetime
    confirmed_at: datetime | None = None


def deadline_in_force(deadlines: Sequence[Deadline], *, known_at: datetime | None = None) -> datetime:
    """Deadline (UTC) after the last decision, or after the last one taken by `known_at`.

    A deadline only moves forward (R2151-4): the furthest of those known is the last of the journal, also when several
    bear one instant, or when the clock was set back between two.
    """
    return max(row.closes_at for row in deadlines if known_at is None or row.decided_at <= known_at)


def verdict(
    instants: Instants,
    deadlines: Sequence[Deadline],
    admissions: Sequence[Admission] = (),
    *,
    known_at: datetime | None = None,
) -> Verdict:
    """Verdict of a submission: `received_at` equal to the deadline is on time, to the microsecond (LR-53).

    `known_at` answers as of a past instant: a receipt states what was decided when it was issued.
    """
    return law.verdict(arrival(instants, deadlines, admissions, known_at=known_at))


def arrival(
    instants: Instants,
    deadlines: Sequence[Deadline],
    admissions: Sequence[Admission] = (),
    *,
    known_at: datetime | None = None,
) -> ArrivalFacts:
    """The facts that the rule book asks for (LR-43, LR-53, LR-54)."""
    known = [row for row in admissions if known_at is None or row.proposed_at <= known_at]
    return ArrivalFacts(
        received_at=instants.received_at,
        deadline=deadline_in_force(deadlines, known_at=known_at),
        first_byte_at=instants.first_byte_at,
        contested=bool(known),
        admitted_at=next((row.confirmed_at for row in known if row.confirmed_at), None),
    )
