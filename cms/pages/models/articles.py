"""News and case studies."""

from typing import Any

from django.db import models
from django.db.models import QuerySet
from django.http import HttpRequest
from wagtail.admin.panels import FieldPanel, MultiFieldPanel
from wagtail.fields import StreamField
from wagtail.models import Page

from cms.pages import structured
from cms.pages.content import ARTICLE_BLOCKS, STUDY_BLOCKS
from cms.pages.models.base import ListPage, SitePage
from cms.pages.models.pictures import Picture


class ArticleIndex(ListPage):
    """« Actualités »: the articles, newest first."""

    template = "pages/article_index.html"
    parent_page_types = ["pages.HomePage"]
    subpage_types = ["pages.Article"]
    max_count = 1

    class Meta:
        verbose_name = "liste des actualités"

    def listed(self) -> QuerySet:
        """Newest first."""
        return super().listed().order_by("-date", "-pk")


class WrittenPage(SitePage):
    """A page with an introduction, a picture and a text of many blocks."""

    lead = models.TextField("chapô", max_length=400, help_text="Deux ou trois phrases qui disent l’essentiel.")
    date = models.DateField("date de publication affichée")
    author = models.CharField(
        "signature", max_length=120, blank=True, help_text="Une personne ou une équipe, par exemple : l’équipe du site."
    )
    picture = models.ForeignKey(
        Picture, on_delete=models.SET_NULL, null=True, blank=True, related_name="+", verbose_name="image d’ouverture"
    )

    joined = ("share_picture", "picture")

    class Meta:
        abstract = True

    def get_context(self, request: HttpRequest, *args: Any, **kwargs: Any) -> dict[str, Any]:
        """The page, and what it says to machines."""
        context = super().get_context(request, *args, **kwargs)
        return {**context, "page_data": structured.article(self, request)}


_WRITTEN_PANELS = [
    FieldPanel("lead"),
    MultiFieldPanel([FieldPanel("date"), FieldPanel("author"), FieldPanel("picture")], heading="Présentation"),
    FieldPanel("body"),
]


class Article(WrittenPage):
    """One piece of news."""

    body = StreamField(ARTICLE_BLOCKS, verbose_name="contenu", blank=True)

    template = "pages/article.html"
    parent_page_types = ["pages.ArticleIndex"]
    subpage_types: list[str] = []
    content_panels = [*Page.content_panels, *_WRITTEN_PANELS]

    class Meta:
        verbose_name = "actualité"
        verbose_name_plural = "actualités"
        indexes = [models.Index(fields=["-date"], name="pages_article_date")]


class StudyIndex(ListPage):
    """« Études de cas »: the studies, newest first."""

    template = "pages/study_index.html"
    parent_page_types = ["pages.HomePage"]
    subpage_types = ["pages.StudyPage"]
    max_count = 1

    class Meta:
        verbose_name = "liste des études de cas"

    def listed(self) -> QuerySet:
        """Newest first."""
        return super().listed().order_by("-date", "-pk")


class StudyPage(WrittenPage):
    """What a public service and a firm did together, with their own words."""

    organisation = models.CharField("service public", max_length=160, help_text="Par exemple : Métropole d’Exemple.")
    body = StreamField(STUDY_BLOCKS, verbose_name="contenu", blank=True)

    template = "pages/study.html"
    parent_page_types = ["pages.StudyIndex"]
    subpage_types: list[str] = []
    content_panels = [*Page.content_panels, FieldPanel("organisation"), *_WRITTEN_PANELS]

    class Meta:
        verbose_name = "étude de cas"
        verbose_name_plural = "études de cas"
        indexes = [models.Index(fields=["-date"], name="pages_study_date")]


ArticleIndex.child_model, StudyIndex.child_model = Article, StudyPage
