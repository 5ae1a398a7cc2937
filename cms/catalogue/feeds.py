"""Atom feed of the profiles that joined the catalogue."""

from datetime import datetime

from django.conf import settings
from django.contrib.syndication.views import Feed
from django.db.models import F
from django.utils.translation import gettext as _

from cms.catalogue.models import Profile
from marketplace.journal.feeds import AtomOfNow

IN_FEED = 50


class ProfileFeed(Feed):
    """Profiles by the day of their first publication, newest first."""

    feed_type = AtomOfNow
    link = "/catalogue/"

    def title(self) -> str:
        """Name of the feed."""
        return _("Nouvelles fiches du catalogue de %(site)s") % {"site": settings.SITE_NAME}

    def items(self) -> list[Profile]:
        """The latest; those without a date of publication, which imports leave, come last."""
        newest = F("first_published_at").desc(nulls_last=True)
        return list(Profile.objects.published().order_by(newest, "-pk")[:IN_FEED])

    def item_title(self, item: Profile) -> str:
        """Name of the organisation."""
        return item.name

    def item_description(self, item: Profile) -> str:
        """What it does, in one sentence."""
        return item.tagline

    def item_link(self, item: Profile) -> str:
        """Its page."""
        return item.get_absolute_url()

    def item_pubdate(self, item: Profile) -> datetime | None:
        """When it joined."""
        return item.first_published_at

    def item_updateddate(self, item: Profile) -> datetime | None:
        """When its published version last changed."""
        return item.updated_at or item.first_published_at
