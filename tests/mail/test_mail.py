"""Mails: written with the act, delivered by a task, proven, and never a place for contents."""

from datetime import UTC, datetime
from smtplib import SMTPServerDisconnected

import pytest
from django.core import mail
from django.core.mail.backends.locmem import EmailBackend
from django.test import Client
from django_tasks_db.models import DBTaskResult

from marketplace.accounts.actors import Actor
from marketplace.accounts.services import (
    accept_member,
    add_member,
    decline_member,
    request_to_join,
    verify_organisation,
)
from marketplace.journal.acts import SITE_CHAIN, act
from marketplace.journal.errors import OutsideAct, Refusal
from marketplace.journal.models import Entry
from marketplace.journal.outbox import TaskFailed, drain
from marketplace.mail.checks import check_kinds
from marketplace.mail.kinds import LONGEST_SUBJECT, Kind, _kinds, all_kinds, kind_of, register
from marketplace.mail.links import ONE_PRESS
from marketplace.mail.models import Message, OptOut
from marketplace.mail.services import preferences, send, set_preference, wants
from marketplace.mail.tasks import MAX_ATTEMPTS, QUEUE, deliver
from marketplace.mail.writing import shortened, write
from tests.factories import MembershipFactory, OrganisationFactory, UserFactory, actor_for, make, make_many

pytestmark = pytest.mark.django_db

KIND = "accounts.member_added"


def send_now(to, now, kind=KIND, **context):
    with act(SITE_CHAIN, "test.told", actor=Actor.system("test"), now=now):
        return send(kind, to, {"organisation": "Commune d’Exemple & fils", **context}, now)


@pytest.fixture
def legal_notice(monkeypatch):
    """A legal notice with the texts of an ordinary mail."""
    monkeypatch.setitem(
        _kinds, KIND, Kind(KIND, "Lettre de l’acheteur", "vous avez répondu à un appel.", is_legal_notice=True)
    )


class Unreachable(EmailBackend):
    def send_messages(self, messages):
        raise SMTPServerDisconnected("the server hung up")


@pytest.fixture
def unreachable(settings):
    settings.EMAIL_BACKEND = f"{__name__}.Unreachable"


def test_a_mail_says_who_writes_and_why(now, moving_clock):
    person = UserFactory(first_name="Ada", last_name="Exemple")
    message = send_now(person, now)
    assert not mail.outbox
    drain()
    (sent,) = mail.outbox
    assert sent.to == [person.email]
    assert sent.subject == "Vous faites partie d’une équipe"
    assert sent.body.startswith("Bonjour Ada Exemple,\n")
    assert "Commune d’Exemple & fils" in sent.body
    assert "Vous recevez ce message parce qu’un compte à votre nom existe" in sent.body
    assert "décochez-la dans votre compte" in sent.body
    assert sent.extra_headers["Message-ID"] == message.message_id
    assert message.message_id == f"<{message.pk}@preau.example>"


def test_the_proof_of_sending(now, moving_clock):
    message = send_now("mairie@exemple.fr", now)
    assert list(Message.objects.waiting()) == [message]
    drain()
    message.refresh_from_db()
    assert (message.sent_at, message.attempts, message.last_error) == (now, 1, "")
    assert (message.to_user, message.address) == (None, "mairie@exemple.fr")
    assert not Message.objects.waiting().exists()


def test_the_entry_keeps_the_digest_and_not_the_address(now):
    first = send_now("mairie@exemple.fr", now)
    entry = Entry.objects.get(act="test.told")
    assert entry.data == {"mails": [first.digest]}
    second = send_now("mairie@exemple.fr", now)
    assert first.digest != second.digest


def test_a_mail_is_delivered_once(now):
    message = send_now("mairie@exemple.fr", now)
    drain()
    deliver.call(str(message.pk))
    assert len(mail.outbox) == 1


def test_an_act_that_is_undone_sends_nothing(now):
    def undone():
        with act(SITE_CHAIN, "test.told", actor=Actor.system("test"), now=now):
            send(KIND, "mairie@exemple.fr", {"organisation": "x"}, now)
            raise Refusal("Non.")

    with pytest.raises(Refusal):
        undone()
    drain()
    assert not mail.outbox
    assert not Message.objects.exists()


def test_a_mail_is_sent_inside_an_act(now):
    with pytest.raises(OutsideAct):
        send(KIND, "mairie@exemple.fr", {}, now)


def let_time_pass():
    DBTaskResult.objects.ready().update(run_after=None)
    DBTaskResult.objects.filter(run_after__gt=datetime.now(UTC)).update(run_after=datetime.now(UTC))


