"""The profile of an organisation that answers public needs, as visitors read it and as editors keep it."""

from collections.abc import Iterable
from typing import Any

from django.contrib.contenttypes.fields import GenericRelation
from django.db import models
from django.http import HttpRequest
from django.urls import reverse
from modelcluster.fields import ParentalManyToManyField
from modelcluster.models import ClusterableModel
from wagtail.models import DraftStateMixin, LockableMixin, PreviewableMixin, RevisionMixin, WorkflowMixin

from cms.catalogue import search
from cms.catalogue.models.domain import Domain
from cms.catalogue.models.state import ListedQuerySet
from cms.catalogue.presentation import presentation_of
from cms.catalogue.regions import Region
from cms.catalogue.sheet import sheet_of
from cms.catalogue.validators import validate_siren, validate_website, validate_year
from cms.catalogue.words import name_key
from marketplace.accounts.models import Organisation
from marketplace.journal import clock

_OF_THE_ROW = ("withdrawn_at", "merged_into_id", "reviewed_at", "updated_at")


class ProfileQuerySet(ListedQuerySet):
    """Profiles, drafts included unless said otherwise."""

    def published(self) -> "ProfileQuerySet":
        """Those that lists show; the draft of a published profile is in a revision, never in its columns."""
        return self.filter(live=True, withdrawn_at__isnull=True)

    def reindex(self) -> int:
        """Read again the words that lead to these profiles, e.g. after a domain changed its name; returns how many."""
        profiles = list(self.prefetch_related("domains", "solutions"))
        for profile in profiles:
            profile.search_text = profile.words()
        self.bulk_update(profiles, ["search_text"], batch_size=200)
        search.write((profile.pk, profile.search_text) for profile in profiles)
        return len(profiles)

    def with_parts(self) -> "ProfileQuerySet":
        """With all that their public pages show, in a constant number of queries."""
        return self.select_related("organisation", "merged_into").prefetch_related(
            "domains", "solutions", "references", "labels", "verifications", "confirmations"
        )


