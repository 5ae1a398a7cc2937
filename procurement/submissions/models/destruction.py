"""The end of keeping: what the archive service agreed to destroy, and what was destroyed (LR-107, LR-108)."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from marketplace.files.models import GeneratedDocument, StoredFile
from marketplace.journal.models import Journalled, JournalledQuerySet
from procurement.calls.models import Lot
from procurement.submissions.models.parties import TenderingParty
from procurement.submissions.models.submissions import Submission


class DestructionQuerySet(JournalledQuerySet):
    """Destructions, by how far they are."""

    def pending(self) -> "DestructionQuerySet":
        """Those approved and not finished, begun or not, the oldest first."""
        return self.filter(finished_at__isnull=True).order_by("approved_at")


class Destruction(Journalled):
    """Holdings of a lot that may go, under the visa of the archive service; done by the site the night after.

    `party`: the holder whose contract it is about; empty for the procedure file. What was destroyed keeps its rows,
    its fingerprints and its entries: keys, sealed parts, opened files and answers are gone.
    """

    lot = models.ForeignKey(Lot, models.PROTECT, related_name="destructions", verbose_name="lot")
    party = models.ForeignKey(
        TenderingParty, models.PROTECT, related_name="+", null=True, blank=True, verbose_name="titulaire"
    )
    first_day = models.DateField("destruction permise dès le")
    archivist = models.CharField("accord donné par", max_length=200)
    visa = models.CharField("référence du visa d’élimination", max_length=120)
    visa_on = models.DateField("visa du")
    approved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name="visa consigné par"
    )
    approved_at = models.DateTimeField("visa consigné le")
    begun_at = models.DateTimeField("commencée le", null=True, blank=True)
    wraps = models.PositiveIntegerField("clés enveloppées détruites", default=0)
    finished_at = models.DateTimeField("terminée le", null=True, blank=True)
    certificate = models.OneToOneField(
        GeneratedDocument, models.PROTECT, related_name="+", null=True, blank=True, verbose_name="certificat"
    )

    objects = DestructionQuerySet.as_manager()

    class Meta:
        verbose_name = "destruction"
        verbose_name_plural = "destructions"
        ordering = ["approved_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["lot"], condition=Q(party__isnull=True), name="procedure_destroyed_once_a_lot"
            ),
            models.UniqueConstraint(fields=["lot", "party"], name="contract_destroyed_once_a_holder"),
            models.CheckConstraint(
                condition=Q(finished_at__isnull=True) | Q(begun_at__lte=F("finished_at"), certificate__isnull=False),
                name="destruction_ends_with_a_certificate",
            ),
        ]

    def __str__(self) -> str:
        return f"destruction, {self.party or self.lot}"

    @property
    def holdings(self) -> str:
        """What it is about, in the word of the rules."""
        return "contract" if self.party_id else "procedure"


class DestroyedSubmission(Journalled):
    """One submission whose content was destroyed: its row, its root and its receipt stay."""

    destruction = models.ForeignKey(Destruction, models.PROTECT, related_name="submissions", verbose_name="destruction")
    submission = models.OneToOneField(Submission, models.PROTECT, related_name="destroyed", verbose_name="pli déposé")
    parts = models.PositiveIntegerField("parties scellées")
    sealed_bytes = models.PositiveBigIntegerField("octets scellés")

    class Meta:
        verbose_name = "pli détruit"
        verbose_name_plural = "plis détruits"

    def __str__(self) -> str:
        return f"pli détruit, {self.submission_id}"


class DestroyedFile(Journalled):
    """One file of the private store whose bytes were destroyed; its fingerprint stays."""

    destruction = models.ForeignKey(Destruction, models.PROTECT, related_name="files", verbose_name="destruction")
    stored_file = models.OneToOneField(StoredFile, models.PROTECT, related_name="+", verbose_name="fichier")

    class Meta:
        verbose_name = "fichier détruit"
        verbose_name_plural = "fichiers détruits"

    def __str__(self) -> str:
        return f"fichier détruit, {self.stored_file_id}"
