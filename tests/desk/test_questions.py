"""Questions and answers: nobody learns who asks, everybody reads the answer, soon enough."""

import inspect
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse

from marketplace.journal.errors import NotAllowed, Refusal
from marketplace.journal.models import Entry
from marketplace.journal.outbox import drain
from marketplace.mail import links
from marketplace.mail.models import Message
from procurement.calls import todo
from procurement.calls.models import Answer, Call, ChangeNotice, News, Question, QuestionDraft, SubmissionPeriod
from procurement.calls.services import questions
from procurement.calls.services.periods import extend_deadline
from procurement.law.findings import RuleViolation
from tests.calls.builders import make_team, team_user
from tests.calls.pages import client_of
from tests.contracts.walk import queries_of, text_of
from tests.desk.builders import a_firm, published
from tests.desk.following import link_in_mail, told

pytestmark = pytest.mark.django_db
EMAIL = "chercheuse@exemple.fr"
TEXT = "Faut-il être déjà installé dans la région ?"
REPLY = "Non. Trois journées de test sur place sont prévues."


@pytest.fixture
def stage(moving):
    return published(moving)


def asked(stage, text=TEXT, actor=None):
    return questions.ask(call=stage.call, text=text, actor=actor or a_firm(), now=stage.clock.now())


def answered(stage, *some, **changed):
    given = {
        "call": stage.call, "questions": some, "question": some[0].text, "text": REPLY, "actor": stage.team.author,
        "now": stage.clock.now(),
    }  # fmt: skip
    return questions.answer(**{**given, **changed})


def days_before(stage, days):
    stage.clock.advance_to(stage.deadline - timedelta(days=days))


def test_a_firm_asks_with_its_account_and_the_team_is_told(stage):
    firm = a_firm("Tramélys")
    url = reverse("desk:ask", args=[stage.call.reference])
    answer = client_of(firm).post(url, {"text": TEXT}, follow=True)
    assert "Votre question est envoyée" in answer.content.decode()
    assert Question.objects.get().text == TEXT
    team = sorted([team_user(stage.team.author).email, team_user(stage.team.validator).email])
    assert told("calls.question_asked") == team
    [waiting] = [
        one for one in todo.todos(calls=[stage.call], actor=stage.team.author, now=stage.now) if "question" in one.label
    ]
    assert waiting.label == "Répondre à 1 question"
    assert (stage.deadline.date() - waiting.due.date()).days == 6


@pytest.mark.law("LR-19", "LR-110")
def test_nothing_in_the_file_of_the_call_says_who_asks(stage):
    firm = a_firm("Tramélys")
    question = asked(stage, actor=firm)
    entry = Entry.objects.get(act="question.asked")
    assert (entry.chain.key, entry.actor) == (stage.call.chain, "system:questions")
    names = {field.name for field in Question._meta.get_fields()} | {field.name for field in Answer._meta.get_fields()}
    assert names == {
        "id", "call", "number", "text", "asked_at", "answer", "question", "is_declined", "answered_at", "answered_by",
        "questions",
    }  # fmt: skip
    answered(stage, question)
    drain()
    for url in (
        reverse("calls:questions", args=[stage.call.reference]),
        reverse("desk:journal", args=[stage.call.reference]),
        reverse("desk:questions", args=[stage.call.reference]),
    ):
        html = text_of(client_of(stage.team.validator).get(url))
        assert "Tramélys" not in html
        assert team_user(firm).last_name not in html


@pytest.mark.law("LR-19", "LR-37")
def test_there_is_no_road_to_answer_one_firm_alone(stage):
    wanted = set(inspect.signature(questions.answer).parameters)
    assert not wanted & {"to", "recipient", "email", "user", "organisation", "party", "private"}
    first, second = a_firm(), a_firm()
    question = asked(stage, actor=first)
    asked(stage, "Autre chose ?", actor=second)
    answered(stage, question, is_declined=True, text="Cela tient au secret d’un autre.")
    drain()
    # Whoever asked learns no more than whoever follows: the same words, at the same time, a refusal included.
    first_mail, second_mail = Message.objects.filter(kind="calls.news_to_account")
    strip = lambda body: [line for line in body.splitlines() if "/arreter/" not in line and "Bonjour" not in line]  # noqa: E731
    assert strip(first_mail.body) == strip(second_mail.body)
    assert "Cela tient au secret" in text_of(Client().get(reverse("desk:call", args=[stage.call.reference])))


