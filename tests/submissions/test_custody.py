"""Custodians and their keys: made once, shared six times, proved on the real wraps before anything opens."""

from datetime import timedelta

import pytest

from marketplace.journal.errors import NotAllowed, Refusal
from marketplace.journal.models import Entry
from procurement.calls.models import SubmissionPeriod
from procurement.submissions import custody, deposits, keywraps
from procurement.submissions.custody import Appointee
from procurement.submissions.models import Custodian, EnvelopeWrap, KeyRehearsal
from tests.calls.builders import team_user
from tests.factories import within_act
from tests.submissions.stage import appoint, make_stage, rehearse


@pytest.fixture
def unproved(db, moving_clock):
    return make_stage(moving_clock, ready=False)


@pytest.mark.law("LR-57")
def test_keys_are_ready_once_all_three_have_proved_theirs(unproved):
    custody.prepare_keys(period=unproved.period, actor=unproved.team.author, now=unproved.now)
    assert [rehearse(unproved, number).is_complete for number in (2, 0, 1)] == [False, False, True]
    assert SubmissionPeriod.objects.get(pk=unproved.period.pk).keys_ready_at == unproved.now
    assert KeyRehearsal.objects.filter(partner=None).count() == 3
    assert KeyRehearsal.objects.exclude(partner=None).count() == 3


@pytest.mark.law("LR-57")
def test_nothing_is_deposited_under_keys_that_nobody_proved(unproved):
    custody.prepare_keys(period=unproved.period, actor=unproved.team.author, now=unproved.now)
    rehearse(unproved, 0)
    bidder = unproved.bidder()
    with pytest.raises(Refusal, match="clés de ses plis"):
        deposits.open_deposit(period=unproved.period, party=bidder.party, actor=bidder.actor, now=unproved.now)


def test_every_envelope_has_its_own_key_for_six_ordered_pairs(unproved):
    envelopes = custody.prepare_keys(period=unproved.period, actor=unproved.team.author, now=unproved.now)
    assert len({envelope.recipient for envelope in envelopes}) == 2
    for envelope in envelopes:
        wraps = EnvelopeWrap.objects.filter(envelope=envelope.name)
        assert len({(wrap.first_id, wrap.second_id) for wrap in wraps}) == wraps.count() == 6


def test_the_kit_is_handed_over_once_and_opens_with_age(unproved):
    kit = unproved.kits[0]
    assert keywraps.recipient_of(kit.identity) == kit.custodian.recipient
    assert kit.identity in kit.file
    assert kit.fingerprint in kit.file
    assert kit.identity not in repr(kit)


def test_a_key_is_proved_by_its_own_custodian_only(unproved):
    custody.prepare_keys(period=unproved.period, actor=unproved.team.author, now=unproved.now)
    with pytest.raises(Refusal, match="empreinte"):
        rehearse(unproved, 0, identity=unproved.kits[1].identity)
    with pytest.raises(Refusal, match="AGE-SECRET-KEY"):
        rehearse(unproved, 0, identity="n’importe quoi")
    assert Entry.objects.filter(act="keys.rehearse.refused").count() == 2
    with pytest.raises(NotAllowed):
        custody.rehearse_custodian(
            period=unproved.period, identity=unproved.kits[0].identity, actor=unproved.team.author, now=unproved.now
        )


def test_an_altered_wrap_fails_the_rehearsal(unproved):
    custody.prepare_keys(period=unproved.period, actor=unproved.team.author, now=unproved.now)
    first, second = EnvelopeWrap.objects.filter(first=unproved.kits[0].custodian, envelope="price")
    EnvelopeWrap.objects.filter(pk=first.pk)._raw_delete(using="default")
    first.blob = second.blob
    within_act(lambda: first.save(force_insert=True))
    with pytest.raises(Refusal, match="L’essai a échoué"):
        rehearse(unproved, 0)


@pytest.mark.parametrize("people", [[0, 1], [0, 1, 1]])
def test_three_distinct_people_keep_the_keys(unproved, people):
    users = [team_user(unproved.team.custodians[number]) for number in people]
    with pytest.raises(Refusal, match="trois gardiens distincts"):
        custody.appoint_custodians(
            call=unproved.call, appointees=[Appointee(user) for user in users], actor=unproved.team.author,
            now=unproved.now,
        )  # fmt: skip


def test_custodians_are_replaced_until_keys_are_shared(unproved):
    again = appoint(unproved.call, unproved.team, unproved.now)
    assert [custodian.pk for custodian in Custodian.objects.serving(unproved.call)] == [
        kit.custodian.pk for kit in again
    ]
    custody.prepare_keys(period=unproved.period, actor=unproved.team.author, now=unproved.now)
    with pytest.raises(Refusal, match="déjà partagées"):
        appoint(unproved.call, unproved.team, unproved.now)


def test_keys_do_not_change_under_a_deposit(stage):
    stage.deposit(stage.bidder())
    with pytest.raises(Refusal, match="ne changent plus"):
        custody.prepare_keys(period=stage.period, actor=stage.team.author, now=stage.now)


def test_an_open_period_answers_alike_with_and_without_a_deposit(stage):
    """B.9: nobody learns from the refusal whether somebody has begun."""
    answers = []
    for _ in range(2):
        with pytest.raises(Refusal) as refusal:
            custody.prepare_keys(period=stage.period, actor=stage.team.author, now=stage.now)
        answers.append(refusal.value.reasons)
        stage.deposit(stage.bidder())
    assert answers[0] == answers[1]


def test_new_keys_ask_for_a_new_rehearsal(stage):
    before = stage.period.opens_at - timedelta(hours=1)
    custody.prepare_keys(period=stage.period, actor=stage.team.author, now=before)
    assert SubmissionPeriod.objects.get(pk=stage.period.pk).keys_ready_at is None
    assert EnvelopeWrap.objects.filter(period=stage.period).count() == 18
