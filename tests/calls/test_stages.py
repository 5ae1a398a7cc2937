"""The stage is computed from dated facts: the pure function and the SQL expression always agree."""

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from marketplace.accounts.actors import Actor
from marketplace.journal.acts import act
from procurement.calls.models import Lot, LotTimeline
from procurement.calls.services import drafts
from procurement.calls.services.timeline import record
from procurement.calls.stages import ENTRIES, Stage, stage
from tests.calls.builders import make_team

START = datetime(2027, 1, 1, 11, 0, tzinfo=UTC)
FACTS = [entry.fact for entry in ENTRIES]
# Few instants, so that equality with the queried one is common.
instants = st.none() | st.integers(0, 6).map(lambda days: START + timedelta(days=days))
queried = st.integers(0, 6).map(lambda days: START + timedelta(days=days))


def timeline(**facts: datetime) -> SimpleNamespace:
    return SimpleNamespace(**{fact: facts.get(fact) for fact in FACTS})


def test_a_deadline_still_belongs_to_the_open_stage():
    facts = timeline(published_at=START, candidatures_open_at=START, candidatures_close_at=START + timedelta(days=30))
    closes = facts.candidatures_close_at
    assert stage(facts, closes) == Stage.CANDIDATURES_OPEN
    assert stage(facts, closes + timedelta(microseconds=1)) == Stage.SELECTION


def test_an_exit_rules_over_everything_before_it():
    facts = timeline(published_at=START, standstill_at=START, cancelled_at=START + timedelta(days=1))
    assert stage(facts, START) == Stage.STANDSTILL
    assert stage(facts, START + timedelta(days=1)) == Stage.CANCELLED


@given(st.fixed_dictionaries(dict.fromkeys(FACTS, instants)))
def test_stages_only_move_forward_before_an_exit(facts):
    facts = timeline(**{**facts, "cancelled_at": None, "unsuccessful_at": None})
    order = list(Stage)
    seen = [order.index(stage(facts, START + timedelta(days=days))) for days in range(8)]
    assert seen == sorted(seen)


class PureAndSqlAgree(TestCase):
    """Hypothesis over one lot: whatever its dated facts, both readings give the same stage."""

    def setUp(self):
        call = drafts.create_call(buyer=(team := make_team()).buyer, title="Essai", actor=team.author, now=START)
        self.lot = call.lots.get()

    @settings(max_examples=60, deadline=None)
    @given(st.fixed_dictionaries(dict.fromkeys(FACTS, instants)), queried)
    def test_same_stage(self, facts, at):
        with act(self.lot.call.chain, "test.arranged", actor=Actor.system("test"), now=START):
            for fact, instant in facts.items():
                record(self.lot, fact, instant)
        found = stage(LotTimeline.objects.get(lot=self.lot), at)
        assert [lot.stage_code for lot in Lot.objects.in_stage(found, at)] == [found]


@pytest.mark.django_db
def test_a_misspelt_fact_is_an_error_and_not_a_fact(now):
    call = drafts.create_call(buyer=(team := make_team()).buyer, title="Essai", actor=team.author, now=now)
    with (
        act(call.chain, "test.arranged", actor=Actor.system("test"), now=now),
        pytest.raises(ValueError, match="unknown"),
    ):
        record(call.lots.get(), "awarded_on", now)