def test_a_question_by_mail_waits_for_its_link(stage):
    url = reverse("desk:ask", args=[stage.call.reference])
    assert Client().post(url, {"text": TEXT, "email": EMAIL}).url == reverse("desk:mail_sent")
    path = link_in_mail(EMAIL, "question")
    assert TEXT in Client().get(path).content.decode()
    assert not Question.objects.exists(), "reading the page of the link does nothing"
    token = path.rstrip("/").rpartition("/")[2]
    assert token not in str(QuestionDraft.objects.values().get())
    Client().post(path)
    assert Question.objects.get().text == TEXT
    assert not QuestionDraft.objects.exists()
    assert Client().post(path).status_code == 404
    answered(stage, Question.objects.get())
    drain()
    assert told() == [EMAIL]


def test_a_question_whose_link_is_too_old_is_erased(stage):
    url = reverse("desk:ask", args=[stage.call.reference])
    Client().post(url, {"text": TEXT, "email": EMAIL})
    path = link_in_mail(EMAIL, "question")
    stage.clock.advance(links.VALID)
    assert Client().post(path).status_code == 422
    Client().post(url, {"text": TEXT, "email": "autre@exemple.fr"})
    assert QuestionDraft.objects.get().email == "autre@exemple.fr"
    assert not Question.objects.exists()


def test_what_is_refused_is_said_and_nothing_typed_is_lost(stage):
    url = reverse("desk:ask", args=[stage.call.reference])
    answer = Client().post(url, {"text": TEXT, "email": "chercheuse"})
    assert answer.status_code == 422
    assert TEXT in answer.content.decode()
    answer = client_of(stage.team.author).post(url, {"text": TEXT})
    assert "Vous êtes de l’acheteur" in answer.content.decode()
    assert not Question.objects.exists()


@pytest.mark.law("LR-37")
def test_questions_close_in_time_for_answers(stage):
    days_before(stage, 13)
    asked(stage)
    stage.clock.advance(timedelta(seconds=1))
    with pytest.raises(Refusal, match="Les questions sont closes depuis le"):
        asked(stage)
    with pytest.raises(Refusal, match="closes depuis"):
        questions.ask_by_mail(call=stage.call, text=TEXT, email=EMAIL, actor=a_firm(), now=stage.clock.now())
    assert Question.objects.count() == 1
    html = text_of(Client().get(reverse("desk:call", args=[stage.call.reference])))
    assert "Les questions sont closes depuis le" in html
    assert "Fin des questions" in html
    assert "Poser une question" not in html


def test_one_answer_for_those_who_ask_the_same_with_both_texts_kept(stage):
    one = asked(stage, "Nous, Tramélys, sommes à Nantes : est-ce un problème ?")
    same = asked(stage, "Faut-il un bureau ici ?")
    other = asked(stage, "Quel format de données ?")
    url = reverse("calls:answer", args=[stage.call.reference, one.number])
    page = client_of(stage.team.author).get(url).content.decode()
    assert "Faut-il un bureau ici ?" in page
    said = {"decision": "answered", "question": TEXT, "text": REPLY, "same": [same.number]}
    client_of(stage.team.author).post(url, said)
    answer = Answer.objects.get()
    assert (answer.question, answer.text) == (TEXT, REPLY)
    assert set(answer.questions.all()) == {one, same}
    one.refresh_from_db()
    assert "Tramélys" in one.text
    assert list(stage.call.questions.waiting()) == [other]
    public = text_of(Client().get(reverse("desk:questions", args=[stage.call.reference])))
    assert TEXT in public
    assert "Tramélys" not in public
    assert News.objects.count() == 1


def test_only_the_team_answers_and_only_once(stage):
    question = asked(stage)
    for actor in (stage.team.evaluator, make_team().author, a_firm()):
        with pytest.raises(NotAllowed):
            answered(stage, question, actor=actor)
    with pytest.raises(Refusal, match="telles que tous"):
        answered(stage, question, text=" ")
    assert not Answer.objects.exists()
    answered(stage, question)
    with pytest.raises(Refusal, match="déjà sa réponse"):
        answered(stage, question)
    assert Answer.objects.count() == 1
    assert client_of(stage.team.author).get(reverse("calls:answer", args=[stage.call.reference, 1])).status_code == 404


@pytest.mark.law("LR-19")
def test_a_text_that_names_a_firm_waits_for_a_reason(stage):
    firm = a_firm("Tramélys")
    question = asked(stage, "Tramélys peut-elle répondre ?", actor=firm)
    with pytest.raises(RuleViolation) as refused:
        answered(stage, question)
    assert refused.value.rules == ["LR-19"]
    answered(stage, question, accepted={"LR-19": "Ce nom est celui d’un service public."})
    assert Answer.objects.count() == 1


