"""Addresses for measuring the catalogue (goal P1): the site, and the list from a context that was read once.

    ROOT_URLCONF=tests.benchmarks.catalogue_urls gunicorn tests.benchmarks.catalogue_urls:application
    ../shared/bench/http_ratio.py --base http://127.0.0.1:8000 "/catalogue/?q=eau" --baseline "/modele/?q=eau"

`/modele/` renders the very template, cards and filters of `/catalogue/` with the same parameters, and asks nothing of
the database nor of the index: what `/catalogue/` costs above it is the search.
"""

from types import SimpleNamespace
from typing import Any

from django.conf import settings
from django.core.wsgi import get_wsgi_application
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path

_held: dict[str, dict[str, Any]] = {}


def template_only(request: HttpRequest) -> HttpResponse:
    """The list rendered from what the first request read."""
    key = request.GET.urlencode()
    if key not in _held:
        _held[key] = _read(request)
    return render(request, "catalogue/list.html", _held[key])


def _read(request: HttpRequest) -> dict[str, Any]:
    from cms.catalogue.views import ListPage

    response = ListPage.as_view()(request)
    context = dict(response.context_data)
    answer = context["answer"]
    context["answer"] = SimpleNamespace(
        active_filters=answer.active_filters(),
        sorts=answer.sorts(),
        terms=answer.terms,
        is_widened=answer.is_widened,
    )
    return context


def _urlpatterns() -> list[Any]:
    from marketplace.urls import urlpatterns as site

    return [path("modele/", template_only), *site]


settings.ROOT_URLCONF = __name__
application = get_wsgi_application()
urlpatterns = _urlpatterns()
