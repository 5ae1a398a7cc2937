"""Files kept for good, and the documents that the site renders once from a stored copy of the facts."""

from collections.abc import Iterator
from typing import Any

from django.db import models

from marketplace.files import storage
from marketplace.journal.models import Journalled, JournalledQuerySet


class StoredFileQuerySet(JournalledQuerySet):
    """Files of the private store."""

    def holding(self, sha256: str) -> "StoredFileQuerySet":
        """Those with this content, oldest first: several acts may have kept the same bytes."""
        return self.filter(sha256=sha256.lower()).order_by("stored_at")


class StoredFile(Journalled):
    """A file of the private store: its fingerprint is journalled, its bytes lie encrypted under `PRIVATE_ROOT`."""

    class ScanVerdict(models.TextChoices):
        """What an antivirus said of the content."""

        NOT_ANALYSED = "not_analysed", "Non analysé"
        CLEAN = "clean", "Sain"
        INFECTED = "infected", "Infecté"

    sha256 = models.CharField("empreinte SHA-256", max_length=64)
    size = models.PositiveBigIntegerField("taille (octets)")
    media_type = models.CharField("type constaté", max_length=120)
    name = models.CharField("nom", max_length=200)
    scan_verdict = models.CharField(
        "analyse antivirus", max_length=12, choices=ScanVerdict, default=ScanVerdict.NOT_ANALYSED
    )
    # What the antivirus found, or why it analysed nothing.
    scan_detail = models.CharField("constat de l’antivirus", max_length=200, blank=True)
    scanned_at = models.DateTimeField("analysé le", null=True, blank=True)
    path = models.CharField("emplacement", max_length=120, editable=False)
    stored_at = models.DateTimeField("reçu le")
    # At the end of its keeping: the row and its fingerprint stay, the bytes are gone.
    destroyed_at = models.DateTimeField("détruit le", null=True, blank=True)

    objects = StoredFileQuerySet.as_manager()

    class Meta:
        verbose_name = "fichier"
        ordering = ["stored_at", "id"]
        indexes = [models.Index(fields=["sha256"], name="files_storedfile_sha256")]
        constraints = [models.CheckConstraint(condition=models.Q(size__gt=0), name="files_storedfile_not_empty")]

    def __str__(self) -> str:
        return self.name

    @property
    def is_quarantined(self) -> bool:
        """Whether it is kept as a trace only: an antivirus found something in it."""
        return self.scan_verdict == self.ScanVerdict.INFECTED

    @property
    def is_destroyed(self) -> bool:
        """Whether its bytes were destroyed at the end of their keeping."""
        return self.destroyed_at is not None

    def read(self) -> bytes:
        """The content in clear. Raises DamagedFile when it is missing or differs from its fingerprint."""
        return b"".join(self.chunks())

    def chunks(self) -> Iterator[bytes]:
        """The content in clear, piece by piece, each authenticated before it is given. Raises DamagedFile."""
        return storage.chunks(path=self.path, sha256=self.sha256, size=self.size)


class GeneratedDocumentQuerySet(JournalledQuerySet):
    """Documents asked for, rendered or not yet."""

    def of_subject(self, subject: models.Model) -> "GeneratedDocumentQuerySet":
        """Those about one object, oldest first."""
        return self.filter(subject_id=str(subject.pk)).order_by("requested_at")

    def awaiting_rendering(self) -> "GeneratedDocumentQuerySet":
        """Those whose bytes do not exist yet, oldest first."""
        return self.filter(rendering__isnull=True).order_by("requested_at")


class GeneratedDocument(Journalled):
    """A document to be rendered once from `facts`, the stored copy of everything it says.

    `attachments` is a list of [file name, key of `facts` or JSON value]: what is embedded in the PDF as data.
    `is_editable`: people get the same page to edit too, as OpenDocument text.
    """

    kind = models.CharField("nature", max_length=60)
    title = models.CharField("titre", max_length=250)
    template = models.CharField("gabarit", max_length=120)
    facts = models.JSONField("faits")
    attachments = models.JSONField("données jointes", default=list, blank=True)
    is_editable = models.BooleanField("aussi à modifier", default=False)
    chain = models.CharField("chaîne", max_length=80)
    subject_id = models.CharField("objet", max_length=40, db_index=True)
    requested_at = models.DateTimeField("demandé le")

    objects = GeneratedDocumentQuerySet.as_manager()

    class Meta:
        verbose_name = "document"
        ordering = ["requested_at", "id"]

    def __str__(self) -> str:
        return self.title

    @property
    def is_rendered(self) -> bool:
        """Whether its bytes exist."""
        return hasattr(self, "rendering")

    def pdf(self) -> bytes:
        """The PDF as it was rendered. Raises Rendering.DoesNotExist while it is not."""
        return self.rendering.pdf()

    def attached_facts(self) -> list[tuple[str, Any]]:
        """What the PDF embeds: file names and JSON values."""
        return [(name, self.facts[what] if isinstance(what, str) else what) for name, what in self.attachments]


class Rendering(Journalled):
    """The bytes of a document, written once; a second rendering of the same document cannot exist."""

    document = models.OneToOneField(
        GeneratedDocument, on_delete=models.PROTECT, related_name="rendering", verbose_name="document"
    )
    stored_file = models.OneToOneField(
        StoredFile, on_delete=models.PROTECT, related_name="rendering", verbose_name="fichier"
    )
    editable_file = models.OneToOneField(
        StoredFile,
        on_delete=models.PROTECT,
        related_name="editable_rendering",
        null=True,
        blank=True,
        verbose_name="fichier à modifier",
    )
    pages = models.PositiveIntegerField("pages")
    rendered_at = models.DateTimeField("produit le")

    class Meta:
        verbose_name = "document produit"
        verbose_name_plural = "documents produits"
        ordering = ["rendered_at", "id"]

    def __str__(self) -> str:
        return str(self.document)

    def pdf(self) -> bytes:
        """The bytes, checked against their fingerprint. Raises DamagedFile when they differ."""
        return self.stored_file.read()
