"""What may be told of the openings of a call. Before a period opens, nothing but its deadline (sealed-bids B.9)."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from marketplace.accounts.actors import Actor
from procurement.calls.models import Lot, PeriodEnvelope, SubmissionPeriod
from procurement.law.opening import GRACE
from procurement.submissions.clock_doubt import standing_doubt
from procurement.submissions.models import (
    Incident,
    OpeningMinutes,
    OpeningResult,
    OpeningSession,
    Receipt,
    Submission,
)
from procurement.submissions.opening import to_open
from procurement.submissions.periods import code_of
from procurement.submissions.troubles import unsettled
from procurement.submissions.verdicts import FRENCH, Admission, Deadline, Instants, verdict


class EnvelopeState(StrEnum):
    """Where the opening of an envelope is."""

    SEALED = "sealed"
    READY = "ready"
    WAITING = "waiting"
    INTERRUPTED = "interrupted"
    OPENED = "opened"
    MORE = "more"


@dataclass(frozen=True, slots=True)
class OpenedEnvelope:
    """One envelope of a period.

    Attributes:
        state: Sealed until the deadline; ready; waiting for the second custodian; interrupted; opened; or opened with
            something more that may be opened.
        session: The session that waits for its second custodian.
        results: What came out, by submission.
        minutes: Minutes of each session.
    """

    envelope: PeriodEnvelope
    state: EnvelopeState
    session: OpeningSession | None = None
    results: list[OpeningResult] = field(default_factory=list)
    minutes: list[OpeningMinutes] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class LateOne:
    """A submission received after the deadline: told by its receipt, its author stays unnamed while it is sealed."""

    submission: Submission
    number: str
    verdict: str
    admission: Any


@dataclass(frozen=True, slots=True)
class OpenedPeriod:
    """A period with its envelopes; `late` is only told once the opening began.

    `is_in_doubt`: the clock holds the opening until two people lift the doubt. `incident`: the first one declared that
    two people did not settle, which holds it too.
    """

    period: SubmissionPeriod
    code: str
    closes_at: datetime
    envelopes: list[OpenedEnvelope]
    late: list[LateOne]
    is_in_doubt: bool = False
    incident: Incident | None = None


def openings_of(lots: Iterable[Lot], actor: Actor, now: datetime) -> list[OpenedPeriod]:
    """The periods of the lots whose keys are ready, in order."""
    periods = (
        SubmissionPeriod.objects.filter(lot__in=lots, keys_ready_at__isnull=False, opens_at__lte=now)
        .select_related("lot__call")
        .prefetch_related("deadlines", "envelopes")
    )
    return [_opened_period(period, actor, now) for period in periods]


def _opened_period(period: SubmissionPeriod, actor: Actor, now: datetime) -> OpenedPeriod:
    closes_at = period.closes_at()
    order = [name for name, _label in PeriodEnvelope.Name.choices]
    envelopes = sorted(period.envelopes.all(), key=lambda one: order.index(one.name))
    incident = unsettled(period).first()
    if now <= closes_at + GRACE:
        sealed = [OpenedEnvelope(one, EnvelopeState.SEALED) for one in envelopes]
        return OpenedPeriod(period, code_of(period), closes_at, sealed, [], incident=incident)
    opened = [opened_envelope(one, now) for one in envelopes]
    return OpenedPeriod(
        period,
        code_of(period),
        closes_at,
        opened,
        late_ones(period, actor),
        is_in_doubt=standing_doubt(period) is not None,
        incident=incident,
    )


def opened_envelope(envelope: PeriodEnvelope, now: datetime) -> OpenedEnvelope:
    """One envelope of a period past its deadline."""
    sessions = OpeningSession.objects.filter(envelope=envelope)
    waiting = OpeningSession.objects.waiting(envelope, now).select_related("first__user").first()
    results = list(
        OpeningResult.objects.filter(envelope=envelope)
        .select_related("submission__party__lead")
        .prefetch_related("files__stored_file")
        .order_by("submission__received_at")
    )
    minutes = list(
        OpeningMinutes.objects.filter(session__envelope=envelope).select_related(
            "session__first__user", "session__second__user", "document__rendering__stored_file"
        )
    )
    return OpenedEnvelope(envelope, _state(envelope, waiting, list(sessions)), waiting, results, minutes)


def left_to_open(envelopes: Collection[PeriodEnvelope], now: datetime) -> set[Any]:
    """Ids of the envelopes that no complete session opened, or that a second custodian is awaited for, in one query."""
    sessions: dict[Any, list[OpeningSession]] = {one.pk: [] for one in envelopes}
    for row in OpeningSession.objects.filter(envelope__in=list(sessions)):
        sessions[row.envelope_id].append(row)
    return {
        key
        for key, rows in sessions.items()
        if not any(row.completed_at for row in rows)
        or any(row.completed_at is None and row.expires_at > now for row in rows)
    }


def late_ones(period: SubmissionPeriod, actor: Actor) -> list[LateOne]:
    """Submissions received after the deadline, once the opening began."""
    if period.opening_began_at is None:
        return []
    late = (
        Submission.objects.visible_to(actor)
        .filter(period=period, received_at__gt=period.closes_at())
        .select_related("late_admission__proposed_by", "late_admission__confirmed_by")
    )
    numbers = dict(
        Receipt.objects.filter(submission__in=late, kind=Receipt.Kind.SUBMISSION).values_list("submission_id", "number")
    )
    deadlines = [Deadline(row.closes_at, row.decided_at) for row in period.deadlines.all()]
    return [_late_one(one, numbers[one.pk], deadlines) for one in late]


def _late_one(submission: Submission, number: str, deadlines: list[Deadline]) -> LateOne:
    admission = getattr(submission, "late_admission", None)
    found = verdict(
        Instants(submission.first_byte_at, submission.received_at),
        deadlines,
        [Admission(admission.proposed_at, admission.confirmed_at)] if admission else [],
    )
    return LateOne(submission, number, FRENCH[found], admission)


def _state(envelope: PeriodEnvelope, waiting: OpeningSession | None, sessions: list[OpeningSession]) -> EnvelopeState:
    if waiting is not None:
        return EnvelopeState.WAITING
    if not sessions:
        return EnvelopeState.READY
    if not any(one.completed_at for one in sessions):
        return EnvelopeState.INTERRUPTED
    return EnvelopeState.MORE if to_open(envelope) else EnvelopeState.OPENED
