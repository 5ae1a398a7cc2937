"""One submission, one step: everything that vouches for it must agree before anything of it is shown (B.5, LR-57)."""

import logging
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import DataError

from marketplace.accounts.actors import Actor
from marketplace.files.scanning import Verdict, scan
from marketplace.files.services import RefusedFile, Scan, StagedFile, stage, store
from marketplace.journal import keys
from marketplace.journal.acts import act
from marketplace.journal.canonical import row_key
from marketplace.journal.clock import canonical as instant
from marketplace.journal.models import Entry
from procurement.submissions import sealing
from procurement.submissions.assembly import root_from_rows
from procurement.submissions.canonical import Unreadable, read_canonical
from procurement.submissions.mails import tell_infected
from procurement.submissions.models import (
    DepositFile,
    OpenedFile,
    OpeningResult,
    OpeningSession,
    Receipt,
    Submission,
)
from procurement.submissions.opening_process import OpeningProcess, ProcessDied, TakenOut

logger = logging.getLogger(__name__)

# The act that sealed it, or the one that made its rows again after a restored backup.
SEALING_ACTS = ("submission.sealed", "submission.recovered")
INSTANTS = ("first_byte_at", "complete_at", "received_at", "committed_at")
UNEXPECTED = "Ce pli n’a pas pu être lu : une panne imprévue est inscrite au journal technique."
INTERRUPTED = "Le processus d’ouverture s’est arrêté sur ce pli."


class _AlreadyOpened(Exception):  # noqa: N818 - undoes the transaction of whoever came second
    """Another session opened this envelope meanwhile."""


@dataclass(frozen=True, slots=True)
class _Kept:
    """A file on its way into the private store: scanned and staged, or refused for a reason."""

    taken: TakenOut
    scanned: Scan
    staged: StagedFile | None
    refusal: str = ""


def open_submission(
    *, session: OpeningSession, submission: Submission, process: OpeningProcess, actor: Actor, now: datetime
) -> OpeningResult:
    """Open the session's envelope of one submission, or record what is wrong with it.

    Raises ProcessDied, after recording on which submission the process stopped. Records `submission.opened` or
    `submission.not_opened`.
    """
    try:
        check_agreement(submission)
        with process.take_out(
            root=submission.root,
            root_document=submission.root_document,
            manifest_file=_manifest_file(submission, session),
            size=sum(submission.deposit.files.values_list("size", flat=True)),
        ) as taken:
            answers = _answers(taken)
            kept = [_stage(file) for file in taken if file.kind == DepositFile.Kind.DOCUMENT]
    except Unreadable as error:
        return _record(session, submission, OpeningResult.Status.DAMAGED, actor, now, reason=str(error))
    except ProcessDied:
        # The next session tries this one last.
        _record(session, submission, OpeningResult.Status.INTERRUPTED, actor, now, reason=INTERRUPTED)
        raise
    except Exception as error:  # noqa: BLE001 - whatever a bid holds, it never holds up the others
        return _failed(session, submission, actor, now, error)
    try:
        return _record(session, submission, OpeningResult.Status.OPENED, actor, now, answers=answers, kept=kept)
    except _AlreadyOpened:
        return OpeningResult.objects.get(submission=submission, envelope=session.envelope)
    except (ValueError, DataError) as error:
        return _failed(session, submission, actor, now, error)


def _failed(
    session: OpeningSession, submission: Submission, actor: Actor, now: datetime, error: Exception
) -> OpeningResult:
    """Record that a bid could not be opened; a later session tries it again. Its contents reach no log."""
    logger.error("submission %s could not be opened: %s", submission.pk, type(error).__name__)
    return _record(session, submission, OpeningResult.Status.INTERRUPTED, actor, now, reason=UNEXPECTED)


