"""Real calls and gaps: what comes from facts, what is invented and told so, what is left missing on purpose."""

from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from stdnum.fr import siren, siret

from marketplace.demo import completion, formats
from marketplace.demo.identifiers import fictitious_siren, siret_on
from marketplace.demo.plan import FULL_WEIGHT, CallPlan
from marketplace.demo.rehearsals import preflight
from tests.demo.conftest import OUR_CALL

LAUNCH = date(2026, 11, 23)


def completed(path: Path, call_id: str) -> CallPlan:
    [plan] = [plan for plan in formats.read_file(path) if plan.id == call_id]
    return completion.complete(plan, launched_on=LAUNCH)


def test_our_own_call_needs_no_completion():
    [plan] = formats.read_file(OUR_CALL)
    assert completion.complete(plan, launched_on=plan.launch_date) == plan


def test_every_real_call_is_read(real_calls: Path):
    plans = formats.read_file(real_calls)
    assert [plan.country for plan in plans] == ["FR"] * 5 + ["LU"]
    assert [len(plan.lots) for plan in plans] == [2, 1, 1, 1, 1, 1]
    assert all(plan.history for plan in plans)


@pytest.mark.parametrize(
    ("call_id", "weights", "added"),
    [
        ("p2ia-cycle2-2017", [3150, 2250, 1800, 1800, 1000], True),
        ("rennes-bus-electriques-2016", [4000, 3000, 2000, 1000], False),
        ("eclor-haut-val-alzette-2018", [2700, 2250, 2250, 1800, 1000], True),
        ("biarritz-eaux-baignade-2016", [4050, 1800, 3150, 1000], True),
        ("cometha-syctom-siaap", [3500, 3000, 2500, 1000], False),
    ],
)
def test_weights_add_up_with_price_and_environment(real_calls: Path, call_id: str, weights: list[int], added: bool):
    plan = completed(real_calls, call_id)
    for lot in plan.lots:
        assert [one.weight for one in lot.award_criteria] == weights
        assert sum(weights) == FULL_WEIGHT
        assert {"price", "environment"} <= {one.tag for one in lot.award_criteria}
    assert any("Critère environnemental" in label for label in plan.completed) == added


@pytest.mark.parametrize(
    ("call_id", "by_phase"),
    [
        ("p2ia-cycle2-2017", [3, 2]),
        ("rennes-bus-electriques-2016", [1, 1, 1, 1]),
        ("biarritz-eaux-baignade-2016", [2, 1]),
        ("cometha-syctom-siaap", [4, 2, 1]),
    ],
)
def test_partners_are_divided_among_lots_rounded_up(real_calls: Path, call_id: str, by_phase: list[int]):
    plan = completed(real_calls, call_id)
    for lot in plan.lots:
        assert [phase.partners_max for phase in lot.phases] == by_phase
        assert lot.partners_max == by_phase[0]
        bidders = [one for one in plan.bidders if plan.lots.index(lot) + 1 in one.lots]
        assert len(bidders) >= max(4, by_phase[0] + 2)


def test_buyers_keep_their_numbers_and_get_examples_on_them(real_calls: Path):
    ministry = completed(real_calls, "p2ia-cycle2-2017")
    assert (ministry.buyer.identifier, ministry.buyer.category) == ("11004301500012", "state")
    eclor = completed(real_calls, "eclor-haut-val-alzette-2018")
    assert eclor.buyer.identifier.startswith("245701404")
    assert siret.is_valid(eclor.buyer.identifier)
    assert any("SIRET d’exemple" in label for label in eclor.completed)


def test_several_buyers_only_where_the_source_says_so(real_calls: Path):
    biarritz = completed(real_calls, "biarritz-eaux-baignade-2016")
    assert [one.name for one in biarritz.co_buyers] == ["Agglomération Côte Basque-Adour", "Anglet", "Bidart"]
    assert biarritz.convention.signed_on
    cometha = completed(real_calls, "cometha-syctom-siaap")
    assert (cometha.buyer.name, [one.name for one in cometha.co_buyers]) == ("Syctom", ["SIAAP"])
    rennes = completed(real_calls, "rennes-bus-electriques-2016")
    assert not rennes.co_buyers
    assert "Keolis" in rennes.need.users


def test_missing_pay_is_in_proportion_to_known_phases(real_calls: Path):
    rennes = completed(real_calls, "rennes-bus-electriques-2016")
    assert [phase.remuneration_ht for phase in rennes.lots[0].phases] == [150_000, 525_000, 900_000, None]
    assert any("Rémunération de la phase 2" in label for label in rennes.completed)
    biarritz = completed(real_calls, "biarritz-eaux-baignade-2016")
    assert biarritz.lots[0].acquisition.total_cost_max == Decimal(377_500)
    assert biarritz.lots[0].phases[1].remuneration_ht is None, "a cap of orders is not paid twice, as a phase too"
    assert any("Coût total maximum des acquisitions de la phase 2" in label for label in biarritz.completed)


@pytest.mark.parametrize(("call_id", "stops"), [("biarritz-eaux-baignade-2016", False), ("cometha-syctom-siaap", True)])
def test_a_stopped_partner_is_told_where_there_is_one(real_calls: Path, call_id: str, stops: bool):
    plan = completed(real_calls, call_id)
    assert any(one.event == "gate" for one in plan.events) == stops
    assert any("partenaire arrêté" in label for label in plan.completed) == stops


def test_property_is_a_fact_for_two_calls_only(real_calls: Path):
    labels = {plan.id: any("Régime de propriété" in one for one in completed(real_calls, plan.id).completed)
              for plan in formats.read_file(real_calls)}  # fmt: skip
    assert not labels["eclor-haut-val-alzette-2018"]
    assert not labels["cometha-syctom-siaap"]
    assert labels["p2ia-cycle2-2017"]


def test_as_it_is_nothing_is_completed(real_calls: Path):
    [plan] = [plan for plan in formats.read_file(real_calls, as_is=True) if plan.id == "p2ia-cycle2-2017"]
    played = completion.as_is(plan, launched_on=LAUNCH)
    assert not played.completed
    assert not played.lots[0].award_criteria
    assert played.buyer.category == "state", "deduced from the number, not invented"


def test_a_foreign_call_stops_before_anything_else(real_calls: Path):
    foreign = formats.read_file(real_calls)[-1]
    assert [finding.rule for finding in preflight(foreign)] == ["PR-03"]


@pytest.mark.parametrize("identifier", ["", "99900050100010", "123"])
def test_a_wrong_or_missing_identifier_is_a_finding(our_call: dict[str, Any], identifier: str):
    plan = replace(formats.read_call(our_call), country="FR")
    plan = replace(plan, buyer=replace(plan.buyer, identifier=identifier))
    assert [finding.rule for finding in preflight(plan)] == ["PR-04"]


def test_a_target_that_is_missing_is_completed_and_told(our_call: dict[str, Any]):
    our_call["call"]["lots"][0]["phases"][0]["objectives"] = ["Être utile"]
    plan = formats.read_call(our_call)
    played = completion.complete(plan, launched_on=plan.launch_date)
    assert played.lots[0].phases[0].objectives[0].target is not None
    assert played.completed == ("Lot 1 : Cible d’un objectif de la phase 1 (« Jumeau numérique d’une soirée »)",)


@pytest.mark.parametrize("number", [0, 7, 99_999])
def test_fictitious_identifiers_pass_the_check_digits(number: int):
    assert siren.is_valid(fictitious_siren(number))
    assert siret.is_valid(siret_on(fictitious_siren(number)))
