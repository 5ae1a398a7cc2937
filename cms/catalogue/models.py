"""What visitors read and editors curate: the domains of public action, to begin with."""

from django.db import models


class Domain(models.Model):
    """A domain of public action, with its codes in the common vocabulary (CPV 2008) and in COFOG."""

    slug = models.SlugField("code", max_length=40, primary_key=True)
    label = models.CharField("nom", max_length=80)
    scope = models.CharField("étendue", max_length=250)
    cofog = models.CharField("code COFOG", max_length=8)
    cpv_main = models.CharField("code CPV principal", max_length=10)
    cpv_others = models.JSONField("autres codes CPV", default=list, blank=True)
    order = models.PositiveSmallIntegerField("ordre", default=0)

    class Meta:
        verbose_name = "domaine"
        ordering = ["order", "slug"]

    def __str__(self) -> str:
        return self.label
