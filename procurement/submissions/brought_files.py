"""Files of bids opened on another buyer profile: read by the antivirus as they are taken out (B.5, LR-58)."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import BinaryIO

from marketplace.files.scanning import SILENT, Scan, Verdict, scan
from marketplace.files.services import StagedFile, stage, store
from procurement.submissions.models import OpenedFile, OpeningResult
from procurement.submissions.register_archive import ArchivedFile, contents
from procurement.submissions.register_table import plain


@dataclass(frozen=True, slots=True)
class TakenFile:
    """A file in the private store, not entered yet, with what the antivirus said of it."""

    name: str
    staged: StagedFile
    scanned: Scan


def taken_out(source: BinaryIO, files: Sequence[ArchivedFile]) -> Iterator[tuple[ArchivedFile, TakenFile]]:
    """Files of a checked archive, scanned before anybody can read them.

    An antivirus that keeps silent once is not asked again here, or each file would wait for it; `late_scans` does.
    """
    is_silent = False
    for file, content in contents(source, files):
        scanned = Scan(Verdict.NOT_ANALYSED, SILENT) if is_silent else scan(content)
        is_silent = scanned.detail == SILENT
        content.seek(0)
        yield file, TakenFile(file.name, stage(content, name=file.name), scanned)


def keep_files(result: OpeningResult, files: Iterable[TakenFile]) -> list[str]:
    """Attach files to an opened envelope, inside an act; one named like an expected document stands for it.

    Returns the SHA-256 of those in which malware was found: they are kept as evidence, and no door gives them.
    """
    infected = []
    for file in files:
        OpenedFile(
            result=result,
            name=file.name,
            label=_label(file.name, result.envelope.expected_documents),
            stored_file=store(file.staged, scanned=file.scanned),
        ).save()
        if file.scanned.verdict == Verdict.INFECTED:
            infected.append(file.staged.sha256)
    return infected


def _label(name: str, expected: Sequence[str]) -> str:
    said = f" {plain(name)} "
    return next((label for label in expected if f" {plain(label)} " in said), "")
