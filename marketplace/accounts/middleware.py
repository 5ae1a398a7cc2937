"""Refusals that no page caught become a page that says why."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from marketplace.journal.errors import NotAllowed, Refusal


class RefusalMiddleware:
    """Answers 403 with its reason to `NotAllowed`, 409 with its reasons to any other `Refusal`."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """The answer of the site."""
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        """The page of a refusal, None for anything else."""
        if isinstance(exception, NotAllowed):
            return render(request, "layout/forbidden.html", {"reasons": exception.reasons}, status=403)
        if isinstance(exception, Refusal):
            return render(request, "layout/refused.html", {"reasons": exception.reasons}, status=409)
        return None
