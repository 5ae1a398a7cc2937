"""The state of a company is read again from Stripe, whole, and kept: the order in which news come does not matter."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta

from django.db import models

from marketplace.accounts.actors import Actor
from marketplace.accounts.models import Membership
from marketplace.billing import gateway, mails
from marketplace.billing.models import Account, Invoice, Subscription
from marketplace.billing.reading import InvoiceState, SubscriptionState
from marketplace.journal.acts import SITE_CHAIN, act
from marketplace.journal.errors import Refusal
from marketplace.mail.services import send

MOST_READINGS = 6
"""Readings that another one may overtake before it is told as a failure."""

TRIAL_NOTICE = timedelta(days=4)
"""How long before its end a trial is announced; Stripe tells it three days before."""

_UNPAID = frozenset({Subscription.Status.PAST_DUE, Subscription.Status.UNPAID})


class _Overtaken(Exception):  # noqa: N818 - says what happened
    """Another reading was kept since this one began."""


class Busy(Refusal):
    """Other readings of the same company never let this one be kept."""

    def __init__(self) -> None:
        super().__init__("L’état de la formule change en ce moment même : réessayez dans une minute.")


@dataclass
class _Changes:
    """What a reading changes: rows to save, mails to send (kind, values)."""

    rows: list[models.Model] = field(default_factory=list)
    mails: list[tuple[str, dict[str, datetime | bool]]] = field(default_factory=list)


def synchronise(
    *, account: Account, actor: Actor, now: datetime, name: str = "billing.read", always: bool = False
) -> bool:
    """Read a company again from Stripe and keep what changed, with the mails that it calls for, in one act `name`.

    A reading that began before another one was kept is thrown away and done again: an old state never covers a newer
    one. Without any change nothing is written, unless `always`. Returns whether something changed.

    Raises:
        StripeOff, StripeFailed: Stripe could not be read.
        Unreadable: It holds something that is not sold here.
        Busy: Other readings overtook this one too often.
    """
    for _reading in range(MOST_READINGS):
        seen = Account.objects.select_related("organisation").get(pk=account.pk)
        subscriptions = gateway.subscriptions_of(seen.customer_id)
        invoices = gateway.invoices_of(seen.customer_id)
        vat_number = gateway.vat_number(seen.customer_id)
        changes = _changes(seen, subscriptions, invoices, vat_number, now)
        if not changes.rows and not always:
            return False
        try:
            _keep(seen, changes, actor=actor, now=now, name=name)
        except _Overtaken:
            continue
        return bool(changes.rows)
    raise Busy


def _keep(seen: Account, changes: _Changes, *, actor: Actor, now: datetime, name: str) -> None:
    with act(SITE_CHAIN, name, actor=actor, now=now, subject=seen) as entry:
        if Account.objects.values_list("version", flat=True).get(pk=seen.pk) != seen.version:
            raise _Overtaken
        if changes.rows:
            seen.version += 1
            seen.save()
        for row in changes.rows:
            if row is not seen:
                row.save()
        entry.data["states"] = [row.status for row in changes.rows if isinstance(row, Subscription)]
        entry.data["invoices"] = [row.stripe_id for row in changes.rows if isinstance(row, Invoice)]
        for kind, values in changes.mails:
            _tell_owners(seen, kind, values, now)


def _changes(
    account: Account,
    subscriptions: Iterable[SubscriptionState],
    invoices: Iterable[InvoiceState],
    vat_number: str,
    now: datetime,
) -> _Changes:
    changes = _Changes()
    if account.vat_number != vat_number:
        account.vat_number = vat_number
        changes.rows.append(account)
    invoices = list(invoices)
    missed = min((one.issued_at for one in invoices if one.is_missed), default=now)
    known = {row.stripe_id: row for row in account.subscriptions.all()}
    for state in subscriptions:
        _change_subscription(account, state, known.get(state.stripe_id), missed, now, changes)
    written = {row.stripe_id: row for row in account.invoices.all()}
    for told in invoices:
        values = {name: value for name, value in asdict(told).items() if name != "is_missed"}
        row = written.get(told.stripe_id) or Invoice(account=account)
        if _differs(row, values):
            changes.rows.append(row)
    return changes


def _change_subscription(
    account: Account,
    state: SubscriptionState,
    row: Subscription | None,
    missed: datetime,
    now: datetime,
    changes: _Changes,
) -> None:
    was = (row.is_over, row.ends_at, row.unpaid_since) if row else None
    row = row or Subscription(account=account)
    values = asdict(state)
    if state.status in _UNPAID:
        values["unpaid_since"] = row.unpaid_since or missed
    else:
        values["unpaid_since"] = None
    if _trial_ends_soon(state, now):
        values["trial_told_for"] = state.trial_ends_at
    told_for = row.trial_told_for
    if not _differs(row, values):
        return
    changes.rows.append(row)
    if row.trial_told_for != told_for:
        changes.mails.append((mails.TRIAL_ENDING, {"until": row.trial_ends_at}))
    if row.grace_ends_at is not None and (was is None or was[2] is None):
        changes.mails.append((mails.PAYMENT_FAILED, {"until": row.grace_ends_at}))
    if was is not None and row.is_over and not was[0]:
        changes.mails.append((mails.CANCELLED, {"until": row.ended_at or now, "is_over": True}))
    elif was is not None and row.ends_at is not None and was[1] is None and not row.is_over:
        changes.mails.append((mails.CANCELLED, {"until": row.ends_at, "is_over": False}))


def _trial_ends_soon(state: SubscriptionState, now: datetime) -> bool:
    ends = state.trial_ends_at
    is_on = state.status == Subscription.Status.TRIALING and state.ends_at is None
    return is_on and ends is not None and now >= ends - TRIAL_NOTICE


def _differs(row: models.Model, values: dict[str, object]) -> bool:
    """Write values into a row in memory; whether one of them is new."""
    new = [name for name, value in values.items() if getattr(row, name) != value]
    for name in new:
        setattr(row, name, values[name])
    return bool(new)


def _tell_owners(account: Account, kind: str, values: dict[str, datetime | bool], now: datetime) -> None:
    owners = Membership.objects.active().owners().filter(organisation=account.organisation_id)
    for membership in owners.select_related("user"):
        send(kind, membership.user, {"organisation": account.organisation.name, **values}, now)
