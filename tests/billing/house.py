"""A company, its owner, a member, and the hands that do at Stripe what people and time do there."""

import json
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from marketplace.accounts.actors import Actor
from marketplace.accounts.models import Membership, Organisation
from marketplace.billing import services
from marketplace.billing.access import has_plan
from marketplace.billing.models import Account, Subscription
from marketplace.billing.plans import Period
from marketplace.journal.clock import MovingClock
from marketplace.journal.outbox import drain
from tests.billing.stand_in.server import StandIn, signature
from tests.factories import MembershipFactory, OrganisationFactory, make
from tests.queries import counted

NOTIFICATIONS = "/stripe/notifications/"


class House:
    def __init__(self, stripe: StandIn, clock: MovingClock) -> None:
        self.stripe, self.clock = stripe, clock
        self.firm: Organisation = make(OrganisationFactory)
        self.membership: Membership = make(MembershipFactory, organisation=self.firm)
        self.owner = Actor.of(self.membership)

    @property
    def now(self) -> datetime:
        return self.clock.now()

    def pass_time(self, **duration: int) -> None:
        """Both clocks move together."""
        self.clock.advance(timedelta(**duration))
        self.stripe.now = int(self.now.timestamp())

    def member(self) -> Actor:
        return Actor.of(make(MembershipFactory, organisation=self.firm, role=Membership.Role.MEMBER))

    def client(self, membership: Membership | None = None) -> Client:
        client = Client()
        client.force_login((membership or self.membership).user)
        return client

    def open_checkout(self, period: Period = Period.MONTH) -> str:
        """The owner goes to the page of payment. Returns the id of the page."""
        url = services.subscribe(organisation=self.firm, period=period, actor=self.owner, now=self.now)
        return url.rsplit("/", 1)[1]

    def subscribe(self, period: Period = Period.MONTH) -> Subscription:
        """The owner subscribes, pays, and the news come."""
        self.stripe.pay(self.open_checkout(period))
        self.hear()
        return self.subscription

    def past_trial(self) -> Subscription:
        """A plan whose first invoice after the trial is paid."""
        subscription = self.subscribe()
        self.pass_time(days=31)
        row = self.stripe.rows["subscriptions"][subscription.stripe_id]
        row["current_period_end"] = self.stripe.now + 30 * 24 * 3600
        self.stripe.charge(subscription.stripe_id)
        self.hear()
        return self.subscription

    def hear(self) -> None:
        """Stripe sends what it has to tell, and the worker does its tasks."""
        for event in self.stripe.take_outbox():
            assert send(event).status_code == 200
        drain()

    @property
    def account(self) -> Account:
        return Account.objects.get(organisation=self.firm)

    @property
    def subscription(self) -> Subscription:
        return Subscription.objects.get(account__organisation=self.firm)

    def has_plan(self) -> bool:
        return has_plan(self.firm.pk, now=self.now)


def queries_of(ask: Callable[[], Any]) -> int:
    """How many queries a page costs."""
    with CaptureQueriesContext(connection) as caught:
        assert ask().status_code == 200
    return counted(caught)


def send(event: dict[str, Any] | bytes, *, header: str | None = None, client: Client | None = None) -> Any:
    """Post a notification as Stripe does."""
    body = event if isinstance(event, bytes) else json.dumps(event).encode()
    return (client or Client()).post(
        NOTIFICATIONS,
        body,
        content_type="application/json; charset=utf-8",
        headers={"Stripe-Signature": signature(body) if header is None else header},
    )
