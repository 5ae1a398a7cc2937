"""Who follows a call, what they are told, and what a firm notes for itself.

Not journalled: addresses are personal data that must stay erasable, and these rows hold nothing that the law keeps.
"""

from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q

from marketplace.accounts.models import Organisation
from marketplace.mail import links
from procurement.calls.models.call import Call
from procurement.calls.models.lot import Requirement

ADDRESS = "calls.follower"
LONGEST = 300
"""Signs of a text of the buyer that a mail repeats."""


class FollowerQuerySet(models.QuerySet["Follower"]):
    """Followers, by whether they are written to."""

    def active(self) -> "FollowerQuerySet":
        """Those who confirmed their address and did not stop."""
        return self.filter(confirmed_at__isnull=False, stopped_at=None)

    def of_address(self, call: Call, email: str) -> "FollowerQuerySet":
        """The row of an address in a call, if it has one."""
        return self.filter(call=call, address_key=key_of(email))


class Follower(models.Model):
    """An address that follows a call; with `user`, somebody with an account, who had nothing to confirm.

    The link that confirms is kept as a digest only. An address that stops is erased: `address_key` remains.
    """

    call = models.ForeignKey(Call, models.CASCADE, related_name="followers", verbose_name="appel")
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="+", null=True, blank=True, verbose_name="personne"
    )
    email = models.EmailField("courriel", blank=True)
    address_key = models.CharField("empreinte de l’adresse", max_length=64)
    asked_at = models.DateTimeField("demandé le")
    token_digest = models.CharField("empreinte du lien", max_length=64, blank=True)
    expires_at = models.DateTimeField("le lien vaut jusqu’au", null=True, blank=True)
    confirmed_at = models.DateTimeField("confirmé le", null=True, blank=True)
    stopped_at = models.DateTimeField("ne suit plus depuis le", null=True, blank=True)

    objects = FollowerQuerySet.as_manager()

    class Meta:
        verbose_name = "abonné d’un appel"
        verbose_name_plural = "abonnés d’appels"
        ordering = ["id"]
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(fields=["call", "address_key"], name="call_followed_once_an_address"),
            models.UniqueConstraint(
                fields=["token_digest"], condition=~Q(token_digest=""), name="call_follower_link_once"
            ),
        ]
        indexes = [models.Index(fields=["call", "confirmed_at"], name="call_follower_confirmed")]

    def __str__(self) -> str:
        return f"abonné {self.pk}"


def key_of(email: str) -> str:
    """What tells addresses of followers apart."""
    return links.address_key(email, salt=ADDRESS)


class News(models.Model):
    """Something that happened to an open call, told once to each address; `told_up_to`: the last follower told."""

    class Kind(models.TextChoices):
        """What happened."""

        ANSWERED = "answered", "Réponse publiée"
        EXTENDED = "extended", "Heure limite repoussée"
        CHANGED = "changed", "Appel modifié"
        CANCELLED = "cancelled", "Appel arrêté"

    call = models.ForeignKey(Call, models.CASCADE, related_name="news", verbose_name="appel")
    kind = models.CharField("nature", max_length=12, choices=Kind)
    what = models.CharField("ce qui se passe", max_length=LONGEST)
    reason = models.CharField("motif", max_length=LONGEST, blank=True)
    closes_at = models.DateTimeField("nouvelle heure limite", null=True, blank=True)
    at = models.DateTimeField("le")
    told_up_to = models.BigIntegerField("dernier abonné prévenu", default=0)
    told_at = models.DateTimeField("tous prévenus le", null=True, blank=True)

    class Meta:
        verbose_name = "nouvelle d’un appel"
        verbose_name_plural = "nouvelles d’appels"
        ordering = ["at", "id"]
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.get_kind_display()}, {self.at:%d/%m/%Y}"

    def save(self, **kwargs: Any) -> None:
        """Save; texts too long for a mail are cut: the page has them whole."""
        self.what, self.reason = shortened(self.what), shortened(self.reason)
        super().save(**kwargs)


def shortened(text: str) -> str:
    """A text in one line that a mail may repeat."""
    line = " ".join(text.split())
    return line if len(line) <= LONGEST else f"{line[: LONGEST - 1]}…"


class FitAnswer(models.Model):
    """What a firm thinks of one minimum requirement, for itself alone; a requirement that changes is asked again."""

    class Answer(models.TextChoices):
        """Whether the firm meets it."""

        YES = "yes", "Oui"
        NO = "no", "Non"
        UNSURE = "unsure", "À vérifier"

    requirement = models.ForeignKey(Requirement, models.CASCADE, related_name="+", verbose_name="exigence")
    organisation = models.ForeignKey(Organisation, models.CASCADE, related_name="+", verbose_name="entreprise")
    answer = models.CharField("réponse", max_length=8, choices=Answer)
    answered_at = models.DateTimeField("répondu le")

    class Meta:
        verbose_name = "réponse d’une entreprise à une exigence"
        verbose_name_plural = "réponses d’entreprises aux exigences"
        default_permissions = ()
        constraints = [models.UniqueConstraint(fields=["requirement", "organisation"], name="fit_answered_once_a_firm")]

    def __str__(self) -> str:
        return self.get_answer_display()
