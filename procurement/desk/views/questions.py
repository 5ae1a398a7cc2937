"""Questions on a public call: what was answered to all, asking, confirming by the link of a mail."""

from typing import Any

from django.core.paginator import Paginator
from django.forms import BaseForm
from django.http import Http404
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from marketplace.accounts import limits
from marketplace.accounts.pages import ActView, LinkView
from procurement.calls.live import questions_close_at, running_periods
from procurement.calls.models import Answer, Question
from procurement.calls.question_forms import QuestionForm, VisitorQuestionForm
from procurement.calls.services import following, questions
from procurement.desk.views.calls import PublicCallMixin, PublicCallPage

PER_PAGE = 25
PRIVACY = _(
    "Votre courriel sert à confirmer, puis à vous dire ce qui change dans cet appel ; l’acheteur ne le voit pas et le "
    "site ne le relie pas à votre question. Vos droits : page « Données personnelles »."
)


class Questions(PublicCallPage):
    """Every answer of a call, the newest first."""

    template_name = "desk/questions.html"
    page_title = _("Questions et réponses")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """One page of answers, and until when one may ask."""
        close = questions_close_at(self.call, running_periods(self.call, self.now), self.now)
        answers = Paginator(Answer.objects.filter(call=self.call), PER_PAGE)
        return super().get_context_data(
            page=answers.get_page(self.request.GET.get("page")),
            close=close,
            is_open=close is not None and self.now <= close,
            **kwargs,
        )


class Ask(PublicCallMixin, ActView):
    """Ask a question; without account, a mail asks to confirm."""

    page_title = _("Poser une question")
    page_lead = _("L’acheteur ne sait pas qui demande. Il répond à tous en même temps, sur la page de l’appel.")
    law = (
        _("Pourquoi la réponse va à tous"),
        _("L’égalité entre les entreprises l’exige : personne ne reçoit une réponse que les autres n’ont pas."),
        "L3, R2132-6",
    )

    def load(self) -> None:
        """Read the call, and whether the person has an account."""
        super().load()
        self.has_account = self.actor.user_id is not None
        self.submit_label = _("Envoyer ma question") if self.has_account else _("Recevoir le lien de confirmation")
        self.success_message = (
            _("Votre question est envoyée. Vous serez prévenu de la réponse.") if self.has_account else ""
        )
        self.privacy = "" if self.has_account else PRIVACY

    def get_form_class(self) -> type[BaseForm]:
        """An address is asked of visitors only."""
        return QuestionForm if self.has_account else VisitorQuestionForm

    def act(self, form: BaseForm) -> Any:
        """Send the question, or the link."""
        common = {"call": self.call, "text": form.cleaned_data["text"], "actor": self.actor, "now": self.now}
        who = str(self.actor.user_id) if self.has_account else form.cleaned_data["email"]
        limits.count_mail("calls", who, request=self.request, now=self.now)
        if self.has_account:
            return questions.ask(**common)
        return questions.ask_by_mail(email=form.cleaned_data["email"], **common)

    def get_success_url(self) -> str:
        """The questions, or the page that says that a mail is on its way."""
        if self.has_account:
            return reverse("desk:questions", args=[self.call.reference])
        return reverse("desk:mail_sent")


class ConfirmQuestion(LinkView):
    """A question goes to the buyer once its link was followed and its button pressed."""

    template_name = "desk/by_link.html"
    page_title = _("Envoyer ma question")
    submit_label = _("Envoyer ma question à l’acheteur")
    success_message = _("Votre question est envoyée. Vous serez prévenu de la réponse, comme tous ceux qui suivent.")

    def load(self) -> None:
        """Read the question that waits. Raises Http404 for a forged link, and once it was sent."""
        draft = questions.draft_of(self.kwargs["token"])
        if draft is None:
            raise Http404
        self.draft = draft

    def why_closed(self) -> str:
        """Too old."""
        return following.too_old() if self.draft.expires_at <= self.now else ""

    def act(self, form: BaseForm) -> Question:
        """Send it."""
        return questions.confirm_question(draft=self.draft, actor=self.actor, now=self.now)

    def get_success_url(self) -> str:
        """The questions of the call."""
        return reverse("desk:questions", args=[self.draft.call.reference])

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """The question."""
        return super().get_context_data(call=self.draft.call, text=self.draft.text, **kwargs)
