"""Signature, prefect, notification and start at the edge of what the law admits, through their acts."""

from datetime import timedelta
from decimal import Decimal

import pytest

from marketplace.files.models import GeneratedDocument
from marketplace.journal.models import Entry
from marketplace.journal.outbox import drain
from procurement.contracts.models import Contract, PrefectTransmission, Signature
from procurement.contracts.services import notification, phases, signature
from procurement.contracts.services.signature import SignatureRefused, bytes_to_sign
from procurement.correspondence.models import Letter, LetterKind
from procurement.evaluation.models import Candidate, Clearance, Exclusion, RejectionNotice, StandstillHold
from procurement.law.findings import RuleViolation
from tests.calls.builders import team_user
from tests.contracts.builders import (
    LETTERS_SENT,
    SIGNABLE,
    awarded_lot,
    document,
    fresh,
    ink,
    letter,
    phase_of,
    prepare,
    sign_on_paper,
)
from tests.factories import within_act

TICK, DAY = timedelta(microseconds=1), timedelta(days=1)


def arrange():
    """A contract of a local authority, 318 000 € HT, on the day of its rejection letters."""
    awarded = awarded_lot()
    return awarded, prepare(awarded)[0]


def change(awarded, row, **fields):
    def write():
        for name, value in fields.items():
            setattr(row, name, value)
        row.save()

    within_act(write, chain=awarded.call.chain)


def rules_refusing(act, **given):
    with pytest.raises(RuleViolation) as refused:
        act(**given)
    return refused.value.rules


# --- The buyer’s signature -------------------------------------------------------------------------------------------


def no_report(awarded, contract):
    chain = awarded.call.chain
    within_act(lambda: GeneratedDocument.objects.get(kind="presentation_report").delete(), chain=chain)
    return lambda: within_act(lambda: document("presentation_report", awarded.lot, SIGNABLE, chain), chain=chain)


def no_proof(awarded, contract):
    row = Clearance.objects.get(partner=contract.awarded)
    change(awarded, row, completed_at=None)
    return lambda: change(awarded, row, completed_at=SIGNABLE)


def holder_excluded(awarded, contract):
    """Excluded after its proofs were read; then kept after all."""
    party, validator = awarded.partners[0].party, team_user(awarded.team.validator)

    def exclude():
        handed_in = contract.awarded.bid.submission
        candidate = Candidate(lot=awarded.lot, party=party, submission=handed_in, registered_at=LETTERS_SENT)
        candidate.save()
        exclusion = Exclusion(
            candidate=candidate, ground="L2141-7", evidence="Marché résilié", proposed_at=LETTERS_SENT,
            proposed_by=validator, deadline=LETTERS_SENT + DAY,
            letter=letter(awarded.lot, party.lead, LetterKind.EXCLUSION_NOTICE), is_excluded=True,
            reasons="Manquement grave.", decided_at=SIGNABLE, decided_by=validator,
        )  # fmt: skip
        exclusion.save()
        return exclusion

    exclusion = within_act(exclude, chain=awarded.call.chain, at=LETTERS_SENT)
    return lambda: change(awarded, exclusion, is_excluded=False)


def appeal(awarded, contract):
    hold = StandstillHold(lot=awarded.lot, case_number="2701234", notified_at=LETTERS_SENT)
    within_act(hold.save, chain=awarded.call.chain)
    return lambda: change(awarded, hold, order_received_at=SIGNABLE, outcome="Rejet de la requête")


def letter_a_day_later(awarded, contract):
    """The last letter left on the second of March: its standstill ends a day after the others’."""
    row = RejectionNotice.objects.select_related("letter").get().letter
    change(awarded, row, sent_at=LETTERS_SENT + DAY)
    return lambda: change(awarded, row, sent_at=LETTERS_SENT)


def later_date_announced(awarded, contract):
    row = RejectionNotice.objects.get()
    change(awarded, row, earliest_signature_on=(SIGNABLE + DAY).date())
    return lambda: change(awarded, row, earliest_signature_on=SIGNABLE.date())


@pytest.mark.law("LR-66", "LR-73", "LR-78", "LR-80")
@pytest.mark.parametrize(
    ("rule", "spoil"),
    [
        ("LR-66", no_report),
        ("LR-73", no_proof),
        ("LR-73", holder_excluded),
        ("LR-78", letter_a_day_later),
        ("LR-78", later_date_announced),
        ("LR-80", appeal),
    ],
)
def test_one_thing_amiss_holds_the_signature_which_is_given_once_it_is_right(arranged, rule, spoil):
    awarded, contract = arranged
    signature.sign_as_holder(contract=contract, ink=ink(LETTERS_SENT), actor=awarded.team.author, now=SIGNABLE)
    mend = spoil(awarded, contract)
    sign = {
        "contract": contract, "power": awarded.power, "ink": ink(SIGNABLE, "Claire Vasseur"),
        "actor": awarded.team.signatory, "now": SIGNABLE,
    }  # fmt: skip
    assert rules_refusing(signature.sign_as_buyer, **sign) == [rule]
    assert Entry.objects.get(act="contract.sign_as_buyer.refused").data["rules"] == [rule]
    assert Contract.objects.get(pk=contract.pk).signed_at is None
    assert not Signature.objects.filter(side="buyer").exists()
    mend()
    assert signature.sign_as_buyer(**sign).signed_at == SIGNABLE