def test_a_server_that_hangs_up_is_tried_again_later(now, unreachable, settings):
    message = send_now("mairie@exemple.fr", now)
    assert drain() == 1
    message.refresh_from_db()
    assert (message.sent_at, message.attempts) == (None, 1)
    assert message.last_error == "SMTPServerDisconnected: the server hung up"
    assert drain() == 0
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    let_time_pass()
    drain()
    message.refresh_from_db()
    assert (message.attempts, message.last_error) == (2, "")
    assert message.sent_at is not None


def test_the_fifth_refusal_is_given_up_and_said(now, unreachable):
    message = send_now("mairie@exemple.fr", now)
    for _ in range(MAX_ATTEMPTS - 1):
        assert drain() == 1
        let_time_pass()
    with pytest.raises(TaskFailed, match="hung up"):
        drain()
    assert list(Message.objects.given_up()) == [message]
    deliver.call(str(message.pk))
    message.refresh_from_db()
    assert message.attempts == MAX_ATTEMPTS


def test_people_choose_what_they_receive(now):
    person = UserFactory()
    set_preference(user=person, kind=KIND, wanted=False, now=now)
    set_preference(user=person, kind=KIND, wanted=False, now=now)
    assert OptOut.objects.get().since == now
    assert send_now(person, now) is None
    assert dict(preferences(person))[kind_of(KIND)] is False
    set_preference(user=person, kind=KIND, wanted=True, now=now)
    assert send_now(person, now) is not None


class TestStoppingFromTheMail:
    def test_the_link_of_a_mail_switches_its_kind_off_without_account(self, client, now, settings):
        person = UserFactory()
        send_now(person, now)
        drain()
        (sent,) = mail.outbox
        address = sent.extra_headers["List-Unsubscribe"].strip("<>")
        path = address.removeprefix(settings.SITE_URL)
        assert address in sent.body
        assert "Ne plus recevoir" in client.get(path).content.decode()
        assert wants(person, kind_of(KIND))
        assert client.post(path).status_code == 302
        assert not wants(person, kind_of(KIND))

    def test_a_mail_program_presses_its_own_button(self, now):
        person = UserFactory()
        path = send_now(person, now).stop_path
        stranger = Client(enforce_csrf_checks=True)
        response = stranger.post(path, ONE_PRESS, content_type="application/x-www-form-urlencoded")
        assert (response.status_code, response.content) == (200, b"")
        assert not wants(person, kind_of(KIND))

    def test_a_forged_link_is_not_there(self, client, now):
        path = send_now(UserFactory(), now).stop_path
        forged = path.replace(KIND, "accounts.join_requested")
        assert forged != path
        assert client.post(forged).status_code == 404

    def test_legal_notices_offer_no_way_out(self, now, legal_notice):
        assert send_now(UserFactory(), now).stop_path == ""


def test_legal_notices_cannot_be_switched_off(now, legal_notice):
    person = UserFactory()
    OptOut.objects.create(user=person, kind=KIND, since=now)
    with pytest.raises(Refusal, match="ne se désactive pas"):
        set_preference(user=person, kind=KIND, wanted=False, now=now)
    assert dict(preferences(person))[kind_of(KIND)] is True
    message = send_now(person, now)
    assert "ne peut pas être désactivée" in message.body


def test_a_closed_account_receives_legal_notices_only(now, request):
    person = UserFactory(is_active=False)
    assert send_now(person, now) is None
    request.getfixturevalue("legal_notice")
    assert send_now(person, now) is not None


def test_a_message_to_one_person(now):
    person = UserFactory()
    message = send_now(person, now)
    send_now("mairie@exemple.fr", now)
    assert list(Message.objects.to(person)) == [message]


@pytest.mark.parametrize("content", ["x" * 501, b"%PDF", {"price": 1}, object(), 1.5])
def test_a_mail_carries_no_content(now, content):
    with pytest.raises(TypeError, match="content"):
        send_now("mairie@exemple.fr", now, content=content)


def test_a_long_name_never_holds_up_a_mail():
    subject = shortened("Appel PI-2026-014 : " + "transport scolaire " * 5)
    assert len(subject) <= LONGEST_SUBJECT
    assert subject.endswith("scolaire…")
    assert shortened("x" * LONGEST_SUBJECT) == "x" * LONGEST_SUBJECT
    assert len(shortened("x" * 200)) == LONGEST_SUBJECT


def test_no_line_break_enters_a_subject():
    subject, _ = write(kind_of(KIND), {"organisation": "x\nBcc: tous@exemple.fr"})
    assert "\n" not in subject


