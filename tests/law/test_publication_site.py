"""What the site refuses beyond the law, and launch dates the rule book does not know."""

from dataclasses import replace
from datetime import date, datetime

import pytest

from procurement.law import publication
from procurement.law.facts import BuyerFacts, PublicationFacts
from tests.law.sound import CALL, PARIS, call, call_with_lot, rules_of, severities


@pytest.mark.law("PR-01")
@pytest.mark.parametrize(
    ("closes_at", "said"),
    [
        (datetime(2027, 1, 12, 9, tzinfo=PARIS), []),
        (datetime(2027, 1, 12, 8, 59, 59, tzinfo=PARIS), ["block"]),
        (datetime(2027, 1, 12, 18, tzinfo=PARIS), []),
        (datetime(2027, 1, 12, 18, 0, 0, 1, tzinfo=PARIS), ["block"]),
        (datetime(2027, 1, 16, 12, tzinfo=PARIS), ["block"]),
        (datetime(2027, 3, 29, 12, tzinfo=PARIS), ["block"]),
    ],
    ids=["9 h", "before 9 h", "18 h", "after 18 h", "Saturday", "Easter Monday"],
)
def test_a_deadline_falls_in_office_hours(closes_at, said):
    assert severities(publication.check(call_with_lot(candidatures_close_at=closes_at)), "PR-01") == said


@pytest.mark.law("PR-02")
@pytest.mark.parametrize("role", ["authors", "validators", "evaluators", "custodians", "signatories"])
def test_every_role_is_held(role):
    assert "PR-02" in rules_of(publication.check(call(team=replace(CALL.team, **{role: ()}))))


@pytest.mark.law("PR-02")
@pytest.mark.parametrize(("people", "said"), [(("a", "b", "c"), []), (("a", "b", "b"), ["block"])])
def test_three_distinct_custodians(people, said):
    assert severities(publication.check(call(team=replace(CALL.team, custodians=people))), "PR-02") == said


@pytest.mark.law("PR-03")
@pytest.mark.parametrize(
    "facts", [call(country="CA"), call(buyer=BuyerFacts(country="BE")), call(country="CA", lots=())]
)
def test_a_foreign_call_hears_of_nothing_else(facts):
    (finding,) = publication.check(facts)
    assert finding.rule == "PR-03"
    assert "droit français non applicable" in finding.message.lower()


@pytest.mark.law("PR-04")
@pytest.mark.parametrize(
    ("scheme", "number", "said"),
    [
        ("siren", "217500016", []),
        ("siren", "217500017", ["block"]),
        ("siren", "", ["block"]),
        ("siret", "21750001600019", []),
        ("siret", "21750001600018", ["block"]),
    ],
)
def test_identifier_of_the_buyer(scheme, number, said):
    buyer = replace(CALL.buyer, identifier_scheme=scheme, identifier=number)
    assert severities(publication.check(call(buyer=buyer)), "PR-04") == said


@pytest.mark.law("PR-04")
def test_co_buyers_are_identified_too_and_named_once():
    same = replace(CALL.buyer, id="twin", identifier_scheme="siret", identifier="21750001600019")
    facts = call(co_buyers=(same,), joint_agreement_attached=True, coordinator_id="city")
    (finding,) = publication.check(facts)
    assert "deux fois" in finding.message
    assert "PR-04" in rules_of(publication.check(call(co_buyers=(replace(same, identifier=""),))))


@pytest.mark.law("PR-04")
def test_buyer_is_verified():
    facts = call(buyer=replace(CALL.buyer, verified_at=None))
    assert rules_of(publication.check(facts)) == ["PR-04"]


@pytest.mark.law("PR-05")
@pytest.mark.parametrize(
    ("publisher", "visa_by", "said"),
    [
        ("ana", ("val",), []),
        ("ana", (), ["block"]),
        ("ana", ("ana",), ["block"]),
        ("val", (), []),
        ("", ("val",), ["block"]),
    ],
)
def test_an_author_never_publishes_alone(publisher, visa_by, said):
    assert severities(publication.check(call(publisher_id=publisher, visa_by=visa_by)), "PR-05") == said


@pytest.mark.law("PR-06")
@pytest.mark.parametrize("launch", [None, date(2023, 12, 31), date(2028, 1, 1)])
def test_an_unknown_launch_date_is_a_finding_never_an_exception(launch):
    assert "PR-06" in rules_of(publication.check(call(launch_date=launch)))


@pytest.mark.law("PR-06")
@pytest.mark.parametrize("launch", [date(2024, 1, 1), date(2027, 12, 31)])
def test_known_launch_dates(launch):
    assert "PR-06" not in rules_of(publication.check(call(launch_date=launch)))


def test_an_empty_call_is_answered_and_each_finding_says_what_to_do():
    findings = publication.check(PublicationFacts())
    assert all(one.remedy and one.message and one.article for one in findings)
    assert len(findings) == len(set(findings))


@pytest.mark.law("PR-08")
@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("https://marches.exemple.fr/consultation/1204", []),
        ("http://marches.exemple.fr/consultation/1204", ["block"]),
        ("https://preau.exemple.fr/appels/PI-2027-001/", ["block"]),
        ("marches.exemple.fr", ["block"]),
        ("https://a.exemple.fr https://b.exemple.fr", ["block"]),
    ],
)
def test_deposits_elsewhere_have_one_address_of_another_profile(address, said):
    facts = replace(call(), deposits_here=False, deposit_address=address, site_address="https://preau.exemple.fr")
    assert severities(publication.check(facts), "PR-08") == said


@pytest.mark.law("PR-08", "PR-02", "LR-57")
def test_deposits_elsewhere_ask_for_no_custodian_and_those_here_for_no_address():
    elsewhere = {"deposits_here": False, "deposit_address": "https://marches.exemple.fr/1"}
    facts = replace(call(team=replace(CALL.team, custodians=())), **elsewhere)
    assert not {"PR-02", "PR-08", "LR-57"} & set(rules_of(publication.check(facts)))
    assert "PR-08" not in rules_of(publication.check(call()))
