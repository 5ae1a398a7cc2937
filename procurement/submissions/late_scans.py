"""Files that no antivirus read at the opening are read as soon as one answers (sealed-bids B.5, LR-58)."""

from collections import defaultdict
from datetime import datetime

from marketplace.accounts.actors import Actor
from marketplace.files import scanning
from marketplace.files.encryption import DamagedFile
from marketplace.files.scanning import Scan, Verdict
from marketplace.files.services import record_scan
from marketplace.journal.acts import act
from procurement.submissions.backup_copies import discard
from procurement.submissions.mails import tell_infected
from procurement.submissions.models import OpenedFile, Submission

SCANNER = "scanner"
"""Trade of the site under which files are read by the antivirus after their opening."""
AT_ONCE = 50
"""Files read in one run: the next one goes on."""


def scan_unread(*, now: datetime) -> int:
    """Read opened files whose opening, here or brought, found no antivirus or a silent one. Returns how many were read.

    Stops at the first silence. Whoever handed in is told of what is found. Records `submission.scanned`.
    """
    if not scanning.is_set():
        return 0
    heard: dict[Submission, list[tuple[OpenedFile, Scan]]] = defaultdict(list)
    for file in _unread():
        try:
            found = scanning.scan_chunks(file.stored_file.chunks())
        except DamagedFile:
            continue
        if found.detail == scanning.SILENT:
            break
        heard[file.result.submission].append((file, found))
    for submission, files in heard.items():
        _record(submission, files, now)
    return sum(len(files) for files in heard.values())


def _unread() -> list[OpenedFile]:
    rows = OpenedFile.objects.filter(
        stored_file__scan_verdict=Verdict.NOT_ANALYSED,
        stored_file__scan_detail__in=("", scanning.NOT_SET, scanning.SILENT),
        stored_file__destroyed_at__isnull=True,
    )
    related = rows.select_related("stored_file", "copy", "result__submission__period__lot__call")
    return list(related.order_by("result__at", "pk")[:AT_ONCE])


def _record(submission: Submission, files: list[tuple[OpenedFile, Scan]], now: datetime) -> None:
    chain, scanner = submission.period.lot.call.chain, Actor.system(SCANNER)
    with act(chain, "submission.scanned", actor=scanner, now=now, subject=submission) as entry:
        for file, found in files:
            record_scan(file.stored_file, found)
            if file.copy is not None and found.verdict == Verdict.INFECTED:
                discard(file.copy, now, entry)
        infected = [
            file.stored_file.sha256 for file, found in files if found.verdict == Verdict.INFECTED and file.copy is None
        ]
        entry.data.update(files=len(files), infected=infected)
        if infected:
            tell_infected(submission, len(infected), now)