def check_agreement(submission: Submission) -> None:
    """Root, rows, signed receipt and journal entry tell the same submission. Raises Unreadable on the first amiss."""
    receipted = sealing.read_root(submission.root_document.encode(), submission.root)
    sealing.compare_roots(receipted, root_from_rows(submission.deposit))
    receipt = Receipt.objects.filter(submission=submission, kind=Receipt.Kind.SUBMISSION).first()
    content = read_canonical(receipt.signed.encode(), "accusé") if receipt else {}
    if not keys.verify_json("receipt", content):
        raise Unreadable("accusé : sa signature n’est pas celle du site.")
    if _as_receipted(content) != _as_kept(submission):
        raise Unreadable("accusé : il ne dit pas la même chose que le registre (pli, candidat, période ou instants).")
    entry = Entry.objects.filter(
        chain__key=submission.period.lot.call.chain,
        act__in=SEALING_ACTS,
        data__root=submission.root,
        data__receipt=receipt.number,
    ).first()
    if entry is None or row_key(submission) not in entry.digests:
        raise Unreadable("journal : aucune écriture ne porte ce pli.")


def _as_receipted(content: Mapping[str, Any]) -> dict[str, Any]:
    """What the signed receipt says of the submission."""
    named = {name: content[name] for name in ("root", "deposit", "version", *INSTANTS)}
    return named | {"bidder": content["bidder"]["id"], "period": content["period"]["id"]}


def _as_kept(submission: Submission) -> dict[str, Any]:
    """The same, from its row: one edited behind the journal’s back would turn a late bid into one on time."""
    return {
        "root": submission.root,
        "deposit": str(submission.deposit_id),
        "version": submission.version,
        "bidder": str(submission.party_id),
        "period": str(submission.period_id),
        **{name: instant(getattr(submission, name)) for name in INSTANTS},
    }


def _manifest_file(submission: Submission, session: OpeningSession) -> str:
    file = submission.deposit.files.filter(envelope=session.envelope.name, kind=DepositFile.Kind.MANIFEST).first()
    if file is None:
        raise Unreadable("manifeste : absent du dépôt.")
    return str(file.pk)


def _answers(taken: Iterable[TakenOut]) -> Any:
    for file in taken:
        if file.kind == DepositFile.Kind.ANSWERS:
            with file.read() as content:
                return read_canonical(content.read(), "réponses saisies")
    return None


def _stage(taken: TakenOut) -> _Kept:
    """Scan a file, then bring it into the private store, encrypted at rest: nobody reads it before (B.5).

    One that the store refuses stays in its sealed parts.
    """
    with taken.read() as content:
        scanned = scan(content)
    try:
        with taken.read() as content:
            return _Kept(taken, scanned, stage(content, name=taken.name))
    except RefusedFile as refused:
        return _Kept(taken, scanned, None, refused.reasons[0])


def _record(
    session: OpeningSession,
    submission: Submission,
    status: OpeningResult.Status,
    actor: Actor,
    now: datetime,
    *,
    reason: str = "",
    answers: Any = None,
    kept: Sequence[_Kept] = (),
) -> OpeningResult:
    opened = status is OpeningResult.Status.OPENED
    name = "submission.opened" if opened else "submission.not_opened"
    with act(session.period.lot.call.chain, name, actor=actor, now=now, subject=submission) as entry:
        result = OpeningResult.objects.filter(submission=submission, envelope=session.envelope).first()
        if result is not None and result.status == OpeningResult.Status.OPENED:
            raise _AlreadyOpened
        result = result or OpeningResult(submission=submission, envelope=session.envelope)
        result.session, result.status, result.reason, result.at = session, status, reason[:400], now
        result.answers = answers
        result.save()
        for file in kept:
            OpenedFile(
                result=result,
                deposit_file_id=file.taken.file,
                name=file.taken.name,
                label=file.taken.label,
                stored_file=store(file.staged, scanned=file.scanned) if file.staged else None,
                refusal=file.refusal[:300],
            ).save()
        entry.data.update(envelope=session.envelope.name, status=status.value, root=submission.root)
        infected = [file.staged.sha256 for file in kept if file.staged and file.scanned.verdict == Verdict.INFECTED]
        if infected:
            entry.data["infected"] = infected
            tell_infected(submission, len(infected), now)
    return result
