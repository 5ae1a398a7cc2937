"""What is kept back is given back: after the end, or at once against a guarantee (R2191-35, R2191-36, LR-118)."""

from datetime import timedelta
from decimal import Decimal

import pytest

from marketplace.journal import clock
from marketplace.journal.errors import NotAllowed, Refusal
from marketplace.journal.models import Entry
from procurement.contracts.models import Contract, PaymentDue, RetentionRelease
from procurement.contracts.payment_terms import held_back, terms_of
from procurement.contracts.services import payments
from procurement.contracts.services.retention import release_retention
from procurement.desk.treasury import receipts_of
from tests.contracts.bills import A_DAY, billable, deposited, instalment
from tests.contracts.builders import SIGNABLE, Awarded, awarded_lot, start
from tests.contracts.walk import Walk, day_and_hour, text_of
from tests.factories import within_act

pytestmark = [pytest.mark.django_db, pytest.mark.law("LR-118")]
PAID = SIGNABLE + timedelta(days=20)


def kept_back(awarded: Awarded) -> Contract:
    """A contract with 5 % kept back on one invoice that is paid, and on one that is not."""
    contract = billable(awarded, retention_rate=500)
    start(awarded, [contract], 1, SIGNABLE)
    for number, work in (("F-1", 20_000), ("F-2", 10_000)):
        deposited(awarded, instalment(awarded, contract, work, number, SIGNABLE), SIGNABLE + A_DAY)
    payments.record_payment(
        payment=PaymentDue.objects.get(invoice_number="F-1"), paid_at=PAID, actor=awarded.team.author, now=PAID
    )
    return Contract.objects.get(pk=contract.pk)


def release(awarded: Awarded, contract: Contract, reason: str = "end", **fields) -> RetentionRelease:
    known = {"released_at": PAID, "reference": "VIR-1", "actor": awarded.team.author, "now": PAID}
    return release_retention(contract=contract, reason=reason, **{**known, **fields})


def ended(awarded: Awarded, contract: Contract) -> None:
    def close() -> None:
        contract.closed_at = PAID
        contract.save()

    within_act(close, chain=awarded.call.chain, at=PAID)


@pytest.fixture
def awarded() -> Awarded:
    return awarded_lot(partners=1, category="other")


def test_it_is_given_back_once_the_contract_is_over(awarded):
    contract = kept_back(awarded)
    assert held_back(contract) == Decimal("1200.00")
    with pytest.raises(Refusal, match="n’est pas terminé"):
        release(awarded, contract)
    ended(awarded, contract)
    for wrong, why in (
        ({"released_at": PAID + A_DAY}, "avenir"), ({"reference": " "}, "numéro du virement"),
        ({"guarantee_received_on": PAID.date()}, "dans ce cas seul"),
    ):  # fmt: skip
        with pytest.raises(Refusal, match=why):
            release(awarded, contract, **wrong)
    assert release(awarded, contract).amount_ttc == Decimal("1200.00")
    contract = Contract.objects.get(pk=contract.pk)
    assert held_back(contract) == 0
    assert Entry.objects.filter(act="retention.released").count() == 1
    with pytest.raises(Refusal, match="Rien n’est retenu"):
        release(awarded, contract)


def test_a_guarantee_takes_its_place_at_any_time_and_nothing_more_is_kept_back(awarded):
    contract = kept_back(awarded)
    with pytest.raises(Refusal, match="garantie est reçue"):
        release(awarded, contract, "guarantee")
    release(awarded, contract, "guarantee", guarantee_received_on=PAID.date())
    contract = Contract.objects.select_related("payment_terms").get(pk=contract.pk)
    assert terms_of(contract).retention_rate == 0
    later = instalment(awarded, contract, 5_000, "F-3", PAID)
    assert later.retained_ttc == 0


def test_only_those_who_follow_the_contract_give_it_back(awarded):
    contract = kept_back(awarded)
    with pytest.raises(NotAllowed):
        release(awarded, contract, actor=awarded.partners[0].actor)


def test_through_the_pages_and_no_more_in_what_the_holder_expects(awarded):
    with clock.rehearsal(PAID) as moving:
        contract = kept_back(awarded)
        walk = Walk(awarded, moving)
        expected = {one.label: one.amount_ttc for one in receipts_of(awarded.partners[0].actor, PAID)}
        assert expected["Retenue de garantie"] == Decimal("1800.00")
        page = walk.url("release_retention", contract.number)
        assert "Rendre la retenue" in text_of(walk.author.get(walk.url("payments", contract.number)))
        data = {"reason": "end", "reference": "VIR-1", **day_and_hour("released_at", PAID)}
        assert "n’est pas terminé" in walk.refused(walk.author, page, data)
        guarantee = {"reason": "guarantee", "guarantee_received_on": PAID.date().isoformat()}
        walk.post(walk.author, page, {**data, **guarantee})
        shown = text_of(walk.author.get(walk.url("payments", contract.number)))
        assert "rendus le" in shown
        assert "Rendre la retenue" not in shown
        # What F-2, which is not paid yet, keeps back is still to come.
        expected = {one.label: one.amount_ttc for one in receipts_of(awarded.partners[0].actor, PAID)}
        assert expected["Retenue de garantie"] == Decimal("600.00")
