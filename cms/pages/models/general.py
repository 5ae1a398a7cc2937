"""The home page, the pages of help and of legal notices, and the glossary."""

from typing import Any

from django.db import models
from django.http import Http404, HttpRequest
from django.utils.functional import SimpleLazyObject
from wagtail.admin.panels import FieldPanel, MultiFieldPanel
from wagtail.fields import StreamField
from wagtail.models import Page
from wagtail.url_routing import RouteResult

from cms.catalogue.models import Domain
from cms.catalogue.words import name_key
from cms.pages import figures, structured
from cms.pages.blocks import HOME_BLOCKS, PAGE_BLOCKS
from cms.pages.content import TERMS
from cms.pages.models.base import SitePage
from cms.pages.models.site import Publisher
from marketplace.accounts.pages import now_of


class HomePage(SitePage):
    """The page at the root: the search by problem, then what editors put below it."""

    hero_title = models.CharField("accroche", max_length=90)
    hero_lead = models.TextField("introduction", max_length=300)
    examples = models.TextField(
        "exemples de recherche", max_length=300, blank=True, help_text="Un par ligne, en mots d’habitant."
    )
    body = StreamField(HOME_BLOCKS, verbose_name="contenu", blank=True)

    template = "pages/home.html"
    parent_page_types = ["wagtailcore.Page"]
    subpage_types = ["pages.StandardPage", "pages.ArticleIndex", "pages.StudyIndex", "pages.EventIndex"]
    max_count = 1
    content_panels = [
        *Page.content_panels,
        MultiFieldPanel(
            [FieldPanel("hero_title"), FieldPanel("hero_lead"), FieldPanel("examples")], heading="Ouverture"
        ),
        FieldPanel("body"),
    ]

    class Meta:
        verbose_name = "page d’accueil"

    @property
    def pages_above(self) -> list[Page]:
        """None: this is the first page."""
        return []

    def route(self, request: HttpRequest, path_components: list[str]) -> RouteResult:
        """Find a page at any depth in two queries, where Wagtail asks one per step. Raises Http404."""
        if not path_components:
            return super().route(request, path_components)
        steps = [f"{self.url_path}{'/'.join(path_components[:n])}/" for n in range(1, len(path_components) + 1)]
        chain = {page.url_path: page for page in Page.objects.filter(url_path__in=steps, path__startswith=self.path)}
        found = chain.get(steps[-1])
        if found is None or not found.live:
            raise Http404
        model = found.specific_class or type(found)
        page = model.objects.select_related(*getattr(model, "joined", ())).get(pk=found.pk)
        page.pages_above = [chain[step] for step in steps[:-1] if step in chain and chain[step].live]
        return RouteResult(page)

    def get_context(self, request: HttpRequest, *args: Any, **kwargs: Any) -> dict[str, Any]:
        """The domains with their counts and the public figures, each read once."""
        context = super().get_context(request, *args, **kwargs)
        domains = list(Domain.objects.with_counts())
        return {
            **context,
            "domains": domains,
            "figures": figures.public_figures(domains, now=now_of(request)),
            "searches": [line.strip() for line in self.examples.splitlines() if line.strip()],
            "page_data": structured.website(),
        }


class StandardPage(SitePage):
    """A page of help or of legal notices."""

    lead = models.TextField("introduction", max_length=300, blank=True)
    body = StreamField(PAGE_BLOCKS, verbose_name="contenu", blank=True)

    template = "pages/standard.html"
    parent_page_types = ["pages.HomePage", "pages.StandardPage"]
    subpage_types = ["pages.StandardPage", "pages.GlossaryPage"]
    content_panels = [*Page.content_panels, FieldPanel("lead"), FieldPanel("body")]

    class Meta:
        verbose_name = "page"

    def get_context(self, request: HttpRequest, *args: Any, **kwargs: Any) -> dict[str, Any]:
        """The page, the pages above it, and who runs the site where a block says so."""
        context = super().get_context(request, *args, **kwargs)
        return {**context, "publisher": SimpleLazyObject(lambda: Publisher.for_request(request))}


class GlossaryPage(SitePage):
    """Words and their meanings, in the order of the dictionary, each with an address of its own."""

    lead = models.TextField("introduction", max_length=300, blank=True)
    terms = StreamField(TERMS, verbose_name="mots", blank=True)

    template = "pages/glossary.html"
    parent_page_types = ["pages.HomePage", "pages.StandardPage"]
    subpage_types: list[str] = []
    content_panels = [*Page.content_panels, FieldPanel("lead"), FieldPanel("terms")]

    class Meta:
        verbose_name = "glossaire"

    def get_context(self, request: HttpRequest, *args: Any, **kwargs: Any) -> dict[str, Any]:
        """The words, sorted whatever the order in which they were written."""
        context = super().get_context(request, *args, **kwargs)
        words = sorted((block.value for block in self.terms), key=lambda one: name_key(one["term"]))
        return {**context, "words": words}
