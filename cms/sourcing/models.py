"""What people keep of the catalogue: a selection with notes, dated exports of it, searches that call them back."""

import uuid

from django.conf import settings
from django.db import models

from cms.catalogue.models import Profile, Solution
from marketplace.accounts.actors import Actor
from marketplace.accounts.models import Organisation

LONGEST_SELECTION = 60
"""Solutions that one selection may hold: a study of the supply reads each of them."""

DOCUMENT = "sourcing_export"
"""Kind of the document of an export."""


class SelectionQuerySet(models.QuerySet):
    """Selections."""

    def of(self, actor: Actor) -> "SelectionQuerySet":
        """The one of the organisation that the actor acts for, else their own."""
        if actor.organisation_id is not None:
            return self.filter(organisation=actor.organisation_id)
        return self.filter(user=actor.user_id) if actor.user_id is not None else self.none()


class Selection(models.Model):
    """The solutions that an organisation looks at together, or a person who acts for none."""

    organisation = models.OneToOneField(
        Organisation, models.CASCADE, related_name="selection", null=True, blank=True, verbose_name="organisation"
    )
    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="selection", null=True, blank=True,
        verbose_name="personne",
    )  # fmt: skip

    objects = SelectionQuerySet.as_manager()

    class Meta:
        verbose_name = "sélection"
        constraints = [
            models.CheckConstraint(
                condition=models.Q(organisation__isnull=True) ^ models.Q(user__isnull=True),
                name="sourcing_selection_one_owner",
            )
        ]

    def __str__(self) -> str:
        return f"sélection {self.pk}"


class SelectionItem(models.Model):
    """A solution kept, or the whole profile where it has no solution, with what the team notes of it."""

    selection = models.ForeignKey(Selection, models.CASCADE, related_name="items", verbose_name="sélection")
    profile = models.ForeignKey(Profile, models.CASCADE, related_name="+", verbose_name="fiche")
    solution = models.ForeignKey(
        Solution, models.SET_NULL, related_name="+", null=True, blank=True, verbose_name="solution"
    )
    note = models.TextField("note de l’équipe", max_length=1000, blank=True)
    noted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, related_name="+", null=True, blank=True, verbose_name="notée par"
    )
    noted_at = models.DateTimeField("notée le", null=True, blank=True)
    added_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, related_name="+", null=True, verbose_name="ajoutée par"
    )
    added_at = models.DateTimeField("ajoutée le")

    class Meta:
        verbose_name = "solution retenue"
        verbose_name_plural = "solutions retenues"
        ordering = ["added_at", "id"]
        constraints = [
            models.UniqueConstraint(fields=["selection", "solution"], name="sourcing_solution_once"),
            models.UniqueConstraint(
                fields=["selection", "profile"],
                condition=models.Q(solution__isnull=True),
                name="sourcing_profile_once",
            ),
        ]

    def __str__(self) -> str:
        return str(self.solution or self.profile)


class ExportQuerySet(models.QuerySet):
    """Exports, the latest first."""

    def visible_to(self, actor: Actor) -> "ExportQuerySet":
        """Those made for the organisation that the actor acts for, else by themselves for none."""
        if actor.organisation_id is not None:
            return self.filter(organisation=actor.organisation_id)
        return self.filter(organisation=None, made_by=actor.user_id) if actor.user_id is not None else self.none()


class Export(models.Model):
    """What was examined on a day, word for word (LR-01): the catalogue moves on, this does not.

    `items` holds, for each solution: name, address, revision id, rows (label, text), note.
    """

    uid = models.UUIDField("identifiant", primary_key=True, default=uuid.uuid4, editable=False)
    organisation = models.ForeignKey(
        Organisation, models.CASCADE, related_name="+", null=True, blank=True, verbose_name="organisation"
    )
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, related_name="+", null=True, verbose_name="fait par"
    )
    made_at = models.DateTimeField("fait le")
    need = models.TextField("besoin", max_length=600)
    searches = models.TextField("recherches faites", max_length=600, blank=True)
    items = models.JSONField("solutions examinées")

    objects = ExportQuerySet.as_manager()

    class Meta:
        verbose_name = "export pour le sourçage"
        verbose_name_plural = "exports pour le sourçage"
        ordering = ["-made_at", "uid"]
        indexes = [models.Index(fields=["organisation", "-made_at"], name="sourcing_export_latest")]

    def __str__(self) -> str:
        return f"export du {self.made_at:%d/%m/%Y}"


class SavedSearch(models.Model):
    """A search of the catalogue that a person follows. `known` are the profiles it found when it was saved."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="saved_searches", verbose_name="personne"
    )
    query = models.CharField("fin de l’adresse", max_length=1000)
    title = models.CharField("nom", max_length=120)
    saved_at = models.DateTimeField("enregistrée le")
    known = models.JSONField("fiches déjà trouvées", default=list, editable=False)

    class Meta:
        verbose_name = "recherche suivie"
        verbose_name_plural = "recherches suivies"
        ordering = ["-saved_at", "-id"]
        constraints = [models.UniqueConstraint(fields=["user", "query"], name="sourcing_search_once")]

    def __str__(self) -> str:
        return self.title


class Match(models.Model):
    """A profile that a saved search found since: one message is sent for it, once."""

    search = models.ForeignKey(SavedSearch, models.CASCADE, related_name="matches", verbose_name="recherche")
    profile = models.ForeignKey(Profile, models.CASCADE, related_name="+", verbose_name="fiche")
    found_at = models.DateTimeField("trouvée le")

    class Meta:
        verbose_name = "fiche trouvée depuis"
        verbose_name_plural = "fiches trouvées depuis"
        ordering = ["found_at", "id"]
        constraints = [models.UniqueConstraint(fields=["search", "profile"], name="sourcing_match_once")]

    def __str__(self) -> str:
        return f"{self.search} : {self.profile}"
