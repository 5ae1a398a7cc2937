"""What is asked, phase by phase, and what was done before asking: each rule through the act that publishes."""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from procurement.calls.services import drafts
from tests.calls.ready import (
    NOW,
    Change,
    Draft,
    acquisition,
    blocks,
    both,
    firms,
    need,
    of_call,
    of_lot,
    phase,
    requirements,
    terms,
    warns,
)

pytestmark = pytest.mark.django_db

TODAY = NOW.date()
MET = {"name": "Prédibus", "met_on": TODAY, "information": "Plan du réseau"}
KINDS = ("catalogue", "award_notices", "european_and_open_source", "firms_met")


def study(**fields: Any) -> Change:
    """Columns of the study."""

    def change(draft: Draft) -> None:
        row = draft.call.supply_study
        for name, value in fields.items():
            setattr(row, name, value)
        draft.store(row.save)

    return change


def reader(person: Callable[[Draft], Any]) -> Change:
    return lambda draft: study(reader_id=person(draft).user_id)(draft)


def no_study(draft: Draft) -> None:
    def take_away() -> None:
        for row in [*draft.call.supply_study.sources.all(), draft.call.supply_study]:
            row.delete()

    draft.store(take_away)
    del draft.call._state.fields_cache["supply_study"]


def a_study(draft: Draft) -> None:
    """The least: four kinds of source, a signature, a reader from outside, searched again the day before."""
    fields = {
        "author_id": draft.team.author.user_id, "signed_at": NOW, "reader_id": draft.team.reader.user_id,
        "read_at": NOW, "rechecked_on": TODAY - timedelta(days=1),
    }  # fmt: skip
    drafts.save_supply_study(call=draft.call, fields=fields, sources=sources(*KINDS), **draft.common)


def sources(*kinds: str) -> list[dict[str, Any]]:
    said = {"searched_on": TODAY, "query": "affluence", "result": "rien", "reason": "trop loin"}
    return [{"kind": kind, **said} for kind in kinds]


def searched(*kinds: str, **last: Any) -> Change:
    """Searches of these kinds, the last one with these fields."""

    def change(draft: Draft) -> None:
        rows = sources(*kinds)
        rows[-1] |= last
        drafts.save_supply_study(call=draft.call, fields={}, sources=rows, **draft.common)

    return change


def partners(mode: str, most: int | None) -> Change:
    return both(of_call(partner_mode=mode), of_lot(partners_max=most))


def kinds(first: str, last: str) -> Change:
    return both(phase(1, kind=first), phase(2, kind=last))


def no_objective(draft: Draft) -> None:
    draft.store(draft.lot.phases.get(number=1).objectives.get().delete)


def no_deliverable(draft: Draft) -> None:
    draft.store(lambda: [row.delete() for row in draft.lot.phases.get(number=1).deliverables.all()])


def objective(target: Decimal | None) -> Change:
    def change(draft: Draft) -> None:
        first = draft.lot.phases.get(number=1)
        row = first.objectives.first() or first.objectives.model(phase=first, number=1, indicator="Erreur moyenne")
        row.target = target
        draft.store(row.save)

    return change


def deliverable(draft: Draft) -> None:
    first = draft.lot.phases.get(number=1)
    draft.store(first.deliverables.model(phase=first, number=1, name="Rapport").save)


