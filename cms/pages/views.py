"""What robots read, and the pictures that editors put in pages."""

import mimetypes
from pathlib import PurePosixPath

from django.conf import settings
from django.core.files.storage import default_storage
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe
from wagtail.models import Page, Site

from cms.catalogue.models import Domain, Profile

PICTURE_FOLDERS = {"images", "original_images"}
"""Where Wagtail keeps pictures; nothing else of the media folder is served."""

LONGEST_SITEMAP = 50_000


@require_safe
def robots(request: HttpRequest) -> HttpResponse:
    """What robots may read: the public pages, not the spaces of people."""
    lines = [
        "User-agent: *",
        *(f"Disallow: /{private}/" for private in ("espace", "compte", "gestion", "inscription")),
        "Disallow: /*?",
        f"Sitemap: {settings.SITE_URL.rstrip('/')}{reverse('sitemap')}",
    ]
    return HttpResponse("\n".join(lines) + "\n", content_type="text/plain; charset=utf-8")


@require_safe
def sitemap(request: HttpRequest) -> HttpResponse:
    """The public pages, domains and profiles, with the day of their last change."""
    base = settings.SITE_URL.rstrip("/")
    site = Site.find_for_request(request)
    pages = site.root_page.get_descendants(inclusive=True).live().public() if site else Page.objects.none()
    entries = [(base + (page.get_url(request) or "/"), page.last_published_at) for page in pages]
    entries.append((base + reverse("catalogue:list"), None))
    entries += [(base + domain.get_absolute_url(), None) for domain in Domain.objects.all()]
    profiles = Profile.objects.published().order_by("pk").only("slug", "updated_at")[: LONGEST_SITEMAP - len(entries)]
    entries += [(base + profile.get_absolute_url(), profile.updated_at) for profile in profiles]
    return render(request, "pages/sitemap.xml", {"entries": entries}, content_type="application/xml")


@require_safe
def picture(request: HttpRequest, folder: str, name: str) -> FileResponse:
    """A picture that an editor put on the site. Raises Http404 for anything else of the media folder."""
    path = PurePosixPath(folder) / name
    media_type = mimetypes.guess_type(name)[0] or ""
    if folder not in PICTURE_FOLDERS or name.startswith(".") or media_type == "image/svg+xml":
        raise Http404
    if not media_type.startswith("image/") or not default_storage.exists(str(path)):
        raise Http404
    return FileResponse(default_storage.open(str(path)), content_type=media_type)
