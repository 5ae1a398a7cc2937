"""Signature, transmission to the prefect, notification."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from procurement.law import signature
from procurement.law.facts import (
    ElectronicSignatureFacts,
    NotificationFacts,
    PowerFacts,
    SentLetterFacts,
    SignatureFacts,
    TransmissionFacts,
)
from tests.law.sound import LAUNCH, PARIS, rules_of, severities

SENT_AT = datetime(2027, 3, 1, 10, tzinfo=PARIS)
FIRST_DAY = datetime(2027, 3, 12, tzinfo=PARIS)
LETTER = SentLetterFacts(recipient_id="c", sent_at=SENT_AT)
ELECTRONIC = ElectronicSignatureFacts(
    signer="Dirigeante",
    format="PAdES",
    level="qualified",
    intact=True,
    certificate_valid_at_signing=True,
    identity_checked_by="sam",
)
POWER = PowerFacts(
    document_id="d", valid_from=date(2027, 3, 12), valid_until=date(2027, 3, 12), ceiling_ht=Decimal(500_000)
)
SIGNATURE = SignatureFacts(
    now=FIRST_DAY,
    launch_date=LAUNCH,
    amount_ht=Decimal(500_000),
    participants=3,
    rejected_ids=("c",),
    letters=(LETTER,),
    presentation_report=True,
    holder_cleared=True,
    holder_signed=True,
    signatures=(ELECTRONIC,),
    signatory_id="sam",
    power=POWER,
)
SENT = TransmissionFacts(
    launch_date=LAUNCH,
    buyer_category="local_authority",
    amount_ht=Decimal(216_000),
    signed_on=date(2027, 3, 12),
    transmitted_on=date(2027, 3, 27),
    receipt_number="A1",
)


def test_a_sound_signature_has_no_finding():
    assert signature.check(SIGNATURE) == []


@pytest.mark.law("LR-78")
@pytest.mark.parametrize(
    ("letters", "first"),
    [
        ((LETTER,), date(2027, 3, 12)),
        ((replace(LETTER, electronic=False),), date(2027, 3, 17)),
        ((LETTER, replace(LETTER, recipient_id="d", sent_at=SENT_AT + timedelta(days=2))), date(2027, 3, 14)),
        ((replace(LETTER, announced_signing_date=date(2027, 3, 20)),), date(2027, 3, 20)),
        ((replace(LETTER, announced_signing_date=date(2027, 3, 2)),), date(2027, 3, 12)),
    ],
)
def test_first_day_of_signature(letters, first):
    facts = replace(SIGNATURE, letters=letters)
    assert signature.signable_on(facts) == first
    power = replace(POWER, valid_from=LAUNCH, valid_until=None)
    midnight = datetime(first.year, first.month, first.day, tzinfo=PARIS)
    on_the_day = replace(facts, now=midnight.astimezone(UTC), power=power)
    assert severities(signature.check(on_the_day), "LR-78") == []
    the_day_before = replace(on_the_day, now=on_the_day.now - timedelta(microseconds=1))
    assert severities(signature.check(the_day_before), "LR-78") == ["block"]


@pytest.mark.law("LR-78")
def test_every_rejected_firm_got_its_letter():
    assert rules_of(signature.check(replace(SIGNATURE, rejected_ids=("c", "d")))) == ["LR-78"]


@pytest.mark.law("LR-79")
@pytest.mark.parametrize(
    ("change", "applies", "said"),
    [
        ({}, True, []),
        ({"participants": 1, "rejected_ids": (), "letters": ()}, False, []),
        ({"participants": 2, "rejected_ids": (), "letters": ()}, True, ["warn"]),
        ({"participants": 0}, True, ["block"]),
        ({"procedure": "adapted", "participants": 0, "letters": ()}, False, []),
    ],
)
def test_standstill_is_waived_for_a_sole_participant_or_an_adapted_procedure(change, applies, said):
    facts = replace(SIGNATURE, **change)
    assert signature.standstill_applies(facts) is applies
    assert severities(signature.check(facts), "LR-79") == said


@pytest.mark.law("LR-79")
@pytest.mark.parametrize(("until", "said"), [(date(2027, 3, 12), []), (date(2027, 3, 13), ["block"])])
def test_a_voluntary_standstill_binds(until, said):
    facts = replace(SIGNATURE, procedure="adapted", letters=(), voluntary_standstill_until=until)
    assert severities(signature.check(facts), "LR-78") == said


@pytest.mark.law("LR-80")
@pytest.mark.parametrize(("pending", "said"), [(False, []), (True, ["block"])])
def test_an_appeal_holds_the_signature(pending, said):
    assert severities(signature.check(replace(SIGNATURE, appeal_pending=pending)), "LR-80") == said


@pytest.mark.law("LR-73")
def test_an_uncleared_holder_does_not_sign():
    assert rules_of(signature.check(replace(SIGNATURE, holder_cleared=False))) == ["LR-73"]


@pytest.mark.law("LR-82")
def test_the_holder_signs_first():
    assert rules_of(signature.check(replace(SIGNATURE, holder_signed=False))) == ["LR-82"]


@pytest.mark.law("LR-63")
@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({}, []),
        ({"format": "XAdES"}, []),
        ({"level": "advanced_qualified_certificate"}, []),
        ({"level": "advanced"}, ["block"]),
        ({"format": "scan"}, ["block"]),
        ({"format": ""}, ["block"]),
        ({"intact": False}, ["block"]),
        ({"certificate_valid_at_signing": False}, ["block"]),
        ({"identity_checked_by": ""}, ["block"]),
    ],
)
def test_signatures_are_sound(change, said):
    facts = replace(SIGNATURE, signatures=(replace(ELECTRONIC, **change),))
    assert severities(signature.check(facts), "LR-63") == said


@pytest.mark.law("LR-63")
@pytest.mark.parametrize(("wet_ink", "said"), [(True, []), (False, ["block"])])
def test_wet_ink_needs_no_electronic_report(wet_ink, said):
    assert severities(signature.check(replace(SIGNATURE, signatures=(), wet_ink=wet_ink)), "LR-63") == said


@pytest.mark.law("LR-122")
@pytest.mark.parametrize(
    ("power", "said"),
    [
        (POWER, []),
        (None, ["block"]),
        (replace(POWER, document_id=""), ["block"]),
        (replace(POWER, valid_from=None), ["block"]),
        (replace(POWER, valid_from=date(2027, 3, 13), valid_until=None), ["block"]),
        (replace(POWER, valid_from=LAUNCH, valid_until=date(2027, 3, 11)), ["block"]),
        (replace(POWER, ceiling_ht=Decimal("499999.99")), ["block"]),
        (replace(POWER, ceiling_ht=None), []),
    ],
)
def test_the_signatory_holds_the_power(power, said):
    assert severities(signature.check(replace(SIGNATURE, power=power)), "LR-122") == said


@pytest.mark.law("LR-83")
@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({}, []),
        ({"transmitted_on": date(2027, 3, 28)}, ["warn"]),
        ({"transmitted_on": None}, ["block"]),
        ({"receipt_number": ""}, ["block"]),
        ({"transmitted_on": None, "amount_ht": Decimal("215999.99")}, []),
        ({"transmitted_on": None, "amount_ht": None}, ["block"]),
        ({"transmitted_on": None, "buyer_category": "state"}, []),
    ],
)
def test_local_contracts_go_to_the_prefect_within_fifteen_days(change, said):
    assert severities(signature.check_transmission(replace(SENT, **change)), "LR-83") == said


@pytest.mark.law("LR-82", "LR-83")
@pytest.mark.parametrize(
    ("change", "rules"),
    [
        ({}, []),
        ({"holder_signed_at": None}, ["LR-82"]),
        ({"buyer_signed_at": None}, ["LR-82"]),
        ({"documents": ()}, ["LR-82"]),
        ({"transmission": replace(SENT, transmitted_on=None)}, ["LR-83"]),
        ({"transmission": replace(SENT, transmitted_on=None, buyer_category="state")}, []),
    ],
)
def test_notification_follows_both_signatures(change, rules):
    facts = NotificationFacts(
        holder_signed_at=FIRST_DAY, buyer_signed_at=FIRST_DAY, documents=("acte",), transmission=SENT
    )
    assert rules_of(signature.check_notification(replace(facts, **change))) == rules


@pytest.mark.law("LR-66")
class TestPresentationReport:
    def test_it_is_finalised_before_a_formalised_contract_is_signed(self):
        assert rules_of(signature.check(SIGNATURE)) == []
        assert rules_of(signature.check(replace(SIGNATURE, presentation_report=False))) == ["LR-66"]

    def test_an_adapted_procedure_does_not_ask_for_it(self):
        adapted = replace(SIGNATURE, procedure="adapted", presentation_report=False)
        assert "LR-66" not in rules_of(signature.check(adapted))
