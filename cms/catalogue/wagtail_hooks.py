"""Profiles in the editors' room: a list with filters, the form, the review."""

from typing import Any

from django.db.models import QuerySet
from wagtail.admin.panels import FieldPanel, FieldRowPanel, MultiFieldPanel, PublishingPanel
from wagtail.admin.ui.tables import LiveStatusTagColumn
from wagtail.snippets.models import register_snippet
from wagtail.snippets.views.snippets import IndexView, SnippetViewSet

from cms.catalogue import search
from cms.catalogue.models import Profile


class ProfileIndexView(IndexView):
    """The list of profiles; it searches as the public catalogue does, drafts included."""

    def search_queryset(self, queryset: QuerySet) -> QuerySet:
        """Profiles that have all the words, drafts included: their first version is in the same columns."""
        terms = search.terms_of(self.search_query or "")
        return search.having_all(queryset, terms) if terms else queryset

    @property
    def is_searchable(self) -> bool:
        """Wagtail looks for an index of its own, which profiles do not have."""
        return True


class ProfileViewSet(SnippetViewSet):
    """How editors work on profiles."""

    model = Profile
    icon = "group"
    menu_label = "Fiches"
    menu_order = 150
    add_to_admin_menu = True
    index_view_class = ProfileIndexView
    list_display = ["name", "kind", "region", "reviewed_at", "updated_at", LiveStatusTagColumn()]
    list_filter = ["live", "kind", "region", "domains", "size"]
    list_per_page = 50
    ordering = ["sort_name"]
    panels = [
        MultiFieldPanel(
            [FieldPanel("name"), FieldPanel("slug"), FieldPanel("kind"), FieldPanel("tagline")], heading="L’essentiel"
        ),
        MultiFieldPanel([FieldPanel("problem"), FieldPanel("answer")], heading="Le problème et la réponse"),
        FieldPanel("domains"),
        MultiFieldPanel(
            [
                FieldRowPanel([FieldPanel("siren"), FieldPanel("founded_year"), FieldPanel("size")]),
                FieldRowPanel([FieldPanel("city"), FieldPanel("region")]),
                FieldPanel("website"),
                FieldPanel("organisation"),
            ],
            heading="Identité",
        ),
        MultiFieldPanel([FieldPanel("source"), FieldPanel("declared_on")], heading="D’où viennent ces informations"),
        PublishingPanel(),
    ]

    def get_queryset(self, request: Any) -> QuerySet | None:
        """Profiles with what the list shows."""
        return Profile.objects.select_related("organisation")


register_snippet(ProfileViewSet)
