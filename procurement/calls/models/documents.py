"""The consultation documents, version by version, and how often they were downloaded."""

from django.conf import settings
from django.db import models

from marketplace.files.models import GeneratedDocument, StoredFile
from marketplace.journal.models import Journalled, JournalledQuerySet
from marketplace.journal.triggers import append_only
from procurement.calls.models.call import Call


class CallDocumentQuerySet(JournalledQuerySet):
    """Documents of consultations, each in all its versions."""

    def standing(self) -> "CallDocumentQuerySet":
        """Without those that were taken away before publication."""
        return self.filter(removal__isnull=True)

    def with_files(self) -> "CallDocumentQuerySet":
        """With what is downloaded, in one query."""
        return self.select_related(
            "file", "document__rendering__stored_file", "document__rendering__editable_file", "added_by"
        )


@append_only
class CallDocument(Journalled):
    """One version of a consultation document, for good: what replaces it is another row (R2132-2, LR-35, LR-39).

    `slug` names the document in its public address through all its versions. The database itself refuses to change or
    to erase a row: nothing is replaced without a version that says who, when and why.
    """

    class Kind(models.TextChoices):
        """Parts of the consultation file."""

        RULES = "rules", "Règlement de consultation"
        CLAUSES = "clauses", "Clauses administratives (CCAP)"
        PROGRAMME = "programme", "Programme fonctionnel (CCTP)"
        DRAFT_CONTRACT = "draft_contract", "Projet d’acte d’engagement"
        FINANCIAL_ANNEX = "financial_annex", "Annexe financière"
        OTHER = "other", "Autre document"

    call = models.ForeignKey(Call, models.PROTECT, related_name="documents", verbose_name="appel")
    kind = models.CharField("nature", max_length=16, choices=Kind.choices)
    slug = models.SlugField("nom dans l’adresse", max_length=80)
    title = models.CharField("titre", max_length=200, blank=True)
    version = models.PositiveSmallIntegerField("version", default=1)
    document = models.ForeignKey(
        GeneratedDocument, models.PROTECT, related_name="+", null=True, blank=True, verbose_name="document produit"
    )
    file = models.ForeignKey(
        StoredFile, models.PROTECT, related_name="+", null=True, blank=True, verbose_name="fichier déposé"
    )
    added_at = models.DateTimeField("ajouté le")
    added_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", null=True, blank=True, verbose_name="ajouté par"
    )
    reason = models.TextField("pourquoi cette version", blank=True)

    objects = CallDocumentQuerySet.as_manager()

    class Meta:
        verbose_name = "document de la consultation"
        verbose_name_plural = "documents de la consultation"
        ordering = ["kind", "slug", "version"]
        constraints = [
            models.UniqueConstraint(fields=["call", "slug", "version"], name="document_version_once"),
            models.CheckConstraint(
                condition=models.Q(document__isnull=True) ^ models.Q(file__isnull=True), name="document_or_file"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name}, version {self.version}"

    @property
    def name(self) -> str:
        """What people call it: the title given, else its nature."""
        return self.title or self.get_kind_display()

    @property
    def stored_file(self) -> StoredFile | None:
        """What is downloaded; None while a document of ours is not rendered yet."""
        if self.file_id:
            return self.file
        return self.document.rendering.stored_file if self.document and self.document.is_rendered else None

    @property
    def editable_file(self) -> StoredFile | None:
        """The same to edit, where there is one."""
        return self.document.rendering.editable_file if self.document and self.document.is_rendered else None


@append_only
class DocumentRemoval(Journalled):
    """A document taken away before publication: the version stays in the file of the call, nobody downloads it."""

    document = models.OneToOneField(CallDocument, models.PROTECT, related_name="removal", verbose_name="document")
    removed_at = models.DateTimeField("retiré le")
    removed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", null=True, blank=True, verbose_name="retiré par"
    )

    class Meta:
        verbose_name = "document retiré"
        verbose_name_plural = "documents retirés"

    def __str__(self) -> str:
        return str(self.document)


@append_only
class DocumentWithdrawal(Journalled):
    """Somebody downloaded a document, or the whole set; who is never known (annex 6 art. 1, annex 7 BP-8, LR-36)."""

    call = models.ForeignKey(Call, models.PROTECT, related_name="withdrawals", verbose_name="appel")
    # Empty: all the documents in force, in one file.
    document = models.ForeignKey(
        CallDocument, models.PROTECT, related_name="withdrawals", null=True, blank=True, verbose_name="document"
    )
    withdrawn_at = models.DateTimeField("téléchargé le")

    class Meta:
        verbose_name = "retrait de document"
        verbose_name_plural = "retraits de documents"
        ordering = ["withdrawn_at"]

    def __str__(self) -> str:
        return f"{self.withdrawn_at:%Y-%m-%dT%H:%M:%SZ}"