@pytest.mark.law("LR-82")
def test_the_buyer_signs_after_the_holder_were_it_at_the_same_instant(arranged):
    awarded, contract = arranged
    sign = {
        "contract": contract, "power": awarded.power, "ink": ink(SIGNABLE, "Claire Vasseur"),
        "actor": awarded.team.signatory, "now": SIGNABLE,
    }  # fmt: skip
    assert rules_refusing(signature.sign_as_buyer, **sign) == ["LR-82"]
    assert not Signature.objects.exists()
    signature.sign_as_holder(contract=contract, ink=ink(SIGNABLE), actor=awarded.team.author, now=SIGNABLE)
    assert signature.sign_as_buyer(**sign).signed_at == SIGNABLE


@pytest.mark.law("LR-63")
def test_a_file_without_signature_is_none(arranged):
    awarded, contract = arranged
    drain()
    with pytest.raises(SignatureRefused) as refused:
        signature.sign_as_holder(
            contract=contract, signed_pdf=bytes_to_sign(contract), actor=awarded.partners[0].actor, now=SIGNABLE
        )
    assert refused.value.rules == ["LR-63"]
    assert not Signature.objects.exists()


# --- The prefect, the notification, the first phase ------------------------------------------------------------------


@pytest.mark.law("LR-83")
@pytest.mark.parametrize(("cents", "is_sent"), [("97999.99", False), ("98000.00", True)])
def test_a_local_contract_goes_to_the_prefect_from_216_000_euros(arranged, cents, is_sent):
    awarded, contract = arranged
    change(awarded, contract, total_cost_max_ht=Decimal(cents))
    contract = sign_on_paper(awarded, contract)
    notify = {"contract": contract, "actor": awarded.team.author, "now": SIGNABLE}
    if is_sent:
        assert rules_refusing(notification.notify, **notify) == ["LR-83"]
        assert not Letter.objects.filter(kind="notification").exists()
        notification.transmit_to_prefect(transmitted_at=SIGNABLE, receipt_number="049-1", **notify)
    assert notification.notify(**notify).sent_at == SIGNABLE
    assert PrefectTransmission.objects.exists() is is_sent


def received(awarded, contract):
    """The contract signed, sent, and received by its holder on SIGNABLE."""
    contract = sign_on_paper(awarded, contract)
    given = {"contract": contract, "actor": awarded.team.author, "now": SIGNABLE}
    notification.transmit_to_prefect(transmitted_at=SIGNABLE, receipt_number="049-1", **given)
    notification.notify(**given)
    notification.record_receipt(contract=contract, received_at=SIGNABLE, actor=awarded.partners[0].actor, now=SIGNABLE)
    return fresh([contract])[0]


@pytest.mark.law("LR-82", "LR-23")
@pytest.mark.parametrize(("after", "begins"), [(-TICK, False), (timedelta(0), True)])
def test_a_contract_takes_effect_at_the_instant_of_its_notification(arranged, after, begins):
    awarded, contract = arranged
    contract = received(awarded, contract)
    begin = {"phase": phase_of(contract, 1), "actor": awarded.team.author, "now": SIGNABLE + after}
    if begins:
        phases.start_phase(**begin)
        assert phase_of(contract, 1).started_at == SIGNABLE
    else:
        assert set(rules_refusing(phases.start_phase, **begin)) == {"LR-23", "LR-82"}
        assert phase_of(contract, 1).started_at is None


@pytest.mark.law("LR-83")
def test_nothing_is_performed_without_the_prefects_receipt(arranged):
    awarded, contract = arranged
    contract = received(awarded, contract)
    sent = PrefectTransmission.objects.get(contract=contract)
    change(awarded, sent, receipt_number="")
    begin = {"phase": phase_of(contract, 1), "actor": awarded.team.author, "now": SIGNABLE}
    assert rules_refusing(phases.start_phase, **begin) == ["LR-83"]
    assert phase_of(contract, 1).started_at is None
    change(awarded, sent, receipt_number="1")
    phases.start_phase(**begin | {"phase": phase_of(contract, 1)})
    assert phase_of(contract, 1).started_at == SIGNABLE
