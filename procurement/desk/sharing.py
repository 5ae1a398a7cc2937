"""What other sites and calendars show of a public call: its image, its deadline, its place in the map of the site."""

from dataclasses import replace
from datetime import timedelta

from django.conf import settings
from django.db.models import Max, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from cms.pages.sitemaps import Part, register_part
from marketplace.accounts.pages import now_of
from marketplace.journal.clock import now as read_clock
from marketplace.ui.calendars import Appointment, calendar_response
from marketplace.ui.formats import moment_words
from marketplace.ui.sharing import Card, register_cards
from marketplace.ui.structured import whole
from procurement.calls.live import questions_close_at, running_periods
from procurement.calls.models import Call
from procurement.desk import public_calls
from procurement.desk.public_calls import State

IN_CALENDAR = 200
SHOWN = timedelta(minutes=30)
"""Length of a deadline in a calendar: it ends at the deadline."""


class Calls(Part):
    """Published calls."""

    def items(self) -> QuerySet:
        """In a fixed order."""
        return Call.objects.published().order_by("pk").only("reference")

    def location(self, item: Call) -> str:
        """Its public page."""
        return reverse("desk:call", args=[item.reference])


def call_card(reference: str) -> Card | None:
    """A published call: its title, its buyer, its deadline."""
    call = public_calls.published_calls(read_clock()).filter(reference=reference).first()
    if call is None:
        return None
    closes_at = public_calls.closes_at(call)
    foot = call.lead_buyer.name
    if closes_at and public_calls.state_of(call) is State.OPEN:
        foot = _("Réponse avant le %(moment)s") % {"moment": moment_words(closes_at)}
    return Card(call.title, _("Appel %(reference)s") % {"reference": call.reference}, foot)


@require_safe
def calls_calendar(request: HttpRequest) -> HttpResponse:
    """The nearest deadline of each open call, for a calendar that follows them."""
    calls = public_calls.calls_in(State.OPEN, now_of(request))[:IN_CALENDAR]
    name = _("Appels de %(site)s") % {"site": settings.SITE_NAME}
    return calendar_response("appels.ics", name, [_deadline(call) for call in calls])


@require_safe
def call_calendar(request: HttpRequest, reference: str) -> HttpResponse:
    """The end of questions and the deadline of one call. Raises Http404 while it is not published or has none."""
    now = now_of(request)
    call = public_calls.published_calls(now).filter(reference=reference).first()
    if call is None or public_calls.closes_at(call) is None:
        raise Http404
    # A calendar takes a date that moved only when it is said to be newer.
    moved_at = call.change_notices.aggregate(last=Max("decided_at"))["last"]
    dates = [replace(_deadline(call), changed_at=moved_at or call.published_at)]
    close = questions_close_at(call, running_periods(call, now), now)
    if close is not None:
        title = _("Fin des questions : %(title)s") % {"title": call.title}
        dates.insert(
            0, replace(dates[0], uid=f"questions-{call.reference}", title=title, start=close - SHOWN, end=close)
        )
    return calendar_response(f"{call.reference}.ics", call.title, dates)


def _deadline(call: Call) -> Appointment:
    closes_at = public_calls.closes_at(call)
    assert closes_at is not None  # noqa: S101 - an open call has a deadline
    return Appointment(
        uid=f"appel-{call.reference}",
        title=_("Heure limite : %(title)s") % {"title": call.title},
        start=closes_at - SHOWN,
        end=closes_at,
        changed_at=call.published_at,
        text=_("Appel %(reference)s, %(buyer)s. Réponse avant le %(moment)s.")
        % {"reference": call.reference, "buyer": call.lead_buyer.name, "moment": moment_words(closes_at)},
        url=whole(reverse("desk:call", args=[call.reference])),
    )


register_cards("appel", call_card)
register_part("appels", Calls)
