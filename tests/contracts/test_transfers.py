"""A SEM pays a sum due by transfer, straight to the holder; a commune, the State, a hospital are refused that road."""

from collections.abc import Iterator
from decimal import Decimal

import pytest
from django.core import mail
from django.urls import reverse

from marketplace.accounts.actors import Actor
from marketplace.billing.models import PayeeAccount
from marketplace.billing.payees import check_payee_account, open_payee_account
from marketplace.journal import clock
from marketplace.journal.errors import NotAllowed, Refusal
from marketplace.journal.models import Entry
from marketplace.journal.outbox import drain
from procurement.contracts.models import PaymentDue, TransferRequest
from procurement.contracts.services import billing, payments
from procurement.contracts.services.transfers import ask_transfer, check_transfer
from procurement.law.findings import RuleViolation
from tests.billing.running import stripe_on
from tests.billing.stand_in.server import StandIn
from tests.contracts.bills import siret_on
from tests.contracts.builders import SIGNABLE, Awarded, awarded_lot, notified, phase_of
from tests.contracts.walk import Walk, text_of
from tests.factories import within_act

pytestmark = pytest.mark.django_db


@pytest.fixture
def stripe(settings) -> Iterator[StandIn]:
    with stripe_on(settings, SIGNABLE) as running:
        yield running


def owed(awarded: Awarded, *, has_public_accountant: bool | None = False) -> PaymentDue:
    contract = notified(awarded)[0]
    fields = {"buyer_siret": siret_on(awarded.call.lead_buyer), "has_public_accountant": has_public_accountant}
    billing.set_payment_terms(contract=contract, fields=fields, actor=awarded.team.author, now=SIGNABLE)
    return payments.record_invoice(
        phase=phase_of(contract, 1), amount_ht=Decimal(58000), invoice_number="F-1", received_at=SIGNABLE,
        actor=awarded.team.author, now=SIGNABLE,
    )  # fmt: skip


def account_of(awarded: Awarded) -> PayeeAccount:
    partner = awarded.partners[0]
    open_payee_account(organisation=partner.organisation, actor=partner.actor, now=SIGNABLE)
    return PayeeAccount.objects.get(organisation=partner.organisation)


def ask(awarded: Awarded, payment: PaymentDue, actor: Actor | None = None) -> TransferRequest:
    return ask_transfer(payment=payment, actor=actor or awarded.team.author, now=SIGNABLE)


@pytest.mark.law("PR-07")
def test_a_sem_pays_straight_to_the_holder(stripe: StandIn):
    awarded = awarded_lot(category="other")
    payment = owed(awarded)
    with pytest.raises(Refusal, match="n’a pas de compte"):
        ask(awarded, payment)
    account = account_of(awarded)
    with pytest.raises(Refusal, match="n’a pas fini d’ouvrir"):
        ask(awarded, payment)
    stripe.complete_account(account.stripe_id)
    asked = ask(awarded, payment)
    assert (asked.status, asked.remaining_ttc) == ("waiting", Decimal("69600.00"))
    assert asked.iban
    assert Entry.objects.get(act="payment.transfer_asked").data["stripe"] == asked.stripe_id
    assert ask(awarded, payment).stripe_id == asked.stripe_id
    assert [one for one, _params in stripe.payments_asked] == [account.stripe_id]
    for actor in (awarded.partners[0].actor, Actor.visitor()):
        with pytest.raises(NotAllowed):
            ask(awarded, payment, actor)
    stripe.wire(asked.stripe_id, 6_960_000)
    assert check_transfer(payment=payment, actor=awarded.partners[0].actor, now=SIGNABLE).status == "paid"
    payment.refresh_from_db()
    assert (payment.paid_at, payment.payment_reference) == (SIGNABLE, asked.stripe_id)
    with pytest.raises(Refusal, match="déjà consigné"):
        ask(awarded, payment)
    assert len(stripe.payments_asked) == 1


def test_a_sum_that_changed_is_asked_for_anew_unless_a_part_arrived(stripe: StandIn):
    awarded = awarded_lot(category="other")
    payment = owed(awarded)
    stripe.complete_account(account_of(awarded).stripe_id)
    first = ask(awarded, payment)

    def less(amount: int) -> None:
        payment.penalties_ttc = Decimal(amount)
        payment.save()

    within_act(lambda: less(600), chain=awarded.call.chain, at=SIGNABLE)
    second = ask(awarded, payment)
    assert (second.pk, second.amount_ttc) == (first.pk, Decimal("69000.00"))
    assert second.stripe_id != first.stripe_id
    assert stripe.one("payments", first.stripe_id)["status"] == "canceled"
    stripe.wire(second.stripe_id, 1_000_000)
    partial = check_transfer(payment=payment, actor=awarded.team.author, now=SIGNABLE)
    assert (partial.status, partial.remaining_ttc) == ("partial", Decimal("59000.00"))
    payment.refresh_from_db()
    assert payment.paid_at is None
    within_act(lambda: less(1200), chain=awarded.call.chain, at=SIGNABLE)
    with pytest.raises(Refusal, match="Une partie du virement"):
        ask(awarded, payment)


