"""The door that asks for a second factor, for all addresses but those where one sets it up or leaves."""

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from marketplace.accounts import second_factor
from marketplace.accounts.allauth_urls import urlpatterns
from marketplace.accounts.landing import must_choose

_SIGNING_IN = frozenset(pattern.name for pattern in urlpatterns)
_OWN = frozenset({"account", "second_factor", "second_factor_done", "my_data", "export", "correct_name", "close"})


class SecondFactorMiddleware:
    """Sends people whose role needs a second factor, and whose session showed none, to where they set one up.

    A person of several organisations who chose none yet is asked first for which one they act, in the spaces.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """The answer of the site."""
        return self.get_response(request)

    def process_view(self, request: HttpRequest, view: Any, args: Any, kwargs: Any) -> HttpResponse | None:
        """Another page instead of the one asked for, None to go on."""
        match = request.resolver_match
        if match is None or not request.user.is_authenticated or _is_open(match.app_name, match.url_name):
            return None
        if second_factor.missing_reason(request):
            second_factor.remember(request)
            return redirect("accounts:second_factor")
        if request.method == "GET" and request.path.startswith("/espace/") and must_choose(request):
            second_factor.remember(request)
            return redirect("accounts:switch")
        return None


def _is_open(room: str, name: str | None) -> bool:
    return name in (_OWN if room == "accounts" else _SIGNING_IN if room == "" else ())
