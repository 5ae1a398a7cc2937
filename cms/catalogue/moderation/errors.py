"""Errors that readers report: answered within five working days, the correction dated on the page (ux.md §13)."""

from datetime import date, datetime, timedelta
from functools import lru_cache

import holidays
from django.db.models import F, QuerySet
from django.utils.timezone import localdate
from django.utils.translation import gettext as _

from cms.catalogue.models import ErrorReport
from cms.catalogue.moderation.acts import editor_of, remember
from marketplace.accounts.actors import Actor
from marketplace.accounts.permissions import require
from marketplace.journal.acts import SITE_CHAIN, act
from marketplace.journal.errors import Refusal
from marketplace.mail.services import send

WORKING_DAYS = 5
LONGEST_ANSWER = 450
"""Signs of an answer: it is read whole in a mail."""

_SATURDAY = 5


@lru_cache
def _public_holidays(year: int) -> frozenset[date]:
    return frozenset(holidays.country_holidays("FR", years=year))


def due_on(reported_at: datetime) -> date:
    """The last day to answer: the fifth working day in mainland France after the report."""
    day, left = localdate(reported_at), WORKING_DAYS
    while left:
        day += timedelta(days=1)
        if day.weekday() < _SATURDAY and day not in _public_holidays(day.year):
            left -= 1
    return day


def to_answer() -> QuerySet[ErrorReport]:
    """Reports with their profiles: those that wait first, oldest first, then the answered ones, latest first."""
    rows = ErrorReport.objects.select_related("profile", "answered_by").defer("profile__search_text")
    return rows.order_by(F("answered_at").desc(nulls_first=True), "reported_at", "pk")


def answer(*, report: ErrorReport, text: str, was_corrected: bool, actor: Actor, now: datetime) -> None:
    """Answer a report; the person who left an address gets a mail, and a correction is dated on the profile.

    Raises NotAllowed for anyone but an editor, Refusal for an answered report, an empty or too long answer.
    """
    require(actor, "error_report.answer", report)
    text = text.strip()
    with act(SITE_CHAIN, "error_report.answered", actor=actor, now=now, subject=report, corrected=was_corrected):
        current = ErrorReport.objects.select_related("profile").get(pk=report.pk)
        if current.answered_at:
            raise Refusal(_("Une autre personne a déjà répondu à ce signalement."))
        if not text:
            raise Refusal(_("Écrivez votre réponse : dites ce qui a été corrigé, ou pourquoi rien ne change."))
        if len(text) > LONGEST_ANSWER:
            raise Refusal(_("Votre réponse dépasse %(limit)s signes : raccourcissez-la.") % {"limit": LONGEST_ANSWER})
        current.answer, current.was_corrected = text, was_corrected
        current.answered_by, current.answered_at = editor_of(actor), now
        current.save()
        if current.email:
            told = {"name": current.profile.name, "answer": text, "corrected": was_corrected}
            send("catalogue.error_answered", current.email, told | {"path": current.profile.get_absolute_url()}, now)
        remember(current.profile, "catalogue.answer_error", actor=actor, now=now, comment=text)
