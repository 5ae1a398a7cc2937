"""What readers follow: the feed of articles, the calendar of events."""

from datetime import datetime, time
from typing import Any

from django.conf import settings
from django.contrib.syndication.views import Feed
from django.http import Http404, HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from cms.pages.models import Article, EventPage
from marketplace.accounts.pages import now_of
from marketplace.journal.feeds import AtomOfNow
from marketplace.ui.calendars import calendar_response
from marketplace.ui.structured import whole

IN_FEED = 30
IN_CALENDAR = 200


class ArticleFeed(Feed):
    """Atom feed of the articles, newest first."""

    feed_type = AtomOfNow
    link = "/actualites/"

    def __call__(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """The feed; reading it never changes anything."""
        self.request = request
        return super().__call__(request, *args, **kwargs)

    def title(self) -> str:
        """Name of the feed."""
        return _("Actualités de %(site)s") % {"site": settings.SITE_NAME}

    def items(self) -> list[Article]:
        """The latest."""
        return list(Article.objects.live().public().order_by("-date", "-pk")[:IN_FEED])

    def item_title(self, item: Article) -> str:
        """Its title."""
        return item.title

    def item_description(self, item: Article) -> str:
        """Its introduction."""
        return item.lead

    def item_link(self, item: Article) -> str:
        """Its page."""
        return item.url or "/"

    def item_guid(self, item: Article) -> str:
        """A name that stays when the address changes."""
        return f"urn:uuid:{item.translation_key}"

    def item_pubdate(self, item: Article) -> datetime:
        """The date that it shows, at noon: it has no hour."""
        return timezone.make_aware(datetime.combine(item.date, time(12)))

    def item_updateddate(self, item: Article) -> datetime:
        """When it last changed."""
        return item.last_published_at or self.item_pubdate(item)


@require_safe
def events_calendar(request: HttpRequest) -> HttpResponse:
    """Events that are not over, for a calendar that follows them."""
    events = EventPage.objects.live().public().filter(end__gte=now_of(request)).order_by("start", "pk")[:IN_CALENDAR]
    name = _("Agenda de %(site)s") % {"site": settings.SITE_NAME}
    return calendar_response("agenda.ics", name, [one.appointment(whole(one.url or "/")) for one in events])


@require_safe
def event_calendar(request: HttpRequest, slug: str) -> HttpResponse:
    """One event, past ones included. Raises Http404 while it is not published."""
    event = EventPage.objects.live().public().filter(slug=slug).first()
    if event is None:
        raise Http404
    return calendar_response(f"{event.slug}.ics", event.title, [event.appointment(whole(event.url or "/"))])
