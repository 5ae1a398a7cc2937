"""Questions and answers: anybody asks, nobody learns who, everybody reads the answer (L3, R2132-6, LR-19, LR-37).

The file of the call keeps no author: entries are written in the name of the site, and whoever asks follows the call, so
that the answer reaches them as it reaches all others.
"""

from collections.abc import Collection, Mapping
from datetime import datetime

from django.db.models import F, Value
from django.db.models.functions import Length
from django.urls import reverse
from django.utils.translation import gettext as _

from marketplace.accounts.actors import Actor
from marketplace.accounts.models import Organisation, User
from marketplace.accounts.permissions import require
from marketplace.journal.acts import SITE_CHAIN, act, record_refusals
from marketplace.journal.errors import Refusal
from marketplace.mail import links
from marketplace.mail.services import send
from marketplace.ui.formats import moment_words
from procurement.calls.facts import launch_date
from procurement.calls.live import next_deadline, questions_close_at, running_periods
from procurement.calls.models import Answer, Call, News, Question, QuestionDraft, TeamRole
from procurement.calls.services.following import announce, enrol, forget_expired, too_old
from procurement.calls.services.periods import move_all, note_extension
from procurement.calls.services.reasons import keep_reasons
from procurement.law import answers
from procurement.law.facts import AnswerFacts
from procurement.law.findings import refuse

ANONYMOUS = Actor.system("questions")
SHORTEST_NAME = 4
"""Letters below which the name of a firm is a word like another."""


def ask(*, call: Call, text: str, actor: Actor, now: datetime) -> Question:
    """Ask a question with one's account; the person follows the call from then on.

    Records `question.asked` in the name of the site. Raises NotAllowed without account, Refusal for people of the buyer
    and once questions are closed.
    """
    require(actor, "call.follow_by_account", call)
    if actor.acts_for(call.lead_buyer_id):
        raise Refusal(_("Vous êtes de l’acheteur : les questions viennent des entreprises, vous y répondez."))
    user = User.objects.get(pk=actor.user_id)
    with act(call.chain, "question.asked", actor=ANONYMOUS, now=now, subject=call):
        return _keep(call, text, user, now)


def ask_by_mail(*, call: Call, text: str, email: str, actor: Actor, now: datetime) -> None:
    """Keep a question until the link sent to its address is followed; nobody reads it before.

    Records `question.written`. Raises NotAllowed for a call that is not published, Refusal once questions are closed.
    """
    require(actor, "call.follow", call)
    with act(SITE_CHAIN, "question.written", actor=ANONYMOUS, now=now, subject=call) as entry:
        entry.data["erased"] = forget_expired(now)
        _refuse_closed(call, now)
        token, digest = links.new_token()
        email = email.strip().lower()
        QuestionDraft.objects.create(
            call=call, text=text.strip(), email=email, asked_at=now, token_digest=digest, expires_at=now + links.VALID
        )
        context = {
            "title": call.title,
            "reference": call.reference,
            "path": reverse("desk:confirm_question", args=[token]),
            "days": links.VALID.days,
        }
        send("calls.question_confirm", email, context, now)


def draft_of(token: str) -> QuestionDraft | None:
    """The question that waits for this token, None for a forged one or once it was sent."""
    return QuestionDraft.objects.select_related("call").filter(token_digest=links.digest(token)).first()


def confirm_question(*, draft: QuestionDraft, actor: Actor, now: datetime) -> Question:
    """Follow the link of a mail: the buyer receives the question, the address follows the call, the draft is erased.

    Records `question.asked`. Raises Refusal for a link that is too old, or once questions are closed.
    """
    call = draft.call
    with act(call.chain, "question.asked", actor=ANONYMOUS, now=now, subject=call):
        current = QuestionDraft.objects.filter(pk=draft.pk).first()
        if current is None or current.expires_at <= now:
            raise Refusal(too_old())
        question = _keep(call, current.text, current.email, now)
        current.delete()
    return question


