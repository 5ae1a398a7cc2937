"""Missing items of candidatures, asked of all concerned at once and handed in until one time limit (R2144-2, LR-49)."""

from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models

from marketplace.files.models import GeneratedDocument, StoredFile
from marketplace.journal.models import Journalled, JournalledQuerySet
from procurement.calls.models import Lot
from procurement.correspondence.models import Letter
from procurement.evaluation.models.candidates import Candidate

if TYPE_CHECKING:
    from marketplace.accounts.actors import Actor


class ComplementRequest(Journalled):
    """The one request of a lot: every firm concerned has the same time limit."""

    lot = models.OneToOneField(Lot, models.PROTECT, related_name="+", verbose_name="lot")
    asked_at = models.DateTimeField("demandés le")
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name="par")
    deadline = models.DateTimeField("à remettre avant le")

    class Meta:
        verbose_name = "demande de compléments"
        verbose_name_plural = "demandes de compléments"

    def __str__(self) -> str:
        return f"compléments, {self.lot}"


class ComplementQuerySet(JournalledQuerySet):
    """Complements, by who is asked for them."""

    def visible_to(self, actor: "Actor") -> "ComplementQuerySet":
        """Those asked of the organisation that the actor acts for, the newest first."""
        if actor.organisation_id is None:
            return self.none()
        asked = self.filter(candidate__party__lead_id=actor.organisation_id, letter__isnull=False)
        return asked.select_related("request", "candidate__lot__call__lead_buyer").order_by("-request__asked_at")


class Complement(Journalled):
    """What one candidate is asked for; without letter, what looked missing was found elsewhere in its file."""

    request = models.ForeignKey(ComplementRequest, models.PROTECT, related_name="complements", verbose_name="demande")
    candidate = models.OneToOneField(Candidate, models.PROTECT, related_name="complement", verbose_name="candidature")
    letter = models.OneToOneField(
        Letter, models.PROTECT, related_name="+", null=True, blank=True, verbose_name="lettre"
    )
    found_elsewhere = models.TextField("trouvé ailleurs dans le dossier", blank=True)

    objects = ComplementQuerySet.as_manager()

    class Meta:
        verbose_name = "complément de candidature"
        verbose_name_plural = "compléments de candidature"
        ordering = ["pk"]

    def __str__(self) -> str:
        return f"complément, {self.candidate}"


class ComplementItem(Journalled):
    """One item asked of one candidate, and what it handed in: a file, or a text."""

    complement = models.ForeignKey(Complement, models.PROTECT, related_name="items", verbose_name="complément")
    position = models.PositiveSmallIntegerField("rang")
    label = models.CharField("pièce ou information", max_length=240)
    text = models.TextField("réponse", blank=True)
    file = models.ForeignKey(
        StoredFile, models.PROTECT, related_name="+", null=True, blank=True, verbose_name="fichier"
    )
    received_at = models.DateTimeField("reçu le", null=True, blank=True)
    received_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", null=True, blank=True, verbose_name="remis par"
    )
    receipt = models.ForeignKey(
        GeneratedDocument, models.PROTECT, related_name="+", null=True, blank=True, verbose_name="accusé de réception"
    )

    class Meta:
        verbose_name = "pièce à compléter"
        verbose_name_plural = "pièces à compléter"
        ordering = ["position"]
        constraints = [models.UniqueConstraint(fields=["complement", "position"], name="item_once_a_position")]

    def __str__(self) -> str:
        return self.label
