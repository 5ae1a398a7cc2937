"""Pages on the dates of a call: its periods of deposits, a later deadline for all, its end before signature."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django import forms
from django.db.models import QuerySet
from django.http import Http404
from django.urls import reverse
from django.utils.translation import gettext as say
from django.utils.translation import gettext_lazy as _

from marketplace.accounts.permissions import Verdict, can
from marketplace.ui.formats import moment_words
from procurement.calls.act_forms import CancellationForm, ExtensionForm, PeriodForm
from procurement.calls.models import ChangeNotice, Lot, SubmissionPeriod
from procurement.calls.services.periods import (
    agree_extension,
    extend_deadline,
    needs_second_person,
    pending_proposal,
    plan_period,
    propose_extension,
)
from procurement.calls.services.publishing import cancel_lot
from procurement.calls.steps import lines_of
from procurement.calls.views import WorkspaceAct

LIMITS = ("bytes_per_file", "bytes_in_all", "files_max", "media_types")


class Periods(WorkspaceAct):
    """Periods of deposits of the call, and the planning of the next one."""

    section = "periodes"
    action = "period.plan"
    template_name = "calls/periods.html"
    form_class = PeriodForm
    page_title = _("Dates et périodes")
    submit_label = _("Prévoir cette période")
    success_message = _("La période est prévue.")
    law = (
        _("Ce que dit la loi"),
        _("Le délai des offres est libre, mais il tient compte de la complexité. L’heure est la même pour tous."),
        "R2172-29, R2151-1",
    )

    def get_success_message(self) -> str:
        """What comes next."""
        if self.call.deposit_at:
            return say("La période est prévue. Donnez les mêmes dates à l’autre profil d’acheteur.")
        return say("La période est prévue. Faites maintenant préparer ses clés par les gardiens.")

    def allowed(self) -> Verdict:
        """All who see the file read the dates; authors and validators plan."""
        return super().allowed() if self.request.method == "POST" else Verdict.yes()

    def get_form_kwargs(self) -> dict[str, Any]:
        """The lots of the call."""
        return super().get_form_kwargs() | {"lots": [(lot.number, str(lot)) for lot in self.lots]}

    def act(self, form: forms.Form) -> SubmissionPeriod:
        """Plan the period for the lot, under the limits already announced for it."""
        asked = form.cleaned_data
        lot = next(one for one in self.lots if one.number == asked["lot"])
        periods = SubmissionPeriod.objects.filter(lot=lot)
        first, rounds = periods.first(), periods.filter(kind=SubmissionPeriod.Kind.ROUND).count()
        return plan_period(
            lot=lot,
            kind=asked["kind"],
            opens_at=asked["opens_at"],
            closes_at=asked["closes_at"],
            actor=self.actor,
            now=self.now,
            round_number=rounds + 1 if asked["kind"] == SubmissionPeriod.Kind.ROUND else 0,
            limits={name: getattr(first, name) for name in LIMITS} if first else None,
            expected_documents={name: lines_of(asked[name]) for name in ("technical", "price")},
            accepted=self.accepted(),
        )

    def get_success_url(self) -> str:
        """This page."""
        return self.request.path

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Periods with their deadlines in force, what waits for a second person, and what changed."""
        periods = list(periods_of(self.lots))
        by_lot = {lot.number: [one for one in periods if one.lot_id == lot.pk] for lot in self.lots}
        return super().get_context_data(
            rows=[(one, one.closes_at(), pending_proposal(one)) for one in periods],
            changes=ChangeNotice.objects.filter(call=self.call),
            movable={number for number, mine in by_lot.items() if period_to_move(mine, self.now)},
            can_plan=can(self.actor, "period.plan", self.call),
            can_change=can(self.actor, "call.change", self.call),
            **kwargs,
        )


def period_to_move(periods: Iterable[SubmissionPeriod], now: datetime) -> SubmissionPeriod | None:
    """Of the periods of a lot, the one whose deadline may still move: the first that is not over, else the last."""
    rows = sorted((one for one in periods if one.opening_began_at is None), key=lambda one: one.opens_at)
    return next((one for one in rows if one.closes_at() >= now), rows[-1] if rows else None)


def periods_of(lots: Iterable[Lot]) -> QuerySet[SubmissionPeriod]:
    """Periods with their deadlines, in force or proposed."""
    periods = SubmissionPeriod.objects.filter(lot__in=lots).select_related("lot__call__lead_buyer")
    parts = periods.prefetch_related("deadlines", "proposed_deadlines__proposed_by")
    return parts.order_by("lot__number", "opens_at")


