"""Subscribing, changing, ending: acts of the owner, their entries, their refusals, and what Stripe is asked."""

from datetime import timedelta
from decimal import Decimal

import pytest

from marketplace.accounts.actors import Actor
from marketplace.accounts.models import Membership
from marketplace.billing import gateway, services
from marketplace.billing.models import Account, Invoice, Subscription
from marketplace.billing.plans import Period
from marketplace.journal.errors import NotAllowed, Refusal
from marketplace.journal.models import Entry
from marketplace.mail.models import Message
from tests.billing.house import House
from tests.factories import MembershipFactory, make

pytestmark = pytest.mark.django_db


def acts() -> list[str]:
    return list(Entry.objects.filter(act__startswith="billing.").order_by("pk").values_list("act", flat=True))


def mails() -> list[str]:
    kept = Message.objects.filter(kind__startswith="billing.").order_by("queued_at")
    return list(kept.values_list("kind", flat=True))


def test_a_company_tries_the_plan_without_paying(house: House):
    assert not house.has_plan()
    page = house.open_checkout()
    assert acts() == ["billing.account_opened", "billing.checkout_opened"]
    assert not house.has_plan()
    house.stripe.pay(page)
    house.hear()
    subscription = house.subscription
    assert (subscription.status, subscription.period) == ("trialing", "month")
    assert subscription.trial_ends_at == house.now + timedelta(days=30)
    assert house.has_plan()
    assert not Invoice.objects.exists()
    assert acts().count("billing.read") == 1


def test_the_first_payment_follows_the_trial_with_an_exact_invoice(house: House):
    subscription = house.past_trial()
    assert subscription.status == "active"
    invoice = Invoice.objects.get()
    assert (invoice.net, invoice.vat, invoice.gross) == (Decimal("29.00"), Decimal("5.80"), Decimal("34.80"))
    assert (invoice.status, invoice.paid_at) == ("paid", house.now)
    assert house.has_plan()


def test_a_second_window_closes_the_first_page_of_payment(house: House):
    first, second = house.open_checkout(), house.open_checkout(Period.YEAR)
    assert house.stripe.rows["sessions"][first]["status"] == "expired"
    house.stripe.pay(second)
    house.hear()
    assert house.subscription.period == "year"
    with pytest.raises(Refusal, match="déjà la formule"):
        house.open_checkout()


def test_a_payment_whose_news_were_lost_is_found_before_a_second_one(house: House):
    house.stripe.pay(house.open_checkout())
    house.stripe.take_outbox()
    with pytest.raises(Refusal, match="déjà la formule"):
        house.open_checkout()
    assert house.has_plan()


def test_the_trial_is_given_once(house: House):
    subscription = house.subscribe()
    house.stripe.end(subscription.stripe_id)
    house.hear()
    assert not house.has_plan()
    house.stripe.pay(house.open_checkout())
    house.hear()
    last = Subscription.objects.latest("began_at", "stripe_id")
    assert (last.status, last.trial_ends_at) == ("active", None)
    assert house.account.current == last


def test_the_rhythm_changes_at_once(house: House):
    house.past_trial()
    services.change_period(organisation=house.firm, period=Period.YEAR, actor=house.owner, now=house.now)
    assert house.subscription.period == "year"
    assert house.subscription.paid_until == house.now + timedelta(days=365)
    assert acts()[-1] == "billing.period_changed"
    with pytest.raises(Refusal, match="déjà le rythme"):
        services.change_period(organisation=house.firm, period=Period.YEAR, actor=house.owner, now=house.now)
    # What Stripe then tells changes nothing more.
    entries = len(acts())
    house.hear()
    assert len(acts()) == entries


def test_a_plan_cancelled_stays_open_until_what_is_paid_then_ends(house: House):
    house.past_trial()
    services.cancel(organisation=house.firm, actor=house.owner, now=house.now)
    assert house.subscription.ends_at == house.subscription.paid_until
    assert house.has_plan()
    assert mails() == ["billing.cancelled"]
    with pytest.raises(Refusal, match="déjà notée"):
        services.cancel(organisation=house.firm, actor=house.owner, now=house.now)
    with pytest.raises(Refusal, match="reprenez-la"):
        services.change_period(organisation=house.firm, period=Period.YEAR, actor=house.owner, now=house.now)
    house.pass_time(days=30)
    house.stripe.end(house.subscription.stripe_id)
    house.hear()
    assert not house.has_plan()
    assert mails() == ["billing.cancelled", "billing.cancelled"]
    assert "terminée depuis" in Message.objects.filter(kind="billing.cancelled").latest("queued_at").body
    with pytest.raises(Refusal, match="rien à changer"):
        services.cancel(organisation=house.firm, actor=house.owner, now=house.now)


def test_a_plan_cancelled_may_be_resumed(house: House):
    house.past_trial()
    with pytest.raises(Refusal, match="pas résiliée"):
        services.resume(organisation=house.firm, actor=house.owner, now=house.now)
    services.cancel(organisation=house.firm, actor=house.owner, now=house.now)
    services.resume(organisation=house.firm, actor=house.owner, now=house.now)
    assert house.subscription.ends_at is None
    assert acts()[-2:] == ["billing.cancelled", "billing.resumed"]


def test_a_failed_payment_leaves_the_tools_open_for_the_grace(house: House):
    subscription = house.past_trial()
    house.pass_time(days=30)
    missed = house.stripe.charge(subscription.stripe_id, works=False)
    house.hear()
    assert house.subscription.unpaid_since == house.now
    assert house.has_plan()
    assert mails() == ["billing.payment_failed"]
    house.pass_time(days=13, hours=23, minutes=59)
    assert house.has_plan()
    house.pass_time(minutes=1)
    assert not house.has_plan()
    house.stripe.rows["subscriptions"][subscription.stripe_id]["current_period_end"] += 30 * 24 * 3600
    house.stripe.settle(missed["id"])
    house.hear()
    assert house.subscription.unpaid_since is None
    assert house.has_plan()
    assert mails() == ["billing.payment_failed"]


