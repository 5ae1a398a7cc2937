"""What is asked, phase by phase."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from procurement.law import publication
from procurement.law.facts import AcquisitionFacts, GateClauseFacts, ObjectiveFacts, RequirementFacts
from tests.law.sound import ACQUISITION, CALL, GATE, LOT, STUDY, call, call_with_lot, rules_of, severities

RESEARCH, PURCHASE = LOT.phases


def test_a_sound_call_has_no_finding():
    assert publication.check(CALL) == []


@pytest.mark.law("LR-01")
class TestSupplyStudy:
    def test_is_there(self):
        assert rules_of(publication.check(call(supply_study=None))) == ["LR-01"]

    def test_three_kinds_of_source_are_not_enough(self):
        study = replace(STUDY, sources=STUDY.sources[:3])
        assert severities(publication.check(call(supply_study=study)), "LR-01") == ["block"]

    def test_four_times_the_same_kind_is_one_kind(self):
        study = replace(STUDY, sources=STUDY.sources[1:2] * 4)
        assert rules_of(publication.check(call(supply_study=study))) == ["LR-01"]

    def test_catalogue_alone_is_refused_for_its_own_reason(self):
        study = replace(STUDY, sources=STUDY.sources[:1])
        (finding,) = publication.check(call(supply_study=study))
        assert "seule source" in finding.message

    @pytest.mark.parametrize("gap", [{"searched_on": None}, {"query": ""}, {"result": ""}, {"reason": ""}])
    def test_each_source_says_date_query_result_and_reason(self, gap):
        study = replace(STUDY, sources=(*STUDY.sources, replace(STUDY.sources[0], **gap)))
        assert severities(publication.check(call(supply_study=study)), "LR-01") == ["block"]

    @pytest.mark.parametrize(
        "gap",
        [{"signed_at": None}, {"read_at": None}, {"reader_is_outside_project": False}, {"reader_id": "ana"}],
    )
    def test_signed_by_its_author_and_read_by_an_outsider(self, gap):
        assert severities(publication.check(call(supply_study=replace(STUDY, **gap))), "LR-01") == ["block"]

    @pytest.mark.parametrize(("day", "said"), [(30, []), (29, ["warn"])])
    def test_is_checked_again_the_day_before(self, day, said):
        study = replace(STUDY, checked_again_on=date(2026, 11, day))
        assert severities(publication.check(call(supply_study=study)), "LR-01") == said


@pytest.mark.law("LR-04")
@pytest.mark.parametrize(
    ("mode", "most", "said"),
    [("single", 1, []), ("single", 2, ["block"]), ("several", 2, []), ("several", 1, ["block"]), ("", 2, ["block"])],
)
def test_partners_are_announced(mode, most, said):
    assert severities(publication.check(call_with_lot(partner_mode=mode, partners_max=most)), "LR-04") == said


@pytest.mark.law("LR-05")
@pytest.mark.parametrize(
    ("text", "minimum", "said"), [("x", True, []), ("x", False, ["block"]), (" ", True, ["block"])]
)
def test_one_minimum_requirement(text, minimum, said):
    facts = call_with_lot(requirements=(RequirementFacts(text=text, is_minimum=minimum),))
    assert severities(publication.check(facts), "LR-05") == said


@pytest.mark.law("LR-06")
@pytest.mark.parametrize(
    ("kinds", "said"),
    [
        (("research", "acquisition"), []),
        (("research", "research", "acquisition", "acquisition"), []),
        (("research",), ["block"]),
        (("acquisition",), ["block"]),
        (("acquisition", "research"), ["block"]),
        ((), ["block"]),
    ],
)
def test_research_then_acquisition(kinds, said):
    phases = tuple(replace(RESEARCH, number=n, kind=kind) for n, kind in enumerate(kinds, 1))
    assert severities(publication.check(call_with_lot(phases=phases)), "LR-06") == said


@pytest.mark.law("LR-07")
@pytest.mark.parametrize(("purchases", "said"), [(2_000_000, []), (2_000_001, ["warn"])])
def test_purchases_beyond_ten_times_the_research_need_a_reason(purchases, said):
    # Two partners paid 100 000 each for research: ten times is 2 000 000.
    facts = call_with_lot(estimated_acquisition_ht=Decimal(purchases))
    assert severities(publication.check(facts), "LR-07") == said


@pytest.mark.law("LR-08")
@pytest.mark.parametrize(
    ("gap", "named"),
    [
        ({"objectives": ()}, "des objectifs mesurables"),
        ({"objectives": (ObjectiveFacts(indicator="précision"),)}, "la mesure ou la cible d’un objectif"),
        ({"duration_months": None}, "une durée"),
        ({"deliverables": ()}, "des livrables"),
        ({"remuneration_fixed_ht": None}, "une rémunération"),
        ({"remuneration_fixed_ht": None, "remuneration_result_ht": Decimal(0)}, "une rémunération"),
    ],
)
def test_a_phase_is_described(gap, named):
    (finding,) = [
        one
        for one in publication.check(call_with_lot(phases=(replace(RESEARCH, **gap), PURCHASE)))
        if one.rule == "LR-08"
    ]
    assert named in finding.message
    assert finding.field == "lots.1.phases.1"


@pytest.mark.law("LR-08")
def test_pay_linked_to_results_alone_is_a_pay():
    phase = replace(RESEARCH, remuneration_fixed_ht=None, remuneration_result_ht=Decimal(1))
    assert "LR-08" not in rules_of(publication.check(call_with_lot(phases=(phase, PURCHASE))))


@pytest.mark.law("LR-09")
@pytest.mark.parametrize(("regime", "said"), [("au titulaire", []), ("  ", ["block"])])
def test_research_shares_out_intellectual_property(regime, said):
    facts = call_with_lot(phases=(replace(RESEARCH, ip_regime=regime), PURCHASE))
    assert severities(publication.check(facts), "LR-09") == said


@pytest.mark.law("LR-22")
@pytest.mark.parametrize(
    "clause", [None, GateClauseFacts(), *(replace(GATE, **{part: " "}) for part in GATE.__slots__)]
)
def test_gate_clause_is_whole(clause):
    assert rules_of(publication.check(call_with_lot(gate_clause=clause))) == ["LR-22"]


@pytest.mark.law("LR-25")
@pytest.mark.parametrize(
    ("split", "shares", "said"),
    [
        ("equal", (), []),
        ("", (), ["block"]),
        ("ranking", (6000, 4000), []),
        ("ranking", (6000, 3999), ["block"]),
        ("graded", (10_000,), ["block"]),
        ("graded", (), ["block"]),
    ],
)
def test_split_is_chosen_before_publication(split, shares, said):
    facts = call_with_lot(acquisition=replace(ACQUISITION, split=split, split_shares=shares))
    assert severities(publication.check(facts), "LR-25") == said


@pytest.mark.law("LR-25")
def test_a_single_partner_needs_no_split():
    facts = call_with_lot(partner_mode="single", partners_max=1, acquisition=replace(ACQUISITION, split=""))
    assert publication.check(facts) == []


def test_nothing_written_yet_answers_with_findings_only():
    empty = call_with_lot(
        phases=(replace(RESEARCH, objectives=(), remuneration_fixed_ht=None),),
        acquisition=AcquisitionFacts(),
        award_criteria=(),
        candidatures_close_at=None,
    )
    assert {"LR-06", "LR-08", "LR-12", "LR-20", "LR-32", "LR-64"} <= set(rules_of(publication.check(empty)))
