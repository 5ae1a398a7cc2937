"""Rules of deposits and openings at the edge of what they admit: refused just beyond it, passed just within it."""

from datetime import datetime, timedelta
from uuid import uuid4

import pytest
from django.db import connection

from marketplace.journal.errors import Refusal
from marketplace.journal.models import Entry
from procurement.calls.models import Call, PeriodDeadline
from procurement.calls.services.periods import extend_deadline
from procurement.evaluation.services import interests
from procurement.law.calendar import PARIS
from procurement.law.findings import RuleViolation
from procurement.submissions import assembly, decisions, deposits, opening, seal
from procurement.submissions.models import (
    LateAdmission,
    OpeningMinutes,
    OpeningResult,
    OpeningSession,
    Receipt,
    Submission,
)
from procurement.submissions.reading import opened_answers
from procurement.submissions.verdicts import Verdict
from tests.factories import within_act
from tests.submissions.test_evidence import Clock, sample_at

TICK = timedelta(microseconds=1)


def rules_refusing(act, *arguments, **given):
    with pytest.raises(RuleViolation) as refused:
        act(*arguments, **given)
    return refused.value.rules


def begin(stage, number=0):
    return opening.begin_opening(
        envelope=stage.envelope("technical"),
        identity=stage.kits[number].identity,
        actor=stage.team.custodians[number],
        now=stage.now,
    )


def complete(stage, session, number=1):
    return opening.complete_opening(
        session=session, identity=stage.kits[number].identity, actor=stage.team.custodians[number], now=stage.now
    )


# --- Handing in ------------------------------------------------------------------------------------------------------


@pytest.mark.law("LR-52")
def test_one_answer_in_each_envelope_and_the_rule_accepted_are_a_whole_submission(stage):
    bidder = stage.bidder()
    deposit = deposits.open_deposit(period=stage.period, party=bidder.party, actor=bidder.actor, now=stage.now)

    def answer(envelope):
        deposits.save_answers(
            deposit=deposit, envelope=envelope, answers={"texte": "oui"}, actor=bidder.actor, now=stage.now
        )

    def read_again(*, accepted=True):
        return assembly.assemble(deposit=deposit, replacement_rule_accepted=accepted, actor=bidder.actor, now=stage.now)

    answer("technical")
    assert rules_refusing(read_again) == ["LR-52"]
    answer("price")
    assert rules_refusing(read_again, accepted=False) == ["LR-52"]
    deposit.refresh_from_db()
    assert deposit.root == ""
    root = read_again().root
    sealed = seal.seal(deposit=deposit, root=root, idempotency_key="a", actor=bidder.actor, now=stage.now)
    assert sealed.submission.root == root


@pytest.mark.law("LR-52", "LR-53")
@pytest.mark.parametrize(("after", "replaces"), [(timedelta(0), True), (TICK, False)])
def test_the_last_one_counts_up_to_the_deadline_itself(stage, after, replaces):
    bidder = stage.bidder()
    first = stage.submit(bidder).submission
    again = deposits.replace(submission=first, actor=bidder.actor, now=stage.now)
    stage.fill(again, bidder, montant_ht="150000.00")
    root = stage.assemble(again, bidder).root
    stage.clock.advance_to(stage.deadline + after)
    last = seal.seal(deposit=again, root=root, idempotency_key="b", actor=bidder.actor, now=stage.now).submission
    counted, other = (last, first) if replaces else (first, last)
    stage.close()
    stage.open("technical")
    assert opened_answers(counted, "technical")
    with pytest.raises(Refusal, match="pas ouvert"):
        opened_answers(other, "technical")


@pytest.mark.law("LR-59")
def test_a_deposit_stays_possible_without_signature_where_the_rules_ask_for_one(stage):
    def ask():
        call = Call.objects.get(pk=stage.call.pk)
        call.signature_at_deposit = True
        call.save()

    within_act(ask, chain=stage.call.chain)
    assert stage.submit().submission.verdict is Verdict.ON_TIME


@pytest.mark.law("LR-56")
def test_a_receipt_that_would_not_say_everything_is_not_issued(stage):
    def describe(title, words):
        call = Call.objects.get(pk=stage.call.pk)
        call.title, call.object = title, words
        call.save()

    bidder = stage.bidder()
    deposit = stage.deposit(bidder)
    root = stage.assemble(deposit, bidder).root
    within_act(lambda: describe("", "Prévoir l’affluence"), chain=stage.call.chain)
    ask = {"deposit": deposit, "root": root, "idempotency_key": "a", "actor": bidder.actor}
    received = stage.now
    assert rules_refusing(seal.seal, now=received, **ask) == ["LR-56"]
    assert not Submission.objects.exists()
    assert not Receipt.objects.exists()
    within_act(lambda: describe("Bus", ""), chain=stage.call.chain)
    stage.clock.advance(timedelta(minutes=1))
    [sealed] = seal.finish_pending_seals(now=stage.now)
    # A call in one sentence says its object in its title.
    assert sealed.receipt.content["call"]["title"] == "Bus"
    assert sealed.submission.received_at == received


