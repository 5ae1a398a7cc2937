"""The stage of a contract: one table read in Python and in SQL, and they never disagree."""

from datetime import timedelta

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from procurement.contracts.models import Contract
from procurement.contracts.stages import ContractDates, ContractStage, PhaseDates, stage
from tests.contracts.builders import SIGNABLE, awarded_lot, phase_of, prepare
from tests.factories import within_act

HOURS = st.none() | st.integers(0, 6)
PHASE = st.tuples(HOURS, HOURS)
FACTS = ("signed_at", "transmitted_at", "notified_at", "closed_at", "stopped_at")


def hour(number):
    return None if number is None else SIGNABLE + timedelta(hours=number)


@pytest.mark.parametrize(
    ("dates", "expected", "phase"),
    [
        ({}, ContractStage.TO_SIGN, None),
        ({"signed_at": hour(0)}, ContractStage.SIGNED, None),
        ({"signed_at": hour(0), "transmitted_at": hour(0)}, ContractStage.TRANSMITTED, None),
        ({"signed_at": hour(0), "notified_at": hour(0)}, ContractStage.NOTIFIED, None),
        ({"phases": (PhaseDates(1, started_at=hour(0)),)}, ContractStage.PHASE, 1),
        ({"phases": (PhaseDates(1, started_at=hour(0), results_at=hour(0)),)}, ContractStage.GATE, 1),
        (
            {"phases": (PhaseDates(1, started_at=hour(0), results_at=hour(0)), PhaseDates(2, started_at=hour(0)))},
            ContractStage.PHASE,
            2,
        ),
        ({"phases": (PhaseDates(3, is_acquisition=True, started_at=hour(0)),)}, ContractStage.ACQUISITION, 3),
        ({"closed_at": hour(0)}, ContractStage.CLOSED, None),
        ({"closed_at": hour(0), "stopped_at": hour(0)}, ContractStage.STOPPED, None),
    ],
)
def test_each_fact_begins_its_stage_at_its_very_instant(dates, expected, phase):
    found = stage(ContractDates(**dates), hour(0))
    assert (found.code, found.phase) == (expected, phase)
    assert stage(ContractDates(**dates), hour(0) - timedelta(microseconds=1)).code is ContractStage.TO_SIGN


def test_stages_are_named_in_french():
    phases = (PhaseDates(2, started_at=hour(0), results_at=hour(1)),)
    assert stage(ContractDates(phases=phases), hour(0)).label == "Phase 2"
    assert stage(ContractDates(phases=phases), hour(1)).label == "Fin de phase 2 : décision de l’acheteur"
    assert stage(ContractDates(), hour(1)).label == "À signer"


@pytest.fixture
def contract(db):
    return prepare(awarded_lot(partners=1, rejected=0))[0]


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(facts=st.tuples(*[HOURS] * len(FACTS)), phases=st.tuples(PHASE, PHASE, PHASE), at=st.integers(0, 6))
@example(facts=(0, None, 0, None, None), phases=((1, 2), (None, None), (3, None)), at=3)
def test_python_and_sql_agree(contract, facts, phases, at):
    def write():
        for name, value in zip(FACTS, facts, strict=True):
            setattr(contract, name, hour(value))
        # A contract is signed before it is notified, a phase begins before its results: the tables say so.
        if contract.signed_at is None:
            contract.notified_at = None
        contract.save()
        for number, (started, results) in enumerate(phases, start=1):
            phase = phase_of(contract, number)
            phase.started_at = hour(started)
            phase.results_at = hour(results) if started is not None else None
            phase.save()

    within_act(write)
    contract.refresh_from_db()
    found = contract.stage(hour(at))
    row = Contract.objects.with_stage(hour(at)).get()
    assert row.stage_code == found.code
    assert found.phase is None or row.stage_phase == found.phase
    assert list(Contract.objects.in_stage(found.code, hour(at))) == [contract]
