"""What robots may read, part by part: pages, domains, profiles, solutions; parts of other rooms are registered."""

from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib.sitemaps import Sitemap
from django.db.models import QuerySet
from django.urls import NoReverseMatch, reverse
from wagtail.models import Page, Site

from cms.catalogue.models import Domain, Profile, Solution
from cms.needs.models import Need

LONGEST = 50_000
"""Addresses of one part, at most (sitemaps.org)."""


class Part(Sitemap):
    """One part; the addresses are those of the settings, whatever host is asked."""

    limit = LONGEST

    def get_domain(self, site: Any = None) -> str:
        """Host and port of the site."""
        return urlsplit(settings.SITE_URL).netloc

    def get_protocol(self, protocol: str | None = None) -> str:
        """http or https, as the site says of itself."""
        return urlsplit(settings.SITE_URL).scheme


class Pages(Part):
    """Pages that editors publish."""

    def items(self) -> QuerySet:
        """Every live page of the site."""
        site = Site.objects.select_related("root_page").filter(is_default_site=True).first()
        if site is None:
            return Page.objects.none()
        return site.root_page.get_descendants(inclusive=True).live().public().order_by("path")

    def location(self, item: Page) -> str:
        """Its address."""
        return urlsplit(item.get_url() or "/").path

    def lastmod(self, item: Page) -> datetime | None:
        """When it was last published."""
        return item.last_published_at


class Fixed(Part):
    """Lists that are not pages of editors."""

    names = ("catalogue:list", "desk:calls", "needs:list", "figures:page", "desk:rulebook", "desk:verify")

    def items(self) -> list[str]:
        """Those that answer here."""
        found = []
        for name in self.names:
            try:
                found.append(reverse(name))
            except NoReverseMatch:
                continue
        return found

    def location(self, item: str) -> str:
        """Its address."""
        return item


class Domains(Part):
    """The domains of public action."""

    def items(self) -> QuerySet:
        """All of them."""
        return Domain.objects.all()


class Profiles(Part):
    """Published profiles."""

    def items(self) -> QuerySet:
        """In a fixed order, with what an address needs."""
        return Profile.objects.published().order_by("pk").only("slug", "updated_at")

    def lastmod(self, item: Profile) -> datetime | None:
        """When its published version changed."""
        return item.updated_at


class Solutions(Part):
    """Solutions of published profiles."""

    def items(self) -> QuerySet:
        """Those that have a page."""
        try:
            reverse("catalogue:solution", kwargs={"slug": "une"})
        except NoReverseMatch:
            return Solution.objects.none()
        listed = Solution.objects.filter(profile__in=Profile.objects.published())
        return listed.select_related("profile").order_by("pk").only("slug", "profile__updated_at")

    def lastmod(self, item: Solution) -> datetime | None:
        """When the profile that holds it changed."""
        return item.profile.updated_at


class Needs(Part):
    """Needs that editors published."""

    def items(self) -> QuerySet:
        """In a fixed order."""
        return Need.objects.published().order_by("pk")

    def lastmod(self, item: Need) -> datetime | None:
        """When it was published."""
        return item.published_at


_parts: dict[str, type[Part]] = {
    "pages": Pages,
    "listes": Fixed,
    "domaines": Domains,
    "fiches": Profiles,
    "solutions": Solutions,
    "besoins": Needs,
}


def register_part(name: str, part: type[Part]) -> None:
    """Add a part, in `AppConfig.ready` of the room whose pages it lists."""
    _parts[name] = part


def parts() -> dict[str, type[Part]]:
    """Every part by its name."""
    return dict(_parts)
