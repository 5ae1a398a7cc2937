"""Minutes of an opening: every submission received, what was opened, what stays sealed, and the two people (LR-115)."""

from datetime import datetime
from typing import Any

from marketplace.files.documents import request_document
from marketplace.files.models import StoredFile
from marketplace.journal.acts import current_act
from marketplace.journal.clock import canonical as instant
from marketplace.ui.formats import precise_words
from procurement.calls.documents import about_lot
from procurement.calls.models import SubmissionPeriod
from procurement.law import opening as law
from procurement.law.deposits import Verdict
from procurement.law.facts import MinutesLineFacts, OpeningMinutesFacts
from procurement.law.findings import refuse
from procurement.submissions.models import (
    ClockClearance,
    Custodian,
    OpeningMinutes,
    OpeningResult,
    OpeningSession,
    Receipt,
    Submission,
)

PRINTED_KINDS = {
    SubmissionPeriod.Kind.INITIAL: "initial_tender",
    SubmissionPeriod.Kind.ROUND: "negotiation",
    SubmissionPeriod.Kind.FINAL: "final_tender",
}
PRINTED_RESULTS = {
    OpeningResult.Status.OPENED: "opened",
    OpeningResult.Status.DAMAGED: "unreadable",
    OpeningResult.Status.INTERRUPTED: "unreadable",
}
NO_INCIDENT = "Aucun incident n’a été déclaré, et aucune mesure n’a mis l’horloge en doute près de l’heure limite."
NOT_ANALYSED = "Fichiers non analysés par un antivirus"


def write_minutes(session: OpeningSession, now: datetime) -> OpeningMinutes:
    """Write the minutes of a completed session and ask for their document, inside the act that completes it.

    Raises RuleViolation when a submission is left out or a line says too little (LR-115).
    """
    received = list(Submission.objects.filter(period=session.period).select_related("party__lead"))
    results = {
        result.submission_id: result
        for result in OpeningResult.objects.filter(envelope=session.envelope).prefetch_related("files")
    }
    numbers = dict(
        Receipt.objects.filter(submission__in=received, kind=Receipt.Kind.SUBMISSION).values_list(
            "submission_id", "number"
        )
    )
    opened = [
        _opened_line(one, results[one.pk], numbers[one.pk])
        for one in received
        if one.pk in results and results[one.pk].session_id == session.pk
    ]
    before = [numbers[one.pk] for one in received if one.pk in results and results[one.pk].session_id != session.pk]
    sealed = [_sealed_line(one, numbers[one.pk]) for one in received if one.pk not in results]
    refuse(law.check_minutes(_facts(session, received, results)))
    facts = _printed(session, opened, sealed, before, now)
    document = request_document(
        kind="opening_minutes",
        title=f"Procès-verbal d’ouverture, {session.envelope.get_name_display().lower()}",
        template="pdf/submissions/opening_minutes.html",
        facts=facts,
        subject=session,
        attachments=[("proces-verbal.json", "minutes")],
    )
    minutes = OpeningMinutes(session=session, facts=facts["minutes"], document=document, issued_at=now)
    minutes.save()
    return minutes


def _facts(
    session: OpeningSession, received: list[Submission], results: dict[Any, OpeningResult]
) -> OpeningMinutesFacts:
    return OpeningMinutesFacts(
        received_ids=tuple(str(one.pk) for one in received),
        lines=tuple(
            MinutesLineFacts(
                submission_id=str(one.pk),
                depositor=str(one.party),
                received_at=one.received_at,
                root=one.root,
                result=results[one.pk].status if one.pk in results else "sealed",
            )
            for one in received
        ),
        people=(str(session.first_user_id), str(session.second_user_id)),
    )


