"""What Stripe sends: only what it signed, once each, in any order, the state always re-read."""

import json
import threading
import time
from collections import Counter

import pytest
from django.db import connections
from django.test import Client

from marketplace.accounts.actors import Actor
from marketplace.billing import handling, webhooks
from marketplace.billing.models import Event, Subscription
from marketplace.billing.synchronising import synchronise
from marketplace.journal.models import Entry
from marketplace.journal.outbox import drain, waiting
from marketplace.mail.models import Message
from tests.billing.house import NOTIFICATIONS, House, send
from tests.billing.stand_in.server import signature

A_THOUSAND = 1000


def outcomes() -> list[str]:
    return list(Event.objects.order_by("pk").values_list("outcome", flat=True))


def reads() -> int:
    return Entry.objects.filter(act="billing.read").count()


@pytest.mark.django_db
class TestTheDoor:
    def test_a_good_signature_is_kept_as_it_came_and_answered_at_once(self, house: House):
        house.stripe.pay(house.open_checkout())
        event = house.stripe.take_outbox()[0]
        body = json.dumps(event, indent=2).encode()
        asked = len(house.stripe.asked)
        answer = send(body)
        assert (answer.status_code, answer.content) == (200, b"")
        kept = Event.objects.get()
        assert bytes(kept.body) == body
        assert (kept.event_id, kept.type, kept.outcome) == (event["id"], event["type"], "")
        assert waiting() == 1
        # Stripe was not asked while it waited for its answer.
        assert len(house.stripe.asked) == asked

    @pytest.mark.parametrize(
        "header",
        [
            "",
            "t=1,v1=00",
            "nonsense",
            "v1=é",
            lambda body: signature(body, secret="whsec_another"),
            lambda body: signature(body + b" "),
            lambda body: signature(body, at=int(time.time()) - webhooks.TOLERANCE - 5),
            lambda body: signature(body).replace("v1=", "v0="),
        ],
        ids=["none", "false", "nonsense", "accents", "other secret", "other body", "stale", "other scheme"],
    )
    def test_a_bad_signature_is_refused_and_nothing_is_kept(self, house: House, header):
        body = json.dumps(house.stripe.tell("invoice.paid", {"object": "thing", "id": "x"})).encode()
        answer = send(body, header=header(body) if callable(header) else header)
        assert answer.status_code == 400
        assert not Event.objects.exists()
        assert waiting() == 0

    def test_a_signature_still_fresh_passes(self, house: House):
        body = json.dumps(house.stripe.tell("invoice.paid", {"object": "thing", "id": "x"})).encode()
        header = signature(body, at=int(time.time()) - webhooks.TOLERANCE + 60)
        assert send(body, header=header).status_code == 200

    @pytest.mark.parametrize("body", [b"\xff\xfe", b"not json", b"[]", b"{}", b'{"id": "evt_1", "data": 3}'])
    def test_what_is_signed_and_unreadable_is_refused(self, house: House, body: bytes):
        assert send(body).status_code == 400
        assert not Event.objects.exists()

    def test_only_posts_are_heard_and_none_when_stripe_is_off(self, house: House, settings):
        assert Client().get(NOTIFICATIONS).status_code == 405
        settings.STRIPE_WEBHOOK_SECRET = ""
        assert send(b"{}", header=signature(b"{}", secret="")).status_code == 404
        settings.STRIPE_SECRET_KEY = ""
        assert send(b"{}").status_code == 404

    def test_a_body_beyond_measure_is_refused_unread(self, house: House):
        assert send(b"x" * (600 * 1024)).status_code == 413

    def test_csrf_tokens_are_not_asked_of_stripe(self, house: House):
        event = house.stripe.tell("invoice.paid", {"object": "thing", "id": "x"})
        assert send(event, client=Client(enforce_csrf_checks=True)).status_code == 200


