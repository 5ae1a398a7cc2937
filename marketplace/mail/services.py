"""Sending: written inside the act that announces something, delivered by a task of the same transaction."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from marketplace.accounts.models import User
from marketplace.journal.acts import current_act
from marketplace.journal.errors import Refusal
from marketplace.journal.outbox import enqueue
from marketplace.mail.kinds import Kind, all_kinds, kind_of
from marketplace.mail.links import stop_path
from marketplace.mail.models import Message, OptOut
from marketplace.mail.tasks import deliver
from marketplace.mail.writing import write


def send(kind: str, to: User | str, context: Mapping[str, Any], now: datetime) -> Message | None:
    """Write a mail inside an act and leave its delivery to the outbox; the entry keeps its digest under `mails`.

    Args:
        kind: Code of a registered kind.
        to: A person, or the address of somebody without account.
        context: Values of the templates: short texts, numbers, dates; never the content of a bid.
        now: Instant of the act.

    Returns:
        The mail, or None when the person switched this kind off or closed their account (legal notices excepted).

    Raises:
        OutsideAct: No act is open.
        LookupError: Unknown kind.
        TypeError: A value is no short text, number or date.
    """
    opened = current_act()
    what = kind_of(kind)
    person = None if isinstance(to, str) else to
    if person is not None and not wants(person, what):
        return None
    greeting, stop = "", str(context.get("stop_path", ""))
    if person is not None:
        greeting = person.get_full_name()
        stop = "" if what.is_legal_notice else stop_path(person.pk, kind)
    subject, body = write(what, context, greeting=greeting, stop_path=stop)
    message = Message(
        kind=kind,
        to_user=person,
        address=person.email if person else to,
        subject=subject,
        body=body,
        stop_path=stop,
        queued_at=now,
    )
    message.save()
    opened.data.setdefault("mails", []).append(message.digest)
    enqueue(deliver, message.pk)
    return message


def wants(user: User, kind: Kind) -> bool:
    """Whether a person receives this kind of mail; legal notices always reach them."""
    if kind.is_legal_notice:
        return True
    return user.is_active and not OptOut.objects.filter(user=user, kind=kind.code).exists()


def preferences(user: User) -> list[tuple[Kind, bool]]:
    """Every kind of mail that accounts receive, with whether the person receives it."""
    refused = set(OptOut.objects.filter(user=user).values_list("kind", flat=True))
    kinds = [kind for kind in all_kinds() if not kind.is_for_visitors]
    return [(kind, kind.is_legal_notice or kind.code not in refused) for kind in kinds]


def set_preference(*, user: User, kind: str, wanted: bool, now: datetime) -> None:
    """Switch a kind of mail on or off for oneself. Raises Refusal for a legal notice, LookupError if unknown."""
    what = kind_of(kind)
    if wanted:
        OptOut.objects.filter(user=user, kind=what.code).delete()
    elif what.is_legal_notice:
        raise Refusal(
            f"« {what.label} » fait partie de la procédure et ne se désactive pas : des délais peuvent en dépendre."
        )
    else:
        OptOut.objects.get_or_create(user=user, kind=what.code, defaults={"since": now})
