"""Nothing is public before an editor publishes it; each answer reaches its author."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.contrib.auth.models import Group
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from cms.needs.delays import answer_due
from cms.needs.models import Need, State, Supporter
from cms.needs.services import moderation
from cms.pages.site import WRITERS
from marketplace.accounts.models import User
from marketplace.journal.errors import NotAllowed, Refusal
from marketplace.journal.models import Entry
from marketplace.journal.outbox import drain
from marketplace.mail.models import Message
from tests.factories import UserFactory, actor_for
from tests.needs.builders import (
    TEXT,
    VISITOR,
    confirmed_need,
    editor,
    published_need,
    supported,
    written_need,
)

pytestmark = pytest.mark.django_db
FIELDS = {"title": "Des bus pleins", "slug": "des-bus-pleins", "text": "Un texte relu.", "place": "Rennes"}


def browser_of(actor) -> Client:
    client = Client()
    client.force_login(User.objects.get(pk=actor.user_id))
    return client


def queue_page(need: Need) -> str:
    return reverse("needs_admin:need", args=[need.pk])


def mails_to(address: str) -> list[str]:
    drain()
    return list(Message.objects.filter(address=address).order_by("queued_at").values_list("kind", flat=True))


def test_an_editor_publishes_under_a_title_and_without_personal_data(client, moving_clock):
    need = confirmed_need(now=moving_clock.now(), text=f"Je suis Marie Exemple. {TEXT}")
    assert mails_to("autrice@exemple.fr") == ["needs.confirm"]
    moving_clock.advance(timedelta(minutes=1))
    by = browser_of(editor())
    assert "Je suis Marie Exemple" in by.get(queue_page(need)).content.decode()
    posted = {f"publish-{name}": value for name, value in FIELDS.items()}
    assert by.post(queue_page(need), {**posted, "act": "publish"}).status_code == 302
    page = client.get("/besoins/des-bus-pleins/").content.decode()
    assert "Un texte relu." in page
    assert "Marie" not in page
    assert "autrice@exemple.fr" not in page
    assert Need.objects.get().text == "Un texte relu."
    assert mails_to("autrice@exemple.fr") == ["needs.confirm", "needs.published"]
    assert Entry.objects.last().act == "need.published"


def test_nobody_but_an_editor_publishes(client, now):
    need = confirmed_need(now=now)
    for actor in (VISITOR, actor_for(), actor_for(organisation__buyer=True), actor_for(organisation__operator=True)):
        with pytest.raises(NotAllowed):
            moderation.publish(need=need, **FIELDS, actor=actor, now=now)
    for one in (client, browser_of(actor_for(organisation__operator=True))):
        response = one.post(queue_page(need), {"act": "publish", **{f"publish-{k}": v for k, v in FIELDS.items()}})
        assert response.status_code in {302, 403}
    need.refresh_from_db()
    assert need.published_at is None
    assert client.get("/besoins/des-bus-pleins/").status_code == 404


def test_writers_do_not_moderate(now):
    need = confirmed_need(now=now)
    user = UserFactory()
    user.groups.add(Group.objects.get(name=WRITERS))
    client = Client()
    client.force_login(user)
    assert client.get(reverse("needs_admin:queue")).status_code == 302
    assert client.get(queue_page(need)).status_code == 302


def test_what_its_author_did_not_confirm_is_not_even_shown_to_editors(now):
    need = written_need(now=now)
    with pytest.raises(Refusal):
        moderation.publish(need=need, **FIELDS, actor=editor(), now=now)
    assert browser_of(editor()).get(queue_page(need)).status_code == 404
    assert not Need.objects.published().exists()


def test_an_address_of_another_page_or_need_is_refused_and_nothing_is_lost(now):
    published_need(now=now, title="Des bus pleins", email="une@exemple.fr")
    need = confirmed_need(now=now)
    by = browser_of(editor())
    for slug in ("des-bus-pleins", "proposer", "flux"):
        posted = {f"publish-{name}": value for name, value in (FIELDS | {"slug": slug}).items()}
        response = by.post(queue_page(need), {**posted, "act": "publish"})
        assert response.status_code == 422
        assert "Un texte relu." in response.content.decode()
    assert Need.objects.get(pk=need.pk).published_at is None


def test_a_refusal_tells_its_author_why_and_erases_what_they_gave(moving_clock):
    now = moving_clock.now()
    need = confirmed_need(now=now)
    by = browser_of(editor())
    assert by.post(queue_page(need), {"act": "refuse", "refuse-reason": " "}).status_code == 422
    assert Supporter.objects.exists()
    by.post(queue_page(need), {"act": "refuse", "refuse-reason": "Cela met en cause une personne."})
    mail = Message.objects.get(kind="needs.refused")
    assert "Cela met en cause une personne." in mail.body
    assert TEXT in mail.body
    need.refresh_from_db()
    assert (need.text, need.refused_at) == ("", now)
    assert not Supporter.objects.exists()
    with pytest.raises(Refusal):
        moderation.publish(need=need, **FIELDS, actor=editor(), now=now)


def test_two_needs_become_one_and_everybody_is_told_once(client, now):
    kept = published_need(now=now, title="Bus pleins", email="une@exemple.fr")
    gone = published_need(now=now, title="Trop de monde", email="autre@exemple.fr")
    for need in (kept, gone):
        supported(need, "ami@exemple.fr", now=now)
    supported(gone, "seul@exemple.fr", now=now)
    browser_of(editor()).post(queue_page(gone), {"act": "merge", "merge-into": str(kept.pk)})
    both = Need.objects.with_state().get(pk=kept.pk)
    assert both.support == 4
    assert set(both.supporters.filter(is_author=True).values_list("email", flat=True)) == {
        "une@exemple.fr",
        "autre@exemple.fr",
    }
    told = Message.objects.filter(kind="needs.merged").values_list("address", flat=True)
    assert sorted(told) == ["ami@exemple.fr", "autre@exemple.fr", "seul@exemple.fr"]
    response = client.get(gone.get_absolute_url())
    assert (response.status_code, response["Location"]) == (301, kept.get_absolute_url())
    assert client.get("/besoins/").context["page"].paginator.count == 1
    with pytest.raises(Refusal):
        moderation.merge(need=kept, into=kept, actor=editor(), now=now)


def test_a_need_not_yet_published_may_join_another(now):
    kept = published_need(now=now, title="Bus pleins", email="une@exemple.fr")
    waiting = confirmed_need(now=now, email="autre@exemple.fr")
    moderation.merge(need=waiting, into=kept, actor=editor(), now=now)
    assert Need.objects.with_state().get(pk=kept.pk).support == 2
    assert not Need.objects.to_moderate().exists()


def test_a_need_that_is_not_retained_says_why(client, now):
    need = published_need(now=now)
    supported(need, "ami@exemple.fr", now=now)
    reason = "Cela relève d’une entreprise privée."
    browser_of(editor()).post(queue_page(need), {"act": "decline", "decline-reason": reason})
    assert Need.objects.with_state().get().state == State.DECLINED
    assert reason in client.get(need.get_absolute_url()).content.decode()
    drain()
    told = Message.objects.filter(kind="needs.news", body__contains=reason).values_list("address", flat=True)
    assert sorted(told) == ["ami@exemple.fr", "autrice@exemple.fr"]


def test_an_unknown_button_does_nothing(now):
    need = confirmed_need(now=now)
    assert browser_of(editor()).post(queue_page(need), {"act": "delete"}).status_code == 404


@pytest.mark.parametrize(
    ("confirmed", "due"),
    [
        (datetime(2027, 1, 12, 9, tzinfo=UTC), date(2027, 1, 19)),
        # 1 and 8 May 2026 are holidays, both Fridays.
        (datetime(2026, 4, 30, 9, tzinfo=UTC), date(2026, 5, 11)),
        # Late in the evening of the 12th in Greenwich, the 13th in Paris.
        (datetime(2027, 1, 12, 23, 30, tzinfo=UTC), date(2027, 1, 20)),
    ],
)
def test_an_answer_is_due_in_five_working_days(confirmed, due):
    assert answer_due(confirmed) == due


def test_the_queue_shows_age_and_day_due_at_a_constant_number_of_queries(moving_clock):
    by = browser_of(editor())
    confirmed_need(now=moving_clock.now())
    moving_clock.advance_to(datetime(2027, 1, 20, 9, tzinfo=UTC))
    page = by.get(reverse("needs_admin:queue")).content.decode()
    assert "8 jours" in page
    assert "(en retard)" in page
    published_need(now=moving_clock.now(), email="nom@exemple.fr")
    with CaptureQueriesContext(connection) as one:
        by.get(reverse("needs_admin:queue"))
    for number in range(3):
        confirmed_need(now=moving_clock.now(), email=f"nom{number}@exemple.fr")
        published_need(now=moving_clock.now(), email=f"nom{number}@exemple.fr", title=f"Besoin {number}")
    with CaptureQueriesContext(connection) as several:
        by.get(reverse("needs_admin:queue"))
    assert len(several) == len(one)
