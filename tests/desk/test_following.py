"""Following a call: without account by a confirmed address, with one in a click, told once of each event."""

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse

from marketplace.accounts.actors import Actor
from marketplace.accounts.own_data import close_account, export_of
from marketplace.journal.acts import SITE_CHAIN
from marketplace.journal.errors import NotAllowed
from marketplace.journal.models import Entry
from marketplace.journal.outbox import drain
from marketplace.mail import links
from marketplace.mail.models import Message
from procurement.calls.models import Follower, News
from procurement.calls.services import following
from procurement.calls.services.periods import extend_deadline
from procurement.calls.services.publishing import cancel_lot
from tests.calls.builders import make_team, team_user, write_call
from tests.calls.pages import client_of
from tests.desk.builders import a_firm, published
from tests.desk.following import link_in_mail, told
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db
EMAIL = "curieuse@exemple.fr"


def page_of(stage):
    return reverse("desk:follow", args=[stage.call.reference])


def followed(stage, email=EMAIL):
    client = Client()
    assert client.post(page_of(stage), {"email": email}).url == reverse("desk:mail_sent")
    client.post(link_in_mail(email, "suivi/confirmer"))
    return Follower.objects.get(email=email)


def extend(stage, days=7):
    extend_deadline(
        period=stage.period, closes_at=stage.deadline + timedelta(days=days), reason="Un plan manquait.",
        actor=stage.team.validator, now=stage.clock.now(),
    )  # fmt: skip
    drain()


def test_an_address_follows_once_its_link_is_pressed(moving):
    stage = published(moving)
    client = Client()
    client.post(page_of(stage), {"email": "CURIEUSE@exemple.fr "})
    path = link_in_mail(EMAIL, "suivi/confirmer")
    assert stage.call.title in client.get(path).content.decode()
    follower = Follower.objects.get()
    assert follower.confirmed_at is None, "reading the page of the link does nothing"
    token = path.rstrip("/").rpartition("/")[2]
    assert token not in str(Follower.objects.values().get())
    assert follower.token_digest == links.digest(token)
    moving.advance(timedelta(hours=1))
    client.post(path)
    follower.refresh_from_db()
    assert follower.confirmed_at == moving.now()
    acts = Entry.objects.filter(chain__key=SITE_CHAIN, act__startswith="call.").values_list("act", flat=True)
    assert list(acts.order_by("pk")) == ["call.follow_asked", "call.followed"]


@pytest.mark.parametrize("name", ["confirm_following", "stop_following", "confirm_question"])
@pytest.mark.parametrize("token", ["x", "a" * 43, "1:falsifiee"])
def test_forged_links_do_not_exist(moving, name, token):
    follower = followed(published(moving))
    for ask in (Client().get, Client().post):
        assert ask(reverse(f"desk:{name}", args=[token])).status_code == 404
    assert Follower.objects.get() == follower


def test_a_link_too_old_does_nothing_and_the_address_is_erased(moving):
    stage = published(moving)
    Client().post(page_of(stage), {"email": EMAIL})
    path = link_in_mail(EMAIL, "suivi/confirmer")
    moving.advance(links.VALID)
    assert "Ce lien a plus de 7 jours" in Client().get(path).content.decode()
    assert Client().post(path).status_code == 422
    assert Follower.objects.get().confirmed_at is None
    Client().post(page_of(stage), {"email": "autre@exemple.fr"})
    assert Follower.objects.get().email == "autre@exemple.fr"


@pytest.mark.law("LR-36", "LR-38")
def test_each_event_is_told_once_to_each_address_and_to_those_who_answer(moving):
    stage = published(moving)
    followed(stage)
    bidder = stage.bidder().actor
    client_of(bidder).post(page_of(stage))
    extend(stage)
    mails = Message.objects.filter(kind__startswith="calls.news")
    assert told() == sorted([EMAIL, team_user(bidder).email])
    assert {mail.subject for mail in mails} == {f"Appel {stage.call.reference} modifié : l’heure limite change"}
    assert "Un plan manquait." in mails.first().body
    assert "Nouvelle heure limite" in mails.first().body
    following.tell.func(News.objects.get().pk)
    assert mails.count() == 2, "the task does nothing twice"


