"""Signed receipts: what they say, their number, and the document printed from them (sealed-bids B.7, LR-56)."""

import hashlib
import secrets
from datetime import datetime
from typing import Any

from django.conf import settings

from marketplace.files.documents import request_document
from marketplace.files.models import GeneratedDocument
from marketplace.journal import keys
from marketplace.journal.acts import current_act
from marketplace.journal.clock import canonical as instant
from procurement.calls.documents import call_block, header, lot_block, organisation_block
from procurement.calls.models import PeriodEnvelope, SubmissionPeriod
from procurement.law import deposits as law
from procurement.law.facts import ReceiptFacts
from procurement.law.findings import refuse
from procurement.submissions.canonical import canonical
from procurement.submissions.models import DepositFile, PartyMember, Receipt, Submission

RECEIPT_FORMAT = "preau-receipt/1"
# Nothing that a voice or a hand could take for something else: neither O, 0, I nor 1.
ALPHABET = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"
OTHER_DOCUMENT = "Autre pièce"
TYPED_ANSWERS = "Réponses saisies"
NEXT_STEPS = {
    Receipt.Kind.SUBMISSION: "Heure limite : vous pouvez remplacer ou retirer votre réponse jusque-là.",
    Receipt.Kind.WITHDRAWAL: "Heure limite : vous pouvez déposer une nouvelle réponse jusque-là.",
    Receipt.Kind.COMPLEMENT: "Nouvelle heure limite : vous pouvez remplacer ou retirer votre réponse jusque-là.",
}
WITHDRAWN = "withdrawn"


def issue_receipt(submission: Submission, kind: Receipt.Kind, now: datetime) -> Receipt:
    """Sign a receipt inside the act that it proves, and ask for its document. Raises RuleViolation (LR-56).

    The head of the chain that it witnesses is that of the entry before this act.
    """
    content = _content(submission, kind, now)
    refuse(law.check_receipt(_facts(submission, content)))
    signed = keys.sign_json("receipt", content, now)
    return _save(submission, kind, signed, now)


def deadline_stated(closes_at: datetime) -> str:
    """What the signed text of a receipt holds when it states this deadline."""
    return canonical({"deadline": instant(closes_at)}).decode().strip("{}")


def restore_receipt(submission: Submission, *, pk: Any, signed: dict[str, Any], issued_at: datetime) -> Receipt:
    """Make a receipt of ours again, as it was signed and under its own id, inside the act of a recovery."""
    return _save(submission, Receipt.Kind(signed["kind"]), signed, issued_at, pk=pk)


def _save(
    submission: Submission, kind: Receipt.Kind, signed: dict[str, Any], now: datetime, **identity: Any
) -> Receipt:
    written = canonical(signed)
    receipt = Receipt(
        **identity,
        number=signed["number"],
        kind=kind,
        submission=submission,
        signed=written.decode(),
        fingerprint=hashlib.sha256(written).hexdigest(),
        issued_at=now,
        document=_request(submission, kind, signed),
    )
    receipt.save()
    return receipt


def _content(submission: Submission, kind: Receipt.Kind, now: datetime) -> dict[str, Any]:
    """Everything the signature covers. The file names are not in it: the bidder has them in the private annex."""
    period, call, party = submission.period, submission.period.lot.call, submission.party
    arrival = submission.arrival_known_at(now)
    return {
        "format": RECEIPT_FORMAT,
        "number": new_number(),
        "kind": kind.value,
        "site": settings.SITE_URL,
        "issued_at": instant(now),
        "call": {"id": str(call.pk), "reference": call.reference, "title": call.title, "object": call.object},
        "buyer": {"name": call.lead_buyer.name, "identifier": call.lead_buyer.identifier},
        "lot": {"id": str(period.lot_id), "number": period.lot.number, "title": period.lot.title},
        "period": {"id": str(period.pk), "kind": period.kind, "round": period.round_number},
        "bidder": {
            "id": str(party.pk),
            "name": party.lead.name,
            "identifier": party.lead.identifier,
            "members": sorted(
                PartyMember.objects.filter(party=party).values_list("organisation__identifier", flat=True)
            ),
        },
        "deposit": str(submission.deposit_id),
        "version": submission.version,
        "replaces": _number_of(submission.replaces),
        "first_byte_at": instant(submission.first_byte_at),
        "complete_at": instant(submission.complete_at),
        "received_at": instant(submission.received_at),
        "committed_at": instant(submission.committed_at),
        "deadline": instant(arrival.deadline),
        "verdict": WITHDRAWN if kind is Receipt.Kind.WITHDRAWAL else law.verdict(arrival).value,
        "documents": _documents(submission),
        "root": submission.root,
        "chain": call.chain,
        "head": current_act().head,
    }


