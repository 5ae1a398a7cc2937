"""The evidence file of a bidder in a period: what the site recorded, sealed by the house (LR-54, C2, C20).

Instants, requests, failures, deadlines as they were, incidents declared, health samples: nothing that an envelope
holds, and nothing of other bidders (B.9): an incident is told to all, and who settles it knows of no deposit. The
company has it at any time; the team of the call only once the opening began, since it tells who answers.
"""

import io
import json
import zipfile
from collections.abc import Iterable
from datetime import datetime, timedelta
from itertools import groupby
from typing import Any

from marketplace.accounts.actors import Actor
from marketplace.accounts.permissions import require
from marketplace.files.documents import request_document
from marketplace.files.models import GeneratedDocument
from marketplace.journal.acts import act, current_act
from marketplace.journal.clock import canonical as instant
from procurement.calls.documents import about_lot, organisation_block
from procurement.calls.models import SubmissionPeriod
from procurement.submissions import health
from procurement.submissions.models import (
    Attempt,
    Deposit,
    HealthSample,
    Incident,
    Part,
    Receipt,
    SealFailure,
    SealRequest,
    Submission,
    TenderingParty,
)
from procurement.submissions.problems import in_words

KIND = "evidence"
FORMAT = "preau-evidence/1"
SLOT = timedelta(minutes=10)


def request_evidence(*, deposit: Deposit, actor: Actor, now: datetime) -> GeneratedDocument:
    """Ask for the evidence file of the bidder of a deposit in its period, as things stand now. Raises NotAllowed.

    Records `evidence.requested`, which tells that somebody answers: the team reads it from the opening on.
    """
    require(actor, "evidence.read", deposit)
    period = deposit.period
    with act(period.lot.call.chain, "evidence.requested", actor=actor, now=now, subject=period):
        return request_document(
            kind=KIND,
            title=f"Dossier de preuves, {period.lot.call.reference}",
            template="pdf/submissions/evidence.html",
            facts=_facts(deposit.party, period, now),
            subject=deposit.party,
            attachments=[("preuves.json", "evidence")],
        )


def evidence_files(deposit: Deposit) -> list[GeneratedDocument]:
    """Those asked for so far about the bidder in the period, the latest first."""
    documents = GeneratedDocument.objects.of_subject(deposit.party).filter(
        kind=KIND, facts__evidence__period__id=str(deposit.period_id)
    )
    return list(documents.select_related("rendering__stored_file").order_by("-requested_at"))


def deposit_of(document: GeneratedDocument) -> Deposit | None:
    """A deposit of the bidder and period that an evidence file is about."""
    told = document.facts["evidence"]
    deposits = Deposit.objects.select_related("period__lot__call", "party__lead")
    return deposits.filter(party=told["bidder"]["id"], period=told["period"]["id"]).first()


