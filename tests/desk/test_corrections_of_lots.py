"""Lots whose deadlines part: what weighs on tenders of one changes before its own deadline, whatever the others’."""

from datetime import timedelta

import pytest

from procurement.calls.models import Call, ChangeNotice, Lot, SubmissionPeriod
from procurement.calls.services import drafts
from procurement.calls.services.corrections import correct
from procurement.calls.services.periods import extend_deadline, plan_period
from procurement.law.findings import RuleViolation
from tests.calls.builders import sendings
from tests.desk.builders import PASSED, published

pytestmark = pytest.mark.django_db


@pytest.fixture
def stage(moving):
    """Two lots; the first is over since yesterday, the second runs for nineteen days more."""
    stage = published(moving, lots=2)
    extend_deadline(
        period=SubmissionPeriod.objects.get(lot__call=stage.call, lot__number=2),
        closes_at=stage.deadline + timedelta(days=20), reason="Un plan manquait.", actor=stage.team.validator,
        now=stage.now,
    )  # fmt: skip
    stage.clock.advance_to(stage.deadline + timedelta(days=1))
    return stage


def corrected(stage, write):
    return correct(
        call=stage.call, write=write, what="Une exigence est précisée.", reason="Le texte était obscur.", lines=[],
        sendings=sendings(stage.now), actor=stage.team.validator, now=stage.now,
        closes_at=stage.deadline + timedelta(days=35), accepted=PASSED,
    )  # fmt: skip


def requirements(stage, number):
    lot = Lot.objects.get(call=stage.call, number=number)
    rows = [{"text": "Fonctionner avec toutes les données", "is_minimum": True}]
    return lambda: drafts.save_requirements(lot=lot, rows=rows, actor=stage.team.validator, now=stage.now)


@pytest.mark.law("LR-39")
@pytest.mark.parametrize(("number", "is_refused"), [(1, True), (2, False)])
def test_a_lot_that_is_over_changes_no_more_while_another_runs(stage, number, is_refused):
    if is_refused:
        with pytest.raises(RuleViolation) as refused:
            corrected(stage, requirements(stage, number))
        assert refused.value.rules == ["LR-39"]
        assert not ChangeNotice.objects.filter(what="Une exigence est précisée.").exists()
        assert Call.objects.get().criteria_digest == stage.call.criteria_digest
    else:
        assert corrected(stage, requirements(stage, number)).call == stage.call
        assert SubmissionPeriod.objects.get(lot__number=1).closes_at() == stage.deadline


@pytest.mark.law("LR-39")
def test_what_weighs_on_every_lot_changes_before_the_first_is_over(stage):
    def new_object():
        drafts.save_call(
            call=stage.call, fields={"object": "Tout autre chose"}, actor=stage.team.validator, now=stage.now
        )

    with pytest.raises(RuleViolation) as refused:
        corrected(stage, new_object)
    assert refused.value.rules == ["LR-39"]


@pytest.mark.law("LR-16", "LR-39")
@pytest.mark.parametrize(("number", "rules"), [(1, ["LR-16", "LR-39"]), (2, [])])
def test_a_lot_that_is_negotiated_keeps_its_weights_and_another_may_change_its_own(stage, number, rules):
    noon = stage.deadline.replace(hour=11, minute=0)
    plan_period(
        lot=Lot.objects.get(call=stage.call, number=1), kind="initial", opens_at=stage.now,
        closes_at=noon + timedelta(days=42), actor=stage.team.author, now=stage.now,
    )  # fmt: skip
    lot = Lot.objects.get(call=stage.call, number=number)
    rows = [
        {"name": "Qualité de la prévision", "weight": 4000, "tag": "quality"},
        {"name": "Empreinte environnementale", "weight": 1000, "tag": "environment"},
        {"name": "Prix", "weight": 5000, "tag": "price", "formula": "lowest_over_price"},
    ]

    def weigh():
        drafts.save_award_criteria(lot=lot, rows=rows, actor=stage.team.validator, now=stage.now)

    if rules:
        with pytest.raises(RuleViolation) as refused:
            corrected(stage, weigh)
        assert refused.value.rules == rules
        assert lot.award_criteria.get(tag="price").weight == 4000
    else:
        corrected(stage, weigh)
        assert lot.award_criteria.get(tag="price").weight == 5000
