"""Letters to firms: what was said, how it left, when it was read."""

from datetime import datetime
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models

from marketplace.accounts.models import Organisation
from marketplace.files.models import GeneratedDocument, StoredFile
from marketplace.journal.models import Journalled, JournalledQuerySet
from procurement.calls.models import Call, Lot, TeamMember
from procurement.calls.models.call import OUTSIDE_ROLES

if TYPE_CHECKING:
    from marketplace.accounts.actors import Actor


class LetterKind(models.TextChoices):
    """The letters of a procedure, in the order in which they come."""

    INVITATION = "invitation", "Invitation à remettre une offre"
    COMPLEMENT_REQUEST = "complement_request", "Demande de compléments de candidature"
    EXCLUSION_NOTICE = "exclusion_notice", "Exclusion envisagée : vos observations"
    CANDIDATURE_REJECTION = "candidature_rejection", "Rejet de candidature"
    NEGOTIATION_INVITATION = "negotiation_invitation", "Invitation à négocier"
    ROUND_ELIMINATION = "round_elimination", "Élimination en cours de négociation"
    CLOSING = "closing", "Clôture de la négociation et demande d’offre finale"
    PRICE_EXPLANATION = "price_explanation", "Demande d’explications sur le prix"
    CLEARANCE_REQUEST = "clearance_request", "Demande de justificatifs"
    AWARD = "award", "Offre retenue"
    REJECTION = "rejection", "Rejet d’offre"
    REASONS = "reasons", "Réponse à une demande de motifs"
    NOTIFICATION = "notification", "Notification du contrat"
    PHASE_DECISION = "phase_decision", "Décision de fin de phase"
    NO_FURTHER_ACTION = "no_further_action", "Procédure sans suite"


REJECTIONS = frozenset({LetterKind.CANDIDATURE_REJECTION, LetterKind.ROUND_ELIMINATION, LetterKind.REJECTION})
"""Letters after which a firm may ask why (R2181-2, R2181-4)."""


class LetterQuerySet(JournalledQuerySet):
    """Letters, by who may read them."""

    def visible_to(self, actor: "Actor") -> "LetterQuerySet":
        """Letters to the firm one acts for, and those of calls in whose team one is."""
        member = TeamMember.objects.filter(call=models.OuterRef("call"), user_id=actor.user_id, until=None)
        inside = models.Q(call__lead_buyer_id=actor.organisation_id) | models.Q(role__in=OUTSIDE_ROLES)
        return self.filter(models.Q(recipient_id=actor.organisation_id) | models.Exists(member.filter(inside)))

    def received_by(self, organisation_id: object) -> "LetterQuerySet":
        """Letters addressed to an organisation, the newest first."""
        return self.filter(recipient_id=organisation_id).select_related("call", "document").order_by("-sent_at")

    def to_dispatch(self, call: Call) -> "LetterQuerySet":
        """Letters of a call that still have to be sent on the other buyer profile, the oldest first."""
        return self.waiting_for_dispatch().filter(call=call).order_by("sent_at")

    def waiting_for_dispatch(self) -> "LetterQuerySet":
        """Letters of any call that still have to be sent on the other buyer profile."""
        return self.filter(elsewhere=True, dispatch__isnull=True)


class Letter(Journalled):
    """One letter to one firm: the text lies in the document, rendered once from a stored copy (R2132-7, LR-40)."""

    call = models.ForeignKey(Call, models.PROTECT, related_name="letters", verbose_name="appel")
    lot = models.ForeignKey(Lot, models.PROTECT, related_name="letters", null=True, blank=True, verbose_name="lot")
    recipient = models.ForeignKey(Organisation, models.PROTECT, related_name="+", verbose_name="destinataire")
    kind = models.CharField("nature", max_length=24, choices=LetterKind.choices)
    document = models.OneToOneField(GeneratedDocument, models.PROTECT, related_name="+", verbose_name="texte")
    sent_at = models.DateTimeField("envoyée le")
    electronic = models.BooleanField("envoi électronique", default=True)
    # Nobody of the firm reads here: the buyer sends it on the other buyer profile, and records that (`Dispatch`).
    elsewhere = models.BooleanField("à envoyer par un autre profil d’acheteur", default=False)
    read_at = models.DateTimeField("lue le", null=True, blank=True)
    read_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", null=True, blank=True, verbose_name="lue par"
    )

    objects = LetterQuerySet.as_manager()

    class Meta:
        verbose_name = "lettre"
        verbose_name_plural = "lettres"
        ordering = ["-sent_at"]
        indexes = [models.Index(fields=["recipient", "-sent_at"], name="letter_by_recipient")]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}, {self.recipient}"

    @property
    def left_at(self) -> datetime | None:
        """When it left (UTC): a delay of the law runs from there. None while it waits for its sending elsewhere."""
        if not self.elsewhere:
            return self.sent_at
        return self.dispatch.sent_at if hasattr(self, "dispatch") else None


class Dispatch(Journalled):
    """A letter was sent on another buyer profile: when, under which number there, with its proof (R2132-7, LR-40)."""

    letter = models.OneToOneField(Letter, models.PROTECT, related_name="dispatch", verbose_name="lettre")
    sent_at = models.DateTimeField("envoyée le")
    reference = models.CharField("numéro de l’envoi", max_length=120)
    proof = models.ForeignKey(
        StoredFile, models.PROTECT, related_name="+", null=True, blank=True, verbose_name="preuve de l’envoi"
    )
    recorded_at = models.DateTimeField("consignée le")
    recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name="consignée par"
    )

    class Meta:
        verbose_name = "envoi par un autre profil d’acheteur"
        verbose_name_plural = "envois par un autre profil d’acheteur"

    def __str__(self) -> str:
        return self.reference
