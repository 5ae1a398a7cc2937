"""The page of public figures, and each of them as data."""

from datetime import date
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.utils.timezone import localdate
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from cms.catalogue.portfolio import survey_days
from cms.figures import registry
from cms.figures.registry import Asked, Figure
from marketplace.accounts.pages import Page, now_of
from marketplace.ui.spreadsheets import csv_response


class Figures(Page):
    """Every figure: definition, chart, table, data, gaps."""

    public = True
    template_name = "figures/page.html"
    page_title = _("Chiffres publics")
    page_lead = _(
        "Comptés dans la base à l’ouverture de cette page. Chaque chiffre dit ce qu’il compte et ce qu’il ignore."
    )

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """The figures, on the day asked for."""
        asked = asked_by(self.request)
        return super().get_context_data(
            figures=registry.figures(asked),
            asked=asked,
            is_today=asked.day == localdate(self.now),
            survey_days=survey_days(),
            **kwargs,
        )


@require_safe
def as_csv(request: HttpRequest, figure: str) -> HttpResponse:
    """A figure as a table that a spreadsheet opens without running anything. Raises Http404."""
    found = _figure(request, figure)
    return csv_response(f"{found.name}.csv", found.columns, found.rows)


@require_safe
def as_json(request: HttpRequest, figure: str) -> JsonResponse:
    """A figure with its definition, for machines. Raises Http404."""
    data = _figure(request, figure).as_data(now_of(request))
    return JsonResponse(data, json_dumps_params={"ensure_ascii": False, "indent": 1})


def asked_by(request: HttpRequest) -> Asked:
    """What an address asks for; a day that is none, or still to come, is the present one."""
    now = now_of(request)
    today = localdate(now)
    try:
        day = date.fromisoformat(request.GET.get("au", ""))
    except ValueError:
        day = today
    return Asked(now=now, day=min(day, today))


def _figure(request: HttpRequest, name: str) -> Figure:
    found = registry.figure(name, asked_by(request))
    if found is None:
        raise Http404
    return found
