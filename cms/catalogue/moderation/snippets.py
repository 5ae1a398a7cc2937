"""Profiles, domains, synonyms and ready sentences in Wagtail: lists, forms, and what their own views refuse."""

from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from wagtail.admin import messages
from wagtail.admin.panels import (
    FieldPanel,
    FieldRowPanel,
    InlinePanel,
    MultiFieldPanel,
    ObjectList,
    PublishingPanel,
    TabbedInterface,
)
from wagtail.admin.ui.tables import LiveStatusTagColumn
from wagtail.admin.widgets.button import Button
from wagtail.snippets.views.snippets import (
    EditView,
    IndexView,
    SnippetViewSet,
    SnippetViewSetGroup,
    WorkflowActionView,
)

from cms.catalogue import search, tasks
from cms.catalogue.models import Domain, Profile, ReviewReply, Synonym
from cms.catalogue.moderation.comparison import RegionsPanel
from cms.catalogue.moderation.forms import DomainForm, ProfileForm
from cms.catalogue.moderation.permissions import is_editor
from cms.catalogue.moderation.states import with_states

REJECT = "reject"

_TEXTS = ("search_text", "problem", "answer", "served_regions", "sponsors", "source", "website", "repository")
"""Columns that no line of the list shows."""


class ProfileIndexView(IndexView):
    """The list of profiles; it searches as the public catalogue does, drafts included."""

    def search_queryset(self, queryset: QuerySet) -> QuerySet:
        """Profiles that have all the words, drafts included: their first version is in the same columns."""
        terms = search.terms_of(self.search_query or "")
        return search.having_all(queryset, terms) if terms else queryset

    @cached_property
    def header_more_buttons(self) -> list[Button]:
        """With the way to join two profiles, for editors."""
        buttons = list(super().header_more_buttons)
        if is_editor(self.request.user):
            address = reverse("moderation:choose_merge")
            buttons.append(Button(_("Réunir deux fiches"), url=address, icon_name="resubmit", priority=50))
        return buttons

    @property
    def is_searchable(self) -> bool:
        """Wagtail looks for an index of its own, which profiles do not have."""
        return True


class ProfileEditView(EditView):
    """The form of a profile. A return is decided on the page of the review, where its reason is asked."""

    def workflow_action_is_valid(self) -> bool:
        """Every action of the review but a return, which would have no reason."""
        return super().workflow_action_is_valid() and self.workflow_action != REJECT


