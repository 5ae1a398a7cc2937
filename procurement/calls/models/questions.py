"""Questions of firms and their answers: nobody learns who asks, everybody reads the answer (L3, R2132-6, LR-19, LR-37).

No row links a question to whoever asked it, and an answer has no recipient: there is no road to answer one firm alone.
"""

from django.conf import settings
from django.db import models

from marketplace.journal.models import Journalled, JournalledQuerySet
from procurement.calls.models.call import Call

QUESTION_MAX = 2000
"""Signs of a question."""


class QuestionDraft(models.Model):
    """A question that waits for its address to be confirmed; erased as soon as it is, or once its link is too old."""

    call = models.ForeignKey(Call, models.CASCADE, related_name="+", verbose_name="appel")
    text = models.TextField("question", max_length=QUESTION_MAX)
    email = models.EmailField("courriel")
    asked_at = models.DateTimeField("écrite le")
    token_digest = models.CharField("empreinte du lien", max_length=64, unique=True)
    expires_at = models.DateTimeField("le lien vaut jusqu’au")

    class Meta:
        verbose_name = "question à confirmer"
        verbose_name_plural = "questions à confirmer"
        default_permissions = ()

    def __str__(self) -> str:
        return f"question {self.pk}"


class Answer(Journalled):
    """What is told to everybody: the question as it is broadcast, and its answer, or why it gets none."""

    call = models.ForeignKey(Call, models.PROTECT, related_name="answers", verbose_name="appel")
    number = models.PositiveIntegerField("numéro")
    question = models.TextField("question diffusée", max_length=QUESTION_MAX)
    text = models.TextField("réponse")
    is_declined = models.BooleanField("sans réponse", default=False)
    answered_at = models.DateTimeField("publiée le")
    answered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", null=True, blank=True, verbose_name="publiée par"
    )

    class Meta:
        verbose_name = "réponse"
        verbose_name_plural = "réponses"
        ordering = ["-number"]
        constraints = [models.UniqueConstraint(fields=["call", "number"], name="answer_number_once_a_call")]

    def __str__(self) -> str:
        return f"réponse {self.number}"


class QuestionQuerySet(JournalledQuerySet):
    """Questions, by whether they were dealt with."""

    def waiting(self) -> "QuestionQuerySet":
        """Those without answer, oldest first."""
        return self.filter(answer=None).order_by("number")


class Question(Journalled):
    """A question as it was asked: the buyer alone reads this text, which may name a firm."""

    call = models.ForeignKey(Call, models.PROTECT, related_name="questions", verbose_name="appel")
    number = models.PositiveIntegerField("numéro")
    text = models.TextField("question reçue", max_length=QUESTION_MAX)
    asked_at = models.DateTimeField("reçue le")
    answer = models.ForeignKey(
        Answer, models.PROTECT, related_name="questions", null=True, blank=True, verbose_name="réponse"
    )

    objects = QuestionQuerySet.as_manager()

    class Meta:
        verbose_name = "question"
        verbose_name_plural = "questions"
        ordering = ["number"]
        constraints = [models.UniqueConstraint(fields=["call", "number"], name="question_number_once_a_call")]
        indexes = [models.Index(fields=["call", "asked_at"], name="question_by_call")]

    def __str__(self) -> str:
        return f"question {self.number}"
