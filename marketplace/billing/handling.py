"""What is done with the news of Stripe: the state of the company is read again, whatever the news said."""

from datetime import datetime, timedelta

from django.db.models import F

from marketplace.accounts.actors import Actor
from marketplace.billing import gateway
from marketplace.billing.models import Account, Event
from marketplace.billing.reading import Unreadable
from marketplace.billing.synchronising import Busy, synchronise

MAX_ATTEMPTS = 5
PAUSES = (timedelta(minutes=1), timedelta(minutes=5), timedelta(minutes=30), timedelta(hours=2))
"""How long to wait after the first, second… failure."""

KEPT = timedelta(days=400)
"""How long an event is kept once handled."""

READ_AGAIN = ("checkout.session.", "customer.subscription.", "customer.tax_id.", "invoice.")
"""Natures that say that the state of a company changed."""


def handle_event(pk: int, *, now: datetime) -> timedelta | None:
    """Do what an event calls for, once. Returns after how long to try again, None when it is settled.

    Raises nothing for a failure of Stripe: it is counted, and told to the operator after the last try.
    """
    waiting = Event.objects.waiting().filter(pk=pk)
    if not waiting.update(attempts=F("attempts") + 1):
        return None
    event = waiting.first()
    if event is None:
        return None
    try:
        outcome = _settle(event, now)
    except (gateway.StripeOff, gateway.StripeFailed, Unreadable, Busy, KeyError) as error:
        return _missed(event, error, now)
    waiting.update(outcome=outcome, handled_at=now, error="", failed_at=None, read_at=event.read_at)
    return None


def forget_old(*, now: datetime) -> int:
    """Erase the events handled long ago. Returns how many."""
    return Event.objects.exclude(outcome="").filter(handled_at__lt=now - KEPT).delete()[0]


def _settle(event: Event, now: datetime) -> str:
    outcome = Event.Outcome
    if event.is_live != gateway.is_live():
        return outcome.OTHER_MODE
    if event.stripe_account:
        return outcome.OTHER_ACCOUNT
    if not event.type.startswith(READ_AGAIN):
        return outcome.UNKNOWN_TYPE
    account = Account.objects.filter(customer_id=event.customer_id, is_live=event.is_live).first()
    if account is None:
        return outcome.UNKNOWN_CUSTOMER
    # What was read after this one came holds it already: a burst of news costs few readings.
    read = Event.objects.filter(customer_id=event.customer_id, is_live=event.is_live, outcome=outcome.APPLIED)
    if read.filter(read_at__gt=event.received_at).exists():
        return outcome.COVERED
    event.read_at = now
    synchronise(account=account, actor=Actor.system("stripe"), now=now)
    return outcome.APPLIED


def _missed(event: Event, error: Exception, now: datetime) -> timedelta | None:
    event.error = getattr(error, "code", "") or type(error).__name__
    is_last = event.attempts >= MAX_ATTEMPTS
    event.failed_at = now if is_last else None
    event.save(update_fields=["error", "failed_at"])
    return None if is_last else PAUSES[event.attempts - 1]
