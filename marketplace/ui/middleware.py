"""Pages travel compressed, and only when they changed; files leave as they are, with their length."""

from http import HTTPStatus

from django.conf import settings
from django.http import HttpRequest, HttpResponseBase
from django.middleware.gzip import GZipMiddleware
from django.middleware.http import ConditionalGetMiddleware

MESSAGES = "messages"
"""Name of the cookie by which Django carries a message to the next page."""


class PageCompression(GZipMiddleware):
    """Compresses pages only (Django pads them at random: their length tells nothing of the tokens inside)."""

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        """The response, compressed when it is a page of some length."""
        if response.streaming or not response.headers.get("Content-Type", "").startswith("text/html"):
            return response
        return super().process_response(request, response)


class Revalidation(ConditionalGetMiddleware):
    """Visitors who come back get 304 when the page is still the same; nobody keeps a page that is somebody's own.

    Only for what anybody would be served: no session, no token of a form, no cookie set. The page is made each time,
    so that what a browser keeps is never older than the site.
    """

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        """The response, with the digest of its content, or 304."""
        if not _is_for_everybody(request, response):
            return response
        if not response.has_header("Cache-Control"):
            # Asked again each time, and answered without the page when nothing changed.
            response["Cache-Control"] = "no-cache"
        return super().process_response(request, response)


def _is_for_everybody(request: HttpRequest, response: HttpResponseBase) -> bool:
    return (
        request.method == "GET"
        and response.status_code == HTTPStatus.OK
        and not response.streaming
        and not response.cookies
        and not request.META.get("CSRF_COOKIE_NEEDS_UPDATE")
        and settings.SESSION_COOKIE_NAME not in request.COOKIES
        and MESSAGES not in request.COOKIES
    )
