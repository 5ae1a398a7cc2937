"""A contract paid by transfer: on the partner's account, without commission, nothing held by us."""

from decimal import Decimal

import pytest

from marketplace.billing import gateway, transfers
from tests.billing.stand_in.server import StandIn


@pytest.fixture
def account_id(stand_in: StandIn) -> str:
    """A partner whose account is complete."""
    partner = transfers.open_partner(email="paie@pousse.example", organisation_id="1", key="partner-1")
    assert not partner.can_be_paid
    stand_in.complete_account(partner.account_id)
    assert transfers.partner(partner.account_id).can_be_paid
    return partner.account_id


def ask(account_id: str, gross: str = "12000.10", key: str = "payment-1") -> transfers.Transfer:
    return transfers.ask_transfer(
        account_id=account_id,
        gross=Decimal(gross),
        buyer_name="SEM d’Exemple",
        buyer_email="compta@sem.example",
        reference="PI-2026-014-01/F2",
        key=key,
    )


def test_a_transfer_is_asked_on_the_account_of_the_partner_without_commission(stand_in: StandIn, account_id: str):
    asked = ask(account_id)
    assert (asked.status, asked.received, asked.remaining) == ("waiting", Decimal(0), Decimal("12000.10"))
    assert asked.iban.startswith("FR14")
    assert asked.bic
    assert asked.reference
    ((on_account, params),) = stand_in.payments_asked
    assert on_account == account_id
    assert params["amount"] == 1_200_010
    assert {"application_fee_amount", "transfer_data", "on_behalf_of"} & set(params) == set()


def test_asked_twice_it_is_one_payment(stand_in: StandIn, account_id: str):
    assert ask(account_id) == ask(account_id)
    assert len(stand_in.payments_asked) == 1
    assert ask(account_id, key="payment-2").payment_id != ask(account_id).payment_id


def test_a_partial_transfer_then_the_rest(stand_in: StandIn, account_id: str):
    asked = ask(account_id)
    stand_in.wire(asked.payment_id, 200_000)
    now = transfers.transfer(account_id=account_id, payment_id=asked.payment_id)
    assert (now.status, now.received, now.remaining) == ("partial", Decimal("2000.00"), Decimal("10000.10"))
    stand_in.wire(asked.payment_id, 1_000_010)
    now = transfers.transfer(account_id=account_id, payment_id=asked.payment_id)
    assert (now.status, now.received, now.remaining, now.iban) == ("paid", Decimal("12000.10"), Decimal(0), "")
    with pytest.raises(gateway.StripeFailed):
        transfers.cancel_transfer(account_id=account_id, payment_id=asked.payment_id)


def test_a_transfer_may_be_waited_for_no_more(account_id: str):
    asked = ask(account_id)
    now = transfers.cancel_transfer(account_id=account_id, payment_id=asked.payment_id)
    assert (now.status, now.remaining) == ("cancelled", Decimal(0))


@pytest.mark.parametrize("gross", ["0", "-1", "10.005"])
def test_an_amount_that_cannot_be_paid_asks_nothing(stand_in: StandIn, account_id: str, gross: str):
    before = len(stand_in.asked)
    with pytest.raises(ValueError, match=r"nothing to pay|number of cents"):
        ask(account_id, gross)
    assert len(stand_in.asked) == before


def test_a_payment_of_another_account_is_never_read(stand_in: StandIn, account_id: str):
    asked = ask(account_id)
    other = transfers.open_partner(email="b@pousse.example", organisation_id="2", key="partner-2").account_id
    with pytest.raises(gateway.StripeFailed):
        transfers.transfer(account_id=other, payment_id=asked.payment_id)
    # An account that is not complete is not paid.
    with pytest.raises(gateway.StripeFailed):
        ask(other, key="payment-3")


def test_the_partner_completes_its_account_at_stripe(stand_in: StandIn, account_id: str):
    url = transfers.completing_url(account_id=account_id, return_url="https://preau.example/espace/")
    assert url.startswith(stand_in.url)


def test_with_stripe_off_it_says_so(settings):
    settings.STRIPE_SECRET_KEY = ""
    with pytest.raises(gateway.StripeOff):
        transfers.partner("acct_1")
