"""Events: where, when, how to come, and the file that a calendar reads."""

from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.db import models
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from wagtail.admin.panels import FieldPanel, MultiFieldPanel
from wagtail.fields import StreamField
from wagtail.models import Page

from cms.catalogue.validators import validate_website
from cms.pages import structured
from cms.pages.content import ARTICLE_BLOCKS
from cms.pages.models.base import PER_PAGE, ListPage, SitePage
from cms.pages.models.pictures import Picture
from marketplace.accounts.pages import now_of
from marketplace.ui.calendars import Appointment


class EventIndex(ListPage):
    """« Agenda »: events to come, nearest first, then past ones apart."""

    template = "pages/event_index.html"
    parent_page_types = ["pages.HomePage"]
    subpage_types = ["pages.EventPage"]
    max_count = 1

    class Meta:
        verbose_name = "agenda"

    def coming(self, now: datetime) -> QuerySet:
        """Events that are not over, nearest first."""
        return self.listed().filter(end__gte=now).order_by("start", "pk")

    def get_context(self, request: HttpRequest, *args: Any, **kwargs: Any) -> dict[str, Any]:
        """Events to come and, apart and page by page, those that are over."""
        now = now_of(request)
        past = self.listed().filter(end__lt=now).order_by("-start", "-pk")
        context = super(ListPage, self).get_context(request, *args, **kwargs)
        return {
            **context,
            "coming": list(self.coming(now)[:PER_PAGE]),
            "page_obj": Paginator(past, PER_PAGE).get_page(request.GET.get("page")),
        }


class EventPage(SitePage):
    """One event."""

    lead = models.TextField("présentation", max_length=400)
    start = models.DateTimeField("début")
    end = models.DateTimeField("fin")
    place = models.CharField(
        "lieu", max_length=200, blank=True, help_text="Nom et adresse. Vide si l’événement se tient seulement en ligne."
    )
    online_url = models.URLField(
        "lien pour assister en ligne", max_length=250, blank=True, validators=[validate_website]
    )
    registration_url = models.URLField("lien d’inscription", max_length=250, blank=True, validators=[validate_website])
    picture = models.ForeignKey(
        Picture, on_delete=models.SET_NULL, null=True, blank=True, related_name="+", verbose_name="image d’ouverture"
    )
    body = StreamField(ARTICLE_BLOCKS, verbose_name="contenu", blank=True)

    joined = ("share_picture", "picture")
    template = "pages/event.html"
    parent_page_types = ["pages.EventIndex"]
    subpage_types: list[str] = []
    content_panels = [
        *Page.content_panels,
        FieldPanel("lead"),
        MultiFieldPanel([FieldPanel("start"), FieldPanel("end")], heading="Quand (heure de Paris)"),
        MultiFieldPanel(
            [FieldPanel("place"), FieldPanel("online_url"), FieldPanel("registration_url")], heading="Où, et comment"
        ),
        FieldPanel("picture"),
        FieldPanel("body"),
    ]

    class Meta:
        verbose_name = "événement"
        indexes = [models.Index(fields=["end", "start"], name="pages_event_end")]

    def clean(self) -> None:
        """An event ends after it begins, and is held somewhere. Raises ValidationError."""
        super().clean()
        errors = {}
        if self.start and self.end and self.end <= self.start:
            errors["end"] = "Indiquez une fin après le début."
        if not self.place and not self.online_url:
            errors["place"] = "Indiquez un lieu, ou un lien pour assister en ligne."
        if errors:
            raise ValidationError(errors)

    @property
    def calendar_url(self) -> str:
        """Address of its calendar file."""
        return reverse("event_calendar", kwargs={"slug": self.slug})

    def appointment(self, address: str) -> Appointment:
        """The event as calendars read it; `address` is that of its page, whole."""
        return Appointment(
            uid=f"evenement-{self.translation_key}",
            title=self.title,
            start=self.start,
            end=self.end,
            text=self.lead,
            place=self.place or self.online_url,
            url=address,
            changed_at=self.last_published_at or self.start,
        )

    def get_context(self, request: HttpRequest, *args: Any, **kwargs: Any) -> dict[str, Any]:
        """The event, whether it is over, and what it says to machines."""
        context = super().get_context(request, *args, **kwargs)
        return {**context, "is_over": self.end < now_of(request), "page_data": structured.event(self, request)}


EventIndex.child_model = EventPage
