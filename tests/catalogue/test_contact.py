"""Questions to a company and errors reported: what leaves, to whom, after what, and how often."""

import re
from datetime import timedelta

import pytest
from django.core import signing
from django.core.cache import cache

from cms.catalogue.contact import services
from cms.catalogue.models import ErrorReport
from marketplace.accounts.actors import Actor
from marketplace.journal.errors import NotAllowed
from marketplace.journal.models import Entry
from marketplace.mail.models import Message
from tests.catalogue.factories import ProfileFactory
from tests.catalogue.test_editing import company, member_of
from tests.contracts.walk import client_of, text_of
from tests.factories import UserFactory, actor_for, make, siren

pytestmark = pytest.mark.django_db

ASKED = {"name": "Awa Delorme", "email": "awa@valclair.example", "message": "Et pour 200 arrêts ?"}


@pytest.fixture(autouse=True)
def _own_counters():
    """Each test counts its messages from nothing."""
    cache.clear()
    yield
    cache.clear()


@pytest.fixture
def owner():
    return company()


@pytest.fixture
def profile(owner):
    return ProfileFactory(organisation=owner.membership().organisation, siren=siren(90031), name="Tramélys")


def address(profile, what="question") -> str:
    return f"{profile.get_absolute_url()}{what}/"


def link_sent() -> str:
    return re.search(r"/questions/[^\s]+/", Message.objects.get(kind=services.TO_CONFIRM).body).group()


def test_a_visitor_confirms_first_and_reading_the_link_sends_nothing(client, profile, owner):
    member_of(owner)
    assert "Poser une question" in text_of(client.get(profile.get_absolute_url()))
    answer = client.post(address(profile), ASKED, follow=True)
    assert "Confirmez votre question" in text_of(answer)
    assert [mail.address for mail in Message.objects.all()] == [ASKED["email"]]
    assert ASKED["message"] not in Message.objects.get().body
    assert "Et pour 200 arrêts ?" in text_of(client.get(link_sent()))
    assert Message.objects.count() == 1
    assert "Votre question est partie" in text_of(client.post(link_sent(), follow=True))
    question = Message.objects.get(kind=services.QUESTION)
    assert question.to_user_id == owner.user_id
    assert ASKED["email"] in question.body
    assert ASKED["message"] in Message.objects.get(kind=services.COPY, address=ASKED["email"]).body
    assert Entry.objects.filter(act__startswith="question.").count() == 2


def test_a_question_leaves_once(client, profile):
    client.post(address(profile), ASKED)
    link = link_sent()
    client.post(link)
    again = client.post(link)
    assert again.status_code == 422
    assert "expiré ou a déjà servi" in text_of(client.get(link))
    assert Message.objects.filter(kind=services.QUESTION).count() == 1


def test_a_forged_link_is_absent_and_one_of_yesterday_sends_nothing(client, profile, monkeypatch):
    client.post(address(profile), ASKED)
    link = link_sent()
    for forged in ("/questions/abc/", link[:-3] + "xx/", f"/questions/{signing.dumps('k', salt='other')}/"):
        assert client.get(forged).status_code == 404
        assert client.post(forged).status_code == 404
    real = signing.time.time()
    monkeypatch.setattr(signing.time, "time", lambda: real + timedelta(days=1, seconds=1).total_seconds())
    assert "expiré" in text_of(client.get(link))
    assert client.post(link).status_code == 422
    assert not Message.objects.filter(kind=services.QUESTION).exists()


def test_somebody_signed_in_types_only_the_question(profile):
    buyer = actor_for(organisation__buyer=True)
    browser = client_of(buyer)
    page = text_of(browser.get(address(profile)))
    email = buyer.membership().user.email
    assert email in page
    forged = {"message": "Bonjour", "email": "autre@exemple.example", "name": "Autre"}
    assert browser.post(address(profile), forged).status_code == 302
    assert email in Message.objects.get(kind=services.QUESTION).body
    assert Message.objects.get(kind=services.COPY).to_user_id == buyer.user_id
    assert not Message.objects.filter(address=forged["email"]).exists()


