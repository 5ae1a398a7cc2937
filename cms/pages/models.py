"""Pages that editors write: the home page, the pages of help and of legal notices, and who runs the site."""

from collections.abc import Iterable
from typing import Any

from django.db import models
from django.http import HttpRequest
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from wagtail.admin.panels import FieldPanel, MultiFieldPanel
from wagtail.contrib.settings.models import BaseSiteSetting, register_setting
from wagtail.fields import StreamField
from wagtail.models import Page

from cms.catalogue.models import Domain
from cms.pages import figures
from cms.pages.blocks import HOME_BLOCKS, PAGE_BLOCKS
from marketplace.accounts.pages import now_of


class HomePage(Page):
    """The page at the root: the search by problem, then what editors put below it."""

    hero_title = models.CharField("accroche", max_length=90)
    hero_lead = models.TextField("introduction", max_length=300)
    examples = models.TextField(
        "exemples de recherche", max_length=300, blank=True, help_text="Un par ligne, en mots d’habitant."
    )
    body = StreamField(HOME_BLOCKS, verbose_name="contenu", blank=True)

    template = "pages/home.html"
    parent_page_types = ["wagtailcore.Page"]
    subpage_types = ["pages.StandardPage"]
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

    def get_context(self, request: HttpRequest, *args: Any, **kwargs: Any) -> dict[str, Any]:
        """The domains with their counts and the public figures, each read once."""
        context = super().get_context(request, *args, **kwargs)
        return {
            **context,
            "domains": Domain.objects.with_counts(),
            "figures": figures.public_figures(now_of(request)),
            "searches": [line.strip() for line in self.examples.splitlines() if line.strip()],
        }


class StandardPage(Page):
    """A page of help or of legal notices."""

    lead = models.TextField("introduction", max_length=300, blank=True)
    body = StreamField(PAGE_BLOCKS, verbose_name="contenu", blank=True)

    template = "pages/standard.html"
    parent_page_types = ["pages.HomePage", "pages.StandardPage"]
    subpage_types = ["pages.StandardPage"]
    content_panels = [*Page.content_panels, FieldPanel("lead"), FieldPanel("body")]

    class Meta:
        verbose_name = "page"

    def get_context(self, request: HttpRequest, *args: Any, **kwargs: Any) -> dict[str, Any]:
        """The page, the pages above it, and who runs the site."""
        context = super().get_context(request, *args, **kwargs)
        above = self.get_ancestors().live().filter(depth__gt=2).order_by("depth")
        return {
            **context,
            "page_title": self.title,
            "page_lead": self.lead,
            "above": [(_("Accueil"), "/"), *((page.title, page.get_url(request)) for page in above)],
            "publisher": Publisher.for_request(request),
        }


@register_setting(icon="home")
class Publisher(BaseSiteSetting):
    """Who runs this site, for the legal notices (loi n° 2004-575, art. 1-1) and the pages on data and accessibility.

    What is left empty is shown as such: nobody is invented.
    """

    name = models.CharField("nom ou raison sociale", max_length=200, blank=True)
    legal_form = models.CharField("forme juridique", max_length=120, blank=True)
    identifier = models.CharField("SIREN ou numéro d’inscription", max_length=50, blank=True)
    address = models.CharField("adresse", max_length=250, blank=True)
    director = models.CharField("responsable de la publication", max_length=200, blank=True)
    host = models.CharField("hébergeur : nom, adresse, téléphone", max_length=300, blank=True)
    email = models.EmailField("courriel de contact", blank=True)
    telephone = models.CharField("téléphone", max_length=30, blank=True)
    data_officer = models.CharField("délégué à la protection des données : contact", max_length=200, blank=True)

    class Meta:
        verbose_name = "identité de l’exploitant"

    def lines(self, names: Iterable[str]) -> list[tuple[str, str]]:
        """(label, value) of these facts, empty ones included."""
        return [(capfirst(self._meta.get_field(name).verbose_name), getattr(self, name)) for name in names]