def evidence_zip(document: GeneratedDocument) -> bytes:
    """The sealed PDF and the JSON that it embeds, in one file to hand on."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("preuves.pdf", document.pdf())
        archive.writestr("preuves.json", json.dumps(document.facts["evidence"], ensure_ascii=False, indent=1))
    return packed.getvalue()


def _facts(party: TenderingParty, period: SubmissionPeriod, now: datetime) -> dict[str, Any]:
    lot = period.lot
    samples = list(health.samples_around(period))
    deadlines = [
        {"closes_at": instant(row.closes_at), "decided_at": instant(row.decided_at), "reason": row.reason}
        for row in sorted(period.deadlines.all(), key=lambda row: row.closes_at)
    ]
    incidents = [_incident(one) for one in period.incidents.select_related("settlement")]
    deposits = [_deposit(one) for one in Deposit.objects.filter(party=party, period=period).order_by("version")]
    return {
        **about_lot(lot),
        "bidder": organisation_block(party.lead),
        "written_at": instant(now),
        "deadlines": deadlines,
        "incidents": incidents,
        "deposits": deposits,
        "slots": _slots(samples),
        "evidence": {
            "format": FORMAT,
            "written_at": instant(now),
            "call": {"id": str(lot.call_id), "reference": lot.call.reference},
            "period": {"id": str(period.pk), "kind": period.kind},
            "bidder": {"id": str(party.pk), "name": party.lead.name, "identifier": party.lead.identifier},
            "deadlines": deadlines,
            "incidents": incidents,
            "deposits": deposits,
            "health": [_sample(one) for one in samples],
            "head": current_act().head,
        },
    }


def _incident(incident: Incident) -> dict[str, Any]:
    """What was declared, and the settlement once a second person confirmed it: a proposal binds nobody."""
    settled = getattr(incident, "settlement", None)
    return {
        "what": incident.what,
        "began_at": instant(incident.began_at),
        "declared_at": instant(incident.declared_at),
        "by": "buyer" if incident.declared_by_id else "operator",
        "settlement": {
            "ended_at": instant(settled.ended_at),
            "settled_at": instant(settled.confirmed_at),
            "reasons": settled.reasons,
        }
        if settled and settled.confirmed_at
        else None,
    }


def _deposit(deposit: Deposit) -> dict[str, Any]:
    request = SealRequest.objects.filter(deposit=deposit).first()
    submission = Submission.objects.filter(deposit=deposit).select_related("period").first()
    instants = [
        ("Dépôt commencé", deposit.opened_at),
        ("Premier octet reçu", deposit.first_byte_at),
        ("Dernière relecture", deposit.assembled_at),
        ("Demande de dépôt reçue en entier", request and request.received_at),
        ("Demande inscrite", request and request.inserted_at),
        ("Réponse scellée", submission and submission.committed_at),
    ]
    parts = Part.objects.filter(file__deposit=deposit).order_by("held_at", "n").values_list("sealed_len", "held_at")
    failures = SealFailure.objects.filter(request__deposit=deposit)
    receipts = Receipt.objects.filter(submission=submission) if submission else []
    return {
        "version": deposit.version,
        "root": submission.root if submission else "",
        "instants": [{"what": what, "at": instant(at)} for what, at in instants if at],
        "parts": [{"size": size, "at": instant(at)} for size, at in parts],
        "failures": [{"what": failure.code, "at": instant(failure.at)} for failure in failures],
        "receipts": [_receipt(one) for one in receipts],
        "attempts": [_attempt(one) for one in Attempt.objects.filter(deposit=deposit)],
    }


def _attempt(attempt: Attempt) -> dict[str, Any]:
    words = [attempt.get_event_display(), attempt.get_code_display() if attempt.code else ""]
    if attempt.number:
        words.append(f"signalement n° {attempt.number}")
    return {
        "at": instant(attempt.at),
        "what": ", ".join(filter(None, words)),
        "part": attempt.part,
        "size": attempt.size,
        "measures": [{"name": name, "value": value} for name, value in in_words(attempt.measured)],
    }


def _receipt(receipt: Receipt) -> dict[str, Any]:
    content = receipt.content
    told = {name: content[name] for name in ("number", "kind", "issued_at", "deadline", "verdict")}
    return told | {"name": receipt.get_kind_display()}


def _sample(sample: HealthSample) -> dict[str, Any]:
    return {
        "at": instant(sample.at),
        "database_ms": sample.database_ms,
        "storage_ms": sample.storage_ms,
        "free_bytes": sample.free_bytes,
        "clock": sample.clock,
        "drift_us": sample.drift_us,
    }


def _slots(samples: Iterable[HealthSample]) -> list[dict[str, Any]]:
    """Ten minutes a line for people; the JSON holds every sample."""
    slots = []
    for start, group in groupby(samples, key=lambda one: one.at - (one.at - health.EPOCH) % SLOT):
        inside = list(group)
        slots.append(
            {
                "from": instant(start),
                "samples": len(inside),
                "database": _worst(one.database_ms for one in inside),
                "storage": _worst(one.storage_ms for one in inside),
                "clock": _worst_clock({one.clock for one in inside}),
            }
        )
    return slots


def _worst(milliseconds: Iterable[int | None]) -> str:
    measured = list(milliseconds)
    if None in measured:
        return "échec"
    return f"{max(measured)} ms"


def _worst_clock(states: set[str]) -> str:
    clock = HealthSample.Clock
    for state in (clock.UNSYNCHRONISED, clock.NOT_MEASURED, clock.SYNCHRONISED):
        if state in states:
            return state.label
    raise ValueError(states)
