"""Where the mails of the demonstration go: one text file each, that opens in any editor."""

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from django.conf import settings
from django.core.mail import EmailMessage
from django.core.mail.backends.base import BaseEmailBackend
from django.utils import timezone

from marketplace.journal import clock


class TextFileBackend(BaseEmailBackend):
    """Writes each mail in the folder `settings.EMAIL_FILE_PATH`, named after its hour and its reader."""

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        """Write the mails. Returns how many. Raises OSError when the folder cannot be written."""
        folder = Path(settings.EMAIL_FILE_PATH)
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        for message in email_messages:
            _write(folder, message, timezone.localtime(clock.now()))
        return len(email_messages)


def _write(folder: Path, message: EmailMessage, at: datetime) -> None:
    reader = ", ".join(message.recipients())
    subject = " ".join(str(message.subject).split())
    name = f"{at:%Y-%m-%d-%H%M%S-%f} {reader.replace('/', '_')}.txt"
    path = folder / name
    # Mails hold codes to sign in.
    path.touch(mode=0o600)
    path.write_text(f"À : {reader}\nObjet : {subject}\nDate : {at:%d/%m/%Y %H:%M:%S}\n\n{message.body}", "utf-8")