@pytest.mark.parametrize(
    "typed",
    [
        {"email": "a@b.example\nBcc: c@d.example"},
        {"email": "a@b.example, c@d.example"},
        {"email": ""},
        {"name": ""},
        {"message": ""},
        {"message": "x" * 501},
    ],
)
def test_bad_input_is_said_and_nothing_leaves(client, profile, typed):
    answer = client.post(address(profile), ASKED | typed)
    assert answer.status_code == 422
    assert not Message.objects.exists()


def test_lines_in_a_name_or_a_message_make_no_header(client, profile):
    client.post(address(profile), ASKED | {"name": "Awa\r\nBcc: x@y.example", "message": "Un\r\nSubject: deux"})
    client.post(link_sent())
    for mail in Message.objects.all():
        assert "\n" not in mail.subject + mail.address
        assert "Bcc" not in mail.subject
    assert "\nBcc:" not in Message.objects.get(kind=services.QUESTION).body


def test_without_account_withdrawn_or_hidden_nobody_is_asked(client, profile, now):
    alone, hidden = ProfileFactory(), ProfileFactory(live=False)
    answer = client.post(address(alone), ASKED)
    assert answer.status_code == 403
    assert "personne ne recevrait" in text_of(answer)
    for what in ("question", "signaler", "question/envoyee"):
        assert client.get(address(hidden, what)).status_code == 404
    profile.withdrawn_at = now
    profile.save(update_fields=["withdrawn_at"])
    assert client.get(address(profile)).status_code == 403
    question = services.Question(**ASKED)
    for one in (alone, hidden, profile):
        for act in (services.hold, services.send_question):
            with pytest.raises(NotAllowed):
                act(profile=one, question=question, actor=Actor.visitor(), now=now)
    with pytest.raises(NotAllowed):
        services.report(profile=hidden, text="x", email="", actor=Actor.visitor(), now=now)
    assert not Message.objects.exists()


def test_a_network_and_an_address_write_so_much(client, profile):
    for number in range(5):
        assert client.post(address(profile), ASKED | {"email": f"a{number}@b.example"}).status_code == 302
    refused = client.post(address(profile), ASKED, REMOTE_ADDR="127.0.0.77")
    assert refused.status_code == 429
    assert "réessayez dans une heure" in text_of(refused)
    assert ASKED["message"] in text_of(refused)
    assert Message.objects.count() == 5
    for number in range(5):
        client.post(address(profile), ASKED, REMOTE_ADDR=f"10.0.{number}.1")
    assert client.post(address(profile), ASKED, REMOTE_ADDR="10.9.9.9").status_code == 429


def test_an_error_is_reported_with_or_without_an_address(client, profile, now):
    for email in ("", "awa@valclair.example"):
        answer = client.post(address(profile, "signaler"), {"text": "Le prix est faux.", "email": email}, follow=True)
        assert "Merci de votre signalement" in text_of(answer)
    assert set(ErrorReport.objects.values_list("text", "email")) == {
        ("Le prix est faux.", ""),
        ("Le prix est faux.", "awa@valclair.example"),
    }
    assert Entry.objects.filter(act="error.reported").count() == 2
    assert client.post(address(profile, "signaler"), {"text": ""}).status_code == 422
    for _number in range(10):
        last = client.post(address(profile, "signaler"), {"text": "Encore."})
    assert last.status_code == 429
    assert ErrorReport.objects.count() == 10


def test_a_person_without_organisation_asks_too(client, profile):
    user = make(UserFactory)
    client.force_login(user)
    assert client.post(address(profile), {"message": "Bonjour"}).status_code == 302
    assert user.email in Message.objects.get(kind=services.QUESTION).body
