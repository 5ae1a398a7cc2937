"""Files sent part by part, in any order, over days; what is held here is the truth for resuming (sealed-bids B.8).

A part comes sealed by the browser, or is sealed while it comes; it is synced to disk, then entered in its row: no clear
byte reaches the disk, and what a row tells is held. Each write is durable when it answers.
"""

import fcntl
import hmac
import io
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, BinaryIO

from django.conf import settings
from django.db import transaction

from marketplace.accounts.actors import Actor
from marketplace.accounts.permissions import require
from marketplace.files.media_types import checked_media_type
from marketplace.journal import clock
from marketplace.journal.errors import Refusal
from procurement.calls.models import PeriodEnvelope
from procurement.submissions import sealing
from procurement.submissions.announced import NotReceived, check_free_space, check_size, checked_name
from procurement.submissions.attempts import note
from procurement.submissions.browser_sealing import take_sealed
from procurement.submissions.canonical import Unreadable
from procurement.submissions.codes import Code, Event
from procurement.submissions.deposits import (
    changed,
    check_announced,
    check_deposit_room,
    envelope_of,
    locked,
    part_store,
    register,
)
from procurement.submissions.draft_box import open_digest, read_draft, seal_digest, write_draft
from procurement.submissions.models import Deposit, DepositFile, Trial, UnfinishedFile, UnfinishedPart
from procurement.submissions.models import Part as SealedPart
from procurement.submissions.part_store import PartStore
from procurement.submissions.program import fingerprint

UNDER_WAY = "unfinished"
"""Key of the draft under which names, types and salts of files under way lie."""


@dataclass(frozen=True, slots=True)
class SealedThere:
    """A part that a browser sealed: SHA-256 of its sealed bytes, fingerprint of the program that the page announced."""

    sha256: str
    program: str


@dataclass(frozen=True, slots=True)
class Held:
    """A file under way as its owner knows it; `parts` are (n, salted digest) of what is held."""

    file: UnfinishedFile
    name: str
    salt: str
    parts: tuple[tuple[int, str], ...]

    @property
    def count(self) -> int:
        """Parts held."""
        return len(self.parts)


def store_of(holder: Deposit | Trial) -> PartStore:
    """Where the parts of a holder lie; those of trials apart, and nowhere else."""
    return part_store() if isinstance(holder, Deposit) else PartStore(Path(settings.SUBMISSION_ROOT) / "essais")


def begin_upload(
    *, deposit: Deposit, envelope: str, name: str, size: int, actor: Actor, now: datetime, label: str = ""
) -> Held:
    """Accept a file that will come part by part, or find again the one begun with this name and size in this place.

    Everything announced is checked here, before the first byte (LR-58). Raises NotAllowed, NotReceived, and Refusal
    for a frozen deposit.
    """
    require(actor, "deposit.edit", deposit)
    try:
        with transaction.atomic(durable=True):
            file, is_new = _begin(locked(deposit), envelope, label, name, size, now)
    except NotReceived as refusal:
        note(deposit, Event.FILE_REFUSED, now=now, code=refusal.code, size=size)
        raise
    note(deposit, Event.FILE_BEGUN if is_new else Event.FILE_RESUMED, now=now, file=file.pk, size=size)
    return held_of(file)


def _begin(
    deposit: Deposit, envelope: str, label: str, name: str, size: int, now: datetime
) -> tuple[UnfinishedFile, bool]:
    name, sealed_to, draft = checked_name(name), envelope_of(deposit, envelope), read_draft(deposit)
    under_way = draft.setdefault(UNDER_WAY, {})
    for file in deposit.unfinished.filter(envelope=envelope, label=label, size=size):
        if under_way[str(file.pk)]["name"] == name:
            return file, False
    media_type = check_announced(deposit, sealed_to, name, label)
    check_size(deposit.period, name, size)
    check_deposit_room(deposit, size)
    check_free_space(size)
    file = UnfinishedFile.objects.create(deposit=deposit, envelope=envelope, label=label, size=size, begun_at=now)
    under_way[str(file.pk)] = {"name": name, "media_type": media_type, "salt": sealing.new_salt()}
    changed(deposit, draft)
    return file, True


def held_of(file: UnfinishedFile) -> Held:
    """What is held of a file under way."""
    known = read_draft(file.holder)[UNDER_WAY][str(file.pk)]
    return _held(file, known, list(file.parts.all()))


def all_held(holder: Deposit | Trial) -> list[Held]:
    """Every file under way of a deposit that is not frozen, or of a trial."""
    known = read_draft(holder).get(UNDER_WAY, {})
    files = holder.unfinished.prefetch_related("parts")
    return [_held(file, known[str(file.pk)], list(file.parts.all())) for file in files]


