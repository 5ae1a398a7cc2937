"""A direct purchase of innovation, on both sides of each figure."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from procurement.law import direct
from procurement.law.facts import DirectOfferFacts, DirectPurchaseFacts, EssentialDataFacts
from tests.law.sound import rules_of, severities

DAY = date(2027, 1, 12)
OFFER = DirectOfferFacts(firm="Tramélys", amount_ht=Decimal(62_000), opinion="La seule sans équiper les bus.")
PURCHASE = DirectPurchaseFacts(
    decided_on=DAY,
    purchase_ht=Decimal(62_000),
    indicators=("improved_product",),
    innovation_reasons="Essai du 4 janvier.",
    offers=(OFFER,),
    chosen=OFFER,
    comparison="Deux prix connus, plus élevés.",
    exclusions_checked=True,
    buyer_verified=True,
    authors=("1",),
    decided_by="2",
)


def worth(value: str, **changes) -> DirectPurchaseFacts:
    return replace(PURCHASE, purchase_ht=Decimal(value), **changes)


def lot(value: str, *, together: str, operation: str = "1000000", nature: str = "services") -> DirectPurchaseFacts:
    chosen = replace(OFFER, amount_ht=Decimal(10_000))
    return worth(value, operation_ht=Decimal(operation), small_lots_ht=Decimal(together), nature=nature, chosen=chosen)


def test_a_whole_file_passes():
    assert direct.check(PURCHASE) == []


@pytest.mark.law("LR-103")
@pytest.mark.parametrize(("value", "said"), [("99999.99", []), ("100000", ["block"]), ("0", ["block"])])
def test_the_need_lies_below_100_000(value, said):
    assert severities(direct.check(worth(value)), "LR-103") == said


@pytest.mark.law("LR-103")
def test_options_and_the_same_need_elsewhere_count():
    assert rules_of(direct.check(worth("60000", options_ht=Decimal(40_000)))) == ["LR-103"]
    assert rules_of(direct.check(worth("60000", same_need_ht=Decimal(40_000)))) == ["LR-103"]
    assert direct.check(worth("60000", same_need_ht=Decimal("39999.99"))) == []


@pytest.mark.law("LR-103")
@pytest.mark.parametrize(
    ("facts", "passes"),
    [
        (lot("79999.99", together="200000"), True),
        (lot("80000", together="200000"), False),
        (lot("79999.99", together="200000.01"), False),
        (lot("99999.99", together="200000", nature="works"), True),
        (lot("100000", together="200000", nature="works"), False),
        # The total of the small lots counts this one.
        (lot("50000", together="49999"), False),
        # A whole operation below the amount of the day needs no limit of lots.
        (lot("90000", together="0", operation="99999.99"), True),
    ],
)
def test_a_small_lot_of_a_larger_operation(facts, passes):
    assert (rules_of(direct.check(facts)) == []) is passes


@pytest.mark.law("LR-103")
def test_an_offer_above_the_limit_belies_the_estimate():
    dear = replace(OFFER, amount_ht=Decimal(100_000))
    assert rules_of(direct.check(replace(PURCHASE, chosen=dear))) == ["LR-103"]


@pytest.mark.law("LR-02")
def test_a_label_proves_nothing():
    assert rules_of(direct.check(replace(PURCHASE, indicators=("label",)))) == ["LR-02"]
    assert rules_of(direct.check(replace(PURCHASE, innovation_reasons=" "))) == ["LR-02"]


@pytest.mark.law("LR-104")
def test_an_offer_is_chosen_with_an_opinion_and_a_comparison():
    for missing in (
        replace(PURCHASE, chosen=None),
        replace(PURCHASE, chosen=replace(OFFER, opinion="")),
        replace(PURCHASE, comparison=""),
    ):
        assert severities(direct.check(missing), "LR-104") == ["block"]


@pytest.mark.law("LR-104")
@pytest.mark.parametrize(("earlier", "said"), [(0, []), (1, ["warn"]), (3, ["warn"])])
def test_buying_again_from_a_firm_needs_a_reason(earlier, said):
    assert severities(direct.check(replace(PURCHASE, earlier_purchases=earlier)), "LR-104") == said


@pytest.mark.law("LR-105")
@pytest.mark.parametrize(("amount", "said"), [("24999.99", []), ("25000", ["block"])])
def test_a_contract_is_written_from_25_000(amount, said):
    chosen = replace(OFFER, amount_ht=Decimal(amount))
    assert severities(direct.check(replace(PURCHASE, chosen=chosen, is_written=False)), "LR-105") == said
    assert direct.check(replace(PURCHASE, chosen=chosen)) == []


@pytest.mark.law("LR-105")
def test_a_written_contract_finds_everything_in_the_file():
    lacking = replace(PURCHASE, contract_gaps=("le tribunal", "la durée"))
    [finding] = direct.check(lacking)
    assert (finding.rule, finding.field) == ("LR-105", "contract")
    assert "le tribunal et la durée" in finding.message.replace("\u00a0", " ")
    small = replace(OFFER, amount_ht=Decimal(20_000))
    assert direct.check(replace(lacking, is_written=False, chosen=small)) == []


@pytest.mark.law("LR-104")
def test_several_offers_are_compared_before_one_is_chosen():
    writing = replace(PURCHASE, offers=(OFFER, OFFER), chosen=None, decided_by="")
    assert direct.check_file(writing) == []
    silent = replace(OFFER, opinion="")
    assert rules_of(direct.check_file(replace(writing, offers=(OFFER, silent)))) == ["LR-104"]
    assert rules_of(direct.check_file(replace(writing, offers=()))) == ["LR-104"]


@pytest.mark.law("LR-105")
@pytest.mark.parametrize(("amount", "due"), [("39999.99", False), ("40000", True)])
def test_essential_data_are_due_from_40_000(amount, due):
    assert direct.must_publish_data(Decimal(amount), on=DAY) is due


@pytest.mark.law("LR-105")
def test_essential_data_say_everything_or_what_is_missing():
    whole = EssentialDataFacts(
        notified_on=DAY, amount_ht=Decimal(62_000), cpv="48000000-8", buyer_siret="1", holder_identifier="2", months=6,
        place_code="35000",
    )  # fmt: skip
    assert direct.check_essential_data(whole) == []
    [finding] = direct.check_essential_data(replace(whole, months=None, place_code=""))
    assert "la durée et le code postal" in finding.message.replace("\u00a0", " ")


@pytest.mark.law("LR-73", "PR-04", "PR-05")
def test_nobody_decides_alone_nor_for_an_unknown_buyer_or_an_excluded_firm():
    assert rules_of(direct.check(replace(PURCHASE, decided_by="1"))) == ["PR-05"]
    assert rules_of(direct.check(replace(PURCHASE, decided_by=""))) == ["PR-05"]
    assert rules_of(direct.check(replace(PURCHASE, buyer_verified=False))) == ["PR-04"]
    assert rules_of(direct.check(replace(PURCHASE, exclusions_checked=False))) == ["LR-73"]