def _facts(submission: Submission, content: dict[str, Any]) -> ReceiptFacts:
    return ReceiptFacts(
        depositor=content["bidder"]["name"],
        buyer=content["buyer"]["name"],
        call_title=content["call"]["title"],
        # A call in one sentence has no object of its own: its title says it.
        call_object=content["call"]["object"] or content["call"]["title"],
        received_at=submission.received_at,
        documents=tuple(document["label"] for document in content["documents"]),
    )


def new_number() -> str:
    """Eight signs that a voice or a hand takes for nothing else."""
    letters = "".join(secrets.choice(ALPHABET) for _ in range(8))
    return f"{letters[:4]}-{letters[4:]}"


def _number_of(submission: Submission | None) -> str | None:
    if submission is None:
        return None
    return Receipt.objects.get(submission=submission, kind=Receipt.Kind.SUBMISSION).number


def _documents(submission: Submission) -> list[dict[str, Any]]:
    """What was received, by the call's own labels: never by the names that the bidder chose.

    `programs`, of a file that was sealed in a browser: fingerprints of the programs that the site announced for it.
    """
    files = DepositFile.objects.filter(deposit=submission.deposit_id).exclude(kind=DepositFile.Kind.MANIFEST)
    order = [name for name, _ in PeriodEnvelope.Name.choices]
    return [
        {
            "envelope": file.envelope,
            "label": TYPED_ANSWERS if file.kind == DepositFile.Kind.ANSWERS else file.label or OTHER_DOCUMENT,
            "size": file.size,
            **({"programs": file.programs} if file.programs else {}),
        }
        for file in sorted(files, key=lambda file: (order.index(file.envelope), file.kind, file.label, file.size))
    ]


def _request(submission: Submission, kind: Receipt.Kind, signed: dict[str, Any]) -> GeneratedDocument:
    return request_document(
        kind="receipt",
        title=f"{kind.label} {signed['number']}",
        template="pdf/submissions/receipt.html",
        facts=_printed(submission, kind, signed),
        subject=submission,
        attachments=[("accuse.json", "receipt")],
    )


def _printed(submission: Submission, kind: Receipt.Kind, signed: dict[str, Any]) -> dict[str, Any]:
    lot, party = submission.period.lot, submission.party
    candidature = submission.period.kind == SubmissionPeriod.Kind.CANDIDATURE
    late = signed["verdict"].startswith("late")
    manifests = DepositFile.objects.filter(deposit=submission.deposit_id, kind=DepositFile.Kind.MANIFEST)
    return {
        **header(lot.call),
        "number": signed["number"],
        "kind": "candidature" if candidature else "tender",
        "status": "late" if late else signed["verdict"],
        "received_at": signed["received_at"],
        "deadline": signed["deadline"],
        "call": call_block(lot.call) | {"object": lot.call.object or lot.call.title},
        "lot": lot_block(lot),
        "buyer": organisation_block(lot.call.lead_buyer),
        "depositor": {
            "organisation": party.lead.name,
            "identifier": party.lead.identifier,
            "on_behalf": "" if party.kind == party.Kind.SINGLE else str(party),
        },
        "documents": [
            {"expected": entry["label"], "size": entry["size"], "sealed_in_browser": "programs" in entry}
            for entry in signed["documents"]
        ],
        "envelope_sha256": " ".join(manifests.values_list("parts__sealed_sha256", flat=True)),
        "root": signed["root"],
        "journal_hash": signed["head"],
        "key_id": signed["key_id"],
        "signature": signed["signature"],
        "verify_url": "",
        "replaces": signed["replaces"] or "",
        "programs": sorted({one for entry in signed["documents"] for one in entry.get("programs", ())}),
        "next_steps": [] if late else [{"date": signed["deadline"], "text": NEXT_STEPS[kind]}],
        "annex": [],
        "receipt": signed,
    }
