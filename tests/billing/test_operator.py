"""What the operator sees of Stripe: the mode, the failures, each event as it came, and replays."""

import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse

from marketplace.accounts.actors import Actor
from marketplace.billing import handling, services
from marketplace.billing.models import Event
from marketplace.journal.errors import NotAllowed
from marketplace.journal.models import Entry
from marketplace.journal.outbox import drain, waiting
from tests.billing.house import House, queries_of, send
from tests.factories import MembershipFactory, make

pytestmark = pytest.mark.django_db
EVENTS = reverse("billing:events")


@pytest.fixture
def operator() -> Client:
    client = Client()
    client.force_login(make(MembershipFactory, organisation__operator=True).user)
    return client


def failed_event(house: House) -> Event:
    house.stripe.pay(house.open_checkout())
    send(house.stripe.take_outbox()[0])
    house.stripe.down = True
    event = Event.objects.get()
    for _ in range(handling.MAX_ATTEMPTS):
        handling.handle_event(event.pk, now=house.now)
    house.stripe.down = False
    event.refresh_from_db()
    return event


def test_it_says_plainly_that_stripe_is_off(operator: Client):
    page = operator.get(EVENTS).content.decode()
    assert "Stripe est éteint" in page
    assert "n’a encore rien envoyé" in page
    assert "rien n’attend de vous" in operator.get(f"{EVENTS}?etat=echec").content.decode()


def test_failures_are_counted_shown_and_replayed(house: House, operator: Client):
    event = failed_event(house)
    page = operator.get(f"{EVENTS}?etat=echec").content.decode()
    assert "1 notification en échec" in page
    assert event.event_id in page
    assert "http-503" in page
    url = reverse("billing:replay", args=[event.pk])
    shown = operator.get(url).content.decode()
    assert event.type in shown
    assert "cus_" in shown
    assert operator.post(url).status_code == 302
    assert Entry.objects.filter(act="billing.event_replayed").count() == 1
    drain()
    event.refresh_from_db()
    assert (event.outcome, event.failed_at) == ("applied", None)
    assert house.has_plan()


def test_replaying_what_was_done_counts_nothing_twice(house: House, operator: Client):
    house.past_trial()
    before = Entry.objects.filter(act="billing.read").count()
    for event in Event.objects.all():
        operator.post(reverse("billing:replay", args=[event.pk]))
    drain()
    assert Entry.objects.filter(act="billing.read").count() == before
    assert not Event.objects.waiting().exists()


def test_nobody_else_looks_or_replays(house: House):
    event = failed_event(house)
    queued = waiting()
    for client in (house.client(), Client()):
        for url in (EVENTS, reverse("billing:replay", args=[event.pk])):
            assert client.get(url).status_code in {302, 403}
            assert client.post(url).status_code in {302, 403}
    with pytest.raises(NotAllowed):
        services.replay(event=event, actor=house.owner, now=house.now)
    with pytest.raises(NotAllowed):
        services.replay(event=event, actor=Actor.visitor(), now=house.now)
    assert waiting() == queued


def test_an_event_that_does_not_exist_answers_404(operator: Client):
    assert operator.get(reverse("billing:replay", args=[12345])).status_code == 404


def test_the_list_asks_as_many_queries_for_one_as_for_three(house: House, operator: Client):
    send(house.stripe.tell("some.thing", {"object": "thing", "id": "x"}))
    one = queries_of(lambda: operator.get(EVENTS))
    for _ in range(2):
        send(house.stripe.tell("some.thing", {"object": "thing", "id": "x"}))
    assert queries_of(lambda: operator.get(EVENTS)) == one


def test_a_daily_reading_finds_what_lost_news_would_have_told(house: House, capsys, settings):
    subscription = house.past_trial()
    house.stripe.end(subscription.stripe_id)
    house.stripe.take_outbox()
    assert house.has_plan()
    call_command("read_stripe")
    assert not house.has_plan()
    assert "1 formules mises à jour" in capsys.readouterr().out
    house.stripe.down = True
    with pytest.raises(CommandError, match="1 n’ont pas pu être relues"):
        call_command("read_stripe")
    settings.STRIPE_SECRET_KEY = ""
    call_command("read_stripe")
    assert "éteint" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("key", "secret", "told"),
    [
        ("", "", []),
        ("sk_test_1", "whsec_1", []),
        ("rk_live_1", "whsec_1", []),
        ("pk_test_1", "whsec_1", ["billing.E001"]),
        ("sk_live_1", "", ["billing.E002"]),
    ],
)
def test_keys_are_checked_at_start(settings, key: str, secret: str, told: list[str]):
    from marketplace.billing.checks import check_keys

    settings.STRIPE_SECRET_KEY, settings.STRIPE_WEBHOOK_SECRET = key, secret
    assert [message.id for message in check_keys()] == told
