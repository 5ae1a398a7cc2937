"""The instant of a seal is that at which its request is whole in our hands, before anything waits for its turn (B.4).

First of the middlewares. A thread reads the small request and the clock, then waits until few enough seals are at work:
in a rush what is late is the answer, never the instant. A process of threads for seals alone makes it hold (README).
"""

import re
import threading
from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.http.request import UnreadablePostError

from marketplace.journal import clock

SEAL = re.compile(r"/espace/entreprise/reponses/[0-9a-f-]{36}/deposer/")
LARGEST = 8 * 1024
"""Bytes of a seal: whatever is larger is none, and is not read here."""

_AT_WORK = threading.BoundedSemaphore(settings.SEALS_AT_ONCE)


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
        with _AT_WORK:
            return self.get_response(request)


def _is_small(request: HttpRequest) -> bool:
    length = request.headers.get("Content-Length", "")
    return length.isdecimal() and int(length) <= LARGEST
