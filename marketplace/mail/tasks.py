"""Delivery of mails: tried up to five times, with the proof of each try in the row."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.core.mail import EmailMessage, get_connection
from django.db.models import F
from django_tasks import task

from marketplace.journal import clock
from marketplace.mail.links import ONE_PRESS
from marketplace.mail.models import Message

QUEUE = "marketplace.mail.backend.QueueBackend"
MAX_ATTEMPTS = 5
PAUSES = (timedelta(minutes=1), timedelta(minutes=5), timedelta(minutes=30), timedelta(hours=2))
"""How long to wait after the first, second… refusal of the mail server."""


@task()
def deliver(message_id: str) -> None:
    """Hand a mail to the server, once; a refusal is tried again later, the fifth one is given up and raised.

    The Message-ID was chosen when the mail was written: should the machine stop between the sending and its proof,
    the second copy carries the same one and mail programs show a single mail.
    """
    waiting = Message.objects.waiting().filter(pk=UUID(message_id))
    if not waiting.update(attempts=F("attempts") + 1):
        return
    message = waiting.get()
    try:
        _hand_over(message)
    except OSError as error:  # SMTPException and every network failure are OSErrors
        _try_again(message, error)
    else:
        message.sent_at, message.last_error = clock.now(), ""
        if message.kind == Message.LIBRARY:
            message.body = ""
        message.save(update_fields=["sent_at", "last_error", "body"])


def _hand_over(message: Message) -> None:
    EmailMessage(
        subject=message.subject,
        body=message.body,
        to=[message.address],
        headers={"Message-ID": message.message_id, "Auto-Submitted": "auto-generated", **_way_out(message)},
        connection=get_connection(_transport()),
    ).send()


def _way_out(message: Message) -> dict[str, str]:
    """What mail programs read to offer a button that stops this kind of mail (RFC 2369; one press, RFC 8058)."""
    if not message.stop_path:
        return {}
    headers = {"List-Unsubscribe": f"<{settings.SITE_URL}{message.stop_path}>"}
    if message.to_user_id is not None:
        headers["List-Unsubscribe-Post"] = ONE_PRESS
    return headers


def _transport() -> str:
    """The backend that hands over to a server; where the queue is Django's backend, the one behind it."""
    return settings.MAIL_TRANSPORT if settings.EMAIL_BACKEND == QUEUE else settings.EMAIL_BACKEND


def _try_again(message: Message, error: OSError) -> None:
    message.last_error = f"{type(error).__name__}: {error}"
    if message.attempts >= MAX_ATTEMPTS:
        message.given_up_at = clock.now()
        message.save(update_fields=["last_error", "given_up_at"])
        raise error
    message.save(update_fields=["last_error"])
    # Workers compare with the machine's time, even where a rehearsal moved the clock of the procedure.
    later = datetime.now(UTC) + PAUSES[message.attempts - 1]
    deliver.using(run_after=later).enqueue(str(message.pk))
