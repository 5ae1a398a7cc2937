"""The parts of a profile, written and reviewed with it: each lies in its revisions and goes live when it does.

What others say of a part (a check, a client's word) is never in a revision: see `proofs`. Parts carry a `uid` that
outlives their revisions, so that a proof knows what it is about.
"""

import uuid
from typing import Any

from django.db import models
from django.urls import reverse
from django.utils.text import slugify
from modelcluster.fields import ParentalKey
from wagtail.models import Orderable

from cms.catalogue.models.profile import Profile
from cms.catalogue.models.state import ListedQuerySet
from cms.catalogue.validators import validate_website
from cms.catalogue.words import plain


class Part(Orderable):
    """A line of a profile, in the order that its authors chose."""

    uid = models.UUIDField("identifiant", default=uuid.uuid4, editable=False, db_index=True)

    class Meta(Orderable.Meta):
        abstract = True


class Solution(Part):
    """Something that the organisation offers: what it solves, how far it is, from what price, how one leaves it."""

    class Maturity(models.TextChoices):
        """How far the solution is (ux.md §12)."""

        PROTOTYPE = "prototype", "Prototype"
        TRIAL = "essai", "Essai sur le terrain"
        IN_SERVICE = "en-service", "Déjà en service"

    class PriceUnit(models.TextChoices):
        """What the price pays for."""

        YEAR = "an", "par an"
        MONTH = "mois", "par mois"
        USER = "personne", "par personne et par an"
        UNIT = "unite", "l’unité"
        ONCE = "forfait", "au forfait"

    class Hosting(models.TextChoices):
        """Where the data lie."""

        FRANCE = "france", "En France"
        EUROPE = "union", "Dans l’Union européenne"
        ELSEWHERE = "ailleurs", "Hors de l’Union européenne"
        BUYER = "acheteur", "Chez l’acheteur"
        NONE = "sans", "Aucune donnée hébergée"

    profile = ParentalKey(Profile, on_delete=models.CASCADE, related_name="solutions", verbose_name="fiche")
    slug = models.SlugField("adresse", max_length=90, unique=True, editable=False)
    name = models.CharField("nom de la solution", max_length=120)
    tagline = models.CharField(
        "en une phrase", max_length=200, help_text="Ce que fait la solution, pour qui. Une phrase, sans superlatif."
    )
    problem = models.TextField(
        "le problème", max_length=3000, blank=True, help_text="Ce qui ne va pas aujourd’hui, et pour qui."
    )
    answer = models.TextField(
        "la réponse", max_length=3000, blank=True, help_text="Ce que la solution change, et comment elle marche."
    )
    maturity = models.CharField("maturité", max_length=12, choices=Maturity, blank=True)
    price_from = models.DecimalField("prix de départ (€ HT)", max_digits=12, decimal_places=2, null=True, blank=True)
    price_unit = models.CharField("unité du prix", max_length=10, choices=PriceUnit, blank=True)
    price_note = models.CharField(
        "ce que le prix comprend", max_length=200, blank=True, help_text="Par exemple : jusqu’à 40 arrêts."
    )
    setup_delay = models.CharField(
        "délai de mise en route", max_length=80, blank=True, help_text="Par exemple : 6 semaines."
    )
    exit_terms = models.CharField(
        "fin de contrat",
        max_length=300,
        blank=True,
        help_text="Comment l’acheteur reprend ses données, sous quel délai.",
    )
    hosting = models.CharField("hébergement des données", max_length=10, choices=Hosting, blank=True)
    claims_innovative = models.BooleanField(
        "se dit innovante",
        default=False,
        help_text="La solution est nouvelle ou nettement améliorée (R2124-3). L’acheteur reste seul juge.",
    )
    innovation_reason = models.CharField("pourquoi elle est nouvelle", max_length=500, blank=True)
    is_open_source = models.BooleanField("logiciel libre", default=False)
    source_url = models.URLField("adresse du code source", max_length=200, blank=True, validators=[validate_website])
    central_purchasing = models.CharField(
        "centrale d’achat", max_length=120, blank=True, help_text="Nom de la centrale qui la propose, s’il y en a une."
    )

    objects = ListedQuerySet.as_manager()

    class Meta(Part.Meta):
        verbose_name = "solution"

    def __str__(self) -> str:
        return self.name

    @property
    def pair(self) -> tuple[str, str]:
        """The parameter of an address that names it, where whole profiles may be named too."""
        return "solution", self.slug

    def get_absolute_url(self) -> str:
        """Public address; it answers 404 until the profile is published with it."""
        return reverse("catalogue:solution", kwargs={"slug": self.slug})

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Save the row; the address is chosen once, when the solution goes live, and kept whatever its name becomes."""
        if not self.slug:
            kept = type(self).objects.filter(pk=self.pk).values_list("slug", flat=True).first() if self.pk else None
            self.slug = kept or self._free_slug()
        super().save(*args, **kwargs)

    def _free_slug(self) -> str:
        base = slugify(plain(self.name).replace("’", " ").replace("'", " "))[:70].strip("-") or "solution"
        taken = set(type(self).objects.filter(slug__startswith=base).values_list("slug", flat=True))
        return next(slug for number in range(1, len(taken) + 2) if (slug := _numbered(base, number)) not in taken)


class Reference(Part):
    """A public body that uses what the organisation makes, as declared; its own word is a `Confirmation`."""

    profile = ParentalKey(Profile, on_delete=models.CASCADE, related_name="references", verbose_name="fiche")
    client = models.CharField("service public", max_length=160)
    detail = models.CharField(
        "ce qu’il utilise", max_length=200, blank=True, help_text="Par exemple : 38 arrêts, depuis mars 2025."
    )

    objects = ListedQuerySet.as_manager()

    class Meta(Part.Meta):
        verbose_name = "référence"

    def __str__(self) -> str:
        return self.client

    @property
    def statement(self) -> str:
        """What a client is asked to confirm, word for word."""
        return f"{self.client} : {self.detail}" if self.detail else self.client


class Label(Part):
    """A label, a certification or an audit that the organisation declares, with its proof and its end."""

    class Kind(models.TextChoices):
        """What it is; the first ones are filters of the catalogue."""

        HDS = "hds", "Hébergeur de données de santé (HDS)"
        SECNUMCLOUD = "secnumcloud", "SecNumCloud"
        ISO_27001 = "iso-27001", "ISO 27001"
        ACCESSIBILITY = "rgaa", "Audit d’accessibilité (RGAA)"
        YOUNG_INNOVATIVE = "jei", "Jeune entreprise innovante"
        SOCIAL = "esus", "Entreprise solidaire d’utilité sociale"
        OTHER = "autre", "Autre label ou certification"

    CERTIFICATIONS = (Kind.HDS, Kind.SECNUMCLOUD, Kind.ISO_27001)

    profile = ParentalKey(Profile, on_delete=models.CASCADE, related_name="labels", verbose_name="fiche")
    kind = models.CharField("label ou certification", max_length=12, choices=Kind)
    detail = models.CharField(
        "précision",
        max_length=120,
        blank=True,
        help_text="Par exemple : 91 % des critères. Pour un autre label, son nom.",
    )
    number = models.CharField("numéro du certificat", max_length=60, blank=True)
    valid_until = models.DateField("valable jusqu’au", null=True, blank=True)
    proof_url = models.URLField(
        "adresse publique de la preuve", max_length=250, blank=True, validators=[validate_website]
    )
    proof = models.ForeignKey(
        "files.StoredFile",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="justificatif",
    )

    objects = ListedQuerySet.as_manager()

    class Meta(Part.Meta):
        verbose_name = "label ou certification"
        verbose_name_plural = "labels et certifications"

    def __str__(self) -> str:
        return self.get_kind_display()

    @property
    def title(self) -> str:
        """« Audit d’accessibilité (RGAA) : 91 % des critères », or the name alone of another label."""
        if self.kind == self.Kind.OTHER and self.detail:
            return self.detail
        return f"{self.get_kind_display()} : {self.detail}" if self.detail else self.get_kind_display()

    @property
    def statement(self) -> str:
        """What a check bears on, word for word: the title, the number and the end."""
        number = f", n° {self.number}" if self.number else ""
        until = f", jusqu’au {self.valid_until:%d/%m/%Y}" if self.valid_until else ""
        return f"{self.title}{number}{until}"


class PhasePassage(Part):
    """A start-up d'État that came to a phase on a day (beta.gouv.fr's words for phases)."""

    class Phase(models.TextChoices):
        """Phases, in their order; the last two are ends."""

        INVESTIGATION = "investigation", "Investigation"
        CONSTRUCTION = "construction", "Construction"
        ACCELERATION = "acceleration", "Accélération"
        CONSOLIDATION = "consolidation", "Consolidation"
        TRANSFER = "transfere", "Transféré"
        OPERATED = "opere", "Opéré"
        STOPPED = "abandon", "Arrêté"
        STOPPED_EARLY = "abandon-investigation", "Arrêté après investigation"

    profile = ParentalKey(Profile, on_delete=models.CASCADE, related_name="phases", verbose_name="fiche")
    phase = models.CharField("phase", max_length=24, choices=Phase)
    since = models.DateField("depuis le")

    class Meta(Part.Meta):
        verbose_name = "passage de phase"
        verbose_name_plural = "passages de phase"

    def __str__(self) -> str:
        return f"{self.get_phase_display()}, {self.since}"


def _numbered(base: str, number: int) -> str:
    return base if number == 1 else f"{base}-{number}"
