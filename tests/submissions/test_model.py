"""Seal, late, replace, withdraw, extend, admit in any order, against a model of the rule (LR-52, LR-53, LR-54).

The model knows nothing of the code: a list of arrivals a bidder, the deadlines in the order of their decisions.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from django.db import transaction
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test

from marketplace.journal import clock
from marketplace.journal.errors import Refusal
from marketplace.journal.verify import verify
from procurement.calls.models import PeriodDeadline, SubmissionPeriod, TeamRole
from procurement.calls.services import drafts
from procurement.calls.services.periods import extend_deadline
from procurement.submissions import decisions, deposits, seal
from procurement.submissions.models import Receipt, Submission
from tests.calls.builders import team_user
from tests.factories import within_act
from tests.submissions.test_evidence import sample_at

MICROSECOND, MINUTE = timedelta(microseconds=1), timedelta(minutes=1)
# Around a deadline: an hour (in autumn, the same time on the wall) and ten minutes before, its minute of grace, the
# microseconds that decide.
EDGES = [-60 * MINUTE, -10 * MINUTE, -MICROSECOND, timedelta(0), MICROSECOND, MINUTE, 10 * MINUTE]
# In the night of 31 October 2027 Paris lives two o’clock twice: this is the second half past two.
SECOND_HALF_PAST_TWO = datetime(2027, 10, 31, 1, 30, tzinfo=UTC)


@dataclass
class Arrival:
    """One version of a bidder, as the model knows it."""

    pk: object
    began: datetime
    received: datetime
    told: str
    is_withdrawn: bool = False
    is_contested: bool = False
    is_admitted: bool = False

    def verdict(self, deadline: datetime) -> str:
        if self.received <= deadline:
            return "on_time"
        if self.is_admitted or self.is_contested:
            return "late_contested"
        return "late_started_in_time" if self.began <= deadline else "late"


@dataclass
class Model:
    deadline: datetime
    arrivals: dict[int, list[Arrival]] = field(default_factory=lambda: {0: [], 1: []})

    def standing(self, bidder: int) -> Arrival | None:
        """Of those on time the last one, unless it was withdrawn."""
        on_time = [one for one in self.arrivals[bidder] if one.received <= self.deadline]
        return on_time[-1] if on_time and not on_time[-1].is_withdrawn else None


def machine_of(stage, start: datetime, extend: Callable[[datetime, datetime], object]):
    class Bidding(RuleBasedStateMachine):
        """Two bidders of one period; every example begins from the same database."""

        def __init__(self) -> None:
            super().__init__()
            self.saved = transaction.savepoint()
            self.rehearsal = clock.rehearsal(start)
            self.clock = self.rehearsal.__enter__()
            self.model = Model(stage.deadline)

        def teardown(self) -> None:
            self.rehearsal.__exit__(None, None, None)
            transaction.savepoint_rollback(self.saved)

        @property
        def now(self) -> datetime:
            return self.clock.now()

        @rule(edge=st.sampled_from(EDGES))
        def time_passes(self, edge) -> None:
            self.clock.advance_to(max(self.now + MICROSECOND, self.model.deadline + edge))

        @rule(number=st.integers(0, 1), took=st.sampled_from([timedelta(0), MICROSECOND, 10 * MINUTE]))
        def seals(self, number, took) -> None:
            bidder, began = stage.bidders[number], self.now
            standing = self.model.standing(number)
            common = {"actor": bidder.actor, "now": began}
            if standing is None:
                deposit = deposits.open_deposit(period=stage.period, party=bidder.party, **common)
            else:
                with pytest.raises(Refusal):
                    deposits.open_deposit(period=stage.period, party=bidder.party, **common)
                deposit = deposits.replace(submission=Submission.objects.get(pk=standing.pk), **common)
            for envelope in ("technical", "price"):
                deposits.save_answers(deposit=deposit, envelope=envelope, answers={"montant_ht": "1.00"}, **common)
            root = stage.assemble(deposit, bidder).root
            self.clock.advance(took)
            sealed = seal.seal(
                deposit=deposit, root=root, idempotency_key=str(deposit.pk), actor=bidder.actor, now=self.now
            )
            told = sealed.receipt.content["verdict"]
            arrival = Arrival(sealed.submission.pk, began, self.now, told)
            assert told == arrival.verdict(self.model.deadline)
            replaced = standing.pk if standing and told == "on_time" else None
            assert sealed.submission.replaces_id == replaced
            self.model.arrivals[number].append(arrival)

        @rule(number=st.integers(0, 1))
        def withdraws(self, number) -> None:
            if not self.model.arrivals[number]:
                return
            last = self.model.arrivals[number][-1]
            lawful = self.now <= self.model.deadline and self.model.standing(number) is last
            submission = Submission.objects.get(pk=last.pk)
            try:
                decisions.withdraw(submission=submission, actor=stage.bidders[number].actor, now=self.now)
            except Refusal:
                assert not lawful
            else:
                assert lawful
                last.is_withdrawn = True

        @rule(later=st.sampled_from([MICROSECOND, 10 * MINUTE, 30 * MINUTE]))
        def extends(self, later) -> None:
            self.clock.advance(MICROSECOND)
            closes_at = self.model.deadline + later
            extend(closes_at, self.now)
            self.model.deadline = closes_at

        @precondition(lambda self: any(self.late()))
        @rule(pick=st.integers(0, 9))
        def contests(self, pick) -> None:
            late = self.late()
            arrival = late[pick % len(late)]
            submission = Submission.objects.get(pk=arrival.pk)
            if not arrival.is_contested:
                decisions.propose_late_admission(
                    submission=submission, reasons="Le site répondait en erreur.", incident_report_id=uuid4(),
                    actor=stage.team.validator, now=self.now,
                )  # fmt: skip
                arrival.is_contested = True
            elif not arrival.is_admitted:
                decisions.admit_late(admission=submission.late_admission, actor=stage.team.signatory, now=self.now)
                arrival.is_admitted = True

        def late(self) -> list[Arrival]:
            everything = [one for arrivals in self.model.arrivals.values() for one in arrivals]
            return [one for one in everything if one.received > self.model.deadline]

        @invariant()
        def verdicts_are_those_of_the_model(self) -> None:
            period = SubmissionPeriod.objects.get(pk=stage.period.pk)
            assert period.closes_at() == self.model.deadline
            everything = [one for arrivals in self.model.arrivals.values() for one in arrivals]
            for arrival in everything:
                submission = Submission.objects.get(pk=arrival.pk)
                assert submission.verdict.value == arrival.verdict(self.model.deadline)
                receipt = Receipt.objects.get(submission=submission, kind=Receipt.Kind.SUBMISSION)
                assert receipt.content["verdict"] == arrival.told
            standing = {one.pk for number in (0, 1) if (one := self.model.standing(number))}
            assert set(Submission.objects.current(period).values_list("pk", flat=True)) == standing
            admitted = {one.pk for one in self.late() if one.is_admitted and not one.is_withdrawn}
            assert set(Submission.objects.admitted_late(period).values_list("pk", flat=True)) == admitted

    return Bidding


@pytest.mark.law("LR-43", "LR-52", "LR-53", "LR-54")
@pytest.mark.parametrize("deadline", [None, SECOND_HALF_PAST_TWO], ids=["by day", "the hour that comes twice"])
def test_whatever_happens_verdicts_are_those_of_the_model(stage, deadline):
    for name in ("Une", "Autre"):
        stage.bidder(name)
    drafts.give_role(
        call=stage.call, user=team_user(stage.team.signatory), role=TeamRole.VALIDATOR, actor=stage.team.author,
        now=stage.now,
    )  # fmt: skip
    stage.clock.advance(timedelta(minutes=1))

    def by_the_act(closes_at, now):
        return extend_deadline(
            period=stage.period, closes_at=closes_at, reason="Panne du site.", actor=stage.team.validator,
            second_person=stage.team.signatory, now=now,
        )  # fmt: skip

    def by_its_row(closes_at, now):
        # The act refuses a deadline at night (PR-01); a period planned elsewhere may have one.
        row = PeriodDeadline(period=stage.period, closes_at=closes_at, decided_at=now)
        return within_act(row.save, chain=stage.call.chain)

    if deadline is not None:
        by_its_row(deadline, stage.now)
    start = max(stage.now, stage.deadline - 70 * MINUTE)
    run_state_machine_as_test(
        machine_of(stage, start, by_its_row if deadline else by_the_act),
        settings=settings(
            max_examples=5, stateful_step_count=10, deadline=None, database=None, derandomize=True,
            suppress_health_check=list(HealthCheck),
        ),
    )  # fmt: skip
    assert verify().faults == []


TEN_MINUTES = 10 * MINUTE


def test_a_clock_set_back_seals_nothing_until_it_is_right_again(stage):
    """What it dated stays dated; nothing is committed before what was committed already."""
    bidder = stage.bidder("Une")
    deposit = stage.deposit(bidder)
    root = stage.assemble(deposit, bidder).root
    stage.clock.advance(timedelta(hours=1))
    first = stage.submit(stage.bidder("Autre")).submission
    wrong = stage.now - TEN_MINUTES
    arguments = {"deposit": deposit, "root": root, "idempotency_key": "a", "actor": bidder.actor}
    with clock.rehearsal(wrong), pytest.raises(Refusal, match="horloge"):
        seal.seal(now=wrong, **arguments)
    assert Submission.objects.count() == 1
    stage.clock.advance(MICROSECOND)
    [sealed] = seal.finish_pending_seals(now=stage.now)
    assert sealed.submission.received_at == wrong
    assert sealed.submission.committed_at == stage.now > first.committed_at
    assert seal.seal(now=stage.now, **arguments).receipt == sealed.receipt


def test_a_part_held_after_a_clock_set_back_is_not_taken_for_earlier(stage):
    bidder = stage.bidder("Une")
    stage.clock.advance(timedelta(hours=1))
    deposit = stage.deposit(bidder)
    root = stage.assemble(deposit, bidder).root
    wrong = stage.now - TEN_MINUTES
    with clock.rehearsal(wrong), pytest.raises(Refusal, match="arrivée après"):
        seal.seal(deposit=deposit, root=root, idempotency_key="a", actor=bidder.actor, now=wrong)
    assert not Submission.objects.exists()


@pytest.mark.law("LR-54")
def test_a_clock_ten_minutes_ahead_makes_late_and_its_doubt_holds_the_opening(stage):
    """The bid came five minutes before the deadline; the clock said five minutes after, and a sample tells it."""
    bidder = stage.bidder("Une")
    deposit = stage.deposit(bidder)
    stage.clock.advance_to(stage.deadline - 5 * MINUTE)
    root = stage.assemble(deposit, bidder).root
    sample_at(stage.now, drift_us=-TEN_MINUTES // MICROSECOND)
    ahead = stage.now + TEN_MINUTES
    with clock.rehearsal(ahead):
        sealed = seal.seal(deposit=deposit, root=root, idempotency_key="a", actor=bidder.actor, now=ahead)
    assert sealed.receipt.content["verdict"] == "late_started_in_time"
    stage.clock.advance_to(ahead)
    with pytest.raises(Refusal, match="en doute"):
        stage.open("technical")