@pytest.mark.law("PR-01")
@pytest.mark.parametrize(
    ("closes_at", "is_moved"),
    [
        (datetime(2027, 3, 1, 18, 0, tzinfo=PARIS), True),
        (datetime(2027, 3, 1, 18, 0, tzinfo=PARIS) + TICK, False),
        (datetime(2027, 3, 1, 9, 0, tzinfo=PARIS), True),
        (datetime(2027, 3, 1, 9, 0, tzinfo=PARIS) - TICK, False),
        (datetime(2027, 2, 28, 12, 0, tzinfo=PARIS), False),
        (datetime(2027, 3, 29, 12, 0, tzinfo=PARIS), False),
    ],
    ids=["at 18", "after 18", "at 9", "before 9", "Sunday", "Easter Monday"],
)
def test_a_deadline_moves_to_an_hour_when_help_can_be_had(stage, closes_at, is_moved):
    before = stage.deadline
    move = {
        "period": stage.period, "closes_at": closes_at, "reason": "Panne", "actor": stage.team.validator,
        "now": stage.now,
    }  # fmt: skip
    if is_moved:
        extend_deadline(**move)
        assert stage.deadline == closes_at
    else:
        assert rules_refusing(extend_deadline, **move) == ["PR-01"]
        assert Entry.objects.get(act="period.extend.refused").data["rules"] == ["PR-01"]
        assert (stage.deadline, PeriodDeadline.objects.count()) == (before, 1)


# --- Opening ---------------------------------------------------------------------------------------------------------


@pytest.mark.law("LR-57")
def test_an_opening_begins_as_soon_as_the_minute_of_grace_is_over(stage):
    stage.submit()
    stage.clock.advance_to(stage.deadline + timedelta(seconds=60))
    assert rules_refusing(begin, stage) == ["LR-57"]
    assert not OpeningSession.objects.exists()
    stage.clock.advance(TICK)
    assert begin(stage).started_at == stage.now


@pytest.mark.law("LR-57")
@pytest.mark.parametrize(("after", "is_opened"), [(timedelta(0), True), (TICK, False)])
def test_the_second_custodian_comes_within_thirty_minutes_to_the_microsecond(stage, after, is_opened):
    submission = stage.submit().submission
    stage.close()
    session = begin(stage)
    stage.clock.advance(timedelta(minutes=30) + after)
    if is_opened:
        complete(stage, session)
        assert opened_answers(submission, "technical")
    else:
        assert rules_refusing(complete, stage, session) == ["LR-57"]
        assert not OpeningResult.objects.exists()


@pytest.mark.law("LR-57")
@pytest.mark.parametrize(("after", "is_held"), [(timedelta(minutes=5), True), (timedelta(minutes=5) + TICK, False)])
def test_a_doubt_on_the_clock_found_between_both_keys_holds_the_second(stage, after, is_held):
    submission = stage.submit().submission
    stage.close()
    session = begin(stage)
    sample_at(stage.deadline + after, clock=Clock.UNSYNCHRONISED)
    stage.clock.advance_to(stage.deadline + timedelta(minutes=10))
    if is_held:
        assert rules_refusing(complete, stage, session) == ["LR-57"]
        assert not OpeningResult.objects.exists()
    else:
        complete(stage, session)
        assert opened_answers(submission, "technical")


@pytest.mark.law("LR-115")
def test_who_left_the_team_since_the_first_key_is_a_stranger_to_the_opening(stage):
    submission = stage.submit().submission
    stage.close()
    session = begin(stage)
    interests.declare(
        call=stage.call, has_interest=True, text="Ma sœur y travaille.", actor=stage.team.custodians[0], now=stage.now
    )
    assert rules_refusing(complete, stage, session) == ["LR-115"]
    assert Entry.objects.get(act="opening.complete.refused").data["rules"] == ["LR-115"]
    assert not OpeningResult.objects.exists()
    stage.clock.advance(timedelta(minutes=30) + TICK)
    assert len(stage.open("technical", first=1, second=2).facts["people"]) == 2
    assert opened_answers(submission, "technical")


@pytest.mark.law("LR-115")
def test_minutes_that_would_say_too_little_are_not_written(stage):
    submission = stage.submit().submission
    root = submission.root

    def rewrite(value):
        key = submission.pk if connection.vendor == "postgresql" else submission.pk.hex
        with connection.cursor() as cursor:
            cursor.execute("UPDATE submissions_submission SET root = %s WHERE id = %s", [value, key])

    rewrite("")
    stage.close()
    assert rules_refusing(stage.open, "technical") == ["LR-115"]
    assert not OpeningMinutes.objects.exists()
    rewrite(root)
    minutes = complete(stage, OpeningSession.objects.get())
    assert [line["root"] for line in minutes.facts["submissions"]] == [root]
    assert opened_answers(submission, "technical")


@pytest.mark.law("LR-54")
def test_a_late_one_is_admitted_by_two_people_with_reasons_before_a_report(stage):
    bidder = stage.bidder()
    deposit = stage.deposit(bidder)
    root = stage.assemble(deposit, bidder).root
    stage.clock.advance_to(stage.deadline + TICK)
    late = seal.seal(deposit=deposit, root=root, idempotency_key="a", actor=bidder.actor, now=stage.now).submission
    stage.close()
    propose = {"submission": late, "actor": stage.team.validator, "now": stage.now}
    with pytest.raises(Refusal, match="diligence"):
        decisions.propose_late_admission(reasons=" ", incident_report_id=uuid4(), **propose)
    with pytest.raises(Refusal, match="rapport d’incident"):
        decisions.propose_late_admission(reasons="Panne", **propose)
    admission = decisions.propose_late_admission(reasons="Panne", incident_report_id=uuid4(), **propose)
    alone = {"admission": admission, "actor": stage.team.validator, "now": stage.now}
    assert rules_refusing(decisions.admit_late, **alone) == ["LR-54"]
    assert LateAdmission.objects.get().confirmed_at is None
    assert not Submission.objects.admitted_late(stage.period).exists()
    decisions.admit_late(admission=admission, actor=stage.team.signatory, now=stage.now)
    assert Submission.objects.admitted_late(stage.period).get() == late
