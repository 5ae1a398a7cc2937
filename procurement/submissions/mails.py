"""Mails of the room: a receipt is announced to the person who handed in. Never a content, never a file name (B.7)."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from django_tasks import task

from marketplace.accounts.actors import Actor
from marketplace.accounts.models import Membership, User
from marketplace.journal import clock
from marketplace.journal.acts import act
from marketplace.mail.services import send
from marketplace.ui.formats import precise_words
from procurement.submissions.models import Receipt, Submission

POSTMAN = "postman"
"""Trade of the site under which receipts are announced."""

KIND = "submissions.receipt"
INFECTED = "submissions.infected"
INFECTED_ELSEWHERE = "submissions.infected_elsewhere"


def tell_firm(kind: str, organisation_id: Any, context: Mapping[str, Any], now: datetime) -> None:
    """Send a mail to everybody who acts for a firm, inside an act; nothing leaves when nobody has an account."""
    people = Membership.objects.active().filter(organisation=organisation_id).select_related("user")
    for one in people.order_by("pk"):
        send(kind, one.user, context, now)


@task()
def tell_depositor(receipt_id: str) -> None:
    """Announce a receipt to whoever acted; records `receipt.mailed`. The receipt itself waits on the site."""
    receipts = Receipt.objects.select_related(
        "submission__period__lot__call", "submission__deposit__seal_request__user"
    )
    receipt = receipts.get(pk=UUID(receipt_id))
    submission, content, now = receipt.submission, receipt.content, clock.now()
    call, is_late = submission.period.lot.call, content["verdict"].startswith("late")
    with act(call.chain, "receipt.mailed", actor=Actor.system(POSTMAN), now=now, subject=receipt):
        send(
            KIND,
            _depositor(receipt),
            {
                "what": _what(receipt, is_late=is_late),
                "kind": receipt.kind,
                "number": receipt.number,
                "reference": call.reference,
                "received_at": precise_words(submission.received_at),
                "is_late": is_late,
                "replaces": content["replaces"] or "",
                "root": submission.root,
                "deposit": str(submission.deposit_id),
            },
            now,
        )


def _what(receipt: Receipt, *, is_late: bool) -> str:
    """The fact, as the subject says it."""
    if receipt.kind == Receipt.Kind.WITHDRAWAL:
        return "Réponse retirée"
    if receipt.kind == Receipt.Kind.COMPLEMENT:
        return "Heure limite repoussée"
    if is_late:
        return "Réponse reçue en retard"
    return "Réponse remplacée" if receipt.content["replaces"] else "Réponse déposée"


def _depositor(receipt: Receipt) -> User:
    if receipt.kind == Receipt.Kind.WITHDRAWAL:
        return receipt.submission.withdrawal.by
    return receipt.submission.deposit.seal_request.user


def tell_infected(submission: Submission, count: int, now: datetime) -> None:
    """Tell whoever handed in that `count` of its files hold malware, inside the act that found it (LR-58).

    What was handed in on another buyer profile has no depositor here: everybody of the firm is told, if anybody.
    """
    if submission.line is not None:
        line, call = submission.line, submission.period.lot.call
        told = {"count": count, "number": line.number, "reference": call.reference, "profile": call.deposit_at}
        tell_firm(INFECTED_ELSEWHERE, submission.party.lead_id, told, now)
        return
    receipt = Receipt.objects.get(submission=submission, kind=Receipt.Kind.SUBMISSION)
    context = {
        "count": count,
        "number": receipt.number,
        "reference": submission.period.lot.call.reference,
        "deposit": str(submission.deposit_id),
    }
    send(INFECTED, _depositor(receipt), context, now)