def _held(file: UnfinishedFile, known: dict[str, Any], parts: Sequence[UnfinishedPart]) -> Held:
    holder = file.holder
    digests = tuple((part.n, open_digest(holder, part.digest, file=str(file.pk), n=part.n)) for part in parts)
    return Held(file, known["name"], known["salt"], digests)


def digest_held(file: UnfinishedFile, n: int) -> str:
    """Salted digest of a part that is held, empty when it is not."""
    # By no other order: it would read the file along.
    part = file.parts.filter(n=n).order_by().first()
    return open_digest(file.holder, part.digest, file=str(file.pk), n=n) if part else ""


def receive_part(
    *,
    file: UnfinishedFile,
    n: int,
    digest: str,
    body: sealing.Readable,
    actor: Actor,
    now: datetime,
    sealed: SealedThere | None = None,
) -> bool:
    """Hold part `n` of a file, sealed while it comes unless it comes sealed.

    `digest`: SHA-256(salt ‖ content) as the sender computed it; of a part that comes `sealed` it is the sender's word,
    which the opening compares with the content. Returns whether the part is new: the same again changes nothing.

    Raises:
        NotAllowed: The file is another's.
        Refusal: The deposit is frozen.
        NotReceived: A part outside of the file, of another length or content, not sealed as expected, sealed by a
            program that the site does not announce, already in an answer, or the disk is full.
        Exception: Whatever reading `body` raises.
    """
    require(actor, "upload.send", file)
    if not file.length_of(n):
        raise NotReceived(Code.RANGE, status=404)
    if sealed and sealed.program != fingerprint():
        raise NotReceived(Code.PROGRAM, status=409)
    store, place = store_of(file.holder), (str(file.holder.pk), str(file.pk), n)
    try:
        with store.draft(*place) as draft:
            part = _take(file, n, digest, body, draft, sealed)
            store.settle(draft)
            with _alone(file.holder):
                if held := digest_held(file, n):
                    return _same(held, digest)
                _refuse_copy(file, part, sealed)
                store.name(draft, *place)
                _enter_named(file, part, now, sealed.program if sealed else "")
    except OSError as error:
        raise NotReceived(Code.DISK, status=507) from error
    return True


def _take(
    file: UnfinishedFile, n: int, digest: str, body: sealing.Readable, draft: BinaryIO, sealed: SealedThere | None
) -> sealing.Part:
    """Write the sealed bytes of a part, once they are what the sender says. Raises NotReceived."""
    if sealed:
        try:
            part = take_sealed(body, draft, n=n, plain_len=file.length_of(n), plain_digest=digest)
        except Unreadable as error:
            raise NotReceived(Code.SEALING, status=400) from error
        if not hmac.compare_digest(part.sealed_sha256, sealed.sha256):
            raise NotReceived(Code.DAMAGED)
        return part
    known = read_draft(file.holder)[UNDER_WAY][str(file.pk)]
    # A file of one part is small enough to be judged whole; one of several is judged when opened.
    whole = io.BytesIO(_read_whole(body, file.size)) if file.part_count == 1 else None
    part = sealing.seal_stream(whole or body, draft, n=n, salt=known["salt"], recipient=recipient_of(file))
    if part.plain_len != file.length_of(n):
        raise NotReceived(Code.LENGTH, status=400)
    if not hmac.compare_digest(part.plain_digest, digest):
        raise NotReceived(Code.DAMAGED)
    if whole:
        _judge(whole, known["name"])
    return part


def _refuse_copy(file: UnfinishedFile, part: sealing.Part, sealed: SealedThere | None) -> None:
    """What came sealed may be the part of somebody else, or of another place: it enters once a call (B.2)."""
    if sealed is None or file.deposit is None:
        return
    same = {"sealed_sha256": part.sealed_sha256}
    call = file.deposit.period.lot.call_id
    under_way = UnfinishedPart.objects.filter(file__deposit__period__lot__call=call, **same)
    if under_way.exists() or SealedPart.objects.filter(call=call, **same).exists():
        raise NotReceived(Code.COPIED, status=409)


def _read_whole(body: sealing.Readable, size: int) -> bytes:
    """All of a body, but for what comes after one byte too many."""
    content = bytearray()
    while piece := body.read(size + 1 - len(content)):
        content += piece
    return bytes(content)


def _judge(content: BinaryIO, name: str) -> None:
    content.seek(0)
    try:
        checked_media_type(content, name=name)
    except Refusal as refusal:
        raise NotReceived(Code.TYPE, *refusal.reasons) from refusal


def _enter_named(file: UnfinishedFile, part: sealing.Part, now: datetime, program: str) -> None:
    try:
        _enter(file, part, now, program)
    except Refusal:
        # Frozen or dropped meanwhile: what no row tells of does not stay.
        store_of(file.holder).path(str(file.holder.pk), str(file.pk), part.n).unlink(missing_ok=True)
        raise