@pytest.mark.django_db
class TestWhatIsDone:
    def test_duplicates_and_replays_count_once(self, house: House):
        house.stripe.pay(house.open_checkout())
        events = house.stripe.take_outbox()
        for event in events * 3:
            assert send(event).status_code == 200
        assert Event.objects.count() == len(events)
        drain()
        for event in events:
            assert send(event).status_code == 200
        assert waiting() == 0
        assert reads() == 1
        assert Subscription.objects.count() == 1

    def test_news_in_the_wrong_order_lead_to_the_present_state(self, house: House):
        subscription = house.past_trial()
        house.stripe.charge(subscription.stripe_id, works=False)
        house.stripe.end(subscription.stripe_id)
        for event in reversed(house.stripe.take_outbox()):
            send(event)
            drain()
        house.subscription.refresh_from_db()
        assert house.subscription.status == "canceled"
        assert not house.has_plan()

    def test_a_kind_of_news_that_is_unknown_is_kept_and_left(self, house: House):
        send(
            house.stripe.tell("radar.early_fraud_warning.created", {"object": "thing", "id": "x", "customer": "cus_1"})
        )
        drain()
        assert outcomes() == ["unknown_type"]

    def test_another_customer_is_left(self, house: House):
        send(house.stripe.tell("invoice.paid", {"object": "thing", "id": "x", "customer": "cus_of_nobody"}))
        drain()
        assert outcomes() == ["unknown_customer"]

    def test_another_account_of_stripe_is_left(self, house: House):
        house.subscribe()
        before = reads()
        thing = {"object": "thing", "id": "x", "customer": house.account.customer_id}
        send(house.stripe.tell("invoice.paid", thing, account="acct_of_somebody"))
        drain()
        assert outcomes()[-1] == "other_account"
        assert reads() == before

    def test_live_news_never_touch_the_test_world(self, house: House):
        house.subscribe()
        thing = {"object": "thing", "id": "x", "customer": house.account.customer_id}
        send(house.stripe.tell("invoice.paid", thing, livemode=True))
        drain()
        assert outcomes()[-1] == "other_mode"

    def test_a_burst_that_one_reading_covers_is_read_once(self, house: House):
        house.subscribe()
        thing = {"object": "thing", "id": "x", "customer": house.account.customer_id}
        for _ in range(20):
            send(house.stripe.tell("invoice.updated", thing))
        house.pass_time(seconds=1)
        asked = len(house.stripe.asked)
        drain()
        assert outcomes()[-20:] == ["applied"] + ["covered"] * 19
        assert len(house.stripe.asked) == asked + 3

    def test_a_failure_is_tried_five_times_then_told(self, house: House):
        house.stripe.pay(house.open_checkout())
        event = house.stripe.take_outbox()[0]
        send(event)
        house.stripe.down = True
        pk = Event.objects.get().pk
        pauses = [handling.handle_event(pk, now=house.now) for _ in range(handling.MAX_ATTEMPTS)]
        assert pauses == [*handling.PAUSES, None]
        failed = Event.objects.failed().get()
        assert (failed.attempts, failed.error) == (5, "http-503")
        house.stripe.down = False
        assert handling.handle_event(pk, now=house.now) is None
        assert not Event.objects.failed().exists()
        assert house.has_plan()

    def test_a_failure_leaves_a_task_for_later(self, house: House):
        house.stripe.pay(house.open_checkout())
        send(house.stripe.take_outbox()[0])
        house.stripe.down = True
        assert drain() == 1
        assert Event.objects.get().attempts == 1
        assert waiting() == 0  # its hour has not come

    def test_what_was_handled_long_ago_is_erased(self, house: House):
        house.subscribe()
        assert handling.forget_old(now=house.now) == 0
        house.pass_time(days=401)
        assert handling.forget_old(now=house.now) > 0
        assert not Event.objects.exists()


@pytest.mark.django_db(transaction=True)
class TestManyAtOnce:
    def test_an_old_reading_never_covers_a_newer_one(self, house: House):
        """While the answers of a first reading are on their way, the plan ends, and a second reading is kept."""
        subscription = house.past_trial()
        account = house.account
        read = []

        def meanwhile(method: str, path: str) -> None:
            if path == "/v1/subscriptions" and not read:
                read.append(path)
                house.stripe.end(subscription.stripe_id)
                assert synchronise(account=account, actor=Actor.system("stripe"), now=house.now)
                connections.close_all()

        house.stripe.before_answer = meanwhile
        # The first one finds itself overtaken, reads again, and has nothing more to keep.
        assert not synchronise(account=account, actor=Actor.system("stripe"), now=house.now)
        house.stripe.before_answer = None
        assert house.subscription.status == "canceled"
        assert read

    def test_a_thousand_at_once_are_each_applied_once(self, house: House):
        houses = [house, *(House(house.stripe, house.clock) for _ in range(9))]
        for one in houses:
            one.past_trial()
        before = Event.objects.count()
        rows = house.stripe.rows["subscriptions"]
        for one in houses[:5]:
            house.stripe.charge(one.subscription.stripe_id, works=False)
        for one in houses[5:]:
            house.stripe.end(one.subscription.stripe_id)
        events = house.stripe.take_outbox()
        while len(events) < A_THOUSAND:
            for row in rows.values():
                events.append(house.stripe.tell("customer.subscription.updated", row))
        house.stripe.take_outbox()
        events = events[:A_THOUSAND]
        again = events[::10]
        answers = _posted_together(events + again)
        assert answers == {200}
        assert Event.objects.count() == before + A_THOUSAND
        assert waiting() == A_THOUSAND
        house.pass_time(seconds=1)
        reads_before = reads()
        drain(processes=2)
        settled = Counter(Event.objects.order_by("pk").values_list("outcome", flat=True)[before:])
        assert set(settled) <= {"applied", "covered"}
        assert settled.total() == A_THOUSAND
        assert reads() - reads_before == len(houses)
        states = [Subscription.objects.get(account=one.account).status for one in houses]
        assert states == ["past_due"] * 5 + ["canceled"] * 5
        assert Message.objects.filter(kind="billing.payment_failed").count() == 5
        assert Message.objects.filter(kind="billing.cancelled").count() == 5


def _posted_together(events: list[dict[str, object]], *, hands: int = 8) -> set[int]:
    """Post them from several threads. Returns the kinds of answers."""
    left, answers, lock = list(events), set(), threading.Lock()

    def post() -> None:
        client = Client()
        while True:
            with lock:
                if not left:
                    break
                event = left.pop()
            answers.add(send(event, client=client).status_code)
        connections.close_all()

    threads = [threading.Thread(target=post) for _ in range(hands)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return answers