class Extend(WorkspaceAct):
    """Move a deadline forward, for all."""

    section = "periodes"
    action = "call.change"
    form_class = ExtensionForm
    page_title = _("Reporter l’heure limite")
    submit_label = _("Reporter pour tous")
    success_message = _("L’heure limite est reportée.")
    law = (
        _("Ce que dit la loi"),
        _("Le délai est prolongé si une information nécessaire arrive trop tard ou si les documents changent."),
        "R2151-4",
    )

    def load(self) -> None:
        """Read the period. Raises Http404 when the lot has none whose deadline may move."""
        super().load()
        period = period_to_move(periods_of([self.lot]), self.now)
        if period is None:
            raise Http404
        self.period = period

    def get_page_lead(self) -> str:
        """Which deadline, and who decides."""
        said = _("%(period)s : l’heure limite est le %(at)s. Le report vaut pour tous et il est publié avec son motif.")
        words = str(said) % {"period": self.period.get_kind_display(), "at": moment_words(self.period.closes_at())}
        if needs_second_person(self.period, self.now):
            words += " " + str(_("À moins de 24 heures, une deuxième personne doit donner son accord."))
        return words

    def act(self, form: forms.Form) -> Any:
        """Move the deadline, or ask for the agreement of a second person in the last hours."""
        asked = {"period": self.period, "actor": self.actor, "now": self.now, **form.cleaned_data}
        if needs_second_person(self.period, self.now):
            self.success_message = _("Votre proposition est notée : une deuxième personne doit donner son accord.")
            return propose_extension(**asked)
        return extend_deadline(accepted=self.accepted(), **asked)

    def get_back_url(self) -> str:
        """The periods."""
        return reverse("calls:periods", args=[self.call.reference])

    def get_success_url(self) -> str:
        """The periods."""
        return self.get_back_url()


class AgreeExtension(WorkspaceAct):
    """Agree, as the second person, to a later deadline that a colleague proposed in the last hours."""

    section = "periodes"
    action = "call.change"
    page_title = _("Donner mon accord au report")
    submit_label = _("Reporter pour tous")
    success_message = _("L’heure limite est reportée.")

    def load(self) -> None:
        """Read what was proposed. Raises Http404 when nothing waits."""
        super().load()
        period = period_to_move(periods_of([self.lot]), self.now)
        self.proposal = period and pending_proposal(period)
        if self.proposal is None:
            raise Http404

    def get_page_lead(self) -> str:
        """What was proposed, by whom and why."""
        return str(_("%(who)s propose le %(at)s. Motif : %(reason)s")) % {
            "who": self.proposal.proposed_by,
            "at": moment_words(self.proposal.closes_at),
            "reason": self.proposal.reason,
        }

    def act(self, form: forms.Form) -> Any:
        """Agree."""
        return agree_extension(proposal=self.proposal, actor=self.actor, now=self.now, accepted=self.accepted())

    def get_back_url(self) -> str:
        """The periods."""
        return reverse("calls:periods", args=[self.call.reference])

    def get_success_url(self) -> str:
        """The periods."""
        return self.get_back_url()


class Cancel(WorkspaceAct):
    """End a lot before signature."""

    section = "suivi"
    action = "call.change"
    form_class = CancellationForm
    page_title = _("Déclarer sans suite")
    submit_label = _("Arrêter l’appel")
    success_message = _("L’appel est arrêté pour ce lot.")
    law = (
        _("Ce que dit la loi"),
        _("Vous pouvez renoncer à tout moment avant la signature. Les motifs sont vite envoyés aux participants."),
        "R2185-1, R2185-2",
    )

    def get_page_lead(self) -> str:
        """What it entails."""
        if self.call.deposit_at:
            return say("L’appel s’arrête pour ce lot, sans retour. Dites-le aussi sur l’autre profil d’acheteur.")
        return say("L’appel s’arrête pour ce lot, sans retour possible. Les plis non ouverts restent scellés.")

    def act(self, form: forms.Form) -> Any:
        """Cancel the lot."""
        return cancel_lot(lot=self.lot, actor=self.actor, now=self.now, **form.cleaned_data)

    def get_back_url(self) -> str:
        """The check page, which everyone has."""
        return reverse("calls:check", args=[self.call.reference])

    def get_success_url(self) -> str:
        """The same."""
        return self.get_back_url()
