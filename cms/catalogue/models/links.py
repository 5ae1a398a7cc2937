"""Whether the addresses that profiles give still answer; asked by a command, never while somebody reads a page."""

from django.db import models

from cms.catalogue.models.profile import Profile


class LinkCheck(models.Model):
    """What an address of a published profile answered the last time it was asked."""

    class Problem(models.TextChoices):
        """Why an address is held as broken."""

        FORBIDDEN = "interdite", "Adresse qui n’est pas publique : elle n’a pas été demandée"
        UNKNOWN_HOST = "inconnue", "Ce nom de site n’existe pas"
        SILENT = "muette", "Le site ne répond pas"
        CERTIFICATE = "certificat", "Le certificat de sécurité n’est pas valable"
        LOOP = "boucle", "Le site renvoie sans fin d’une adresse à l’autre"
        MISSING = "absente", "La page n’existe plus"
        ERROR = "erreur", "Le site répond par une erreur"

    profile = models.ForeignKey(Profile, models.CASCADE, related_name="link_checks", verbose_name="fiche")
    url = models.URLField("adresse", max_length=250)
    checked_at = models.DateTimeField("demandée le")
    status = models.PositiveSmallIntegerField("code de réponse", null=True, blank=True)
    problem = models.CharField("ce qui ne va pas", max_length=12, choices=Problem, blank=True)
    failing_since = models.DateTimeField("ne répond plus depuis le", null=True, blank=True)

    class Meta:
        verbose_name = "lien vérifié"
        verbose_name_plural = "liens vérifiés"
        ordering = ["failing_since", "id"]
        constraints = [models.UniqueConstraint(fields=["profile", "url"], name="catalogue_link_check_once")]
        indexes = [models.Index(fields=["failing_since"], name="catalogue_link_failing")]

    def __str__(self) -> str:
        return self.url
