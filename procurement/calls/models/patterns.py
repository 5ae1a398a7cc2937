"""What the operator wrote of the models of calls; the files of `calls.patterns` are their first version."""

from django.conf import settings
from django.db import models

from marketplace.journal.models import Journalled
from marketplace.journal.triggers import append_only


@append_only
class PatternVersion(Journalled):
    """One version of a model, in the form of its file; calls keep the text that they took."""

    slug = models.SlugField("modèle", max_length=40)
    version = models.PositiveSmallIntegerField("version")
    text = models.TextField("texte")
    written_at = models.DateTimeField("écrite le")
    written_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", null=True, blank=True, verbose_name="écrite par"
    )

    class Meta:
        verbose_name = "modèle d’appel"
        verbose_name_plural = "modèles d’appels"
        ordering = ["slug", "version"]
        constraints = [models.UniqueConstraint(fields=["slug", "version"], name="pattern_version_once")]

    def __str__(self) -> str:
        return f"{self.slug}, version {self.version}"
