"""Who may pay an invoice by transfer through Stripe."""

import pytest

from procurement.law import roads
from procurement.law.facts import TransferRoadFacts
from tests.law.sound import rules_of


@pytest.mark.law("PR-07")
@pytest.mark.parametrize(
    ("category", "reason"),
    [
        ("state", "L’État"),
        ("local_authority", "Une collectivité"),
        ("health", "Un établissement public de santé"),
        ("", "n’est pas connue"),
    ],
)
@pytest.mark.parametrize("has_accountant", [True, False, None])
def test_the_state_local_authorities_and_hospitals_are_refused_whatever_is_said(category, reason, has_accountant):
    found = roads.check_transfer(TransferRoadFacts(buyer_category=category, has_public_accountant=has_accountant))
    assert rules_of(found) == ["PR-07"]
    assert reason in found[0].message
    assert found[0].remedy


@pytest.mark.law("PR-07")
@pytest.mark.parametrize(
    ("has_accountant", "reason"), [(False, ""), (True, "paie par un comptable public"), (None, "On ne sait pas")]
)
def test_a_sem_or_an_association_pays_so_only_when_no_public_accountant_does(has_accountant, reason):
    found = roads.check_transfer(TransferRoadFacts(buyer_category="other", has_public_accountant=has_accountant))
    assert [reason in one.message for one in found] == ([True] if reason else [])
