"""The page of a corrective notice: a screen of the writing, changed after publication, with its notice beside."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.views.generic import TemplateView

from marketplace.accounts.pages import Accepting, Titled, show_refusal
from marketplace.accounts.permissions import Verdict, can
from marketplace.journal.errors import NotAllowed, Refusal
from marketplace.ui.rows import quiet, with_added_row
from procurement.calls import reading
from procurement.calls.correction_forms import NoticeForm
from procurement.calls.facts import launch_date
from procurement.calls.live import next_deadline, running_periods
from procurement.calls.models import Lot
from procurement.calls.services.corrections import correct
from procurement.calls.steps import STEPS, Parts
from procurement.calls.workspace import CallWorkspaceMixin
from procurement.law import calendar

SCREENS = ("besoin", "phases", "criteres", "documents")
"""Screens that a corrective notice changes."""


class Correct(CallWorkspaceMixin, Accepting, Titled, TemplateView):
    """Change one screen of a published call; nothing is changed unless the notice is."""

    section = "periodes"
    template_name = "calls/correct.html"
    page_title = _("Avis rectificatif")
    page_lead = _("Changez le texte, dites pourquoi, repoussez l’heure limite s’il le faut. Tous en sont prévenus.")

    def load(self) -> None:
        """Read the call, the screen and the lot. Raises Http404 for what does not exist or is still a draft."""
        super().load()
        if self.kwargs["step"] not in SCREENS or not self.call.is_published:
            raise Http404
        self.step = STEPS[self.kwargs["step"]]
        number = self.request.GET.get("lot", "")
        found = next((lot for lot in self.lots if str(lot.number) == number), self.lots[0])
        self.written_lot = Lot.objects.select_related("call", "acquisition", "terms", "timeline").get(pk=found.pk)
        self.channels = sorted(set(self.call.publications.values_list("channel", flat=True)))
        self.periods = running_periods(self.call, self.now)

    def allowed(self) -> Verdict:
        """Validators correct."""
        return can(self.actor, "call.change", self.call)

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """The screen as it is in force."""
        return self.show(self.step.forms(self.call, self.written_lot), NoticeForm(channels=self.channels))

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Show one more row, or publish the correction."""
        data = request.POST
        notice = NoticeForm(data, channels=self.channels)
        if data.get("add"):
            parts = self.step.forms(self.call, self.written_lot, with_added_row(data, data["add"]))
            for part in [*parts.values(), notice]:
                quiet(part)
            return self.show(parts, notice)
        parts = self.step.forms(self.call, self.written_lot, data)
        # Each is asked, so that every mistake is shown at once.
        valid = [part.is_valid() for part in [*parts.values(), notice]]
        if not all(valid):
            return self.show(parts, notice, status=422)
        try:
            self.correct(parts, notice)
        except NotAllowed:
            raise
        except Refusal as refusal:
            show_refusal(notice, refusal, accepted=self.accepted())
            return self.show(parts, notice, status=422)
        messages.success(request, _("L’avis rectificatif est publié : ceux qui suivent ou répondent sont prévenus."))
        return redirect("calls:periods", self.call.reference)

    def correct(self, parts: Parts, notice: NoticeForm) -> None:
        """Ask the service, with what was written before and after, screen order kept."""
        before = self.step.forms(self.call, self.written_lot)
        rows = reading.differences(parts, before)
        said = notice.cleaned_data
        common = {"call": self.call, "actor": self.actor, "now": self.now}
        correct(
            write=lambda: self.step.save(parts, lot=self.written_lot, **common),
            what=said["what"],
            reason=said["reason"],
            closes_at=said["closes_at"],
            sendings=notice.sendings,
            lines=[{"label": row.label, "before": row.theirs, "after": row.mine} for row in rows],
            accepted=self.accepted(),
            **common,
        )

    def show(self, parts: Parts, notice: NoticeForm, *, status: int = 200) -> HttpResponse:
        """The page; once deposits are over, why nothing changes any more and what is left to do."""
        context = self.get_context_data(parts=parts, form=notice, **self._deadlines())
        return self.render_to_response(context, status=status)

    def _deadlines(self) -> dict[str, Any]:
        deadline, launched = next_deadline(self.periods), launch_date(self.call, self.now)
        if deadline is None:
            return {"deadline": None}
        whole = calendar.candidature_period(calendar.paris_date(self.now), launch_date=launched).certain
        return {
            "deadline": deadline,
            "whole": calendar.next_working_day(whole),
            "short": calendar.deadline_after_information(self.now, deadline, launch_date=launched),
        }

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """The screen, its lot, and the other screens."""
        return super().get_context_data(
            step=self.step,
            written_lot=self.written_lot,
            screens=[
                (self._title(code, lot), self._url(code, lot), self._is_here(code, lot)) for code, lot in self._each()
            ],
            cancel_url=reverse("calls:cancel", args=[self.call.reference, self.written_lot.number]),
            **kwargs,
        )

    def _each(self) -> list[tuple[str, Lot]]:
        return [(code, lot) for code in SCREENS for lot in (self.lots if STEPS[code].of_lot else self.lots[:1])]

    def _title(self, code: str, lot: Lot) -> str:
        title = str(STEPS[code].title)
        return f"{title}, lot {lot.number}" if len(self.lots) > 1 and STEPS[code].of_lot else title

    def _url(self, code: str, lot: Lot) -> str:
        url = reverse("calls:correct", args=[self.call.reference, code])
        return f"{url}?lot={lot.number}" if len(self.lots) > 1 and STEPS[code].of_lot else url

    def _is_here(self, code: str, lot: Lot) -> bool:
        return code == self.step.code and (not self.step.of_lot or lot.pk == self.written_lot.pk)
