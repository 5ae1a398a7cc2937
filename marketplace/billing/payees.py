"""The account on which a company is paid by transfer: its own, at Stripe, never one of ours and without commission.

Stripe is asked outside of transactions; what it answered is kept, so that no page waits for it.
"""

from datetime import datetime

from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext as _

from marketplace.accounts.actors import Actor
from marketplace.accounts.models import Organisation
from marketplace.accounts.permissions import require
from marketplace.billing import gateway, transfers
from marketplace.billing.models import PayeeAccount
from marketplace.journal.acts import SITE_CHAIN, act
from marketplace.journal.errors import Refusal


def payee_of(organisation: Organisation) -> PayeeAccount | None:
    """The account of a company in the world of the present key, real or of tests; None while it opened none."""
    return PayeeAccount.objects.filter(organisation=organisation, is_live=gateway.is_live()).first()


def open_payee_account(*, organisation: Organisation, actor: Actor, now: datetime) -> str:
    """Open the account of a company, or go on with it. Returns the address of Stripe's page that completes it.

    Records `payee.opened` the first time. Raises NotAllowed for anyone but an owner, StripeOff, StripeFailed.
    """
    require(actor, "billing.manage", organisation)
    account = payee_of(organisation)
    if account is None:
        membership = actor.membership()
        opened = transfers.open_partner(
            email=membership.user.email if membership else "",
            organisation_id=str(organisation.pk),
            key=f"payee-{organisation.pk}",
        )
        with act(SITE_CHAIN, "payee.opened", actor=actor, now=now, subject=organisation) as entry:
            account = payee_of(organisation) or PayeeAccount(organisation=organisation, is_live=gateway.is_live())
            account.stripe_id, account.can_be_paid = opened.account_id, opened.can_be_paid
            account.opened_at = account.opened_at or now
            account.checked_at = now
            account.save()
            entry.data["stripe"] = account.stripe_id
    back = f"{settings.SITE_URL}{reverse('billing:payee')}"
    return transfers.completing_url(account_id=account.stripe_id, return_url=back)


def check_payee_account(*, organisation: Organisation, actor: Actor, now: datetime) -> PayeeAccount:
    """Ask Stripe whether the account of a company may be paid by now, and keep the answer.

    Records `payee.checked`. Raises NotAllowed for anyone but an owner, Refusal without account, StripeOff,
    StripeFailed.
    """
    require(actor, "billing.manage", organisation)
    account = payee_of(organisation)
    if account is None:
        raise Refusal(_("Votre entreprise n’a pas encore de compte de paiement : ouvrez-le d’abord."))
    told = transfers.partner(account.stripe_id)
    with act(SITE_CHAIN, "payee.checked", actor=actor, now=now, subject=organisation) as entry:
        account.refresh_from_db()
        account.can_be_paid, account.checked_at = told.can_be_paid, now
        account.save()
        entry.data["can_be_paid"] = account.can_be_paid
    return account