def _opened_line(submission: Submission, result: OpeningResult, number: str) -> dict[str, Any]:
    files = list(result.files.all())
    return {
        "number": number,
        "depositor": str(submission.party),
        "received_at": instant(submission.received_at),
        "root": submission.root,
        "result": "infected" if _infected(files) else PRINTED_RESULTS[OpeningResult.Status(result.status)],
        "files": len(files),
        "verdict": submission.verdict.value,
        "remark": result.reason or _remark(files),
        "documents": [
            {
                "name": file.name,
                "label": file.label,
                "sha256": file.stored_file.sha256 if file.stored_file else "",
                "refusal": file.refusal,
                "scan": file.stored_file.scan_verdict if file.stored_file else "",
                "found": file.stored_file.scan_detail if file.stored_file else "",
            }
            for file in files
        ],
    }


def _remark(files: list[Any]) -> str:
    """What is to be known of the files: refused, dangerous, or that no antivirus read."""
    said = [f"« {file.name} » reste scellé : {file.refusal}" for file in files if file.refusal]
    said += [
        f"« {file.name} » est isolé : l’antivirus y trouve {file.stored_file.scan_detail}." for file in _infected(files)
    ]
    unread = [file.stored_file for file in files if file.stored_file and _is_unread(file.stored_file)]
    if unread:
        which = NOT_ANALYSED if len(unread) == len(files) else f"{len(unread)} fichier(s) non analysé(s)"
        said.append(f"{which}. {' '.join(sorted({one.scan_detail for one in unread}))}".strip())
    return " ".join(said)


def _infected(files: list[Any]) -> list[Any]:
    return [file for file in files if file.stored_file and file.stored_file.is_quarantined]


def _is_unread(stored_file: StoredFile) -> bool:
    return stored_file.scan_verdict == StoredFile.ScanVerdict.NOT_ANALYSED


def _sealed_line(submission: Submission, number: str) -> dict[str, Any]:
    """A submission that stays sealed: its author is not named."""
    return {
        "number": number,
        "received_at": instant(submission.received_at),
        "root": submission.root,
        "verdict": _why_sealed(submission),
    }


def _why_sealed(submission: Submission) -> str:
    if hasattr(submission, "withdrawal"):
        return "withdrawn"
    if submission.verdict is Verdict.ON_TIME:
        return "replaced"
    return "late_contested" if submission.verdict is Verdict.LATE_CONTESTED else "late"


def _printed(
    session: OpeningSession,
    opened: list[dict[str, Any]],
    sealed: list[dict[str, Any]],
    before: list[str],
    now: datetime,
) -> dict[str, Any]:
    lot, period = session.period.lot, session.period
    minutes = {
        "format": "preau-opening-minutes/1",
        "session": str(session.pk),
        "envelope": session.envelope.name,
        "supplementary": session.is_supplementary,
        "period": {
            "kind": PRINTED_KINDS.get(SubmissionPeriod.Kind(period.kind), period.kind),
            "deadline": instant(period.closes_at()),
        },
        "opened_at": instant(session.started_at),
        "closed_at": instant(now),
        "people": [_person(session.first), _person(session.second)],
        "checkpoint": {"head": current_act().head},
        "submissions": opened,
        "opened_before": before,
        "sealed": sealed,
        "incidents": _incidents(period) or [NO_INCIDENT],
    }
    return {
        **about_lot(lot),
        **minutes,
        "minutes": minutes,
    }


def _incidents(period: SubmissionPeriod) -> list[str]:
    """Each incident that was declared, and the doubt on the clock, with what two people decided of it."""
    told = [
        f"Incident déclaré le {precise_words(one.declared_at)} : {one.what} Il a duré du {precise_words(one.began_at)} "
        f"au {precise_words(one.settlement.ended_at)}. Décidé à deux : {one.settlement.reasons}"
        for one in period.incidents.select_related("settlement")
    ]
    if clearance := ClockClearance.objects.filter(period=period, confirmed_at__isnull=False).first():
        told.append(f"Horloge du site en doute près de l’heure limite. Décidé à deux : {clearance.reasons}")
    return told


def _person(custodian: Custodian) -> dict[str, str]:
    body = f", pour {custodian.outside_body}" if custodian.outside_body else ""
    return {"name": str(custodian.user), "capacity": f"gardien des clés n° {custodian.position}{body}"}
