"""The second place (SUBMISSION_MIRROR): each sealed part, and a line per arrival, seal, withdrawal, complement (B.7).

A line holds what the rows of its act hold, and nothing that a bidder typed or named. That of a receipt is written and
synced as the last thing of the act that makes it: no receipt that anybody can see lacks its line. When such an act does
not come to its end, the line of the one that does follows: of one request, the last line counts.
"""

import fcntl
import json
import os
from collections.abc import Iterable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from django.conf import settings

from marketplace.journal.clock import canonical as instant
from procurement.submissions.canonical import canonical
from procurement.submissions.deposits import part_store
from procurement.submissions.models import Deposit, Destruction, Part, PartyMember, Receipt, SealRequest
from procurement.submissions.part_store import BEHIND, PartStore, sync_folder

FORMAT = "preau-mirror/1"
REGISTER = "register"
ARRIVAL, SEAL, WITHDRAWAL, COMPLEMENT = "arrival", "seal", "withdrawal", "complement"
DESTRUCTION = "destruction"

PARTY = ("id", "lot_id", "kind", "lead_id", "formed_at")
MEMBER = ("id", "organisation_id", "share")
DEPOSIT = (
    "id", "period_id", "version", "opened_at", "opened_by_id", "first_byte_at", "root_document", "root",
    "assembled_at", "closed_at",
)  # fmt: skip
FILE = ("id", "envelope", "kind", "label", "size", "held_at", "programs")
PART = ("id", "n", "plain_len", "sealed_len", "sealed_sha256", "held_at")
REQUEST = (
    "id", "root", "idempotency_key", "received_at", "inserted_at", "user_id", "organisation_id", "membership_id",
)  # fmt: skip
SUBMISSION = (
    "id", "version", "replaces_id", "root", "root_document", "first_byte_at", "complete_at", "received_at",
    "committed_at",
)  # fmt: skip
RECEIPT = ("id", "signed", "issued_at")
WITHDRAWN = ("id", "at", "by_id")


def is_set() -> bool:
    """Whether this site has a second place."""
    return bool(settings.SUBMISSION_MIRROR)


def is_behind() -> bool:
    """Whether the second place lacks something that could not be written there."""
    return is_set() and (Path(settings.SUBMISSION_ROOT) / BEHIND).exists()


def tell_arrival(request: SealRequest) -> None:
    """Write that a seal was asked for, as soon as the request is durable here."""
    if is_set():
        _append(str(request.deposit.period_id), {"kind": ARRIVAL, **_arrival(request)})


def tell_receipt(receipt: Receipt) -> None:
    """Write a receipt with all that is needed to make its rows again; inside its act, as the last thing of it."""
    if is_set():
        _append(str(receipt.submission.period_id), _line(receipt))


def tell_destruction(destruction: Destruction) -> None:
    """Write that deposits were destroyed for good, so that they never come back. Raises OSError: this cannot wait."""
    if not is_set():
        return
    place = part_store().mirror
    if not place.is_dir():
        raise FileNotFoundError(place)
    told: dict[str, list[str]] = {}
    rows = destruction.submissions.filter(submission__deposit__isnull=False).select_related("submission")
    for row in rows.order_by("submission__received_at"):
        told.setdefault(str(row.submission.period_id), []).append(str(row.submission.deposit_id))
    for period, deposits in told.items():
        line = {
            "format": FORMAT,
            "kind": DESTRUCTION,
            "destruction": str(destruction.pk),
            "begun_at": instant(destruction.begun_at),
            "visa": destruction.visa,
            "deposits": deposits,
        }
        _write_line(place, f"{UUID(period)}.jsonl", canonical(line))


def lines(place: Path) -> Iterator[tuple[str, dict[str, Any] | None]]:
    """Each line of a mirror, the oldest first, with where it stands; None for one that cannot be read."""
    for file in sorted((place / REGISTER).glob("*.jsonl")):
        for number, text in enumerate(file.read_bytes().split(b"\n"), start=1):
            if text:
                yield f"{file.name}:{number}", _read(text)


