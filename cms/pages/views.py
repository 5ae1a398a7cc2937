"""What robots read, and the pictures that editors put in pages."""

import mimetypes
from pathlib import PurePosixPath

from django.conf import settings
from django.contrib.sitemaps import views as sitemap_views
from django.contrib.sitemaps.views import SitemapIndexItem
from django.core.files.storage import default_storage
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.cache import get_conditional_response
from django.views.decorators.http import require_safe

from cms.pages import sitemaps
from marketplace.ui.sharing import card_of, image_of
from marketplace.ui.structured import whole

PICTURE_FOLDERS = {"images", "original_images"}
"""Where Wagtail keeps pictures; nothing else of the media folder is served."""

A_YEAR = "public, max-age=31536000, immutable"
A_DAY = "public, max-age=86400"


@require_safe
def robots(request: HttpRequest) -> HttpResponse:
    """What robots may read: the public pages, not the spaces of people."""
    lines = [
        "User-agent: *",
        *(f"Disallow: /{private}/" for private in ("espace", "compte", "gestion", "inscription")),
        # Filters make endless lists; the pages of a list are read, so that all it holds is found.
        "Allow: /*?page=",
        "Disallow: /*?",
        f"Sitemap: {settings.SITE_URL.rstrip('/')}{reverse('sitemap')}",
    ]
    return HttpResponse("\n".join(lines) + "\n", content_type="text/plain; charset=utf-8")


@require_safe
def sitemap(request: HttpRequest) -> HttpResponse:
    """The parts of the map, at the address that the site says of itself, whatever host is asked."""
    items = [
        SitemapIndexItem(whole(reverse("sitemap_part", kwargs={"section": name})) + (f"?p={page}" if page > 1 else ""))
        for name, part in sitemaps.parts().items()
        for page in part().paginator.page_range
    ]
    return TemplateResponse(request, "sitemap_index.xml", {"sitemaps": items}, content_type="application/xml")


@require_safe
def sitemap_part(request: HttpRequest, section: str) -> HttpResponse:
    """One part. Raises Http404 for an unknown one."""
    return sitemap_views.sitemap(request, sitemaps=sitemaps.parts(), section=section)


@require_safe
def share_image(request: HttpRequest, kind: str, subject: str) -> HttpResponse:
    """The image that other sites show beside a link. Raises Http404 for what is not public.

    It is made of words alone: their digest tells whether it changed, without drawing it.
    """
    card = card_of(kind, subject)
    if card is None:
        raise Http404
    etag = f'"{card.digest}"'
    response = get_conditional_response(request, etag=etag)
    if response is None:
        response = HttpResponse(image_of(card), content_type="image/png")
        response["ETag"] = etag
    response["Cache-Control"] = A_DAY
    return response


@require_safe
def picture(request: HttpRequest, folder: str, name: str) -> FileResponse:
    """A picture that an editor put on the site. Raises Http404 for anything else of the media folder."""
    path = PurePosixPath(folder) / name
    media_type = mimetypes.guess_type(name)[0] or ""
    if folder not in PICTURE_FOLDERS or name.startswith(".") or media_type == "image/svg+xml":
        raise Http404
    if not media_type.startswith("image/") or not default_storage.exists(str(path)):
        raise Http404
    response = FileResponse(default_storage.open(str(path)), content_type=media_type)
    if folder == "images":
        # The name of a size holds the digest of what was cut: another picture has another name.
        response["Cache-Control"] = A_YEAR
    return response
