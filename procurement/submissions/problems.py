"""A firm reports a technical problem: the site dates it, says what it measured, and tells those who run it (C2, C7)."""

import shutil
import time
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path

from django.conf import settings
from django.db import connection
from django.db.models import Count, Sum

from marketplace.accounts.actors import Actor
from marketplace.accounts.models import Membership, Organisation, User
from marketplace.accounts.permissions import require
from marketplace.journal.acts import SITE_CHAIN, act
from marketplace.journal.errors import Refusal
from marketplace.mail.services import send
from marketplace.ui.formats import precise_words
from procurement.submissions.attempts import HOUR
from procurement.submissions.codes import PROBLEMS, Code, Event
from procurement.submissions.deposits import documents_of
from procurement.submissions.models import Attempt, Deposit, UnfinishedPart
from procurement.submissions.receipts import new_number

AN_HOUR = 5
ACKNOWLEDGED, ALERT = "submissions.problem", "submissions.problem_alert"


def report_problem(*, deposit: Deposit, code: Code, actor: Actor, now: datetime) -> Attempt:
    """Record a technical problem with what the site measures at that instant; tell the firm and the operator.

    No content leaves: codes, counts and sizes only. The journal of the call learns nothing of it. Raises NotAllowed,
    and Refusal beyond five reports within an hour or for an unknown code. Records `deposit.problem_reported`.
    """
    require(actor, "deposit.edit", deposit)
    if code not in PROBLEMS:
        raise Refusal("Choisissez ce qui ne va pas dans la liste.")
    measured = measure(deposit, now)
    with act(SITE_CHAIN, "deposit.problem_reported", actor=actor, now=now, subject=str(deposit.pk)) as entry:
        if _recent(deposit, now, [Event.PROBLEM]) >= AN_HOUR:
            raise Refusal(
                f"Vous avez déjà signalé {AN_HOUR} problèmes en une heure : ils sont datés et gardés. Réessayez plus "
                "tard."
            )
        reported = Attempt.objects.create(
            deposit=deposit, at=now, event=Event.PROBLEM, code=code, number=new_number(), measured=measured
        )
        entry.data["code"] = str(code)
        said = {
            "number": reported.number,
            "reference": deposit.period.lot.call.reference,
            "at": precise_words(now),
            "problem": str(code.label),
            "measures": "\n".join(f"- {label} : {value}" for label, value in in_words(measured)),
        }
        send(ACKNOWLEDGED, User.objects.get(pk=actor.user_id), {**said, "deposit": str(deposit.pk)}, now)
        for operator in _operators():
            send(ALERT, operator, said, now)
    return reported


def measure(deposit: Deposit, now: datetime) -> dict[str, int]:
    """What the site sees of a deposit and of itself: counts, bytes, milliseconds."""
    files = documents_of(deposit).aggregate(count=Count("pk"), size=Sum("size"))
    under_way = list(deposit.unfinished.all())
    folder = Path(settings.SUBMISSION_ROOT)
    return {
        "files": files["count"],
        "bytes": files["size"] or 0,
        "uploads": len(under_way),
        "parts_held": UnfinishedPart.objects.filter(file__in=under_way).count(),
        "parts_due": sum(file.part_count for file in under_way),
        "failures": _recent(deposit, now, [Event.PART_FAILED, Event.FILE_REFUSED, Event.SEAL_REFUSED]),
        "from_browser": _recent(deposit, now, [Event.BROWSER]),
        "disk_free": shutil.disk_usage(folder if folder.exists() else folder.parent).free // 1_000_000,
        "database_ms": _database_ms(),
    }


MEASURES = {
    "files": "fichiers reçus en entier",
    "bytes": "octets reçus de ces fichiers",
    "uploads": "fichiers en cours d’envoi",
    "parts_held": "parties reçues de ces envois",
    "parts_due": "parties attendues de ces envois",
    "failures": "échecs vus par le site depuis une heure",
    "from_browser": "messages de votre navigateur depuis une heure",
    "disk_free": "place libre du site, en Mo",
    "database_ms": "réponse de la base de données, en ms",
}


def in_words(measured: dict[str, int]) -> Iterable[tuple[str, int]]:
    """What was measured, as (label, value)."""
    return [(label, measured[key]) for key, label in MEASURES.items() if key in measured]


def _recent(deposit: Deposit, now: datetime, events: list[Event]) -> int:
    return Attempt.objects.filter(deposit=deposit, event__in=events, at__gt=now - HOUR).count()


def _database_ms() -> int:
    started = time.perf_counter()
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    return round(1000 * (time.perf_counter() - started))


def _operators() -> list[User]:
    members = Membership.objects.active().filter(organisation__kind=Organisation.Kind.OPERATOR)
    return [member.user for member in members.select_related("user").order_by("pk")]
