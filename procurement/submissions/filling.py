"""What is typed in a task, kept in the sealed draft and nowhere else (sealed-bids B.2).

Two colleagues never overwrite each other unseen: each task has a version, and who types on an older one is told.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from django.db import transaction

from marketplace.accounts.actors import Actor
from marketplace.accounts.models import User
from marketplace.accounts.permissions import require
from marketplace.journal.clock import canonical as instant
from procurement.submissions.deposits import changed, check_answers, locked
from procurement.submissions.draft_box import read_draft
from procurement.submissions.models import Deposit
from procurement.submissions.tasklist import Task, compose, tasks_of


class State(StrEnum):
    """How far a task is, as the bidder left it."""

    TODO = "todo"
    DOING = "doing"
    DONE = "done"
    FIX = "fix"


@dataclass(frozen=True, slots=True)
class Typed:
    """What was typed in a task: form values as posted, who left them when, and the answer that they make, if valid.

    `source`: file of the DUME from which the site filled it, empty once a person kept it.
    """

    version: int
    by: str
    at: datetime
    data: dict[str, list[str]]
    state: State
    part: Any = None
    source: str = ""

    @property
    def author(self) -> str:
        """Name of the colleague."""
        return str(User.objects.get(pk=self.by))


class TaskConflict(Exception):  # noqa: N818 - an answer, not a failure
    """A colleague wrote meanwhile: `theirs` is the task as they left it."""

    def __init__(self, theirs: Typed) -> None:
        super().__init__("a colleague wrote meanwhile")
        self.theirs = theirs


def typed_in(deposit: Deposit) -> dict[str, Typed]:
    """Everything typed so far, by code of task; empty once the deposit is sealed."""
    if deposit.draft_key is None:
        return {}
    return {code: _typed(kept) for code, kept in read_draft(deposit).get("typed", {}).items()}


def keep_task(
    *,
    deposit: Deposit,
    task: Task,
    data: Mapping[str, list[str]],
    part: Any,
    state: State,
    version: int,
    actor: Actor,
    now: datetime,
) -> Typed:
    """Keep what a person types in a task, on top of the version they saw (0: none), and the answer it makes.

    `part` None: what is typed makes no answer yet; the envelope then holds none for this task. Typing the same again
    changes nothing, so that a deposit read again stays read.

    Raises:
        NotAllowed: The actor does not act for the lead of the tendering party.
        TaskConflict: Another version is kept, and says something else.
        Refusal: The deposit is frozen, or a sign cannot be kept.
    """
    require(actor, "deposit.edit", deposit)
    check_answers(data)
    with transaction.atomic(durable=True):
        current = locked(deposit)
        draft = read_draft(current)
        all_typed = draft.setdefault("typed", {})
        kept = _typed(all_typed[task.code]) if task.code in all_typed else None
        is_same = kept is not None and kept.data == dict(data)
        # What the site took from a DUME becomes the person’s own once they keep it.
        if is_same and (state is State.DOING or (state is kept.state and not kept.source)):
            return kept
        # What the page of the same person kept by itself, a moment before they pressed the button, is no colleague's.
        is_own = kept is not None and kept.by == str(actor.user_id) and state is not State.DOING
        if kept is not None and kept.version != version and kept.data != dict(data) and not is_own:
            raise TaskConflict(kept)
        if state is State.DOING and kept is not None and kept.state is State.DONE and part is not None:
            state = State.DONE
        typed = Typed(
            version=(kept.version if kept else 0) + 1,
            by=str(actor.user_id),
            at=now,
            data=dict(data),
            state=state,
            part=part,
        )
        all_typed[task.code] = _kept(typed)
        parts = {code: one["part"] for code, one in all_typed.items() if one["part"] is not None}
        draft["answers"][task.envelope] = compose(task.envelope, tasks_of(deposit.period), parts)
        changed(current, draft)
        if current.first_byte_at is None:
            Deposit.objects.filter(pk=current.pk).update(first_byte_at=now)
    return typed


def _typed(kept: Mapping[str, Any]) -> Typed:
    return Typed(**{**kept, "at": datetime.fromisoformat(kept["at"]), "state": State(kept["state"])})


def _kept(typed: Typed) -> dict[str, Any]:
    return {
        "version": typed.version,
        "by": typed.by,
        "at": instant(typed.at),
        "data": typed.data,
        "state": typed.state.value,
        "part": typed.part,
        "source": typed.source,
    }