@pytest.mark.law("LR-38")
def test_a_firm_that_answers_is_told_although_it_does_not_follow(moving):
    stage = published(moving)
    bidder = stage.bidder().actor
    extend(stage)
    assert told("calls.news_to_bidders") == [team_user(bidder).email]
    entry = Entry.objects.get(act="call.news_told")
    assert entry.chain.key == SITE_CHAIN, "the file of the call never tells how many answer"


@pytest.mark.law("LR-86")
def test_who_follows_learns_that_the_call_ends_and_why(moving):
    stage = published(moving)
    followed(stage)
    cancel_lot(
        lot=stage.call.lots.get(), kind="without_follow_up", reasons="Le budget manque.",
        actor=stage.team.validator, now=moving.now(),
    )  # fmt: skip
    drain()
    mail = Message.objects.get(kind="calls.news")
    assert mail.subject == f"Appel {stage.call.reference} : il s’arrête"
    assert "Sans suite. Motif : Le budget manque." in mail.body.replace("\xa0", " ")


def test_the_link_of_every_mail_stops_and_erases_the_address(moving):
    stage = published(moving)
    follower = followed(stage)
    extend(stage)
    path = link_in_mail(EMAIL, "suivi/arreter")
    assert Client().get(path).status_code == 200
    assert Follower.objects.active().exists(), "reading the page of the link does nothing"
    Client().post(path)
    follower.refresh_from_db()
    assert (follower.email, follower.stopped_at) == ("", moving.now())
    extend(stage, days=14)
    assert told() == [EMAIL]
    # Mails of one instant have no order.
    moving.advance(timedelta(minutes=1))
    assert "C’est déjà fait" in Client().get(path).content.decode()
    followed(stage)
    assert Follower.objects.active().count() == 1


def test_somebody_with_an_account_follows_and_stops_in_one_click(moving):
    stage = published(moving)
    firm = a_firm()
    client = client_of(firm)
    assert "Suivre cet appel" in client.get(reverse("desk:call", args=[stage.call.reference])).content.decode()
    client.post(page_of(stage))
    assert following.followed_by(stage.call, firm)
    assert "Vous suivez cet appel." in client.get(reverse("desk:call", args=[stage.call.reference])).content.decode()
    home = reverse("desk:company_home")
    assert "Appels que vous suivez" in client.get(home).content.decode()
    client.post(page_of(stage))
    assert following.followed_by(stage.call, firm) is None
    assert "Appels que vous suivez" not in client.get(home).content.decode()


def test_an_account_takes_its_followed_calls_away_and_closes_with_them(moving):
    stage = published(moving)
    user = UserFactory()
    person = Actor.person(user)
    following.follow(call=stage.call, actor=person, now=moving.now())
    assert export_of(user, now=moving.now())["appels suivis"][0]["appel"] == str(stage.call)
    close_account(user=user, actor=person, now=moving.now())
    assert not Follower.objects.exists()


def test_a_draft_has_no_followers(moving):
    team = make_team()
    call = write_call(team, moving.now())
    assert Client().post(reverse("desk:follow", args=[call.reference]), {"email": EMAIL}).status_code == 404
    with pytest.raises(NotAllowed, match="pas publié"):
        following.ask_to_follow(call=call, email=EMAIL, actor=team.author, now=moving.now())
    assert not Follower.objects.exists()


def test_mails_to_one_address_are_counted(moving):
    stage = published(moving)
    answers = [Client().post(page_of(stage), {"email": EMAIL}).status_code for _ in range(6)]
    assert answers == [302] * 5 + [429]


def test_many_followers_are_told_in_batches(moving, monkeypatch):
    monkeypatch.setattr(following, "BATCH", 2)
    stage = published(moving)
    for number in range(5):
        followed(stage, f"abonne{number}@exemple.fr")
    extend(stage)
    assert told() == [f"abonne{number}@exemple.fr" for number in range(5)]
    assert Entry.objects.filter(act="call.news_told").count() == 3
