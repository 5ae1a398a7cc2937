"""What another buyer profile received: its register of deposits, line by line, as the buyer brought it here.

Such a call is sealed and opened there (`Call.deposit_at`). Nothing here proves a deposit: the register is the other
profile's, the fingerprints say only what was brought.
"""

from django.conf import settings
from django.db import models
from django.db.models import Q

from marketplace.accounts.models import Organisation
from marketplace.files.models import StoredFile
from marketplace.journal.models import Journalled, JournalledQuerySet
from procurement.calls.models import SubmissionPeriod
from procurement.submissions.models.parties import TenderingParty


class ReceivedRegisterQuerySet(JournalledQuerySet):
    """Registers brought from another buyer profile."""

    def standing(self, period: SubmissionPeriod) -> "ReceivedRegister | None":
        """The one that counts for a period: the last; None before the first import."""
        return self.filter(period=period, replaced_by__isnull=True).first()


class ReceivedRegister(Journalled):
    """One import for a period: the register as a table, the opened files as one archive. A corrected one replaces it.

    Both files are kept as they came; `archive` is read again when prices are recorded.
    """

    period = models.ForeignKey(SubmissionPeriod, models.PROTECT, related_name="registers", verbose_name="période")
    version = models.PositiveIntegerField("version")
    replaces = models.OneToOneField(
        "self", models.PROTECT, related_name="replaced_by", null=True, blank=True, verbose_name="remplace"
    )
    reason = models.TextField("motif de la correction", blank=True)
    table = models.ForeignKey(StoredFile, models.PROTECT, related_name="+", verbose_name="registre des dépôts")
    archive = models.ForeignKey(StoredFile, models.PROTECT, related_name="+", verbose_name="plis ouverts")
    imported_at = models.DateTimeField("importé le")
    imported_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name="importé par"
    )

    objects = ReceivedRegisterQuerySet.as_manager()

    class Meta:
        verbose_name = "registre reçu d’ailleurs"
        verbose_name_plural = "registres reçus d’ailleurs"
        ordering = ["version"]
        constraints = [
            models.UniqueConstraint(fields=["period", "version"], name="register_version_once"),
            models.CheckConstraint(
                condition=Q(replaces__isnull=True, version=1) | (Q(replaces__isnull=False) & ~Q(reason="")),
                name="corrected_register_says_why",
            ),
        ]

    def __str__(self) -> str:
        return f"registre, version {self.version}"


class ReceivedLine(Journalled):
    """One line of a register: what the other profile says of one deposit. Late or not is computed, never read."""

    register = models.ForeignKey(ReceivedRegister, models.PROTECT, related_name="lines", verbose_name="registre")
    number = models.CharField("numéro au registre", max_length=40)
    party = models.ForeignKey(TenderingParty, models.PROTECT, related_name="+", verbose_name="candidat")
    firm_name = models.CharField("entreprise, selon le registre", max_length=250)
    identifier_scheme = models.CharField("registre", max_length=10, choices=Organisation.Scheme)
    identifier = models.CharField("identifiant", max_length=50)
    email = models.EmailField("courriel", max_length=254)
    received_at = models.DateTimeField("reçu le")
    envelopes = models.JSONField("plis annoncés", default=list)

    class Meta:
        verbose_name = "ligne de registre"
        verbose_name_plural = "lignes de registre"
        ordering = ["received_at", "number"]
        constraints = [
            models.UniqueConstraint(fields=["register", "number"], name="number_once_a_register"),
            models.UniqueConstraint(fields=["register", "party"], name="party_once_a_register"),
        ]

    def __str__(self) -> str:
        return f"{self.number}. {self.firm_name}"


class RegisterDraft(models.Model):
    """Files sent for a period and not imported yet: what was sent is kept while its faults are mended.

    `table` and `archive`: a staged file as {sha256, size, media_type, name, path}; empty while it is missing. Not
    journalled: nothing of it counts.
    """

    period = models.OneToOneField(
        SubmissionPeriod, models.PROTECT, related_name="register_draft", primary_key=True, verbose_name="période"
    )
    table = models.JSONField("registre", default=dict, blank=True)
    archive = models.JSONField("plis", default=dict, blank=True)
    reason = models.TextField("motif", blank=True)
    sent_at = models.DateTimeField("envoyé le")
    sent_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name="envoyé par")

    class Meta:
        verbose_name = "import en préparation"
        verbose_name_plural = "imports en préparation"

    def __str__(self) -> str:
        return f"import en préparation, {self.period_id}"