@pytest.mark.law("LR-37")
@pytest.mark.parametrize(("days", "rules"), [(8, []), (7, ["LR-37"]), (6, ["LR-37"]), (5, ["LR-37"])])
def test_a_late_answer_moves_the_deadline_or_does_not_leave(stage, days, rules):
    question = asked(stage)
    days_before(stage, days)
    reason = {"LR-37": "La réponse ne demande aucun travail."}
    if not rules:
        answered(stage, question)
        return
    with pytest.raises(RuleViolation) as refused:
        answered(stage, question)
    assert refused.value.rules == rules
    assert not Answer.objects.exists()
    if days >= 6:
        answered(stage, question, accepted=reason)
        return
    with pytest.raises(RuleViolation):
        answered(stage, question, accepted=reason)
    with pytest.raises(NotAllowed):
        answered(stage, question, closes_at=stage.deadline + timedelta(days=7))
    before = stage.deadline
    later = before + timedelta(days=7)
    answered(stage, question, closes_at=later, actor=stage.team.validator)
    assert SubmissionPeriod.objects.get(lot__call=stage.call).closes_at() == later
    assert ChangeNotice.objects.get().what == "Heure limite repoussée"
    news = News.objects.get()
    assert (news.kind, news.closes_at) == ("answered", later)
    html = text_of(Client().get(reverse("desk:call", args=[stage.call.reference])))
    assert "Cet appel a changé" in html
    assert "Réponse 1 publiée" in html


@pytest.mark.law("LR-37")
@pytest.mark.parametrize(("days", "needs_reason"), [(8, False), (5, True)])
def test_below_the_threshold_a_reason_passes_a_late_answer(moving, days, needs_reason):
    stage = published(moving, procedure="adapted")
    question = asked(stage)
    days_before(stage, days)
    if needs_reason:
        with pytest.raises(RuleViolation) as refused:
            answered(stage, question)
        assert refused.value.rules == ["LR-37"]
        assert not Answer.objects.exists()
    answered(stage, question, accepted={"LR-37": "Une adresse, rien de plus."} if needs_reason else {})
    assert stage.call.accepted_warnings.filter(rule="LR-37").exists() is needs_reason
    assert Answer.objects.count() == 1


@pytest.mark.law("LR-37")
def test_a_deadline_that_moves_too_little_undoes_the_answer_with_it(stage):
    question = asked(stage)
    days_before(stage, 4)
    with pytest.raises(RuleViolation):
        answered(stage, question, closes_at=stage.deadline + timedelta(days=1), actor=stage.team.validator)
    assert not Answer.objects.exists()
    assert not ChangeNotice.objects.exists()
    assert SubmissionPeriod.objects.get(lot__call=stage.call).deadlines.count() == 1


def test_lists_ask_no_more_with_three_than_with_one(moving):
    stage = published(moving)
    buyer, everybody = client_of(stage.team.author), Client()
    urls = [(buyer, "calls:questions"), (everybody, "desk:questions"), (everybody, "desk:call")]
    addresses = [(client, reverse(name, args=[stage.call.reference])) for client, name in urls]
    answered(stage, asked(stage))
    asked(stage)
    counts = [queries_of(client, url) for client, url in addresses]
    for _ in range(2):
        answered(stage, asked(stage, "Encore ?"))
        asked(stage, "Et encore ?")
    assert counts == [queries_of(client, url) for client, url in addresses]
    assert Call.objects.get().questions.count() == 6


def test_the_calendar_holds_the_end_of_questions_and_says_when_a_date_moved(stage):
    url = reverse("desk:call_calendar", args=[stage.call.reference])
    first = Client().get(url).content.decode()
    assert first.count("BEGIN:VEVENT") == 2
    assert "Fin des questions" in first
    assert f"DTEND:{stage.deadline - timedelta(days=13):%Y%m%dT%H%M%SZ}" in first
    stage.clock.advance(timedelta(days=1))
    extend_deadline(
        period=stage.period, closes_at=stage.deadline + timedelta(days=7), reason="Un plan manquait.",
        actor=stage.team.validator, now=stage.now,
    )  # fmt: skip
    after = Client().get(url).content.decode()
    assert f"LAST-MODIFIED:{stage.now:%Y%m%dT%H%M%SZ}" in after
    assert f"DTEND:{stage.deadline:%Y%m%dT%H%M%SZ}" in after
