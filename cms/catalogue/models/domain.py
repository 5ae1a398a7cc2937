"""The domains of public action, and the words that mean the same there."""

from django.db import models
from django.urls import reverse

from cms.catalogue.models.state import ListedQuerySet


class DomainQuerySet(ListedQuerySet):
    """Domains, in their order."""

    def with_counts(self) -> "DomainQuerySet":
        """With `profile_count`, how many published profiles each holds."""
        listed = models.Q(profiles__live=True, profiles__withdrawn_at__isnull=True)
        counted = self.annotate(profile_count=models.Count("profiles", filter=listed))
        return counted.order_by("order", "slug")


class Domain(models.Model):
    """A domain of public action, with its codes in the common vocabulary (CPV 2008) and in COFOG."""

    slug = models.SlugField("code", max_length=40, primary_key=True)
    label = models.CharField("nom", max_length=80)
    scope = models.CharField("étendue", max_length=250)
    cofog = models.CharField("code COFOG", max_length=8)
    cpv_main = models.CharField("code CPV principal", max_length=10)
    cpv_others = models.JSONField("autres codes CPV", default=list, blank=True)
    terms = models.TextField(
        "mots qui y mènent",
        max_length=600,
        blank=True,
        help_text="Séparés par des virgules : une recherche qui les contient propose d’abord ce domaine.",
    )
    order = models.PositiveSmallIntegerField("ordre", default=0)

    objects = DomainQuerySet.as_manager()

    class Meta:
        verbose_name = "domaine"
        ordering = ["order", "slug"]

    def __str__(self) -> str:
        return self.label

    def get_absolute_url(self) -> str:
        """Address of the page of the domain."""
        return reverse("catalogue:domain", kwargs={"slug": self.slug})


class Synonym(models.Model):
    """Words that lead to the same profiles (ux.md §12): « bus » and « autocar ». Edited in the administration."""

    words = models.CharField(
        "mots de même sens",
        max_length=300,
        help_text="Séparés par des virgules, par exemple : bus, autocar, car.",
    )

    objects = ListedQuerySet.as_manager()

    class Meta:
        verbose_name = "groupe de synonymes"
        verbose_name_plural = "synonymes"
        ordering = ["words"]

    def __str__(self) -> str:
        return self.words


class MissedSearch(models.Model):
    """Words that found nothing, counted by day and without anybody's identity: a gap to fill (ux.md §12)."""

    words = models.CharField("recherche", max_length=200)
    day = models.DateField("jour")
    count = models.PositiveIntegerField("fois", default=1)

    class Meta:
        verbose_name = "recherche sans résultat"
        verbose_name_plural = "recherches sans résultat"
        ordering = ["-day", "-count", "words"]
        constraints = [models.UniqueConstraint(fields=["words", "day"], name="catalogue_missed_search_once_a_day")]

    def __str__(self) -> str:
        return self.words
