"""An exclusion considered: told, answered by the firm, then decided with reasons (LR-47, LR-48)."""

from datetime import datetime, timedelta
from typing import Any

from django.forms import BaseForm
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from marketplace.accounts.pages import ActView
from marketplace.accounts.permissions import Verdict, can, visible_or_404
from procurement.evaluation.forms.exclusions import ExclusionDecisionForm, ExclusionProposalForm, ObservationsForm
from procurement.evaluation.models import Candidate, Exclusion
from procurement.evaluation.services import exclusions
from procurement.evaluation.views.base import LotAct
from procurement.evaluation.views.complements import upload_of
from procurement.law import calendar
from procurement.law.exclusion import GROUNDS

OBSERVATION_DAYS = timedelta(days=10)
LAW = (
    _("Ce que dit la loi"),
    _(
        "Une exclusion à votre appréciation se décide après les observations de l’entreprise : elle peut prouver "
        "qu’elle a corrigé ses manquements. Une exclusion de plein droit repose sur un fait établi. Aucune n’est "
        "automatique : une personne décide et écrit ses motifs."
    ),
    _("Articles L. 2141-1 à L. 2141-11 du code de la commande publique."),
)


class OfCandidate(LotAct):
    """A page on the exclusion of one candidate."""

    section = "recevabilite"
    action = "exclusion.decide"
    law = LAW

    def find(self) -> None:
        """The candidate, of this lot."""
        super().find()
        self.candidate = self.read_candidate()
        self.candidate.lot = self.lot

    def read_candidate(self) -> Candidate:
        """The one that the address names. Raises Http404 when there is none."""
        return get_object_or_404(Candidate.objects.of_lot(self.lot), pk=self.kwargs["candidate"])

    def get_page_lead(self) -> str:
        """Who."""
        return str(self.candidate.party)

    def get_back_url(self) -> str:
        """The candidature."""
        return self.link("candidate", self.candidate.pk)


class ProposeExclusionView(OfCandidate):
    """Telling a firm that its exclusion is considered."""

    form_class = ExclusionProposalForm
    page_title = _("Envisager une exclusion")
    submit_label = _("Informer l’entreprise")
    success_message = _("L’entreprise est informée : elle répond avant l’heure limite.")
    consequence = _("La lettre part aussitôt. Vous ne pouvez pas exclure avant ses observations ou l’heure limite.")

    def get_initial(self) -> dict[str, Any]:
        """Noon, a working day ten days from now."""
        day = calendar.next_working_day(calendar.paris_date(self.now + OBSERVATION_DAYS))
        return {"deadline": calendar.at_paris(day, datetime.min.time().replace(hour=12))}

    def act(self, form: ExclusionProposalForm) -> Exclusion:
        """Tell it."""
        return exclusions.propose_exclusion(
            candidate=self.candidate, actor=self.actor, now=self.now, **form.cleaned_data
        )


class DecideExclusionView(OfCandidate):
    """Excluding the firm, or keeping it."""

    template_name = "evaluation/exclusion.html"
    form_class = ExclusionDecisionForm
    page_title = _("Trancher l’exclusion envisagée")
    submit_label = _("Décider")
    success_message = _("La décision est prise.")
    consequence = _("La décision ne change plus. La lettre de rejet en donne le motif à l’entreprise.")

    def find(self) -> None:
        """Only where one was told."""
        super().find()
        self.exclusion.candidate = self.candidate

    def read_candidate(self) -> Candidate:
        """The one that the exclusion is about. Raises Http404 when there is none in this lot."""
        rows = Exclusion.objects.filter(candidate__lot=self.lot)
        rows = rows.select_related("observations_file", "candidate__party__lead")
        self.exclusion = get_object_or_404(rows, pk=self.kwargs["exclusion"])
        return self.exclusion.candidate

    def get_form_kwargs(self) -> dict[str, Any]:
        """A conflict of interests asks for more."""
        return {**super().get_form_kwargs(), "ground": self.exclusion.ground}

    def act(self, form: ExclusionDecisionForm) -> Exclusion:
        """Decide."""
        return exclusions.decide_exclusion(
            exclusion=self.exclusion,
            is_excluded=form.cleaned_data["is_excluded"] == ExclusionDecisionForm.EXCLUDE,
            reasons=form.cleaned_data["reasons"],
            other_measures=form.cleaned_data.get("other_measures", ""),
            actor=self.actor,
            now=self.now,
            accepted=self.accepted(),
        )

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """What was told and answered."""
        return super().get_context_data(
            exclusion=self.exclusion,
            ground=GROUNDS[self.exclusion.ground],
            is_awaited=self.exclusion.observed_at is None and calendar.is_on_time(self.now, self.exclusion.deadline),
            **kwargs,
        )


class RecordObservationsView(DecideExclusionView):
    """Keeping what a firm without account answered on the other buyer profile."""

    form_class = ObservationsForm
    page_title = _("Verser les observations reçues")
    submit_label = _("Verser les observations")
    success_message = _("Les observations sont versées au dossier.")
    consequence = ""

    def get_form_kwargs(self) -> dict[str, Any]:
        """Nothing but what was posted."""
        kwargs = super().get_form_kwargs()
        del kwargs["ground"]
        return kwargs

    def act(self, form: BaseForm) -> Exclusion:
        """Keep them."""
        return exclusions.record_observations(
            exclusion=self.exclusion,
            observations=form.cleaned_data["observations"],
            file=upload_of(form),
            actor=self.actor,
            now=self.now,
        )


class ObserveView(ActView):
    """The firm answers."""

    template_name = "evaluation/observe.html"
    form_class = ObservationsForm
    page_title = _("Présenter vos observations")
    page_lead = _("Un acheteur envisage de vous exclure : répondez-lui.")
    submit_label = _("Envoyer mes observations")
    success_message = _("Vos observations sont reçues. L’acheteur les lit avant de décider.")
    law = LAW

    def load(self) -> None:
        """The exclusion, for the firm told alone."""
        self.exclusion = visible_or_404(Exclusion.objects, self.actor, pk=self.kwargs["exclusion"])

    def allowed(self) -> Verdict:
        """The firm told."""
        return can(self.actor, "exclusion.observe", self.exclusion)

    def act(self, form: ObservationsForm) -> Exclusion:
        """Send them."""
        return exclusions.observe(
            exclusion=self.exclusion,
            observations=form.cleaned_data["observations"],
            file=upload_of(form),
            actor=self.actor,
            now=self.now,
        )

    def get_success_url(self) -> str:
        """The same page, which shows what was sent."""
        return reverse("evaluation:observe", args=[self.exclusion.pk])

    def get_back_url(self) -> str:
        """All requests."""
        return reverse("evaluation:candidacies")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """What was told."""
        exclusion = self.exclusion
        return super().get_context_data(
            exclusion=exclusion,
            ground=GROUNDS[exclusion.ground],
            call=exclusion.candidate.lot.call,
            is_open=exclusion.decided_at is None and exclusion.observed_at is None,
            **kwargs,
        )
