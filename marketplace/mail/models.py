"""Mails as they were written, with the proof of their sending, and what people chose not to receive.

Not journalled: addresses and texts are personal data that must stay erasable. The act that sends a mail keeps its
digest in the journal, which is enough to prove the text while it exists.
"""

import hashlib
import uuid
from email.utils import parseaddr
from typing import Any

from django.conf import settings
from django.db import models


class MessageQuerySet(models.QuerySet["Message"]):
    """Mails by what became of them."""

    def waiting(self) -> "MessageQuerySet":
        """Those still to be sent, oldest first."""
        return self.filter(sent_at__isnull=True, given_up_at__isnull=True).order_by("queued_at")

    def given_up(self) -> "MessageQuerySet":
        """Those that the server refused too often; somebody must look."""
        return self.filter(given_up_at__isnull=False).order_by("given_up_at")

    def to(self, user: models.Model) -> "MessageQuerySet":
        """Those written to one person."""
        return self.filter(to_user=user)


class Message(models.Model):
    """One mail to one address, rendered once when the act that sends it takes place."""

    LIBRARY = "library"
    """Kind of what allauth and Wagtail send by themselves: their text may hold a code, and is erased once sent."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    kind = models.CharField("nature", max_length=60, db_index=True)
    to_user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="destinataire",
    )
    address = models.EmailField("adresse", max_length=254)
    subject = models.CharField("objet", max_length=60)
    body = models.TextField("texte")
    # Where the reader stops this kind of mail; mail programs show it as a button of their own (RFC 2369, RFC 8058).
    stop_path = models.CharField("adresse d’arrêt", max_length=500, blank=True)
    queued_at = models.DateTimeField("écrit le")
    sent_at = models.DateTimeField("remis au serveur le", null=True, blank=True)
    given_up_at = models.DateTimeField("abandonné le", null=True, blank=True)
    attempts = models.PositiveSmallIntegerField("essais", default=0)
    message_id = models.CharField("Message-ID", max_length=255, blank=True)
    last_error = models.TextField("dernière erreur", blank=True)

    objects = MessageQuerySet.as_manager()

    class Meta:
        verbose_name = "courriel"
        ordering = ["queued_at", "id"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(sent_at__isnull=True) | models.Q(given_up_at__isnull=True),
                name="mail_message_sent_or_given_up",
            ),
        ]

    def __str__(self) -> str:
        return self.subject

    def save(self, **kwargs: Any) -> None:
        """Save; a new mail gets the Message-ID under which it will be sent, however often it is tried."""
        self.message_id = self.message_id or f"<{self.pk}@{_domain()}>"
        super().save(**kwargs)

    @property
    def digest(self) -> str:
        """SHA-256 of the mail as written, for the journal; the random id keeps the address from being guessed."""
        written = "\n".join([str(self.pk), self.address, self.subject, self.body])
        return hashlib.sha256(written.encode()).hexdigest()


def _domain() -> str:
    return parseaddr(settings.DEFAULT_FROM_EMAIL)[1].rpartition("@")[2] or "localhost"


class OptOut(models.Model):
    """A person does not want a kind of mail. Legal notices have no such row: they cannot be switched off."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+", verbose_name="personne"
    )
    kind = models.CharField("nature", max_length=60)
    since = models.DateTimeField("depuis le")

    class Meta:
        verbose_name = "refus de courriel"
        verbose_name_plural = "refus de courriels"
        constraints = [models.UniqueConstraint(fields=["user", "kind"], name="mail_optout_once")]

    def __str__(self) -> str:
        return f"{self.user} sans {self.kind}"
