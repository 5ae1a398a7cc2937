"""Forms about questions: what a firm asks, and what the buyer tells everybody."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from marketplace.ui.forms import MomentField, VisitorEmailField
from procurement.calls.fields import text
from procurement.calls.models import Question
from procurement.calls.models.questions import QUESTION_MAX


class QuestionForm(forms.Form):
    """A question, by somebody with an account."""

    text = text(
        _("Votre question"),
        _("Ne nommez pas votre entreprise : l’acheteur ne sait pas qui demande. 2 000 signes au plus."),
        rows=5,
        required=True,
        max_length=QUESTION_MAX,
        error_messages={
            "required": _("Écrivez votre question."),
            "max_length": _("Raccourcissez votre question : 2 000 signes au plus."),
        },
    )


class VisitorQuestionForm(QuestionForm):
    """A question, by an address that is confirmed first."""

    email = VisitorEmailField()


class AnswerForm(forms.Form):
    """What everybody will read."""

    decision = forms.ChoiceField(
        label=_("Votre décision"),
        choices=[("answered", _("Répondre")), ("declined", _("Ne pas répondre, et dire pourquoi"))],
        widget=forms.RadioSelect,
        initial="answered",
    )
    question = text(
        _("Question, telle que tous la liront"),
        _("Retirez ce qui désigne une entreprise. La question reçue reste au dossier, mot pour mot."),
        required=True,
        max_length=QUESTION_MAX,
    )
    text = text(_("Réponse, ou raison"), _("Elle part à tous en même temps."), rows=6, required=True)
    same = forms.MultipleChoiceField(
        label=_("Autres questions qui demandent la même chose"), widget=forms.CheckboxSelectMultiple, required=False
    )
    closes_at = MomentField(
        label=_("Nouvelle heure limite"),
        help_text=_("Seulement si la réponse vient tard : l’heure limite est alors repoussée pour tous."),
        is_binding=True,
        required=False,
    )

    def __init__(self, *args: Any, others: list[Question], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.others = others
        self.fields["same"].choices = [(str(one.number), f"{one.number}. {one.text[:120]}") for one in others]
        if not others:
            del self.fields["same"]

    @property
    def chosen(self) -> list[Question]:
        """The other questions that get the same answer."""
        numbers = set(self.cleaned_data.get("same") or ())
        return [one for one in self.others if str(one.number) in numbers]
