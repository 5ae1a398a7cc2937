"""A submission is sealed, receipted, and perhaps opened."""

from dataclasses import replace
from datetime import timedelta

import pytest

from procurement.law import deposits
from procurement.law.deposits import Verdict
from procurement.law.facts import ArrivalFacts, LateAdmissionFacts, ReceiptFacts, SealFacts, UnsealFacts
from tests.law.sound import NOW, rules_of, severities

TICK = timedelta(microseconds=1)
IN_TIME = ArrivalFacts(received_at=NOW, deadline=NOW)
LATE = replace(IN_TIME, received_at=NOW + TICK)
CONTESTED = replace(LATE, contested=True)
SEAL = SealFacts(
    required_envelopes=("technical", "price"),
    complete_envelopes=("price", "technical"),
    replacement_rule_accepted=True,
)
RECEIPT = ReceiptFacts(
    depositor="Lumen", buyer="Ville", call_title="Tri", call_object="trier", received_at=NOW, documents=("Mémoire",)
)
ADMISSION = LateAdmissionFacts(arrival=CONTESTED, reasons="panne", decided_by=("a", "b"), incident_report_id="i")


@pytest.mark.law("LR-43", "LR-53", "LR-54")
@pytest.mark.parametrize(
    ("arrival", "verdict"),
    [
        (IN_TIME, Verdict.ON_TIME),
        (LATE, Verdict.LATE),
        (replace(LATE, first_byte_at=NOW), Verdict.LATE_STARTED_IN_TIME),
        (replace(LATE, first_byte_at=NOW + TICK), Verdict.LATE),
        (CONTESTED, Verdict.LATE_CONTESTED),
        (replace(IN_TIME, contested=True), Verdict.ON_TIME),
    ],
)
def test_verdict_is_computed_from_instants(arrival, verdict):
    assert deposits.verdict(arrival) is verdict


@pytest.mark.law("LR-52")
@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({}, []),
        ({"complete_envelopes": ("price",)}, ["block"]),
        ({"required_envelopes": ()}, ["block"]),
        ({"replacement_rule_accepted": False}, ["block"]),
    ],
)
def test_a_submission_is_sealed_whole(change, said):
    assert severities(deposits.check_seal(replace(SEAL, **change)), "LR-52") == said


@pytest.mark.law("LR-56")
def test_a_whole_receipt_is_sound():
    assert deposits.check_receipt(RECEIPT) == []


@pytest.mark.law("LR-56")
@pytest.mark.parametrize("field", ReceiptFacts.__slots__)
def test_a_receipt_lacks_nothing(field):
    spoilt = replace(RECEIPT, **{field: getattr(ReceiptFacts(), field)})
    assert severities(deposits.check_receipt(spoilt), "LR-56") == ["block"]


@pytest.mark.law("LR-43", "LR-53")
@pytest.mark.parametrize(("kind", "rule"), [("candidature", "LR-43"), ("final", "LR-53"), ("single_step", "LR-53")])
def test_late_ones_stay_sealed(kind, rule):
    assert deposits.check_unseal(UnsealFacts(kind=kind, arrival=IN_TIME)) == []
    assert rules_of(deposits.check_unseal(UnsealFacts(kind=kind, arrival=LATE))) == [rule]


@pytest.mark.law("LR-53", "LR-54")
@pytest.mark.parametrize(
    ("road", "admitted_at", "said"),
    [
        ("admitted_late", NOW, []),
        ("admitted_late", None, ["block"]),
        ("backup_copy", None, []),
        ("court_order", None, []),
        ("admitted_supplement", None, ["block"]),
    ],
)
def test_lawful_roads_open_a_late_tender(road, admitted_at, said):
    facts = UnsealFacts(kind="final", arrival=replace(CONTESTED, admitted_at=admitted_at), road=road)
    assert severities(deposits.check_unseal(facts), "LR-53") == said


@pytest.mark.law("LR-52")
@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({}, []),
        ({"superseded": True}, ["block"]),
        ({"superseded": True, "road": "admitted_supplement"}, []),
        ({"withdrawn": True}, ["block"]),
        ({"withdrawn": True, "road": "court_order"}, []),
    ],
)
def test_only_the_last_one_received_in_time_is_opened(change, said):
    assert severities(deposits.check_unseal(UnsealFacts(kind="final", arrival=IN_TIME, **change)), "LR-52") == said


@pytest.mark.law("LR-54")
@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({}, []),
        ({"decided_by": ("a", "a")}, ["block"]),
        ({"reasons": " "}, ["block"]),
        ({"incident_report_id": ""}, ["block"]),
        ({"arrival": LATE}, ["block"]),
        ({"arrival": IN_TIME}, ["block"]),
    ],
)
def test_a_late_tender_is_admitted_by_two_people_with_reasons(change, said):
    assert severities(deposits.check_admission(replace(ADMISSION, **change)), "LR-54") == said
