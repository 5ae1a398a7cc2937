"""What was handed in is destroyed, at the end of its keeping: keys first, then bytes, everywhere (LR-107, LR-108).

Three steps, each of which may be done again. `begin` is one transaction: once it is committed nothing can be opened
any more, whatever happens next. `erase_bytes` removes what is unreadable by then. `forget_parts` ends it.
"""

from collections.abc import Iterable
from typing import Any

from django.db import connection
from django.db.models import Count, Q, Sum

from marketplace.files.models import StoredFile
from marketplace.files.services import DESTROYED, destroy, wipe
from procurement.calls.models import SubmissionPeriod
from procurement.submissions import mirror
from procurement.submissions.deposits import part_store
from procurement.submissions.models import (
    CopyFile,
    DestroyedFile,
    DestroyedSubmission,
    Destruction,
    EnvelopeWrap,
    OpenedFile,
    OpeningResult,
    Part,
    ReceivedRegister,
    Submission,
)
from procurement.submissions.part_store import PartStore


def submissions_of(destruction: Destruction, holders: Iterable[Any]) -> list[Submission]:
    """What the destruction is about: all of one holder's; else of everybody but the `holders` (ids of parties)."""
    rows = Submission.objects.filter(period__lot=destruction.lot_id, destroyed__isnull=True)
    own = rows.filter(party=destruction.party_id) if destruction.party_id else rows.exclude(party__in=list(holders))
    return list(own.select_related("party__lead").order_by("received_at"))


def begin(destruction: Destruction, submissions: list[Submission], files: Iterable[StoredFile]) -> None:
    """Make the submissions unreadable, inside the act: keys, answers, names of files; bytes come after.

    `files`: files of the private store that go too, beside those that were opened.
    """
    parts = {
        row["file__deposit__submission"]: row
        for row in Part.objects.filter(file__deposit__submission__in=submissions)
        .values("file__deposit__submission")
        .annotate(count=Count("id"), size=Sum("sealed_len"))
    }
    DestroyedSubmission.objects.bulk_create(
        DestroyedSubmission(
            destruction=destruction,
            submission=one,
            parts=parts.get(one.pk, {}).get("count", 0),
            sealed_bytes=parts.get(one.pk, {}).get("size", 0),
        )
        for one in submissions
    )
    gone = {file.pk: file for file in files}
    for result in OpeningResult.objects.filter(submission__in=submissions):
        result.answers = {}
        result.save()
    for opened in OpenedFile.objects.filter(result__submission__in=submissions).select_related("stored_file"):
        opened.name = DESTROYED
        opened.save()
        if opened.stored_file is not None:
            gone[opened.stored_file_id] = opened.stored_file
    gone |= _copies(destruction)
    if not destruction.party_id:
        gone |= _registers(destruction)
    for file in gone.values():
        if not file.is_destroyed:
            destroy(file)
            DestroyedFile(destruction=destruction, stored_file=file).save()
    destruction.wraps = _forget_keys(destruction)


def _copies(destruction: Destruction) -> dict[Any, StoredFile]:
    """Files that opened backup copies gave: of the holder, or of everybody whose submissions do not stay."""
    files = CopyFile.objects.filter(copy__period__lot=destruction.lot_id)
    if destruction.party_id:
        files = files.filter(copy__party=destruction.party_id)
    else:
        kept = Submission.objects.filter(period__lot=destruction.lot_id, destroyed__isnull=True)
        files = files.exclude(copy__party__in=kept.values("party"))
    gone = {}
    for row in files.select_related("stored_file"):
        row.name = DESTROYED
        row.save()
        gone[row.stored_file_id] = row.stored_file
    return gone


def _registers(destruction: Destruction) -> dict[Any, StoredFile]:
    """What was brought from another buyer profile: the register and the archive of everybody's files."""
    rows = ReceivedRegister.objects.filter(period__lot=destruction.lot_id).select_related("table", "archive")
    return {file.pk: file for row in rows for file in (row.table, row.archive)}


def _forget_keys(destruction: Destruction) -> int:
    """Delete the wraps of the periods that nobody has to open any more; how many went.

    A holder's piece that never left its envelope needs its key as long as the contract is kept.
    """
    procedure = Destruction.objects.filter(lot=destruction.lot_id, party=None, begun_at__isnull=False)
    if destruction.party_id and not procedure.exists():
        return 0
    needed = Submission.objects.filter(period__lot=destruction.lot_id, destroyed__isnull=True).filter(
        Q(results__files__refusal__gt="") | Q(results__isnull=False) & ~Q(results__status=OpeningResult.Status.OPENED)
    )
    periods = SubmissionPeriod.objects.filter(lot=destruction.lot_id).exclude(pk__in=needed.values("period"))
    wraps = list(EnvelopeWrap.objects.filter(period__in=periods))
    for wrap in wraps:
        wrap.delete()
    return len(wraps)


def erase_bytes(destruction: Destruction) -> bool:
    """Remove the bytes of what `begin` made unreadable, here and in the second place; again, if it was interrupted.

    The second place is told first, so that no recovery brings back what its own backup still has. Returns whether
    every file is gone: one that somebody is keeping anew at this moment is left for the next time. Raises OSError when
    a place does not answer.
    """
    _leave_no_old_page()
    store = part_store()
    deposits = [
        str(pk)
        for pk in destruction.submissions.filter(submission__deposit__isnull=False).values_list(
            "submission__deposit", flat=True
        )
    ]
    mirror.tell_destruction(destruction)
    for place in filter(None, (store.root, store.mirror)):
        for deposit in deposits:
            PartStore(place).discard_deposit(deposit)
    files = StoredFile.objects.filter(pk__in=destruction.files.values("stored_file"))
    return not [file for file in files if not wipe(file)]


def forget_parts(destruction: Destruction) -> None:
    """Delete the rows of the parts; the root of each submission keeps their sealed fingerprints."""
    Part.objects.filter(file__deposit__submission__destroyed__destruction=destruction).delete()


def empty_log() -> None:
    """Have SQLite write over its log, which keeps what is deleted for as long as some connection stays open.

    A seal destroys the key of its draft: the log is where it would be found. On PostgreSQL, or inside a transaction,
    nothing is done.
    """
    if connection.vendor == "sqlite" and not connection.in_atomic_block:
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def _leave_no_old_page() -> None:
    """Write over what the database engine still keeps of deleted rows: SQLite in its log, PostgreSQL in its tables."""
    empty_log()
    if connection.vendor == "postgresql" and not connection.in_atomic_block:
        with connection.cursor() as cursor:
            # Without the right to, PostgreSQL warns and goes on: autovacuum does it later.
            cursor.execute(f"VACUUM {EnvelopeWrap._meta.db_table}, {OpeningResult._meta.db_table}")
