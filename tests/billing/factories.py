"""A plan that is open, without Stripe: as it would have been read there."""

from datetime import datetime, timedelta

from marketplace.accounts.models import Organisation
from marketplace.billing.models import Account, Subscription
from tests.factories import within_act

YEAR = timedelta(days=365)


def open_plan(organisation: Organisation, *, now: datetime, is_live: bool = True) -> Subscription:
    """A plan paid for a year."""

    def subscribed() -> Subscription:
        number = Account.objects.count()
        account = Account(organisation=organisation, is_live=is_live, customer_id=f"cus_open_{number}", opened_at=now)
        account.save()
        subscription = Subscription(
            account=account,
            stripe_id=f"sub_open_{number}",
            item_id=f"si_open_{number}",
            status=Subscription.Status.ACTIVE,
            period="year",
            began_at=now,
            paid_until=now + YEAR,
        )
        subscription.save()
        return subscription

    return within_act(subscribed)
