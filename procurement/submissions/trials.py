"""« Dépôt d’essai »: the whole way of the files, sealed to a key that nobody keeps, and nothing left behind (ux § 6).

A trial belongs to a person, not to a call: no buyer could count it. Its files are removed at its end, or after an hour.
"""

import shutil
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Sum

from marketplace.accounts.actors import Actor
from marketplace.accounts.permissions import require
from marketplace.journal import clock
from marketplace.journal.clock import canonical as instant
from marketplace.journal.errors import Refusal
from procurement.calls.models import SubmissionPeriod
from procurement.submissions import keywraps, sealing
from procurement.submissions.announced import (
    MEBIBYTE,
    NotReceived,
    check_count,
    check_free_space,
    check_room,
    check_size,
    checked_name,
    checked_type,
)
from procurement.submissions.canonical import Unreadable, canonical
from procurement.submissions.codes import Code
from procurement.submissions.deposits import documents_of
from procurement.submissions.draft_box import new_draft, read_draft, seal_digest, write_draft
from procurement.submissions.incoming import IncomingFile
from procurement.submissions.models import Deposit, Trial, UnfinishedFile, UnfinishedPart
from procurement.submissions.transfers import UNDER_WAY, Held, all_held, held_of, store_of

LASTS = timedelta(hours=1)
MOST = 1024 * MEBIBYTE
"""Bytes of a trial: enough to measure a line, too few to fill a disk."""

RECEIPT_FORMAT = "preau-essai/1"
NOTICE = "ESSAI : ce document n’est pas un accusé de dépôt. Rien n’est déposé, rien n’est signé, rien n’est gardé."


@dataclass(frozen=True, slots=True)
class Tried:
    """What a trial that went to its end tells: its mock receipt, its pace, and how long the real answer would take.

    `pace` in bytes a second; `expected`: (bytes, seconds) of the answer being prepared and of the largest one allowed.
    """

    receipt: dict[str, Any]
    size: int
    seconds: float
    pace: int
    expected: tuple[tuple[int, int], ...]

    @property
    def text(self) -> str:
        """The mock receipt as text."""
        return canonical(self.receipt).decode()


def begin_trial(*, actor: Actor, now: datetime, like: Deposit | None = None) -> Trial:
    """Begin a trial with the limits of the period of `like`, an answer of one's own; a former trial is forgotten.

    Raises NotAllowed, and Refusal for somebody who acts for no organisation.
    """
    if actor.organisation_id is None:
        raise Refusal("Agissez au nom d’une entreprise pour faire un dépôt d’essai.")
    if like is not None:
        require(actor, "deposit.edit", like)
    for former in Trial.objects.visible_to(actor):
        _forget(former)
    limits = like.period if like is not None else SubmissionPeriod()
    trial = Trial(
        user_id=actor.user_id,
        begun_at=now,
        ends_at=now + LASTS,
        # The private half is forgotten here and now.
        recipient=keywraps.generate().recipient,
        bytes_per_file=min(limits.bytes_per_file, MOST),
        bytes_in_all=min(limits.bytes_in_all, MOST),
        files_max=limits.files_max,
        media_types=limits.media_types,
        planned_bytes=_planned(like) if like is not None else 0,
    )
    new_draft(trial)
    try:
        with transaction.atomic():
            trial.save(force_insert=True)
    except IntegrityError:
        # Two first clicks met: the other one began it.
        return Trial.objects.visible_to(actor).get()
    return trial


def _planned(deposit: Deposit) -> int:
    whole = documents_of(deposit).aggregate(size=Sum("size"))["size"] or 0
    return whole + (deposit.unfinished.aggregate(size=Sum("size"))["size"] or 0)


def begin_trial_upload(*, trial: Trial, name: str, size: int, actor: Actor, now: datetime) -> Held:
    """Accept a file of a trial, or find again the one begun; same limits, same refusals as the real one.

    Raises NotAllowed, NotReceived.
    """
    require(actor, "trial.use", trial)
    with transaction.atomic(durable=True):
        current = Trial.objects.select_for_update().get(pk=trial.pk)
        name, draft = checked_name(name), read_draft(current)
        under_way = draft.setdefault(UNDER_WAY, {})
        for file in current.unfinished.filter(size=size):
            if under_way[str(file.pk)]["name"] == name:
                return held_of(file)
        media_type = _check(current, name, size)
        file = UnfinishedFile.objects.create(trial=current, size=size, begun_at=now)
        under_way[str(file.pk)] = {"name": name, "media_type": media_type, "salt": sealing.new_salt()}
        _save_draft(current, draft)
    return held_of(file)


def _check(trial: Trial, name: str, size: int) -> str:
    media_type = checked_type(name, trial.media_types)
    check_count(trial, trial.unfinished.count())
    check_size(trial, name, size)
    check_room(trial, trial.unfinished.aggregate(sum=Sum("size"))["sum"] or 0, size)
    check_free_space(size)
    return media_type


