"""What every page has in common: where it stands, what it says of itself to machines, when it last changed."""

from typing import Any

from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.db import models
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from wagtail.admin.panels import FieldPanel
from wagtail.models import Page

from cms.pages.models.pictures import Picture
from marketplace.ui.structured import crumbs_of

PER_PAGE = 12
CARD_PICTURE = "fill-640x360|format-webp"
"""The size at which lists show a picture."""


class SitePage(Page):
    """A page of this site."""

    share_picture = models.ForeignKey(
        Picture,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="image de partage",
        help_text="Facultative : sans elle, le site dessine une image avec le titre.",
    )
    promote_panels = [*Page.promote_panels, FieldPanel("share_picture")]

    joined: tuple[str, ...] = ("share_picture",)
    """What is read with the page."""

    class Meta:
        abstract = True

    def clean(self) -> None:
        """An address is in plain letters (ux.md §3). Raises ValidationError."""
        super().clean()
        if not self.slug.isascii():
            raise ValidationError({"slug": "Écrivez l’adresse sans accent : lettres, chiffres et tirets."})

    @cached_property
    def pages_above(self) -> list[Page]:
        """Live pages between the home page and this one, nearest last; already read when the page was found."""
        return list(self.get_ancestors().live().filter(depth__gt=2).order_by("depth"))

    @property
    def summary(self) -> str:
        """What results and shares say of the page: the words written for them, else its introduction."""
        return self.search_description or getattr(self, "lead", "")

    @property
    def share_code(self) -> str:
        """The page in the address of its share image: its path without the first and last slash, slashes doubled."""
        return self.url_path.strip("/").partition("/")[2].replace("/", "--")

    def get_context(self, request: HttpRequest, *args: Any, **kwargs: Any) -> dict[str, Any]:
        """The page and the pages above it."""
        context = super().get_context(request, *args, **kwargs)
        above = [(_("Accueil"), "/"), *((page.title, page.get_url(request)) for page in self.pages_above)]
        return {
            **context,
            "page_title": self.title,
            "page_lead": getattr(self, "lead", ""),
            "above": above,
            "crumbs_data": crumbs_of([*above, (self.title, self.get_url(request))]),
        }


class ListPage(SitePage):
    """A page that lists those below it."""

    lead = models.TextField("introduction", max_length=300, blank=True)

    content_panels = [*Page.content_panels, FieldPanel("lead")]
    child_model: type[Page]

    class Meta:
        abstract = True

    def listed(self) -> QuerySet:
        """Live pages below, in the order of the list, with the pictures of their cards."""
        below = self.child_model.objects.live().child_of(self).select_related("picture")
        return below.prefetch_related(models.Prefetch("picture", Picture.objects.prefetch_renditions(CARD_PICTURE)))

    def get_context(self, request: HttpRequest, *args: Any, **kwargs: Any) -> dict[str, Any]:
        """One page of the list; a number that is not one shows the nearest."""
        context = super().get_context(request, *args, **kwargs)
        return {**context, "page_obj": Paginator(self.listed(), PER_PAGE).get_page(request.GET.get("page"))}
