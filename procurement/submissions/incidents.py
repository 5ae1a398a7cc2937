"""What the site did while a late submission came in: the report that two people read before they decide (LR-54)."""

from datetime import datetime
from typing import Any

from marketplace.accounts.actors import Actor
from marketplace.accounts.permissions import require
from marketplace.files.documents import request_document
from marketplace.files.models import GeneratedDocument
from marketplace.journal.acts import act
from marketplace.journal.clock import canonical as instant
from marketplace.journal.errors import Refusal
from procurement.calls.documents import about_lot
from procurement.submissions.models import Part, Receipt, SealFailure, Submission

KIND = "incident_report"
TITLE = "Rapport technique du dépôt"


def report_incident(*, submission: Submission, actor: Actor, now: datetime) -> GeneratedDocument:
    """Write down what the site recorded of a late deposit: each part with its instant, the seal, its failures.

    Raises NotAllowed, and Refusal before the opening began, since it tells that the submission exists. Records
    `incident.reported`.
    """
    call = submission.period.lot.call
    require(actor, "submission.admit_late", call)
    with act(call.chain, "incident.reported", actor=actor, now=now, subject=submission):
        if submission.period.opening_began_at is None:
            raise Refusal("Les plis ne sont pas ouverts : rien ne se dit encore de ceux qui sont arrivés.")
        return request_document(
            kind=KIND,
            title=f"{TITLE}, accusé n° {_number(submission)}",
            template="pdf/submissions/incident_report.html",
            facts=_facts(submission, now),
            subject=submission,
        )


def _facts(submission: Submission, now: datetime) -> dict[str, Any]:
    lot, request = submission.period.lot, submission.deposit.seal_request
    parts = Part.objects.filter(file__deposit=submission.deposit_id).order_by("held_at")
    return {
        **about_lot(lot),
        "number": _number(submission),
        "deadline": instant(submission.period.closes_at()),
        "written_at": instant(now),
        "instants": [
            {"what": "Premier octet reçu", "at": instant(submission.first_byte_at)},
            {"what": "Dernière partie reçue", "at": instant(submission.complete_at)},
            {"what": "Demande de dépôt reçue en entier", "at": instant(request.received_at)},
            {"what": "Demande inscrite", "at": instant(request.inserted_at)},
            {"what": "Réponse scellée", "at": instant(submission.committed_at)},
        ],
        "parts": [{"size": size, "at": instant(held)} for size, held in parts.values_list("sealed_len", "held_at")],
        "failures": [
            {"what": failure.code, "at": instant(failure.at)} for failure in SealFailure.objects.filter(request=request)
        ],
    }


def _number(submission: Submission) -> str:
    return Receipt.objects.get(submission=submission, kind=Receipt.Kind.SUBMISSION).number
