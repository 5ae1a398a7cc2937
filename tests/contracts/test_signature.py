"""Both parties sign, by either road, never before the standstill is over, and only with everything in hand."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from marketplace.files.models import GeneratedDocument
from marketplace.files.pdf_signing import sign_pdf
from marketplace.journal.errors import NotAllowed, Refusal
from marketplace.journal.models import Entry
from marketplace.journal.outbox import drain
from procurement.calls.models import LotTimeline
from procurement.contracts.models import Contract, SignatoryPower, Signature
from procurement.contracts.rehearsal_signing import example_signer
from procurement.contracts.services import formation, signature
from procurement.contracts.services.signature import Ink, SignatureRefused, bytes_to_sign
from procurement.contracts.trust import trust_roots
from procurement.evaluation.models import Clearance, RejectionNotice, StandstillHold
from procurement.law.findings import RuleViolation
from tests.contracts.builders import LETTERS_SENT, SIGNABLE, awarded_lot, fresh, ink, prepare, sign_on_paper
from tests.factories import within_act

pytestmark = pytest.mark.django_db


@pytest.fixture
def awarded():
    return awarded_lot()


@pytest.fixture
def contract(awarded):
    return prepare(awarded)[0]


def holder_signs(awarded, contract, at=SIGNABLE):
    return signature.sign_as_holder(contract=contract, ink=ink(at), actor=awarded.team.author, now=at)


def buyer_signs(awarded, contract, at=SIGNABLE, **changed):
    given = {
        "contract": contract, "power": awarded.power, "ink": ink(at, "Claire Vasseur"),
        "actor": awarded.team.signatory, "now": at,
    }  # fmt: skip
    return signature.sign_as_buyer(**{**given, **changed})


def change(awarded, row, **fields):
    def write():
        for name, value in fields.items():
            setattr(row, name, value)
        row.save()

    within_act(write, chain=awarded.call.chain)


def rules_of(refusal):
    return set(refusal.value.rules)


@pytest.mark.law("LR-63", "LR-66", "LR-73", "LR-82")
def test_signed_on_paper_by_both(awarded, contract):
    holder_signs(awarded, contract)
    signed = buyer_signs(awarded, contract)
    assert signed.signed_at == SIGNABLE
    assert set(Signature.objects.values_list("side", "road")) == {("holder", "wet_ink"), ("buyer", "wet_ink")}


@pytest.mark.law("LR-03")
def test_the_lot_is_signed_with_its_last_contract(awarded, contract):
    sign_on_paper(awarded, contract)
    assert LotTimeline.objects.get(lot=awarded.lot).signed_at is None
    sign_on_paper(awarded, prepare(awarded)[1])
    assert LotTimeline.objects.get(lot=awarded.lot).signed_at == SIGNABLE


@pytest.mark.law("LR-78")
def test_the_day_before_the_standstill_ends_is_too_early(awarded, contract):
    day_before = datetime(2027, 3, 11, 22, 59, 59, 999999, tzinfo=UTC)
    holder_signs(awarded, contract, LETTERS_SENT)
    with pytest.raises(RuleViolation) as refusal:
        buyer_signs(awarded, contract, day_before)
    assert rules_of(refusal) == {"LR-78"}
    assert not Contract.objects.filter(signed_at__isnull=False).exists()
    assert Signature.objects.filter(side="buyer").count() == 0


@pytest.mark.law("LR-78")
def test_the_first_second_of_the_eleventh_day_is_not(awarded, contract):
    holder_signs(awarded, contract, LETTERS_SENT)
    assert buyer_signs(awarded, contract, datetime(2027, 3, 11, 23, 0, tzinfo=UTC)).signed_at


@pytest.mark.law("LR-78")
def test_a_letter_on_paper_takes_sixteen_days(awarded, contract):
    notice = RejectionNotice.objects.get()
    change(awarded, notice, is_electronic=False, earliest_signature_on=None)
    holder_signs(awarded, contract, LETTERS_SENT)
    with pytest.raises(RuleViolation) as refusal:
        buyer_signs(awarded, contract, LETTERS_SENT + timedelta(days=15))
    assert rules_of(refusal) == {"LR-78"}
    assert buyer_signs(awarded, contract, LETTERS_SENT + timedelta(days=16)).signed_at


@pytest.mark.law("LR-78")
def test_a_paper_dated_during_the_standstill_is_refused_later_too(awarded, contract):
    holder_signs(awarded, contract)
    with pytest.raises(RuleViolation) as refusal:
        buyer_signs(awarded, contract, ink=ink(SIGNABLE - timedelta(days=2)))
    assert "LR-78" in rules_of(refusal)


@pytest.mark.law("LR-78")
def test_a_rejected_firm_without_letter_stops_the_signature(awarded, contract):
    within_act(lambda: RejectionNotice.objects.get().delete(), chain=awarded.call.chain)
    holder_signs(awarded, contract)
    with pytest.raises(RuleViolation) as refusal:
        buyer_signs(awarded, contract)
    assert rules_of(refusal) == {"LR-78"}


@pytest.mark.law("LR-79")
def test_the_sole_participant_waits_for_nobody():
    awarded = awarded_lot(partners=1, rejected=0)
    contract = prepare(awarded)[0]
    holder_signs(awarded, contract, LETTERS_SENT)
    assert buyer_signs(awarded, contract, LETTERS_SENT).signed_at == LETTERS_SENT


@pytest.mark.law("LR-79")
def test_several_winners_and_nobody_rejected_ask_for_a_reason():
    awarded = awarded_lot(partners=2, rejected=0)
    contract = prepare(awarded)[0]
    holder_signs(awarded, contract)
    with pytest.raises(RuleViolation) as refusal:
        buyer_signs(awarded, contract)
    assert rules_of(refusal) == {"LR-79"}
    assert buyer_signs(awarded, contract, accepted={"LR-79": "Aucune entreprise à protéger"}).signed_at


@pytest.mark.law("LR-79")
def test_an_adapted_procedure_has_no_mandatory_standstill():
    awarded = awarded_lot(procedure="adapted")
    within_act(lambda: RejectionNotice.objects.get().delete(), chain=awarded.call.chain)
    contract = prepare(awarded)[0]
    holder_signs(awarded, contract, LETTERS_SENT)
    assert buyer_signs(awarded, contract, LETTERS_SENT).signed_at


@pytest.mark.law("LR-80")
def test_an_appeal_holds_the_signature_until_the_order(awarded, contract):
    hold = StandstillHold(lot=awarded.lot, case_number="2701234", notified_at=LETTERS_SENT)
    within_act(hold.save, chain=awarded.call.chain)
    holder_signs(awarded, contract)
    with pytest.raises(RuleViolation) as refusal:
        buyer_signs(awarded, contract)
    assert rules_of(refusal) == {"LR-80"}
    change(awarded, hold, order_received_at=SIGNABLE, outcome="Rejet de la requête")
    assert buyer_signs(awarded, contract).signed_at


@pytest.mark.law("LR-73")
def test_the_holder_must_be_cleared(awarded, contract):
    change(awarded, Clearance.objects.get(partner=contract.awarded), completed_at=None)
    holder_signs(awarded, contract)
    with pytest.raises(RuleViolation) as refusal:
        buyer_signs(awarded, contract)
    assert rules_of(refusal) == {"LR-73"}


@pytest.mark.law("LR-66")
def test_the_presentation_report_comes_first_in_a_formalised_procedure(awarded, contract):
    within_act(lambda: GeneratedDocument.objects.get(kind="presentation_report").delete(), chain=awarded.call.chain)
    holder_signs(awarded, contract)
    with pytest.raises(RuleViolation) as refusal:
        buyer_signs(awarded, contract)
    assert rules_of(refusal) == {"LR-66"}


@pytest.mark.law("LR-82")
def test_the_holder_signs_first(awarded, contract):
    with pytest.raises(RuleViolation) as refusal:
        buyer_signs(awarded, contract)
    assert rules_of(refusal) == {"LR-82"}


@pytest.mark.law("LR-122")
def test_without_power_nobody_signs(awarded, contract):
    holder_signs(awarded, contract)
    with pytest.raises(RuleViolation) as refusal:
        buyer_signs(awarded, contract, power=None)
    assert rules_of(refusal) == {"LR-122"}


@pytest.mark.law("LR-122")
@pytest.mark.parametrize(
    ("power", "allowed"),
    [
        ({"ceiling_ht": Decimal("318000.00")}, True),
        ({"ceiling_ht": Decimal("317999.99")}, False),
        ({"valid_until": date(2027, 3, 12)}, True),
        ({"valid_until": date(2027, 3, 11)}, False),
        ({"valid_from": date(2027, 3, 12)}, True),
        ({"valid_from": date(2027, 3, 13)}, False),
        ({"document": None}, False),
    ],
)
def test_a_power_covers_the_day_and_the_amount_or_not(awarded, contract, power, allowed):
    change(awarded, awarded.power, **power)
    holder_signs(awarded, contract)
    power = SignatoryPower.objects.get()
    if allowed:
        assert buyer_signs(awarded, contract, power=power).signed_at
    else:
        with pytest.raises(RuleViolation) as refusal:
            buyer_signs(awarded, contract, power=power)
        assert rules_of(refusal) == {"LR-122"}


def test_every_blocking_finding_comes_at_once_and_the_refusal_is_recorded(awarded, contract):
    with pytest.raises(RuleViolation) as refusal:
        buyer_signs(awarded, contract, LETTERS_SENT, power=None)
    assert rules_of(refusal) == {"LR-78", "LR-82", "LR-122"}
    recorded = Entry.objects.get(act="contract.sign_as_buyer.refused")
    assert set(recorded.data["rules"]) == {"LR-78", "LR-82", "LR-122"}


def test_only_a_signatory_signs_for_the_buyer(awarded, contract):
    holder_signs(awarded, contract)
    with pytest.raises(NotAllowed):
        buyer_signs(awarded, contract, actor=awarded.team.validator)


def test_a_rival_cannot_sign_for_the_holder(awarded, contract):
    with pytest.raises(NotAllowed):
        signature.sign_as_holder(contract=contract, signed_pdf=b"%PDF", actor=awarded.partners[1].actor, now=SIGNABLE)


def test_nobody_signs_a_contract_with_holes(awarded):
    contract = formation.prepare_contracts(lot=awarded.lot, actor=awarded.team.author, now=LETTERS_SENT)[0]
    with pytest.raises(Refusal, match="B3 compte bancaire"):
        holder_signs(awarded, contract)


@pytest.mark.parametrize("exit_fact", ["cancelled_at", "unsuccessful_at"])
def test_nothing_is_signed_in_a_lot_that_was_given_up(awarded, contract, exit_fact):
    change(awarded, LotTimeline.objects.get(lot=awarded.lot), **{exit_fact: SIGNABLE})
    with pytest.raises(Refusal, match="sans suite"):
        holder_signs(awarded, contract)


def test_an_eliminated_partner_signs_no_more(awarded, contract):
    change(awarded, contract.awarded, eliminated_at=SIGNABLE, elimination_reasons="Liquidation")
    with pytest.raises(Refusal, match="éliminé"):
        holder_signs(awarded, contract)


def test_a_side_signs_once_and_on_one_road(awarded, contract):
    holder_signs(awarded, contract)
    with pytest.raises(Refusal, match="déjà la signature"):
        holder_signs(awarded, contract)
    with pytest.raises(Refusal, match="une voie"):
        signature.sign_as_holder(contract=contract, actor=awarded.team.author, now=SIGNABLE)
    late = Ink(signatory="Inès Marchetti", signed_at=SIGNABLE + timedelta(seconds=1))
    with pytest.raises(Refusal, match="avenir"):
        signature.sign_as_holder(contract=contract, ink=late, actor=awarded.team.author, now=SIGNABLE)


def test_a_contract_is_not_signed_before_it_is_rendered(awarded, contract):
    with pytest.raises(Refusal, match="en cours de production"):
        bytes_to_sign(contract)


@pytest.mark.law("LR-63")
def test_both_sign_electronically_on_the_same_file(awarded, contract):
    drain()
    ours = bytes_to_sign(contract)
    theirs = sign_pdf(ours, signer=example_signer("Inès Marchetti"), field="titulaire", now=SIGNABLE)
    given = signature.sign_as_holder(
        contract=contract, signed_pdf=theirs, actor=awarded.partners[0].actor, now=SIGNABLE
    )
    assert given.report["accepted"]
    assert given.file.read() == theirs
    assert bytes_to_sign(contract) == theirs
    both = sign_pdf(theirs, signer=example_signer("Claire Vasseur"), field="acheteur", now=SIGNABLE)
    with pytest.raises(RuleViolation, match="identité"):
        buyer_signs(awarded, contract, ink=None, signed_pdf=both)
    signature.confirm_identity(signature=given, actor=awarded.team.author, now=SIGNABLE)
    signed = buyer_signs(awarded, contract, ink=None, signed_pdf=both)
    assert signed.signed_at == SIGNABLE
    assert Signature.objects.get(side="buyer").file.read() == both


@pytest.mark.law("LR-63", "LR-78")
def test_the_declared_time_of_a_signature_counts_and_a_foreign_file_leaves_nothing(awarded, contract):
    drain()
    ours = bytes_to_sign(contract)
    early = sign_pdf(ours, signer=example_signer("Claire Vasseur"), field="acheteur", now=LETTERS_SENT)
    holder_signs(awarded, contract)
    with pytest.raises(RuleViolation) as refusal:
        buyer_signs(awarded, contract, ink=None, signed_pdf=early)
    assert rules_of(refusal) == {"LR-78"}
    other = prepare(awarded)[1]
    drain()
    foreign = sign_pdf(bytes_to_sign(other), signer=example_signer("Claire Vasseur"), field="acheteur", now=SIGNABLE)
    with pytest.raises(SignatureRefused, match="pas le document à signer") as refused:
        buyer_signs(awarded, contract, ink=None, signed_pdf=foreign)
    assert refused.value.rules == ["LR-63"]
    assert fresh([contract])[0].signed_at is None
    assert not Signature.objects.filter(side="buyer").exists()


def test_the_fictitious_authority_is_trusted_in_rehearsals_only(settings, tmp_path):
    assert len(trust_roots()) == 1
    settings.REHEARSAL_CLOCK_ALLOWED = False
    assert trust_roots() == []
    (tmp_path / "racine.der").write_bytes(example_signer("Quelqu’un").signing_cert.dump())
    settings.SIGNATURE_TRUST_ROOTS = tmp_path
    assert len(trust_roots()) == 1
