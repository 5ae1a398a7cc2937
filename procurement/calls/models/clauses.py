"""The operator's library of clauses: every text it ever proposed to buyers, and what its lawyer checked."""

from django.conf import settings
from django.db import models

from marketplace.journal.models import Journalled
from marketplace.journal.triggers import append_only


@append_only
class ClauseVersion(Journalled):
    """One version of a clause proposed to new calls; calls and documents keep the text that they took."""

    code = models.SlugField("clause", max_length=40)
    version = models.PositiveSmallIntegerField("version")
    article = models.CharField("article", max_length=120)
    text = models.TextField("texte")
    written_at = models.DateTimeField("écrite le")
    written_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", null=True, blank=True, verbose_name="écrite par"
    )

    class Meta:
        verbose_name = "clause de la bibliothèque"
        verbose_name_plural = "clauses de la bibliothèque"
        ordering = ["code", "version"]
        constraints = [models.UniqueConstraint(fields=["code", "version"], name="clause_version_once")]

    def __str__(self) -> str:
        return f"{self.code}, version {self.version}"


@append_only
class ClauseCheck(Journalled):
    """The operator's lawyer has checked one version of a clause; a new version waits for a check of its own."""

    clause = models.OneToOneField(ClauseVersion, models.PROTECT, related_name="check_made", verbose_name="clause")
    lawyer = models.CharField("juriste", max_length=160)
    checked_at = models.DateTimeField("validée le")
    checked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", null=True, blank=True, verbose_name="notée par"
    )

    class Meta:
        verbose_name = "validation de clause"
        verbose_name_plural = "validations de clauses"

    def __str__(self) -> str:
        return f"{self.clause}, {self.lawyer}"
