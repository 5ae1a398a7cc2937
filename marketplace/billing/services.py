"""What a company does with its plan. Stripe is asked first, outside of any transaction; then one act keeps it.

Each request to Stripe carries a key of its own: tried again after a failure, it is done once.
"""

from datetime import datetime

from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext as _
from stdnum.eu import vat

from marketplace.accounts.actors import Actor
from marketplace.accounts.models import Organisation
from marketplace.accounts.permissions import require
from marketplace.billing import gateway, plans
from marketplace.billing.access import in_live_world
from marketplace.billing.models import Account, Event, Subscription
from marketplace.billing.plans import Period
from marketplace.billing.synchronising import synchronise
from marketplace.billing.tasks import handle
from marketplace.journal.acts import SITE_CHAIN, act
from marketplace.journal.errors import Refusal
from marketplace.journal.outbox import enqueue

NO_PLAN = "Vous n’avez pas la formule en ce moment : il n’y a rien à changer."
BACK_FROM_STRIPE = "retour"


def account_of(organisation: Organisation) -> Account | None:
    """The company as Stripe knows it, in the world of the key; None before its first payment page."""
    rows = Account.objects.select_related("organisation").prefetch_related("subscriptions")
    return rows.filter(organisation=organisation, is_live=in_live_world()).first()


def subscribe(*, organisation: Organisation, period: Period, actor: Actor, now: datetime) -> str:
    """Open a page of payment at Stripe for the plan; returns its address. Records `billing.checkout_opened`.

    A page opened before is closed: two windows never pay twice. The first subscription begins with the trial.
    Raises NotAllowed; Refusal when the company has the plan, StripeOff or StripeFailed.
    """
    require(actor, "billing.manage", organisation)
    account = _opened_account(organisation, actor, now)
    synchronise(account=account, actor=actor, now=now)
    account = Account.objects.prefetch_related("subscriptions").get(pk=account.pk)
    if account.current is not None and not account.current.is_over:
        raise Refusal(_("Vous avez déjà la formule : changez son rythme, ou résiliez-la, depuis cette page."))
    if account.checkout_id:
        gateway.close_checkout(account.checkout_id)
    trial_days = 0 if account.subscriptions.all() else settings.PLAN_TRIAL_DAYS
    amount = plans.cents(plans.price(period))
    back = settings.SITE_URL + reverse("billing:plan")
    session_id, url = gateway.checkout(
        customer_id=account.customer_id,
        period=period,
        success_url=f"{back}?{BACK_FROM_STRIPE}=oui",
        cancel_url=back,
        trial_days=trial_days,
        key=f"checkout-{account.pk}-{account.version}-{period}-{amount}-{trial_days}",
    )
    with act(SITE_CHAIN, "billing.checkout_opened", actor=actor, now=now, subject=account) as entry:
        account = Account.objects.get(pk=account.pk)
        account.checkout_id = session_id
        account.version += 1
        account.save()
        entry.data |= {"period": period, "net": plans.price(period), "trial_days": trial_days}
    return url


def change_period(*, organisation: Organisation, period: Period, actor: Actor, now: datetime) -> None:
    """Pay at another rhythm from now on. Records `billing.period_changed`. Raises NotAllowed, Refusal."""
    require(actor, "billing.manage", organisation)
    account, subscription = _running(organisation)
    if subscription.period == period:
        raise Refusal(_("C’est déjà le rythme de votre formule."))
    if subscription.ends_at is not None:
        raise Refusal(_("La formule est résiliée : reprenez-la d’abord, puis changez son rythme."))
    gateway.change_period(stripe_id=subscription.stripe_id, item_id=subscription.item_id, period=period)
    synchronise(account=account, actor=actor, now=now, name="billing.period_changed", always=True)


def cancel(*, organisation: Organisation, actor: Actor, now: datetime) -> None:
    """Let the plan end with what is paid. Records `billing.cancelled`. Raises NotAllowed, Refusal."""
    require(actor, "billing.manage", organisation)
    account, subscription = _running(organisation)
    if subscription.ends_at is not None:
        raise Refusal(_("La résiliation est déjà notée."))
    gateway.end_at_period(subscription.stripe_id, ends=True)
    synchronise(account=account, actor=actor, now=now, name="billing.cancelled", always=True)


