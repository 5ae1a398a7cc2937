"""The nightly reading of sealed parts: what a disk forgot is told while something can still be done (B.4, C19)."""

import logging
import shutil
from datetime import datetime, timedelta
from pathlib import Path

from django.db import transaction

from procurement.submissions import sealing
from procurement.submissions.canonical import Unreadable
from procurement.submissions.deposits import part_store
from procurement.submissions.models import Deposit, Part, StoreScrub
from procurement.submissions.part_store import PartStore

LEFTOVERS_LAST = timedelta(days=1)
logger = logging.getLogger(__name__)


def scrub(*, now: datetime) -> StoreScrub:
    """Hash every part again, here and in the second place, and mend the one that is not sound from the other.

    A part that is sound nowhere is named; while its deposit is not sealed, the bidder has to read it again, and is told
    then which file to send once more. What processes killed a day ago left behind goes away.
    """
    store, read, repaired, damaged = part_store(), 0, 0, []
    for part in Part.objects.kept().select_related("file").iterator(chunk_size=500):
        read += 1
        copies = [store, *([PartStore(store.mirror)] if store.mirror else [])]
        sound = [copy for copy in copies if _sealed(copy, part) is not None]
        if not sound:
            damaged.append(str(part.pk))
            _ask_again(part.file.deposit_id)
        elif len(sound) < len(copies):
            # To both: what is sound stays as it is.
            store.write(*_place(part), _sealed(sound[0], part))
            repaired += 1
    for place in filter(None, (store.root, store.mirror)):
        _sweep(place, before=now - LEFTOVERS_LAST)
    if damaged:
        logger.error("%s sealed parts are damaged", len(damaged))
    return StoreScrub.objects.create(at=now, parts=read, repaired=repaired, damaged=damaged)


def _sweep(place: Path, *, before: datetime) -> None:
    """Remove half-written parts, and folders of openings, whose process was killed: nothing reads them any more."""
    for left in [*place.glob("*/.*.age.*"), *place.glob(".opening-*")]:
        if left.stat().st_mtime < before.timestamp():
            shutil.rmtree(left) if left.is_dir() else left.unlink()


def _place(part: Part) -> tuple[str, str, int]:
    return str(part.file.deposit_id), str(part.file_id), part.n


def _sealed(store: PartStore, part: Part) -> bytes | None:
    """The bytes of a part, None unless they are those that were received."""
    try:
        sealed = store.read(*_place(part), "partie")
        sealing.check_sealed(sealed, sealed_len=part.sealed_len, sealed_sha256=part.sealed_sha256, what="partie")
    except Unreadable:
        return None
    return sealed


def _ask_again(deposit_id: object) -> None:
    """What was read again before is no longer what would be sealed; a sealed deposit stays as it was receipted."""
    with transaction.atomic():
        deposit = Deposit.objects.select_for_update().get(pk=deposit_id)
        if deposit.closed_at is None:
            deposit.root, deposit.root_document, deposit.assembled_at = "", "", None
            deposit.save(update_fields=["root", "root_document", "assembled_at"])