def _same(held: str, digest: str) -> bool:
    if held != digest:
        raise NotReceived(Code.OTHER, status=409)
    return False


def _enter(file: UnfinishedFile, part: sealing.Part, now: datetime, program: str) -> None:
    """The row of a part that is on disk, unless its deposit was frozen or the file dropped meanwhile."""
    held_at = clock.now()
    with transaction.atomic(durable=True):
        holder = _locked_holder(file)
        if not UnfinishedFile.objects.filter(pk=file.pk).exists():
            raise NotReceived(Code.MISSING, status=404)
        UnfinishedPart.objects.create(
            file=file,
            n=part.n,
            digest=seal_digest(holder, part.plain_digest, file=str(file.pk), n=part.n),
            plain_len=part.plain_len,
            sealed_len=part.sealed_len,
            sealed_sha256=part.sealed_sha256,
            held_at=held_at,
            program=program,
        )
        if isinstance(holder, Deposit) and holder.first_byte_at is None:
            Deposit.objects.filter(pk=holder.pk).update(first_byte_at=now)


def _locked_holder(file: UnfinishedFile) -> Deposit | Trial:
    if file.deposit is not None:
        return locked(file.deposit)
    trial = Trial.objects.select_for_update().filter(pk=file.trial_id).first()
    if trial is None:
        raise NotReceived(Code.MISSING, status=404)
    return trial


def recipient_of(file: UnfinishedFile) -> str:
    """The public key to which the parts of a file are sealed."""
    if file.trial is not None:
        return file.trial.recipient
    return PeriodEnvelope.objects.get(period=file.deposit.period_id, name=file.envelope).recipient


@contextmanager
def _alone(holder: Deposit | Trial) -> Iterator[None]:
    """One writer at a time in the folder of a holder: of the same part sent twice, one is written and entered.

    Otherwise the row of the first would tell of the bytes of the second. The system lifts the lock when a process dies.
    """
    folder = store_of(holder).root / str(holder.pk)
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def finish_upload(*, file: UnfinishedFile, actor: Actor, now: datetime) -> DepositFile:
    """Enter a file whose parts are all held into its deposit.

    Raises NotAllowed, Refusal for a frozen deposit, NotReceived while parts are missing.
    """
    deposit = file.deposit
    require(actor, "deposit.edit", deposit)
    with transaction.atomic(durable=True):
        current = locked(deposit)
        parts = list(file.parts.order_by("n"))
        if len(parts) != file.part_count:
            raise NotReceived(Code.MISSING, status=409)
        draft = read_draft(current)
        known = draft[UNDER_WAY].pop(str(file.pk))
        described = [
            sealing.Part(
                part.n,
                part.plain_len,
                open_digest(current, part.digest, file=str(file.pk), n=part.n),
                part.sealed_len,
                part.sealed_sha256,
            )
            for part in parts
        ]
        programs = {part.program for part in parts}
        # The parts came in any order; the file is whole since the last of them.
        whole = register(
            current,
            str(file.pk),
            file.envelope,
            described,
            [part.held_at for part in parts],
            label=file.label,
            programs=[] if "" in programs else sorted(programs),
        )
        draft["files"][str(file.pk)] = {**known, "parts": [asdict(part) for part in described]}
        UnfinishedFile.objects.filter(pk=file.pk).delete()
        changed(current, draft)
    note(deposit, Event.FILE_WHOLE, now=now, file=whole.pk, size=whole.size)
    return whole


def drop_upload(*, file: UnfinishedFile, actor: Actor, now: datetime) -> None:
    """Give up a file under way; its parts are removed. Raises NotAllowed, Refusal for a frozen deposit."""
    require(actor, "upload.send", file)
    holder, file_id = file.holder, file.pk
    with transaction.atomic(durable=True):
        current = _locked_holder(file)
        draft = read_draft(current)
        draft[UNDER_WAY].pop(str(file_id), None)
        UnfinishedFile.objects.filter(pk=file_id).delete()
        if isinstance(current, Deposit):
            changed(current, draft)
        else:
            write_draft(current, draft)
            current.save(update_fields=["draft"])
    store_of(holder).discard(str(holder.pk), str(file_id))
    if isinstance(holder, Deposit):
        note(holder, Event.FILE_DROPPED, now=now, file=file_id, size=file.size)


def drop_uploads_of_sealed() -> int:
    """Remove what was under way when its deposit was sealed: no key names it any more. Returns how many files."""
    left = list(UnfinishedFile.objects.filter(deposit__closed_at__isnull=False))
    for file in left:
        part_store().discard(str(file.deposit_id), str(file.pk))
        file.delete()
    return len(left)
