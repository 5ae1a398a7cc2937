"""Needs voiced by people, who supports them, and what buyers make of them (ux.md §14).

Not journalled: texts and addresses are personal data that must stay erasable. What was done stands in the journal of
the site by ids and dates. No state is stored: it is read from dated facts.
"""

import uuid

from django.db import models
from django.db.models import Case, Count, Exists, OuterRef, Q, Subquery, Value, When
from django.db.models.functions import Coalesce
from django.urls import reverse


class State(models.TextChoices):
    """Where a published need stands; the value is what addresses say."""

    PROPOSED = "propose", "Proposé"
    STUDIED = "en-etude", "En étude"
    TAKEN_UP = "repris", "Repris par un appel"
    DECLINED = "non-retenu", "Non retenu"


class NeedQuerySet(models.QuerySet["Need"]):
    """Needs, by what became of them."""

    def published(self) -> "NeedQuerySet":
        """Those that everybody reads; one that was joined to another leads to it."""
        return self.filter(published_at__isnull=False, merged_into=None)

    def to_moderate(self) -> "NeedQuerySet":
        """Those whose author confirmed their address and that no editor has answered, oldest first."""
        waiting = self.filter(confirmed_at__isnull=False, published_at=None, refused_at=None, merged_into=None)
        return waiting.order_by("confirmed_at", "pk")

    def with_state(self) -> "NeedQuerySet":
        """With `state` (a value of `State`) and `support` (people who confirmed), both read from facts."""
        running = TakeUp.objects.filter(need=OuterRef("pk"), ended_at=None)
        voices = Supporter.objects.filter(need=OuterRef("pk"), confirmed_at__isnull=False).order_by()
        return self.annotate(
            state=Case(
                When(Exists(running.filter(published_at__isnull=False)), then=Value(State.TAKEN_UP.value)),
                When(declined_at__isnull=False, then=Value(State.DECLINED.value)),
                When(Exists(running), then=Value(State.STUDIED.value)),
                default=Value(State.PROPOSED.value),
                output_field=models.CharField(),
            ),
            support=Coalesce(Subquery(voices.values("need").annotate(n=Count("pk")).values("n")), 0),
        )