def test_every_kind_has_its_texts_and_a_subject_that_fits():
    assert {"accounts.join_requested", KIND} <= {kind.code for kind in all_kinds()}
    assert check_kinds() == []


def test_a_kind_without_texts_or_with_a_long_subject_is_said(monkeypatch, settings, tmp_path):
    (tmp_path / "mail" / "test").mkdir(parents=True)
    (tmp_path / "mail" / "test" / "long.subject.txt").write_text("x" * 61 + "{{ reference }}")
    (tmp_path / "mail" / "test" / "long.txt").write_text("texte")
    settings.TEMPLATES = [settings.TEMPLATES[0] | {"DIRS": [tmp_path, *settings.TEMPLATES[0]["DIRS"]]}]
    monkeypatch.setitem(_kinds, "test.long", Kind("test.long", "x", "sans point"))
    monkeypatch.setitem(_kinds, "test.absent", Kind("test.absent", "x", "x."))
    assert [fault.id for fault in check_kinds()] == ["mail.E001", "mail.E001", "mail.E002", "mail.E003"]


def test_two_kinds_cannot_share_a_code():
    register(kind_of(KIND))
    with pytest.raises(ValueError, match="two kinds"):
        register(Kind(KIND, "autre", "autre."))
    with pytest.raises(LookupError, match="no room"):
        kind_of("moon.landed")


@pytest.mark.django_db(transaction=True)
def test_with_real_transactions(now):
    message = send_now("mairie@exemple.fr", now)
    drain()
    message.refresh_from_db()
    assert message.sent_at is not None


# --- Mails of the libraries -------------------------------------------------------------------------------------------


@pytest.fixture
def queue(settings):
    settings.EMAIL_BACKEND, settings.MAIL_TRANSPORT = QUEUE, settings.EMAIL_BACKEND


def test_a_library_sends_through_the_queue_and_its_code_is_forgotten(queue):
    assert mail.send_mail("Votre\u00a0code", "ABCD-1234", None, ["a@exemple.fr", "b@exemple.fr"]) == 1
    assert not mail.outbox
    drain()
    assert [(sent.to, sent.subject, sent.body) for sent in mail.outbox] == [
        (["a@exemple.fr"], "Votre code", "ABCD-1234"),
        (["b@exemple.fr"], "Votre code", "ABCD-1234"),
    ]
    assert set(Message.objects.values_list("body", "kind", "attempts")) == {("", "library", 1)}


def test_the_mails_of_the_site_keep_their_text(queue, now):
    message = send_now("mairie@exemple.fr", now)
    drain()
    message.refresh_from_db()
    assert "Commune d’Exemple" in message.body
    assert len(mail.outbox) == 1


def test_a_library_attaches_nothing(queue):
    message = mail.EmailMessage("x", "y", to=["a@exemple.fr"], attachments=[("offre.pdf", b"%PDF-", "application/pdf")])
    with pytest.raises(ValueError, match="no file"):
        message.send()


# --- Mails about accounts ---------------------------------------------------------------------------------------------


def received():
    drain()
    return sorted((sent.to[0], sent.subject) for sent in mail.outbox)


@pytest.mark.parametrize("count", [1, 3])
def test_every_owner_hears_of_a_request(now, count):
    firm = make(OrganisationFactory)
    owners = make_many(MembershipFactory, count, organisation=firm)
    make(MembershipFactory, organisation=firm, role="member")
    request_to_join(organisation=firm, actor=Actor.person(UserFactory()), now=now)
    subject = "Une personne demande à rejoindre votre équipe"
    assert received() == sorted((owner.user.email, subject) for owner in owners)


@pytest.mark.parametrize(
    ("answer", "subject"),
    [(accept_member, "Vous avez rejoint l’équipe"), (decline_member, "Votre demande n’a pas été acceptée")],
)
def test_the_person_hears_of_the_answer(now, answer, subject):
    firm, asker = make(OrganisationFactory), UserFactory()
    request = request_to_join(organisation=firm, actor=Actor.person(asker), now=now)
    answer(request=request, actor=actor_for(firm), now=now)
    assert (asker.email, subject) in received()


def test_who_is_added_and_who_is_verified_hear_of_it(now):
    owner = make(MembershipFactory, organisation__unverified_buyer=True)
    added = UserFactory()
    add_member(organisation=owner.organisation, user=added, actor=Actor.of(owner), now=now)
    verify_organisation(organisation=owner.organisation, actor=actor_for(organisation__operator=True), now=now)
    assert received() == sorted(
        [(added.email, "Vous faites partie d’une équipe"), (owner.user.email, "Votre organisation est vérifiée")]
    )
    assert "publier un appel" in mail.outbox[-1].body
