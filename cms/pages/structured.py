"""What pages written by editors say of themselves in schema.org's words."""

from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse

from marketplace.ui.structured import kept, whole

if TYPE_CHECKING:
    from cms.pages.models.articles import WrittenPage
    from cms.pages.models.events import EventPage


def website() -> dict[str, Any]:
    """The site and its search (WebSite, SearchAction)."""
    return kept(
        type_="WebSite",
        name=settings.SITE_NAME,
        url=whole("/"),
        inLanguage="fr",
        potentialAction=kept(
            type_="SearchAction",
            target=kept(type_="EntryPoint", urlTemplate=f"{whole(reverse('catalogue:list'))}?q={{search_term_string}}"),
            **{"query-input": "required name=search_term_string"},
        ),
    )


def article(page: "WrittenPage", request: HttpRequest) -> dict[str, Any]:
    """A piece of news or a study (Article)."""
    return kept(
        type_="Article",
        headline=page.title,
        description=page.summary,
        datePublished=page.date,
        dateModified=_iso(page.last_published_at),
        author=kept(type_="Organization" if not page.author else "Person", name=page.author or settings.SITE_NAME),
        publisher=kept(type_="Organization", name=settings.SITE_NAME, url=whole("/")),
        mainEntityOfPage=whole(page.get_url(request) or ""),
        inLanguage="fr",
    )


def event(page: "EventPage", request: HttpRequest) -> dict[str, Any]:
    """An event (Event), held somewhere, online, or both."""
    places = []
    if page.place:
        places.append(kept(type_="Place", name=page.place, address=page.place))
    if page.online_url:
        places.append(kept(type_="VirtualLocation", url=page.online_url))
    mode = "Mixed" if len(places) > 1 else "Offline" if page.place else "Online"
    return kept(
        type_="Event",
        name=page.title,
        description=page.summary,
        startDate=_iso(page.start),
        endDate=_iso(page.end),
        eventStatus="https://schema.org/EventScheduled",
        eventAttendanceMode=f"https://schema.org/{mode}EventAttendanceMode",
        location=places,
        url=whole(page.get_url(request) or ""),
        organizer=kept(type_="Organization", name=settings.SITE_NAME, url=whole("/")),
    )


def _iso(at: datetime | None) -> str | None:
    return at.isoformat() if at else None