@pytest.mark.parametrize(
    ("spoil", "mend"),
    [
        pytest.param(no_study, a_study, id="no-study", marks=pytest.mark.law("LR-01")),
        pytest.param(searched(*KINDS[:3]), searched(*KINDS), id="three-kinds", marks=pytest.mark.law("LR-01")),
        pytest.param(searched("catalogue"), searched(*KINDS), id="catalogue-only", marks=pytest.mark.law("LR-01")),
        pytest.param(
            searched(*KINDS, reason=""), searched(*KINDS, reason="x"), id="no-reason", marks=pytest.mark.law("LR-01")
        ),
        pytest.param(study(signed_at=None), study(signed_at=NOW), id="unsigned", marks=pytest.mark.law("LR-01")),
        pytest.param(study(read_at=None), study(read_at=NOW), id="unread", marks=pytest.mark.law("LR-01")),
        pytest.param(
            reader(lambda draft: draft.team.evaluator), reader(lambda draft: draft.team.reader),
            id="read-inside", marks=pytest.mark.law("LR-01"),
        ),
        pytest.param(
            need(innovation_indicators=["label"]), need(innovation_indicators=["label", "new_process"]),
            id="label-only", marks=pytest.mark.law("LR-02"),
        ),
        pytest.param(
            need(innovation_reasons=" "), need(innovation_reasons="x"), id="unexplained", marks=pytest.mark.law("LR-02")
        ),
        pytest.param(partners("", 2), partners("several", 2), id="mode-unsaid", marks=pytest.mark.law("LR-04")),
        pytest.param(
            partners("several", 1), partners("several", 2), id="several-is-one", marks=pytest.mark.law("LR-04")
        ),
        pytest.param(
            partners("several", None), partners("several", 2), id="several-unlimited", marks=pytest.mark.law("LR-04")
        ),
        pytest.param(partners("single", 2), partners("single", 1), id="single-is-two", marks=pytest.mark.law("LR-04")),
        pytest.param(
            requirements({"text": "Ouvert"}), requirements({"text": "Ouvert", "is_minimum": True}),
            id="no-minimum", marks=pytest.mark.law("LR-05"),
        ),
        pytest.param(
            kinds("research", "research"), kinds("research", "acquisition"),
            id="no-acquisition", marks=pytest.mark.law("LR-06"),
        ),
        pytest.param(
            kinds("acquisition", "acquisition"), kinds("research", "acquisition"),
            id="no-research", marks=pytest.mark.law("LR-06"),
        ),
        pytest.param(
            kinds("acquisition", "research"), kinds("research", "acquisition"),
            id="wrong-order", marks=pytest.mark.law("LR-06"),
        ),
        pytest.param(no_objective, objective(Decimal(0)), id="no-objective", marks=pytest.mark.law("LR-08")),
        pytest.param(objective(None), objective(Decimal(0)), id="no-target", marks=pytest.mark.law("LR-08")),
        pytest.param(
            phase(1, duration_months=None), phase(1, duration_months=1),
            id="no-duration", marks=pytest.mark.law("LR-08"),
        ),
        pytest.param(no_deliverable, deliverable, id="no-deliverable", marks=pytest.mark.law("LR-08")),
        pytest.param(
            phase(1, remuneration_fixed_ht=None, remuneration_result_ht=Decimal(0)),
            phase(1, remuneration_result_ht=Decimal(60_000)),
            id="no-pay", marks=pytest.mark.law("LR-08"),
        ),
        pytest.param(phase(1, ip_results=" "), phase(1, ip_results="x"), id="no-owner", marks=pytest.mark.law("LR-09")),
        pytest.param(terms(gate_powers=""), terms(gate_powers="x"), id="no-power", marks=pytest.mark.law("LR-22")),
        pytest.param(
            terms(gate_financial_consequences=""), terms(gate_financial_consequences="x"),
            id="no-money", marks=pytest.mark.law("LR-22"),
        ),
        pytest.param(
            terms(gate_partner_choice=""), terms(gate_partner_choice="x"),
            id="no-choice", marks=pytest.mark.law("LR-22"),
        ),
        pytest.param(
            acquisition(split="", split_shares=[]), acquisition(split="equal"),
            id="split-unsaid", marks=pytest.mark.law("LR-25"),
        ),
        pytest.param(
            acquisition(split_shares=[6000, 3999]), acquisition(split_shares=[6000, 4000]),
            id="less-than-whole", marks=pytest.mark.law("LR-25"),
        ),
        pytest.param(
            acquisition(split_shares=[10_000]), acquisition(split_shares=[9999, 1]),
            id="all-to-one", marks=pytest.mark.law("LR-25"),
        ),
        pytest.param(need(problem=" "), need(problem="x"), id="no-problem", marks=pytest.mark.law("LR-26")),
        pytest.param(firms(), firms(MET), id="nobody-named", marks=pytest.mark.law("LR-28")),
        pytest.param(
            firms(MET | {"information": ""}), firms(MET | {"information": "x"}),
            id="nothing-told", marks=pytest.mark.law("LR-28"),
        ),
        pytest.param(
            firms(MET | {"met_on": TODAY + timedelta(days=1)}), firms(MET),
            id="met-after-launch", marks=pytest.mark.law("LR-28"),
        ),
        pytest.param(
            of_call(no_lots_reason=" "), of_call(no_lots_reason="x"), id="no-lots", marks=pytest.mark.law("LR-29")
        ),
    ],
)  # fmt: skip
def test_what_is_asked_holds_all_that_the_law_wants(draft: Draft, rule: str, spoil: Change, mend: Change):
    blocks(draft, rule, spoil, mend)


@pytest.mark.parametrize(
    ("spoil", "mend"),
    [
        pytest.param(
            study(rechecked_on=TODAY - timedelta(days=2)), study(rechecked_on=TODAY - timedelta(days=1)),
            id="searched-two-days-before", marks=pytest.mark.law("LR-01"),
        ),
        # Research: twice 70 000 € HT.
        pytest.param(
            of_lot(estimated_acquisition_ht=Decimal("1400000.01")), of_lot(estimated_acquisition_ht=Decimal(1_400_000)),
            id="eleven-times", marks=pytest.mark.law("LR-07"),
        ),
        pytest.param(
            need(sustainable_development=" "), need(sustainable_development="x"),
            id="nothing-sustainable", marks=pytest.mark.law("LR-26"),
        ),
    ],
)  # fmt: skip
def test_what_is_unusual_asks_for_a_reason(draft: Draft, rule: str, spoil: Change, mend: Change):
    warns(draft, rule, spoil, mend)


@pytest.mark.law("LR-01")
def test_the_author_of_the_study_is_not_its_reader(draft: Draft):
    def signed_by_its_reader(draft: Draft) -> None:
        study(author_id=draft.team.reader.user_id)(draft)

    def signed_by_another(draft: Draft) -> None:
        study(author_id=draft.team.evaluator.user_id)(draft)

    blocks(draft, "LR-01", signed_by_its_reader, signed_by_another)