def test_money_that_arrives_for_a_sum_paid_otherwise_is_kept_as_arrived(stripe: StandIn):
    awarded = awarded_lot(category="other")
    payment = owed(awarded)
    stripe.complete_account(account_of(awarded).stripe_id)
    asked, author = ask(awarded, payment), awarded.team.author
    with pytest.raises(Refusal, match="virement est attendu"):
        payments.return_invoice(payment=payment, reasons="Une erreur.", actor=author, now=SIGNABLE)
    payments.record_payment(payment=payment, paid_at=SIGNABLE, reference="VIR-1", actor=author, now=SIGNABLE)
    stripe.wire(asked.stripe_id, 6_960_000)
    assert check_transfer(payment=payment, actor=author, now=SIGNABLE).status == "paid"
    payment.refresh_from_db()
    assert payment.payment_reference == "VIR-1"


@pytest.mark.law("PR-07")
@pytest.mark.parametrize("has_public_accountant", [None, True])
def test_an_accountant_pays_or_nobody_knows_who_does(stripe: StandIn, has_public_accountant: bool | None):
    awarded = awarded_lot(category="other")
    payment = owed(awarded, has_public_accountant=has_public_accountant)
    with pytest.raises(RuleViolation, match="comptable public") as refusal:
        ask(awarded, payment)
    assert refusal.value.rules == ["PR-07"]
    assert not TransferRequest.objects.exists()


@pytest.mark.law("PR-07")
@pytest.mark.parametrize("category", ["local_authority", "state", "health"])
def test_a_public_accountant_is_never_passed_by(stripe: StandIn, category: str):
    awarded = awarded_lot(category=category)
    payment = owed(awarded)
    with pytest.raises(RuleViolation) as refusal:
        ask(awarded, payment)
    assert refusal.value.rules == ["PR-07"]
    assert "Chorus Pro" in refusal.value.findings[0].remedy
    assert stripe.asked == []
    assert not Entry.objects.filter(act="payment.transfer_asked").exists()


class TestPages:
    def test_both_parties_follow_a_transfer_to_its_arrival(self, stripe: StandIn):
        with clock.rehearsal(SIGNABLE) as moving:
            awarded = awarded_lot(category="other", partners=1)
            payment = owed(awarded, has_public_accountant=None)
            walk = Walk(awarded, moving)
            author, holder, number = walk.author, walk.holders[0], walk.contracts[0].number
            invoice = walk.url("buyer_invoice", number, payment.pk)
            assert "virement suivi" not in text_of(author.get(invoice))
            terms = author.get(walk.url("payment_terms", number)).context["form"].initial
            known = {name: value for name, value in terms.items() if value not in (None, False)}
            rates = {name: terms[name] // 100 for name in ("advance_rate", "fixed_share")}
            walk.post(author, walk.url("payment_terms", number), {**known, **rates, "has_public_accountant": "no"})
            assert "Payer par virement suivi" in text_of(author.get(invoice))
            assert "n’a pas de compte" in walk.refused(author, walk.url("ask_transfer", number, payment.pk))
            assert "Recevoir des virements" in text_of(holder.get(reverse("contracts:my_payments", args=[number])))
            opened = holder.post(reverse("billing:open_payee"))
            assert opened["Location"].startswith(stripe.url)
            walk.post(holder, reverse("billing:check_payee"))
            assert "à compléter" in text_of(holder.get(reverse("billing:payee")))
            stripe.complete_account(PayeeAccount.objects.get().stripe_id)
            walk.post(holder, reverse("billing:check_payee"))
            assert "Compte complet" in text_of(holder.get(reverse("billing:payee")))
            walk.post(author, walk.url("ask_transfer", number, payment.pk))
            row = TransferRequest.objects.get()
            mine = reverse("contracts:my_invoice", args=[number, payment.pk])
            assert row.iban in text_of(author.get(invoice))
            assert "Attendu" in text_of(holder.get(mine))
            stripe.wire(row.stripe_id, 6_960_000)
            mail.outbox.clear()
            walk.post(author, walk.url("check_transfer", number, payment.pk))
            drain()
            assert [one.subject for one in mail.outbox] == [f"Virement arrivé : contrat {number}"]
            assert "Reçu" in text_of(holder.get(mine))
            assert row.iban not in text_of(holder.get(mine))

    @pytest.mark.law("PR-07")
    def test_a_commune_is_refused_that_road_with_the_reason(self, stripe: StandIn):
        with clock.rehearsal(SIGNABLE) as moving:
            awarded = awarded_lot(partners=1)
            payment = owed(awarded)
            walk = Walk(awarded, moving)
            number = walk.contracts[0].number
            assert "virement suivi" not in text_of(walk.author.get(walk.url("buyer_invoice", number, payment.pk)))
            refused = walk.refused(walk.author, walk.url("ask_transfer", number, payment.pk))
            assert "comptable public" in refused
            assert "Chorus Pro" in refused

    def test_with_stripe_off_the_page_says_so(self):
        with clock.rehearsal(SIGNABLE) as moving:
            awarded = awarded_lot(category="other", partners=1)
            walk = Walk(awarded, moving)
            assert "n’a pas ouvert" in text_of(walk.holders[0].get(reverse("billing:payee")))
            assert "n’est pas ouvert" in walk.refused(walk.holders[0], reverse("billing:open_payee"))


def test_only_owners_open_and_check_the_account(stripe: StandIn):
    awarded = awarded_lot(category="other")
    firm, rival = awarded.partners[0], awarded.partners[1]
    with pytest.raises(NotAllowed):
        open_payee_account(organisation=firm.organisation, actor=rival.actor, now=SIGNABLE)
    with pytest.raises(Refusal, match="pas encore"):
        check_payee_account(organisation=firm.organisation, actor=firm.actor, now=SIGNABLE)
    first = account_of(awarded)
    assert account_of(awarded) == first