def _keep(call: Call, text: str, author: User | str, now: datetime) -> Question:
    _refuse_closed(call, now)
    if not text.strip():
        raise Refusal(_("Écrivez votre question."))
    question = Question(call=call, number=call.questions.count() + 1, text=text.strip(), asked_at=now)
    question.full_clean(exclude=["call"])
    question.save()
    enrol(call, author, now)
    told = {TeamRole.AUTHOR, TeamRole.VALIDATOR}
    members = call.team.filter(role__in=told, until=None).select_related("user")
    for person in {member.user_id: member.user for member in members}.values():
        context = {"title": call.title, "reference": call.reference, "number": question.number}
        send(
            "calls.question_asked", person, {**context, "path": reverse("calls:questions", args=[call.reference])}, now
        )
    return question


def _refuse_closed(call: Call, now: datetime) -> None:
    close = questions_close_at(call, running_periods(call, now), now)
    if close is None:
        raise Refusal(_("Aucun dépôt n’est en cours dans cet appel : les questions sont closes."))
    if now > close:
        raise Refusal(
            _("Les questions sont closes depuis le %(at)s : l’acheteur n’aurait plus le temps de répondre à tous.")
            % {"at": moment_words(close)}
        )


@record_refusals("question.answer")
def answer(
    *,
    call: Call,
    questions: Collection[Question],
    question: str,
    text: str,
    actor: Actor,
    now: datetime,
    is_declined: bool = False,
    closes_at: datetime | None = None,
    accepted: Mapping[str, str] | None = None,
) -> Answer:
    """Answer one question, or several that ask the same, to everybody at once; `question` is the text broadcast.

    `is_declined`: `text` says why there is no answer, and is published alike. `closes_at`: the later deadline of every
    running period, decided with the answer when it comes late. `accepted`: reasons that pass warnings. Raises
    NotAllowed (a later deadline asks for `call.change`), Refusal for a question already answered, an empty text or a
    call whose deposits are over, RuleViolation (LR-19, LR-37). Records `question.answered` or `question.declined`.
    """
    require(actor, "question.answer", call)
    if closes_at is not None:
        require(actor, "call.change", call)
    name = "question.declined" if is_declined else "question.answered"
    with act(call.chain, name, actor=actor, now=now, subject=call) as entry:
        call = Call.objects.get(pk=call.pk)
        waiting = list(call.questions.waiting().filter(pk__in=[one.pk for one in questions]))
        if not waiting or len(waiting) != len(questions):
            raise Refusal(_("Une de ces questions a déjà sa réponse : relisez la liste."))
        if not question.strip() or not text.strip():
            raise Refusal(_("Écrivez la question et la réponse telles que tous les liront."))
        periods = running_periods(call, now)
        if not periods:
            raise Refusal(_("Aucun dépôt n’est en cours dans cet appel : une réponse ne servirait plus à personne."))
        late = _("Une réponse à une question est venue tard.")
        moved = move_all(periods, closes_at, reason=late, actor=actor, now=now, accepted=accepted)
        if closes_at:
            note_extension(call, reason=late, actor=actor, now=now)
        facts = AnswerFacts(
            now=now,
            deadline=next_deadline(moved),
            procedure=call.procedure,
            launch_date=launch_date(call, now),
            names_firms=tuple(firms_named_in(f"{question}\n{text}")),
        )
        found = answers.check_answer(facts)
        refuse(found, accepted)
        keep_reasons(call, found, accepted or {}, actor=actor, now=now)
        told = Answer(
            call=call,
            number=call.answers.count() + 1,
            question=question.strip(),
            text=text.strip(),
            is_declined=is_declined,
            answered_at=now,
            answered_by_id=actor.user_id,
        )
        told.full_clean(exclude=["call", "answered_by"])
        told.save()
        for one in waiting:
            one.answer = told
            one.save()
        entry.data["questions"] = [one.number for one in waiting]
        what = _("Une question reste sans réponse, et l’acheteur dit pourquoi.") if is_declined else told.question
        announce(call, News.Kind.ANSWERED, what=what, now=now, closes_at=closes_at)
    return told


def firms_named_in(text: str) -> list[str]:
    """Names of firms of the site that a text holds: what would tell who asks, or show one to the others (LR-19)."""
    firms = Organisation.objects.suppliers().annotate(said=Value(text), letters=Length("name"))
    return list(firms.filter(letters__gte=SHORTEST_NAME, said__icontains=F("name")).values_list("name", flat=True))
