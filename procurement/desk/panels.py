"""Open calls on pages that editors compose: pages know nothing of calls, this room fills their panel."""

from django.http import HttpRequest
from django.template.loader import render_to_string

from cms.pages.blocks import register_panel
from marketplace.accounts.pages import now_of
from procurement.desk import public_calls
from procurement.desk.public_calls import State

CALLS_SHOWN = 3


def open_calls(request: HttpRequest) -> str:
    """The open calls with the nearest deadlines, as a section of a page."""
    calls = list(public_calls.calls_in(State.OPEN, now_of(request))[:CALLS_SHOWN])
    return render_to_string("desk/open_calls.html", {"cards": public_calls.cards(calls)}, request=request)


register_panel("open-calls", open_calls)