def catch_up() -> tuple[int, int]:
    """Write in the second place what it lacks, from the rows and parts of this one. Returns (parts, lines)."""
    store = part_store()
    # Away first: what fails from here on marks it again.
    (store.root / BEHIND).unlink(missing_ok=True)
    return _catch_up_parts(store), _catch_up_lines(store)


def _catch_up_parts(store: PartStore) -> int:
    second, written = PartStore(store.mirror), 0
    for deposit, file, n, length in Part.objects.kept().values_list("file__deposit_id", "file_id", "n", "sealed_len"):
        place = (str(deposit), str(file), n)
        if second.size(*place) != length and store.size(*place) == length:
            sealed = store.path(*place).read_bytes()
            store.mirrored(lambda mirror, place=place, sealed=sealed: PartStore(mirror).write(*place, sealed))
            written += 1
    return written


def _catch_up_lines(store: PartStore) -> int:
    told = [line for _, line in lines(store.mirror) if line]
    receipts = {line["receipt"]["id"] for line in told if "receipt" in line}
    requests = {line["request"]["id"] for line in told if "request" in line}
    written = 0
    for receipt in Receipt.objects.select_related("submission__deposit__seal_request").order_by("issued_at"):
        if str(receipt.pk) not in receipts:
            tell_receipt(receipt)
            written += 1
    for request in SealRequest.objects.filter(outcome__isnull=True).select_related("deposit"):
        if str(request.pk) not in requests:
            tell_arrival(request)
            written += 1
    return written


def _line(receipt: Receipt) -> dict[str, Any]:
    submission = receipt.submission
    signed = {"submission_id": str(submission.pk), "receipt": _row(receipt, RECEIPT)}
    if receipt.kind == Receipt.Kind.WITHDRAWAL:
        return {"kind": WITHDRAWAL, **signed, "withdrawal": _row(submission.withdrawal, WITHDRAWN)}
    if receipt.kind == Receipt.Kind.COMPLEMENT:
        return {"kind": COMPLEMENT, **signed}
    request = submission.deposit.seal_request
    return {"kind": SEAL, **signed, "submission": _row(submission, SUBMISSION), **_arrival(request)}


def _arrival(request: SealRequest) -> dict[str, Any]:
    deposit = Deposit.objects.select_related("party").get(pk=request.deposit_id)
    members = PartyMember.objects.filter(party=deposit.party).order_by("id")
    return {
        "party": _row(deposit.party, PARTY) | {"members": [_row(member, MEMBER) for member in members]},
        "deposit": _row(deposit, DEPOSIT),
        "files": [
            _row(file, FILE) | {"parts": [_row(part, PART) for part in file.parts.all()]}
            for file in deposit.files.prefetch_related("parts")
        ],
        "request": _row(request, REQUEST),
    }


def _row(row: Any, names: Iterable[str]) -> dict[str, Any]:
    return {name: _plain(getattr(row, name)) for name in names}


def _plain(value: Any) -> Any:
    if isinstance(value, UUID):
        return str(value)
    return instant(value) if isinstance(value, datetime) else value


def _append(period: str, line: dict[str, Any]) -> None:
    text = canonical({"format": FORMAT, **line})
    part_store().mirrored(lambda place: _write_line(place, f"{UUID(period)}.jsonl", text))


def _write_line(place: Path, name: str, text: bytes) -> None:
    """Add a line and make it survive a power cut; several processes may write at once."""
    folder = place / REGISTER
    folder.mkdir(exist_ok=True, mode=0o700)
    descriptor = os.open(folder / name, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
    with os.fdopen(descriptor, "r+b", buffering=0) as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        size = os.fstat(descriptor).st_size
        # Half a line that a power cut left must not spoil the next one.
        begins = b"\n" if size and os.pread(descriptor, 1, size - 1) != b"\n" else b""
        file.write(begins + text + b"\n")
        os.fsync(descriptor)
    for synced in (folder, place):
        sync_folder(synced)


def _read(text: bytes) -> dict[str, Any] | None:
    try:
        line = json.loads(text)
    except ValueError:
        return None
    return line if isinstance(line, dict) and line.get("format") == FORMAT else None