def begin_trial_file(*, trial: Trial, name: str, actor: Actor) -> IncomingFile:
    """Accept a file of a form without JavaScript. Raises NotAllowed, NotReceived."""
    require(actor, "trial.use", trial)
    name = checked_name(name)
    return IncomingFile(
        store_of(trial),
        str(trial.pk),
        envelope="",
        recipient=trial.recipient,
        name=name,
        media_type=checked_type(name, trial.media_types),
        label="",
        limit=trial.bytes_per_file,
    )


def keep_trial_file(*, trial: Trial, incoming: IncomingFile, actor: Actor, now: datetime) -> UnfinishedFile:
    """Enter a file whose parts are all on disk into a trial. Raises NotAllowed, NotReceived."""
    require(actor, "trial.use", trial)
    size = sum(part.plain_len for part in incoming.parts)
    with transaction.atomic(durable=True):
        current = Trial.objects.select_for_update().get(pk=trial.pk)
        _check(current, incoming.name, size)
        file = UnfinishedFile.objects.create(id=incoming.file_id, trial=current, size=size, begun_at=now)
        UnfinishedPart.objects.bulk_create(
            UnfinishedPart(
                file=file,
                n=part.n,
                digest=seal_digest(current, part.plain_digest, file=str(file.pk), n=part.n),
                plain_len=part.plain_len,
                sealed_len=part.sealed_len,
                sealed_sha256=part.sealed_sha256,
                held_at=held_at,
            )
            for part, held_at in zip(incoming.parts, incoming.held, strict=True)
        )
        draft = read_draft(current)
        draft.setdefault(UNDER_WAY, {})[str(file.pk)] = {
            "name": incoming.name,
            "media_type": incoming.media_type,
            "salt": incoming.salt,
        }
        _save_draft(current, draft)
    return file


def check_whole(file: UnfinishedFile) -> None:
    """Whether every part of a file is held. Raises NotReceived."""
    if file.parts.count() != file.part_count:
        raise NotReceived(Code.MISSING, status=409)


def seal_trial(*, trial: Trial, actor: Actor, now: datetime) -> Tried:
    """Go to the end: every byte is read again, a mock receipt is made, and all of it is removed.

    Raises NotAllowed, and Refusal without a whole file.
    """
    require(actor, "trial.use", trial)
    held = all_held(trial)
    if not held:
        raise Refusal("Envoyez au moins un fichier pour essayer le dépôt jusqu’au bout.")
    for one in held:
        check_whole(one.file)
        _read_again(trial, one)
    tried = _told(trial, held, now)
    _forget(trial)
    return tried


def _read_again(trial: Trial, held: Held) -> None:
    for part in held.file.parts.all():
        what = f"« {held.name} », partie {part.n}"
        try:
            sealed = store_of(trial).read(str(trial.pk), str(held.file.pk), part.n, what)
            sealing.check_sealed(sealed, sealed_len=part.sealed_len, sealed_sha256=part.sealed_sha256, what=what)
        except Unreadable as error:
            raise Refusal(str(error)) from error


def _told(trial: Trial, held: Iterable[Held], now: datetime) -> Tried:
    files = [one.file for one in held]
    size = sum(file.size for file in files)
    seconds = sum((max(part.held_at for part in file.parts.all()) - file.begun_at).total_seconds() for file in files)
    seconds = max(seconds, 0.001)
    parts = [[str(file.pk), part.n, part.sealed_sha256] for file in files for part in file.parts.all()]
    receipt = {
        "format": RECEIPT_FORMAT,
        "number": "ESSAI",
        "notice": NOTICE,
        "received_at": instant(now),
        "committed_at": instant(clock.now()),
        "bytes": size,
        "files": len(files),
        "root": sealing.sha256(canonical({"tag": "preau/essai-root/1", "parts": parts})),
    }
    pace = max(1, round(size / seconds))
    planned = [one for one in (trial.planned_bytes, trial.bytes_in_all) if one]
    return Tried(receipt, size, seconds, pace, tuple((one, round(one / pace)) for one in planned))


def end_trial(*, trial: Trial, actor: Actor) -> None:
    """Give a trial up: nothing of it stays. Raises NotAllowed."""
    require(actor, "trial.use", trial)
    _forget(trial)


def forget_trials(*, now: datetime) -> int:
    """Remove trials whose hour is over. Returns how many."""
    over = list(Trial.objects.filter(ends_at__lte=now))
    for trial in over:
        _forget(trial)
    return len(over)


def _forget(trial: Trial) -> None:
    folder = store_of(trial).root / str(trial.pk)
    trial.delete()
    shutil.rmtree(folder, ignore_errors=True)


def _save_draft(trial: Trial, draft: dict[str, Any]) -> None:
    write_draft(trial, draft)
    trial.save(update_fields=["draft"])
