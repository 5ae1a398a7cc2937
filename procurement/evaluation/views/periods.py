"""The period of initial or final bids: its dates, what is expected, then its keys."""

from datetime import datetime, timedelta
from typing import Any

from django.http import Http404
from django.utils.translation import gettext as __
from django.utils.translation import gettext_lazy as _

from marketplace.accounts.permissions import Verdict, can
from procurement.calls.facts import launch_date
from procurement.calls.services.periods import plan_period
from procurement.evaluation.forms.periods import PeriodForm
from procurement.evaluation.views.base import Kind, LotAct, lines
from procurement.law import calendar, parameters

# Slug of the address: kind, days that the rule book wants, page that comes next, its section.
KINDS = {
    "initiale": (Kind.INITIAL, "initial_tender_days_electronic", "invite", "recevabilite"),
    "finale": (Kind.FINAL, "resubmission_days_default", "close_negotiation", "negociation"),
}
OPENS_AFTER = timedelta(hours=2)


class PlanView(LotAct):
    """Setting the dates of a period; its keys are prepared by the custodians before the letters leave."""

    form_class = PeriodForm
    submit_label = _("Fixer les dates")
    success_message = _("Les dates sont fixées.")
    law = (
        _("Ce que dit la loi"),
        _(
            "Le délai laissé pour une offre tient compte de la complexité de l’appel. Il est le même pour tous, et ne "
            "peut ensuite qu’être repoussé, pour tous."
        ),
        _("Articles R. 2151-1, R. 2151-4 et R. 2161-15 du code de la commande publique."),
    )

    def get_success_message(self) -> str:
        """What comes next."""
        if self.call.deposit_at:
            return __("Les dates sont fixées. Donnez les mêmes à l’autre profil d’acheteur.")
        return __("Les dates sont fixées. Faites préparer les clés de cette période par les gardiens.")

    def load(self) -> None:
        """The kind that the address names."""
        super().load()
        if self.kwargs["kind"] not in KINDS:
            raise Http404
        self.kind, self.days_wanted, self.back, self.section = KINDS[self.kwargs["kind"]]

    def allowed(self) -> Verdict:
        """Authors and validators plan."""
        return can(self.actor, "period.plan", self.call)

    def get_page_title(self) -> str:
        """Which bids."""
        if self.kind == Kind.INITIAL:
            return __("Dates des offres initiales")
        return __("Dates des offres finales")

    def get_page_lead(self) -> str:
        """The shortest delay that needs no reason."""
        days = parameters.days(self.days_wanted, on=launch_date(self.call, self.now))
        return __("À partir de %(days)s jours, aucun motif n’est demandé.") % {"days": days}

    def get_initial(self) -> dict[str, Any]:
        """Open soon, close at noon on the first working day after the delay."""
        return {"opens_at": self.now + OPENS_AFTER, "closes_at": self._proposed()}

    def _proposed(self) -> datetime:
        days = parameters.days(self.days_wanted, on=launch_date(self.call, self.now))
        day = calendar.next_working_day(calendar.paris_date(self.now) + timedelta(days=days + 1))
        return calendar.at_paris(day, datetime.min.time().replace(hour=12))

    def act(self, form: PeriodForm) -> Any:
        """Plan it."""
        typed = form.cleaned_data
        return plan_period(
            lot=self.lot,
            kind=self.kind,
            opens_at=typed["opens_at"],
            closes_at=typed["closes_at"],
            expected_documents={name: lines(typed[name]) for name in ("technical", "price")},
            actor=self.actor,
            now=self.now,
            accepted=self.accepted(),
        )
