"""E-mail backend for the libraries: what allauth and Wagtail send joins the same queue, with the same proof.

Set `EMAIL_BACKEND = "marketplace.mail.backend.QueueBackend"`, and `MAIL_TRANSPORT` to the backend that hands mails over
to a server. A page then never waits for the mail server, and a code to sign in is tried again when it is down.
"""

from collections.abc import Sequence

from django.core.mail import EmailMessage
from django.core.mail.backends.base import BaseEmailBackend
from django.db import transaction

from marketplace.journal import clock
from marketplace.mail.models import Message
from marketplace.mail.tasks import deliver
from marketplace.mail.writing import shortened


class QueueBackend(BaseEmailBackend):
    """Keeps each mail as a row and leaves its delivery to a task of the same transaction."""

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        """Queue the text of mails, once per address. Returns how many mails. Raises ValueError for attached files."""
        for message in email_messages:
            if message.attachments:
                raise ValueError("a mail carries no file: link to it")
            for address in message.recipients():
                _queue(message, address)
        return len(email_messages)


def _queue(message: EmailMessage, address: str) -> None:
    with transaction.atomic():
        queued = Message.objects.create(
            kind=Message.LIBRARY,
            address=address,
            subject=shortened(" ".join(str(message.subject).split())),
            body=message.body,
            queued_at=clock.now(),
        )
        deliver.enqueue(str(queued.pk))
