"""« Est-ce pour nous ? » in the space of a company: its private checklist, its profile beside the call."""

from typing import Any

from django import forms
from django.http import Http404
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from marketplace.accounts.models import Organisation
from marketplace.accounts.pages import ActView
from marketplace.accounts.permissions import Verdict, can
from procurement.calls.live import questions_close_at, running_periods
from procurement.calls.models import FitAnswer, Requirement
from procurement.calls.services import partners
from procurement.desk import call_sheet, fit
from procurement.desk.views.calls import PublicCallMixin


class FitForm(forms.Form):
    """One question for each minimum requirement."""

    def __init__(self, *args: Any, requirements: list[Requirement], several_lots: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.requirements = requirements
        for one in requirements:
            label = f"{one.lot} : {one.text}" if several_lots else one.text
            self.fields[str(one.pk)] = forms.ChoiceField(
                label=label, choices=FitAnswer.Answer.choices, widget=forms.RadioSelect, required=False
            )

    @property
    def answers(self) -> dict[Requirement, str]:
        """What was said of each."""
        return {one: self.cleaned_data[str(one.pk)] for one in self.requirements}


class Fit(PublicCallMixin, ActView):
    """What a firm checks before it answers; it is the only one to read it."""

    public = False
    template_name = "desk/fit.html"
    form_class = FitForm
    page_title = _("Est-ce pour nous ?")
    submit_label = _("Garder nos réponses")
    success_message = _("Vos réponses sont gardées. Votre entreprise est la seule à les lire.")
    privacy = _(
        "Seules les personnes de votre entreprise lisent cette liste. L’acheteur ne sait pas que vous la remplissez."
    )

    def load(self) -> None:
        """Read the call and the firm one acts for. Raises Http404 for anybody else."""
        super().load()
        firm = Organisation.objects.suppliers().filter(pk=self.actor.organisation_id).first()
        if firm is None:
            raise Http404
        self.firm = firm
        self.requirements = fit.minimum_requirements(self.call)

    def allowed(self) -> Verdict:
        """People of the firm."""
        return can(self.actor, "fit.note", self.firm)

    def get_page_lead(self) -> str:
        """The call."""
        return self.call.title

    def get_form_kwargs(self) -> dict[str, Any]:
        """The requirements."""
        several = len({one.lot_id for one in self.requirements}) > 1
        return super().get_form_kwargs() | {"requirements": self.requirements, "several_lots": several}

    def get_initial(self) -> dict[str, Any]:
        """What the firm noted before."""
        return {str(key): answer for key, answer in fit.answers_of(self.firm, self.requirements).items()}

    def act(self, form: Any) -> None:
        """Keep the answers."""
        fit.note(firm=self.firm, answers=form.answers, actor=self.actor, now=self.now)

    def get_success_url(self) -> str:
        """The same page."""
        return reverse("desk:fit", args=[self.call.reference])

    def partners_url(self) -> str:
        """Where firms look for one another, until the first deadline; empty for who may not read it."""
        is_open = partners.is_time(self.call, self.now) and can(self.actor, "partners.read", self.call)
        return reverse("desk:partners", args=[self.call.reference]) if is_open else ""

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """The money and the dates of the call, and what the profile of the firm says of it."""
        lots = call_sheet.lot_views(self.call, self.now)
        close = questions_close_at(self.call, running_periods(self.call, self.now), self.now)
        noted = fit.answers_of(self.firm, self.requirements).values()
        return super().get_context_data(
            call=self.call,
            lots=lots,
            is_one_step=call_sheet.is_one_step(self.call, lots),
            dates=call_sheet.key_dates(self.call, lots, self.now, questions_close_at=close),
            matches=fit.matches(self.call, self.firm),
            documents_asked=fit.documents_asked(self.call),
            work=[
                (view, fit.work_lines(view.effort.candidature_parts), fit.work_lines(view.effort.offer_parts))
                for view in lots
            ],
            partners_url=self.partners_url(),
            has_requirements=bool(self.requirements),
            refusals=sum(answer == FitAnswer.Answer.NO for answer in noted),
            **kwargs,
        )