class Profile(WorkflowMixin, DraftStateMixin, LockableMixin, RevisionMixin, PreviewableMixin, ClusterableModel):
    """What an organisation that answers public needs says of itself, and what of it was verified.

    The organisation may have no account yet: facts then come from a public source, named and dated (`source`). Nothing
    here is a verified fact; `trust` says what is, from what the account and the public register hold.
    """

    class Kind(models.TextChoices):
        """What the organisation is."""

        START_UP = "start_up", "Jeune entreprise"
        STATE_START_UP = "state_start_up", "Start-up d’État"
        ASSOCIATION = "association", "Association"
        INCUBATOR = "incubator", "Incubateur"
        INNOVATION_PLACE = "innovation_place", "Lieu d’innovation"
        MEDIATION_PLACE = "mediation_place", "Lieu de médiation"

    class Accessibility(models.TextChoices):
        """One of the three legal wordings (RGAA), as the organisation states it."""

        FULL = "totale", "Totalement conforme"
        PARTIAL = "partielle", "Partiellement conforme"
        NONE = "non", "Non conforme"

    Size = Organisation.Size

    organisation = models.OneToOneField(
        Organisation,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="catalogue_profile",
        verbose_name="compte",
        help_text="Vide tant que l’organisation n’a pas de compte ici.",
    )
    kind = models.CharField("nature", max_length=20, choices=Kind, default=Kind.START_UP)
    slug = models.SlugField(
        "adresse de la fiche", max_length=80, unique=True, help_text="La fin de l’adresse : /entreprises/exemple/."
    )
    name = models.CharField("nom", max_length=120)
    sort_name = models.CharField("nom pour le classement", max_length=120, blank=True, editable=False)
    tagline = models.CharField(
        "en une phrase",
        max_length=200,
        blank=True,
        help_text="Ce que fait la solution, pour qui. Une phrase, sans superlatif.",
    )
    problem = models.TextField(
        "le problème", max_length=3000, blank=True, help_text="Ce qui ne va pas aujourd’hui, et pour qui."
    )
    answer = models.TextField(
        "la réponse", max_length=3000, blank=True, help_text="Ce que la solution change, et comment elle marche."
    )
    domains = ParentalManyToManyField(Domain, blank=True, related_name="profiles", verbose_name="domaines")
    region = models.CharField("région", max_length=30, choices=Region, blank=True)
    served_regions = models.JSONField(
        "régions d’intervention", default=list, blank=True, help_text="Vide : non dit. Toutes : la France entière."
    )
    city = models.CharField("commune", max_length=120, blank=True)
    siren = models.CharField(
        "SIREN",
        max_length=9,
        blank=True,
        validators=[validate_siren],
        help_text="9 chiffres, sans espace. Il figure sur l’avis de situation de l’entreprise.",
    )
    website = models.URLField("site", max_length=200, blank=True, validators=[validate_website])
    founded_year = models.PositiveSmallIntegerField(
        "année de création", null=True, blank=True, validators=[validate_year]
    )
    size = models.CharField("taille", max_length=5, choices=Organisation.Size, blank=True)
    repository = models.URLField("code source publié", max_length=200, blank=True, validators=[validate_website])
    accessibility = models.CharField("accessibilité déclarée", max_length=12, choices=Accessibility, blank=True)
    incubator = models.CharField("incubateur", max_length=160, blank=True)
    sponsors = models.CharField("administrations porteuses", max_length=400, blank=True)
    source = models.CharField(
        "source des informations",
        max_length=200,
        blank=True,
        help_text="Vide quand l’organisation déclare elle-même ; sinon le nom et la licence de la source publique.",
    )
    declared_on = models.DateField("informations déclarées ou reprises le", null=True, blank=True)
    reviewed_at = models.DateTimeField("relue le", null=True, blank=True, editable=False)
    updated_at = models.DateTimeField("mise à jour le", null=True, blank=True, editable=False)
    withdrawn_at = models.DateTimeField("retirée le", null=True, blank=True, editable=False)
    merged_into = models.ForeignKey(
        "self", models.SET_NULL, null=True, blank=True, editable=False, related_name="+", verbose_name="réunie à"
    )
    search_text = models.TextField("mots de la recherche", blank=True, editable=False)

    _revisions = GenericRelation(
        "wagtailcore.Revision",
        content_type_field="base_content_type",
        object_id_field="object_id",
        related_query_name="profile",
    )
    workflow_states = GenericRelation(
        "wagtailcore.WorkflowState",
        content_type_field="base_content_type",
        object_id_field="object_id",
        related_query_name="profile",
        for_concrete_model=False,
    )

    objects = ProfileQuerySet.as_manager()

    class Meta:
        verbose_name = "fiche"
        verbose_name_plural = "fiches"
        ordering = ["sort_name", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["siren"],
                condition=~models.Q(siren=""),
                name="catalogue_profile_siren_once",
                violation_error_message="Une autre fiche porte déjà ce SIREN : complétez-la plutôt.",
            ),
        ]
        indexes = [
            models.Index(fields=["live", "sort_name"], name="catalogue_profile_name"),
            models.Index(fields=["live", "region"], name="catalogue_profile_region"),
            models.Index(fields=["live", "-updated_at"], name="catalogue_profile_updated"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def revisions(self) -> Any:
        """Every version kept, the one under review included (the name that Wagtail reads)."""
        return self._revisions

    @property
    def approved_schedule(self) -> bool:
        """Whether a version waits for its hour; lists ask for all their lines at once, as Wagtail does for pages."""
        known: bool | None = getattr(self, "_approved_schedule", None)
        return super().approved_schedule if known is None else known

    @property
    def place(self) -> str:
        """« Rennes, Bretagne », or what is known of it."""
        return ", ".join(part for part in (self.city, self.get_region_display()) if part)

    @property
    def pair(self) -> tuple[str, str]:
        """The parameter of an address that names it, where solutions may be named too."""
        return "fiche", self.slug

    def get_absolute_url(self) -> str:
        """Public address; it answers 404 until a version is published."""
        return reverse("catalogue:profile", kwargs={"slug": self.slug})

    def words(self, domains: Iterable[str] | None = None) -> str:
        """The words that lead to this profile, most telling first; the names of its domains count too.

        `domains` gives these names where the profile is not in the database yet, its solutions left aside.
        """
        if domains is None:
            domains = [domain.label for domain in self.domains.all()]
            solutions = list(self.solutions.all())
        else:
            solutions = []
        titles = [text for solution in solutions for text in (solution.name, solution.tagline)]
        bodies = [text for solution in solutions for text in (solution.problem, solution.answer)]
        place = [self.get_region_display(), self.city]
        known = [self.get_kind_display(), self.siren]
        return search.text_of(
            [self.name, self.tagline, *titles, *domains, self.problem, self.answer, *bodies, *place, *known]
        )

    def with_content_json(self, content: dict[str, Any]) -> "Profile":
        """The profile as a revision has it, with what happened to the row since: no version undoes a withdrawal."""
        profile = super().with_content_json(content)
        for name in _OF_THE_ROW:
            setattr(profile, name, getattr(self, name))
        return profile

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Save the row and its place in the search index; keeping a draft saves neither (Wagtail names the fields)."""
        if kwargs.get("update_fields") is not None:
            super().save(*args, **kwargs)
            return
        self.sort_name = name_key(self.name)
        self.search_text = self.words()
        super().save(*args, **kwargs)
        search.write([(self.pk, self.search_text)])

    def get_preview_template(self, request: HttpRequest, mode_name: str) -> str:
        """The page that visitors will read."""
        return "catalogue/profile.html"

    def get_preview_context(self, request: HttpRequest, mode_name: str) -> dict[str, Any]:
        """What that page needs; nothing is shown as verified that is not."""
        context = super().get_preview_context(request, mode_name)
        now = clock.now()
        presentation = presentation_of(self, now=now)
        return {**context, "profile": self, "sheet": sheet_of(self, now=now), "presentation": presentation}
