"""Pages on which the buyer reads questions and answers them, to everybody."""

from typing import Any

from django import forms
from django.core.paginator import Paginator
from django.http import Http404
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from marketplace.accounts.permissions import can
from procurement.calls.facts import launch_date
from procurement.calls.live import next_deadline, questions_close_at, running_periods
from procurement.calls.models import Answer, Follower
from procurement.calls.question_forms import AnswerForm
from procurement.calls.services import questions
from procurement.calls.views import WorkspaceAct, WorkspacePage
from procurement.law import calendar

PER_PAGE = 25


class Questions(WorkspacePage):
    """Questions that wait, then what was told."""

    section = "questions"
    template_name = "calls/questions.html"
    page_title = _("Questions")
    page_lead = _("Vous ne savez pas qui demande. Chaque réponse part à tous, en même temps.")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Waiting questions, one page of answers, the days that bind, how many follow."""
        periods = running_periods(self.call, self.now)
        deadline = next_deadline(periods)
        last_day = deadline and calendar.answers_deadline(deadline, launch_date=launch_date(self.call, self.now))
        answers = Answer.objects.filter(call=self.call).prefetch_related("questions")
        return super().get_context_data(
            waiting=self.call.questions.waiting(),
            page=Paginator(answers, PER_PAGE).get_page(self.request.GET.get("page")),
            close=questions_close_at(self.call, periods, self.now),
            last_day=last_day,
            can_answer=can(self.actor, "question.answer", self.call),
            followers=Follower.objects.active().filter(call=self.call).count(),
            **kwargs,
        )


class AnswerQuestion(WorkspaceAct):
    """Answer a question to everybody, with those that ask the same; or say why there is no answer."""

    section = "questions"
    action = "question.answer"
    template_name = "calls/answer_question.html"
    form_class = AnswerForm
    page_title = _("Répondre à tous")
    submit_label = _("Publier pour tous")
    success_message = _("La réponse est publiée : elle part à tous ceux qui suivent l’appel ou y répondent.")
    law = (
        _("Ce que dit la loi"),
        _("Les renseignements demandés à temps sont envoyés à tous, six jours au moins avant l’heure limite."),
        "R2132-6, R2151-4",
    )

    def find(self) -> None:
        """Read the question. Raises Http404 when it does not exist or has its answer."""
        waiting = list(self.call.questions.waiting())
        self.question = next((one for one in waiting if one.number == self.kwargs["question"]), None)
        if self.question is None:
            raise Http404
        self.others = [one for one in waiting if one != self.question]

    def get_form_kwargs(self) -> dict[str, Any]:
        """The other questions that wait."""
        return super().get_form_kwargs() | {"others": self.others}

    def get_initial(self) -> dict[str, Any]:
        """The question as it came: the buyer takes out what names somebody."""
        return {"decision": "answered", "question": self.question.text}

    def act(self, form: forms.Form) -> Answer:
        """Tell everybody."""
        said = form.cleaned_data
        return questions.answer(
            call=self.call,
            questions=[self.question, *form.chosen],
            question=said["question"],
            text=said["text"],
            is_declined=said["decision"] == "declined",
            closes_at=said["closes_at"],
            actor=self.actor,
            now=self.now,
            accepted=self.accepted(),
        )

    def get_back_url(self) -> str:
        """All questions."""
        return reverse("calls:questions", args=[self.call.reference])

    def get_success_url(self) -> str:
        """All questions."""
        return self.get_back_url()

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """The question as it was asked."""
        return super().get_context_data(question=self.question, **kwargs)