def resume(*, organisation: Organisation, actor: Actor, now: datetime) -> None:
    """Keep the plan after all, before its end. Records `billing.resumed`. Raises NotAllowed, Refusal."""
    require(actor, "billing.manage", organisation)
    account, subscription = _running(organisation)
    if subscription.ends_at is None:
        raise Refusal(_("La formule n’est pas résiliée : elle continue."))
    gateway.end_at_period(subscription.stripe_id, ends=False)
    synchronise(account=account, actor=actor, now=now, name="billing.resumed", always=True)


def open_portal(*, organisation: Organisation, actor: Actor, now: datetime) -> str:
    """Address of Stripe's page for the means of payment. Records `billing.portal_opened`. Raises as `subscribe`."""
    require(actor, "billing.manage", organisation)
    account = account_of(organisation)
    if account is None:
        raise Refusal(_("Vous n’avez encore rien souscrit : il n’y a pas de moyen de paiement à changer."))
    url = gateway.portal(customer_id=account.customer_id, return_url=settings.SITE_URL + reverse("billing:plan"))
    with act(SITE_CHAIN, "billing.portal_opened", actor=actor, now=now, subject=account):
        return url


def give_vat_number(*, organisation: Organisation, number: str, actor: Actor, now: datetime) -> None:
    """Write the VAT number that invoices will carry. Records `billing.vat_number_given`.

    Raises NotAllowed; Refusal for a number that is none, or that is another French company's.
    """
    require(actor, "billing.manage", organisation)
    compact = vat.compact(number) if vat.is_valid(number) else ""
    if not compact:
        raise Refusal(_("Ce numéro de TVA n’existe pas : il commence par deux lettres, par exemple FR 40 303 265 045."))
    if organisation.siren and compact.startswith("FR") and not compact.endswith(organisation.siren):
        raise Refusal(_("Ce numéro de TVA est celui d’une autre entreprise : le vôtre finit par votre SIREN."))
    account = _opened_account(organisation, actor, now)
    gateway.set_vat_number(customer_id=account.customer_id, number=compact)
    synchronise(account=account, actor=actor, now=now, name="billing.vat_number_given", always=True)


def refresh(*, organisation: Organisation, actor: Actor, now: datetime) -> bool:
    """Read the state again from Stripe. Returns whether it changed, which `billing.read` records."""
    require(actor, "billing.see", organisation)
    account = account_of(organisation)
    if account is None:
        raise Refusal(_("Vous n’avez encore rien souscrit : il n’y a rien à relire."))
    return synchronise(account=account, actor=actor, now=now)


def replay(*, event: Event, actor: Actor, now: datetime) -> None:
    """Handle an event again. Records `billing.event_replayed`. Raises NotAllowed."""
    require(actor, "billing.replay", event)
    with act(SITE_CHAIN, "billing.event_replayed", actor=actor, now=now, subject=f"event:{event.pk}"):
        Event.objects.filter(pk=event.pk).update(
            attempts=0, failed_at=None, handled_at=None, read_at=None, outcome="", error=""
        )
        enqueue(handle, event.pk)


def french_vat_number(siren: str) -> str:
    """The VAT number that follows from a SIREN (article 286 ter of the CGI); empty without a SIREN."""
    return f"FR{(12 + 3 * (int(siren) % 97)) % 97:02d}{siren}" if siren else ""


def _running(organisation: Organisation) -> tuple[Account, Subscription]:
    account = account_of(organisation)
    if account is None or account.current is None or account.current.is_over:
        raise Refusal(_(NO_PLAN))
    return account, account.current


def _opened_account(organisation: Organisation, actor: Actor, now: datetime) -> Account:
    """The account of a company, opened at Stripe when it has none. Records `billing.account_opened`."""
    if not gateway.is_on():
        raise gateway.StripeOff
    account = account_of(organisation)
    if account is not None:
        return account
    membership = actor.membership()
    customer_id = gateway.new_customer(
        name=organisation.name,
        email=membership.user.email if membership else "",
        organisation_id=str(organisation.pk),
        key=f"customer-{organisation.pk}-{actor.user_id}",
    )
    with act(SITE_CHAIN, "billing.account_opened", actor=actor, now=now, subject=organisation):
        # A colleague may have opened it meanwhile: theirs is kept, the other customer of Stripe is never used.
        account = account_of(organisation)
        if account is None:
            account = Account(
                organisation=organisation, is_live=gateway.is_live(), customer_id=customer_id, opened_at=now
            )
            account.save()
    return account
