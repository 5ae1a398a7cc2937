"""One act, one transaction, one entry."""

import functools
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any, ParamSpec, TypeVar

from django.db import models, transaction

from marketplace.journal import canonical, context
from marketplace.journal.context import Act, Labelled, current_act
from marketplace.journal.errors import NestedAct, Refusal
from marketplace.journal.models import Chain, Entry, RowFingerprint, SealedText

__all__ = ["REFUSALS_CHAIN", "SITE_CHAIN", "Act", "act", "current_act", "record_refusals"]

SITE_CHAIN = "site"
REFUSALS_CHAIN = "refusals"
# Of one actor, for one act: enough to see an attempt, too few to fill a disk.
REFUSALS_PER_HOUR = 20

P = ParamSpec("P")
Result = TypeVar("Result")


@contextmanager
def act(
    chain: str,
    name: str,
    /,
    *,
    actor: Labelled,
    now: datetime,
    subject: models.Model | str | None = None,
    **data: Any,
) -> Iterator[Act]:
    """Open the transaction of an act, lock its chain (the only lock), run the body, write one entry `name`.

    `data` holds ids, numbers, dates and codes (ValueError for anything else); `subject` is a row or its key. Nothing
    is kept when the body raises. Raises NestedAct inside another act, RuntimeError inside another transaction.
    """
    if context.act_is_open():
        raise NestedAct(f"{name} was opened inside {current_act().name}: one act, one transaction, one entry")
    with transaction.atomic(durable=True):
        locked = _locked(chain)
        opened = Act(
            chain=chain,
            name=name,
            actor=actor,
            now=now,
            subject=canonical.row_key(subject) if isinstance(subject, models.Model) else subject or "",
            data=data,
            head=locked.head,
        )
        token = context._open_act.set(opened)
        try:
            yield opened
        finally:
            context._open_act.reset(token)
        opened.written = _write(locked, opened)


def record_refusals(name: str, *, subject: str | None = None) -> Callable[[Callable[P, Result]], Callable[P, Result]]:
    """Decorate a sensitive act (keyword-only, with `actor` and `now`): a refusal outlives the rollback.

    After the transaction of the act is undone, a second one writes `<name>.refused` with the rule ids into the chain
    `refusals`, at most REFUSALS_PER_HOUR per actor and act; then the Refusal goes on. `subject` names the argument
    that the act is about; by default, the first argument that is a row.
    """

    def decorate(function: Callable[P, Result]) -> Callable[P, Result]:
        @functools.wraps(function)
        def recorded(*args: P.args, **kwargs: P.kwargs) -> Result:
            try:
                return function(*args, **kwargs)
            except Refusal as refusal:
                # Inside an act, the refusal undoes that one; whoever opened it records it.
                if not context.act_is_open():
                    _record_refusal(name, refusal, kwargs, subject)
                raise

        return recorded

    return decorate


def _record_refusal(name: str, refusal: Refusal, arguments: dict[str, Any], subject: str | None) -> None:
    actor: Labelled = arguments["actor"]
    now: datetime = arguments["now"]
    about = arguments.get(subject) if subject else None
    if about is None:
        about = next((value for value in arguments.values() if isinstance(value, models.Model)), None)
    name = f"{name}.refused"
    recent = Entry.objects.filter(act=name, actor=actor.label, at__gt=now - timedelta(hours=1)).count()
    if recent >= REFUSALS_PER_HOUR:
        return
    with act(REFUSALS_CHAIN, name, actor=actor, now=now, subject=about) as entry:
        entry.data["refusal"] = type(refusal).__name__
        entry.data["rules"] = refusal.rules
        if recent == REFUSALS_PER_HOUR - 1:
            entry.data["further_ones_dropped"] = True


def _locked(key: str) -> Chain:
    chains = Chain.objects.select_for_update()
    try:
        return chains.get(key=key)
    except Chain.DoesNotExist:
        # Two first acts may meet here: the second waits for the first, then reads its row.
        Chain.objects.bulk_create([Chain(key=key)], ignore_conflicts=True)
        return chains.get(key=key)


def _write(chain: Chain, opened: Act) -> Entry:
    """Write the entry, the columns' hashes of the rows it leaves, its free texts; move the head of the chain."""
    columns = {
        canonical.key_of(model, pk): hashes
        for model, pks in opened.touched.items()
        for pk, hashes in canonical.read_columns(model, pks)
    }
    keys = [canonical.key_of(model, pk) for model, pks in opened.touched.items() for pk in pks]
    entry = Entry(
        chain=chain,
        seq=chain.length + 1,
        at=opened.now,
        act=opened.name,
        actor=opened.actor.label,
        subject=opened.subject,
        data=context.checked_data(opened.data),
        digests={key: canonical.row_digest(columns[key]) if key in columns else None for key in keys},
        previous_hash=chain.head,
    )
    entry.hash = entry.computed_hash(chain.key)
    entry.save(force_insert=True)
    Chain.objects.filter(pk=chain.pk).update(length=entry.seq, head=entry.hash)
    _remember_columns(entry, columns, gone=[key for key in keys if key not in columns])
    SealedText.objects.bulk_create(
        SealedText(entry=entry, name=name, salt=salt, text=text) for name, (salt, text) in opened.texts.items()
    )
    return entry


def _remember_columns(entry: Entry, columns: dict[str, dict[str, str]], *, gone: list[str]) -> None:
    RowFingerprint.objects.bulk_create(
        [RowFingerprint(row=key, entry=entry, columns=hashes) for key, hashes in columns.items()],
        update_conflicts=True,
        unique_fields=["row"],
        update_fields=["entry", "columns"],
    )
    if gone:
        RowFingerprint.objects.filter(row__in=gone).delete()
