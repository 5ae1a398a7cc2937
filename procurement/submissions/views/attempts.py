"""The journal of attempts of an answer, and the report of a technical problem, before the seal and after it."""

from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext as say
from django.utils.translation import gettext_lazy as _
from django.views.generic import ListView

from marketplace.accounts.pages import ActView, Titled
from procurement.submissions.codes import PROBLEMS, Code
from procurement.submissions.models import Attempt, SealRequest
from procurement.submissions.problems import in_words, report_problem
from procurement.submissions.views.answering import OwnDeposit

A_PAGE = 50


class Journal(OwnDeposit, Titled, ListView):
    """Every attempt that the site saw or was told of, the newest first."""

    template_name = "submissions/attempts.html"
    paginate_by = A_PAGE
    page_title = _("Journal de vos tentatives")
    page_lead = _(
        "Ce que le site a vu et ce que votre navigateur lui a dit, à la seconde. Rien ne s’y efface. Personne d’autre "
        "que votre entreprise ne le lit avant l’ouverture des plis."
    )

    def get_queryset(self) -> QuerySet[Attempt]:
        """Lines of this answer."""
        return Attempt.objects.visible_to(self.actor).filter(deposit=self.deposit).order_by("-at", "-pk")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Each line with what was measured; the instants of the deposit itself."""
        found = super().get_context_data(
            request_of_seal=SealRequest.objects.filter(deposit=self.deposit).first(),
            submission=getattr(self.deposit, "submission", None),
            **kwargs,
        )
        found["rows"] = [(attempt, in_words(attempt.measured)) for attempt in found["page_obj"]]
        return found


class ProblemForm(forms.Form):
    """What does not work, from a closed list: nothing of the answer is to be written here."""

    code = forms.ChoiceField(
        label=_("Qu’est-ce qui ne va pas ?"),
        choices=[(code.value, code.label) for code in PROBLEMS],
        widget=forms.RadioSelect,
        error_messages={"required": _("Choisissez ce qui ne va pas.")},
    )


class Problem(OwnDeposit, ActView):
    """Report a technical problem: dated, measured, acknowledged by mail."""

    form_class = ProblemForm
    page_title = _("Signaler un problème technique")
    page_lead = _(
        "Votre signalement est daté à la seconde et gardé avec ce que le site mesure à cet instant. Vous en recevez la "
        "preuve par courriel ; l’exploitant du site est alerté. Aucun contenu de votre réponse n’est transmis."
    )
    submit_label = _("Signaler le problème")
    law = (
        _("À quoi cela sert"),
        _(
            "Si votre réponse arrive en retard, l’acheteur ne peut l’écarter sans regarder si vous avez été diligent "
            "et si le site a fonctionné. Ce signalement et le journal de vos tentatives le montrent."
        ),
        "CE, 23 septembre 2021, n° 449250",
    )

    def act(self, form: ProblemForm) -> Attempt:
        """Record it."""
        return report_problem(
            deposit=self.deposit, code=Code(form.cleaned_data["code"]), actor=self.actor, now=self.now
        )

    def get_success_message(self) -> str:
        """With its number."""
        return say("Votre signalement n° %(number)s est daté et gardé. Un courriel vous le confirme.") % {
            "number": self.result.number
        }

    def get_back_url(self) -> str:
        """The task list, or the receipt."""
        return self.address("receipt" if self.is_sealed else "tasks")

    def get_success_url(self) -> str:
        """The journal, where it stands first."""
        return self.address("attempts")
