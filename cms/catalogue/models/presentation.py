"""What a company adds to present itself: its texts in other languages, links to what it shows elsewhere.

Parts like the others, written, reviewed and published with the profile. How many are shown is the plan's to say
(`cms.catalogue.presentation`); no list, word of the search or filter is made of them.
"""

from django.db import models
from modelcluster.fields import ParentalKey

from cms.catalogue.models.parts import Part
from cms.catalogue.models.profile import Profile
from cms.catalogue.validators import validate_website


class Translation(Part):
    """The texts of a profile in another language; French stays the one that is judged."""

    class Language(models.TextChoices):
        """Languages of our neighbours, each under its own name."""

        ENGLISH = "en", "English"
        GERMAN = "de", "Deutsch"
        SPANISH = "es", "Español"
        ITALIAN = "it", "Italiano"

    profile = ParentalKey(Profile, on_delete=models.CASCADE, related_name="translations", verbose_name="fiche")
    language = models.CharField("langue", max_length=2, choices=Language)
    tagline = models.CharField("en une phrase, dans cette langue", max_length=200)
    problem = models.TextField("le problème, dans cette langue", max_length=3000, blank=True)
    answer = models.TextField("la réponse, dans cette langue", max_length=3000, blank=True)

    class Meta(Part.Meta):
        verbose_name = "texte dans une autre langue"
        verbose_name_plural = "textes dans d’autres langues"

    def __str__(self) -> str:
        return self.get_language_display()


class Medium(Part):
    """A link to something that the company shows on a site of its own; nothing of it is loaded here."""

    class Kind(models.TextChoices):
        """What one finds there."""

        VIDEO = "video", "Vidéo"
        DEMONSTRATION = "demonstration", "Démonstration"
        DOCUMENTATION = "documentation", "Documentation"

    profile = ParentalKey(Profile, on_delete=models.CASCADE, related_name="media", verbose_name="fiche")
    kind = models.CharField("nature", max_length=15, choices=Kind)
    title = models.CharField("titre", max_length=120, help_text="Ce que l’on y voit, en quelques mots.")
    url = models.URLField("adresse", max_length=250, validators=[validate_website])

    class Meta(Part.Meta):
        verbose_name = "lien vers un support"
        verbose_name_plural = "liens vers des supports"

    def __str__(self) -> str:
        return self.title


class MonthlyReading(models.Model):
    """How many times the page of a profile was opened in a month. Who opened it, and on which day, is never noted."""

    profile = models.ForeignKey(Profile, on_delete=models.CASCADE, related_name="readings", verbose_name="fiche")
    month = models.DateField("mois (son premier jour)")
    count = models.PositiveIntegerField("ouvertures", default=0)

    class Meta:
        verbose_name = "consultation d’un mois"
        verbose_name_plural = "consultations par mois"
        constraints = [
            models.UniqueConstraint(fields=["profile", "month"], name="catalogue_reading_month_once"),
        ]

    def __str__(self) -> str:
        return f"{self.profile}, {self.month:%Y-%m}"