class ProfileWorkflowActionView(WorkflowActionView):
    """Wagtail's own buttons of a review, where they are still shown; a return without reason is not one."""

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Act, or lead to the page on which the reason is asked."""
        if self.action_name == REJECT and not request.POST.get("comment", "").strip():
            messages.error(request, _("Dites pourquoi la fiche est renvoyée."))
            return redirect(reverse("moderation:review", args=[self.object.pk]))
        return super().post(request, *args, **kwargs)


PRESENTATION = ObjectList(
    [
        MultiFieldPanel(
            [FieldPanel("name"), FieldPanel("slug"), FieldPanel("kind"), FieldPanel("tagline")], heading="L’essentiel"
        ),
        MultiFieldPanel([FieldPanel("problem"), FieldPanel("answer")], heading="Le problème et la réponse"),
        FieldPanel("domains"),
        PublishingPanel(),
    ],
    heading="Présentation",
)
SOLUTIONS = ObjectList(
    [
        InlinePanel(
            "solutions",
            [
                FieldPanel("name"),
                FieldPanel("tagline"),
                FieldPanel("problem"),
                FieldPanel("answer"),
                FieldRowPanel([FieldPanel("maturity"), FieldPanel("hosting")]),
                FieldRowPanel([FieldPanel("price_from"), FieldPanel("price_unit")]),
                FieldPanel("price_note"),
                FieldRowPanel([FieldPanel("setup_delay"), FieldPanel("central_purchasing")]),
                FieldPanel("exit_terms"),
                FieldPanel("claims_innovative"),
                FieldPanel("innovation_reason"),
                FieldPanel("is_open_source"),
                FieldPanel("source_url"),
            ],
            heading="Solutions",
            label="Solution",
        )
    ],
    heading="Solutions",
)
PROOFS = ObjectList(
    [
        InlinePanel(
            "references", [FieldPanel("client"), FieldPanel("detail")], heading="Références", label="Référence"
        ),
        InlinePanel(
            "labels",
            [
                FieldPanel("kind"),
                FieldPanel("detail"),
                FieldRowPanel([FieldPanel("number"), FieldPanel("valid_until")]),
                FieldPanel("proof_url"),
            ],
            heading="Labels et certifications",
            label="Label",
        ),
        InlinePanel(
            "phases",
            [FieldRowPanel([FieldPanel("phase"), FieldPanel("since")])],
            heading="Phases d’une start-up d’État",
            label="Phase",
        ),
    ],
    heading="Références, labels, phases",
)
ELSEWHERE = ObjectList(
    [
        InlinePanel(
            "translations",
            [FieldPanel("language"), FieldPanel("tagline"), FieldPanel("problem"), FieldPanel("answer")],
            heading="Textes dans d’autres langues",
            label="Langue",
        ),
        InlinePanel(
            "media",
            [FieldRowPanel([FieldPanel("kind"), FieldPanel("title")]), FieldPanel("url")],
            heading="Liens vers des supports",
            label="Lien",
        ),
    ],
    heading="Langues et supports",
)
IDENTITY = ObjectList(
    [
        MultiFieldPanel(
            [
                FieldRowPanel([FieldPanel("siren"), FieldPanel("founded_year"), FieldPanel("size")]),
                FieldRowPanel([FieldPanel("city"), FieldPanel("region")]),
                RegionsPanel("served_regions"),
                FieldPanel("website"),
                FieldPanel("repository"),
                FieldPanel("accessibility"),
                FieldRowPanel([FieldPanel("incubator"), FieldPanel("sponsors")]),
                FieldPanel("organisation"),
            ],
            heading="Identité",
        ),
        MultiFieldPanel([FieldPanel("source"), FieldPanel("declared_on")], heading="D’où viennent ces informations"),
    ],
    heading="Identité",
)


class ProfileViewSet(SnippetViewSet):
    """How editors work on profiles."""

    model = Profile
    icon = "group"
    menu_label = "Fiches"
    menu_order = 150
    add_to_admin_menu = True
    index_view_class = ProfileIndexView
    edit_view_class = ProfileEditView
    workflow_action_view_class = ProfileWorkflowActionView
    list_display = ["name", "kind", "region", "reviewed_at", "updated_at", LiveStatusTagColumn()]
    list_filter = ["live", "kind", "region", "domains", "size"]
    list_per_page = 50
    ordering = ["sort_name"]
    edit_handler = TabbedInterface([PRESENTATION, SOLUTIONS, PROOFS, ELSEWHERE, IDENTITY], base_form_class=ProfileForm)

    def get_queryset(self, request: Any) -> QuerySet | None:
        """Profiles with what the list shows."""
        return with_states(Profile.objects.defer(*_TEXTS))


class DomainEditView(EditView):
    """The form of a domain; under another name, its profiles are found by that name."""

    def save_instance(self) -> Domain:
        """Save, and read again the words of its profiles when the name changed."""
        renamed = "label" in self.form.changed_data
        domain: Domain = super().save_instance()
        if renamed:
            tasks.reindex_domain.enqueue(domain.pk)
        return domain


class DomainViewSet(SnippetViewSet):
    """The domains of public action."""

    model = Domain
    icon = "grip"
    menu_label = "Domaines"
    edit_view_class = DomainEditView
    list_display = ["label", "slug", "cofog", "cpv_main", "order"]
    search_fields = ["label", "scope"]
    edit_handler = ObjectList(
        [
            FieldPanel("label"),
            FieldPanel("slug"),
            FieldPanel("scope"),
            FieldRowPanel([FieldPanel("cofog"), FieldPanel("cpv_main"), FieldPanel("order")]),
            FieldPanel("cpv_others"),
        ],
        base_form_class=DomainForm,
    )


class SynonymViewSet(SnippetViewSet):
    """Words of the same meaning."""

    model = Synonym
    icon = "list-ul"
    menu_label = "Synonymes"
    search_fields = ["words"]
    panels = [FieldPanel("words")]


class ReviewReplyViewSet(SnippetViewSet):
    """Ready sentences of the review."""

    model = ReviewReply
    icon = "openquote"
    menu_label = "Réponses types"
    list_display = ["title", "text"]
    panels = [FieldPanel("title"), FieldPanel("text")]


class CatalogueGroup(SnippetViewSetGroup):
    """What stands around profiles, in one menu."""

    menu_label = "Réglages du catalogue"
    menu_icon = "cog"
    menu_order = 160
    items = (DomainViewSet, SynonymViewSet, ReviewReplyViewSet)


def explain_domain_in_use(request: HttpRequest, objects: list[Any]) -> HttpResponseBase | None:
    """Before a deletion: a domain that holds profiles stays, and the person reads why (hook of Wagtail)."""
    for domain in objects:
        if isinstance(domain, Domain) and (count := domain.profiles.count()):
            messages.error(
                request,
                _(
                    "« %(name)s » ne peut pas être supprimé : il contient %(count)s fiches. "
                    "Changez leur domaine d’abord."
                )
                % {"name": domain.label, "count": count},
            )
            return redirect(reverse("wagtailsnippets_catalogue_domain:list"))
    return None
