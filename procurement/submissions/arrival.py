"""The instant of a seal is that at which its request is whole in our hands, before anything is looked up for it (B.4).

First of the middlewares: a thread reads the small request, then the clock, and goes on. Processes of many threads for
seals alone make it hold in a rush (README).
"""

import re
from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.http.request import UnreadablePostError

from marketplace.journal import clock

SEAL = re.compile(r"/espace/entreprise/reponses/[0-9a-f-]{36}/deposer/")
LARGEST = 8 * 1024
"""Bytes of a seal: whatever is larger is none, and is not read here."""


class ArrivalMiddleware:
    """Sets `request.arrived_at` (UTC) on the request of a seal once its last byte is here."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """The answer of the site."""
        if request.method != "POST" or not SEAL.fullmatch(request.path_info) or not _is_small(request):
            return self.get_response(request)
        try:
            # Read whole, and kept for the form.
            request.body  # noqa: B018 - reading is what it does
        except UnreadablePostError:
            return HttpResponse(status=400)
        request.arrived_at = clock.now()
        return self.get_response(request)


def _is_small(request: HttpRequest) -> bool:
    length = request.headers.get("Content-Length", "")
    return length.isdecimal() and int(length) <= LARGEST