class Need(models.Model):
    """What complicates the life of somebody, in their words; an editor gives it a title and an address.

    `reason` says why it was refused (told to its author alone) or is not retained (public).
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    text = models.TextField("ce qui complique la vie", max_length=1500)
    place = models.CharField("où", max_length=120, blank=True)
    written_at = models.DateTimeField("écrit le")
    confirmed_at = models.DateTimeField("adresse confirmée le", null=True, blank=True)
    title = models.CharField("titre", max_length=120, blank=True)
    slug = models.SlugField("adresse", max_length=80, unique=True, null=True, blank=True)
    published_at = models.DateTimeField("publié le", null=True, blank=True)
    refused_at = models.DateTimeField("refusé le", null=True, blank=True)
    declined_at = models.DateTimeField("non retenu le", null=True, blank=True)
    reason = models.TextField("raison", max_length=500, blank=True)
    merged_into = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="merged", verbose_name="réuni à"
    )
    merged_at = models.DateTimeField("réuni le", null=True, blank=True)

    objects = NeedQuerySet.as_manager()

    class Meta:
        verbose_name = "besoin"
        verbose_name_plural = "besoins"
        ordering = ["-published_at", "id"]
        permissions = [("moderate_need", "Peut modérer les besoins")]
        default_permissions = ()
        constraints = [
            models.CheckConstraint(
                condition=Q(published_at=None) | Q(confirmed_at__isnull=False, slug__isnull=False, refused_at=None),
                name="need_published_once_confirmed",
            ),
            models.CheckConstraint(
                condition=Q(merged_into=None) | ~Q(merged_into=models.F("id")), name="need_not_merged_into_itself"
            ),
        ]
        indexes = [
            models.Index(fields=["-published_at"], name="need_by_publication"),
            models.Index(fields=["confirmed_at"], name="need_by_confirmation"),
        ]

    def __str__(self) -> str:
        return self.title or self.text[:60]

    def get_absolute_url(self) -> str:
        """Public address; it answers 404 until an editor publishes the need."""
        return reverse("needs:need", args=[self.slug])


class Supporter(models.Model):
    """An address that shares a need and follows it; its author is one. Counts once confirmed.

    The link that confirms is kept as a digest only. An address that stops is erased: `address_key` (a keyed digest)
    remains, so that it still counts once and cannot count twice.
    """

    class Answer(models.TextChoices):
        """« Est-ce mieux ? », asked once what the call led to is adopted."""

        BETTER = "oui", "Oui, c’est mieux"
        NOT_YET = "pas-encore", "Pas encore, ou pas partout"
        NO = "non", "Non, rien n’a changé"

    need = models.ForeignKey(Need, models.CASCADE, related_name="supporters", verbose_name="besoin")
    email = models.EmailField("courriel", blank=True)
    address_key = models.CharField("empreinte de l’adresse", max_length=64)
    is_author = models.BooleanField("auteur", default=False)
    asked_at = models.DateTimeField("demandé le")
    token_digest = models.CharField("empreinte du lien", max_length=64, unique=True)
    expires_at = models.DateTimeField("le lien vaut jusqu’au")
    confirmed_at = models.DateTimeField("confirmé le", null=True, blank=True)
    stopped_at = models.DateTimeField("ne suit plus depuis le", null=True, blank=True)
    answer = models.CharField("est-ce mieux ?", max_length=12, choices=Answer, blank=True)
    answered_at = models.DateTimeField("répondu le", null=True, blank=True)

    class Meta:
        verbose_name = "soutien"
        verbose_name_plural = "soutiens"
        ordering = ["id"]
        default_permissions = ()
        constraints = [models.UniqueConstraint(fields=["need", "address_key"], name="need_supported_once_an_address")]
        indexes = [models.Index(fields=["need", "confirmed_at"], name="need_supporter_confirmed")]

    def __str__(self) -> str:
        return f"soutien {self.pk}"


class TakeUp(models.Model):
    """A buyer works on a need in a call. Plain facts: this room knows no call, the room above tells what happens.

    Before `published_at`, nothing of the call but the buyer is public.
    """

    need = models.ForeignKey(Need, models.CASCADE, related_name="take_ups", verbose_name="besoin")
    call_reference = models.CharField("référence de l’appel", max_length=20)
    call_title = models.CharField("titre de l’appel", max_length=200)
    call_url = models.CharField("adresse de l’appel", max_length=200)
    organisation_name = models.CharField("acheteur", max_length=200)
    taken_at = models.DateTimeField("repris le")
    published_at = models.DateTimeField("appel publié le", null=True, blank=True)
    partner_chosen_at = models.DateTimeField("partenaire choisi le", null=True, blank=True)
    adopted_at = models.DateTimeField("adopté le", null=True, blank=True)
    ended_at = models.DateTimeField("arrêté sans suite le", null=True, blank=True)

    class Meta:
        verbose_name = "reprise"
        verbose_name_plural = "reprises"
        ordering = ["taken_at", "id"]
        default_permissions = ()
        constraints = [models.UniqueConstraint(fields=["need", "call_reference"], name="need_taken_up_once_a_call")]
        indexes = [models.Index(fields=["call_reference"], name="need_taken_up_by_call")]

    def __str__(self) -> str:
        return self.call_reference


class News(models.Model):
    """A stage of a need, told once to each of those who follow it; `told_up_to` is the last one told."""

    class Kind(models.TextChoices):
        """What happened."""

        STUDIED = "studied", "Étudié"
        TAKEN_UP = "taken_up", "Repris par un appel"
        PARTNER_CHOSEN = "partner_chosen", "Partenaire choisi"
        ADOPTED = "adopted", "Adopté"
        ENDED = "ended", "Appel arrêté"
        DECLINED = "declined", "Non retenu"

    need = models.ForeignKey(Need, models.CASCADE, related_name="news", verbose_name="besoin")
    kind = models.CharField("étape", max_length=16, choices=Kind)
    take_up = models.ForeignKey(TakeUp, models.CASCADE, null=True, blank=True, related_name="+", verbose_name="reprise")
    at = models.DateTimeField("le")
    told_up_to = models.BigIntegerField("dernier soutien prévenu", default=0)
    told_at = models.DateTimeField("tous prévenus le", null=True, blank=True)

    class Meta:
        verbose_name = "étape"
        verbose_name_plural = "étapes"
        ordering = ["at", "id"]
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.get_kind_display()}, {self.at:%d/%m/%Y}"