def test_a_plan_of_which_stripe_says_nothing_more_ends_after_the_grace(house: House):
    subscription = house.past_trial()
    house.pass_time(days=30 + 14, minutes=-1)
    assert subscription.gives(house.now)
    house.pass_time(minutes=1)
    assert not subscription.gives(house.now)


def test_the_end_of_the_trial_is_announced_once(house: House):
    subscription = house.subscribe()
    assert mails() == []
    house.pass_time(days=27)
    house.stripe.announce_end_of_trial(subscription.stripe_id)
    house.stripe.announce_end_of_trial(subscription.stripe_id)
    house.hear()
    assert mails() == ["billing.trial_ending"]
    told = Message.objects.get(kind="billing.trial_ending")
    assert told.to_user == house.membership.user
    assert "11 février 2027" in told.body


def test_mails_go_to_owners_only(house: House):
    member = make(MembershipFactory, organisation=house.firm, role=Membership.Role.MEMBER)
    house.past_trial()
    services.cancel(organisation=house.firm, actor=house.owner, now=house.now)
    assert not Message.objects.filter(to_user=member.user).exists()


def test_the_vat_number_is_checked_and_replaces_the_former(house: House):
    own = services.french_vat_number(house.firm.siren)
    services.give_vat_number(organisation=house.firm, number=own, actor=house.owner, now=house.now)
    assert house.account.vat_number == own
    services.give_vat_number(organisation=house.firm, number="BE 0428.759.497", actor=house.owner, now=house.now)
    assert house.account.vat_number == "BE0428759497"
    assert [row["value"] for row in house.stripe.rows["tax_ids"].values()] == ["BE0428759497"]
    for wrong, why in (("FR00123456789", "n’existe pas"), ("FR40303265045", "autre entreprise"), ("", "n’existe pas")):
        with pytest.raises(Refusal, match=why):
            services.give_vat_number(organisation=house.firm, number=wrong, actor=house.owner, now=house.now)
    assert acts().count("billing.vat_number_given") == 2


def test_a_vat_number_typed_at_stripe_is_read_here(house: House):
    house.stripe.pay(house.open_checkout(), vat_number="FR40303265045")
    house.hear()
    assert house.account.vat_number == "FR40303265045"


def test_only_owners_decide_and_nothing_is_written_or_asked(house: House):
    outsider = Actor.of(make(MembershipFactory))
    for actor in (house.member(), outsider, Actor.visitor()):
        for act in (services.cancel, services.resume, services.open_portal):
            with pytest.raises(NotAllowed):
                act(organisation=house.firm, actor=actor, now=house.now)
        for act in (services.subscribe, services.change_period):
            with pytest.raises(NotAllowed):
                act(organisation=house.firm, period=Period.YEAR, actor=actor, now=house.now)
        with pytest.raises(NotAllowed):
            services.give_vat_number(organisation=house.firm, number="BE0428759497", actor=actor, now=house.now)
    assert acts() == []
    assert house.stripe.asked == []
    assert not Account.objects.exists()


def test_a_buyer_has_no_plan(house: House):
    buyer = make(MembershipFactory, organisation__buyer=True)
    with pytest.raises(NotAllowed, match="un acheteur n’en a pas"):
        services.subscribe(organisation=buyer.organisation, period=Period.MONTH, actor=Actor.of(buyer), now=house.now)


def test_when_stripe_is_down_nothing_changes_and_the_reason_is_said(house: House):
    house.past_trial()
    before = len(acts())
    house.stripe.down = True
    with pytest.raises(gateway.StripeFailed, match="Rien n’est changé"):
        services.cancel(organisation=house.firm, actor=house.owner, now=house.now)
    assert len(acts()) == before
    assert house.subscription.ends_at is None


def test_with_stripe_off_nothing_is_sold_and_what_was_tried_gives_nothing(house: House, settings):
    house.subscribe()
    settings.STRIPE_SECRET_KEY = ""
    with pytest.raises(gateway.StripeOff, match="pas ouvert"):
        services.subscribe(organisation=house.firm, period=Period.MONTH, actor=house.owner, now=house.now)
    # A row of the test world never opens the tools of the real one.
    assert not house.has_plan()


def test_test_and_live_keys_never_share_a_row(house: House, settings):
    house.subscribe()
    house.stripe.live = True
    settings.STRIPE_SECRET_KEY = settings.STRIPE_SECRET_KEY.replace("test", "live")
    assert not house.has_plan()
    assert services.account_of(house.firm) is None
    house.open_checkout()
    assert sorted(Account.objects.values_list("is_live", flat=True)) == [False, True]


def test_the_price_at_stripe_is_made_once_and_again_when_the_settings_change(house: House, settings):
    house.open_checkout()
    house.open_checkout()
    assert [row["unit_amount"] for row in house.stripe.rows["prices"].values()] == [2900]
    settings.PLAN_PRICES = {"month": Decimal("31.50"), "year": Decimal("290")}
    house.open_checkout()
    assert [row["unit_amount"] for row in house.stripe.rows["prices"].values()] == [2900, 3150]


def test_the_portal_opens_for_a_known_company_only(house: House):
    with pytest.raises(Refusal, match="rien souscrit"):
        services.open_portal(organisation=house.firm, actor=house.owner, now=house.now)
    house.subscribe()
    url = services.open_portal(organisation=house.firm, actor=house.owner, now=house.now)
    assert url.startswith(f"{house.stripe.url}/portal/")
    assert acts()[-1] == "billing.portal_opened"
