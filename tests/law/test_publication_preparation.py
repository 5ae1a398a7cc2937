"""What was done before writing: the need, its novelty, the firms met, the choice of lots."""

from dataclasses import replace
from datetime import date

import pytest

from procurement.law import publication
from procurement.law.facts import FirmMetFacts
from tests.law.sound import CALL, LAUNCH, LOT, NEED, STUDY, call, rules_of, severities

FIRM = CALL.firms_met[0]


@pytest.mark.law("LR-02")
@pytest.mark.parametrize(
    ("indicators", "said"),
    [(("improved_product",), []), ((), ["block"]), (("label",), ["block"]), (("label", "new_process"), [])],
)
def test_novelty_is_reasoned_and_a_label_is_no_reason(indicators, said):
    facts = call(need=replace(NEED, innovation_indicators=indicators))
    assert severities(publication.check(facts), "LR-02") == said


@pytest.mark.law("LR-02")
def test_novelty_is_told_in_words():
    assert rules_of(publication.check(call(need=replace(NEED, innovation_reasons=" ")))) == ["LR-02"]


@pytest.mark.law("LR-02", "LR-26")
def test_a_call_without_need_lacks_everything_of_it():
    assert rules_of(publication.check(call(need=None))) == ["LR-02", "LR-26"]


@pytest.mark.law("LR-26")
@pytest.mark.parametrize(("text", "said"), [("sobriété", []), ("", ["warn"])])
def test_a_need_has_sustainable_development_in_view(text, said):
    facts = call(need=replace(NEED, sustainable_development=text))
    assert severities(publication.check(facts), "LR-26") == said


@pytest.mark.law("LR-28")
def test_firms_that_the_study_speaks_of_are_named():
    assert severities(publication.check(call(firms_met=())), "LR-28") == ["block"]
    sources = tuple(one if one.kind != "firms_met" else replace(one, kind="other") for one in STUDY.sources)
    facts = call(firms_met=(), supply_study=replace(STUDY, sources=sources))
    assert publication.check(facts) == []


@pytest.mark.law("LR-28")
@pytest.mark.parametrize(
    ("firm", "said"),
    [
        (FIRM, []),
        (replace(FIRM, met_on=None), ["block"]),
        (replace(FIRM, information=""), ["block"]),
        (FirmMetFacts(), ["block"]),
        (replace(FIRM, met_on=LAUNCH), []),
        (replace(FIRM, met_on=date(2026, 12, 2)), ["block"]),
    ],
)
def test_each_firm_met_has_its_day_before_the_launch_and_what_it_was_told(firm, said):
    assert severities(publication.check(call(firms_met=(firm,))), "LR-28") == said


@pytest.mark.law("LR-29")
def test_a_single_lot_needs_a_reason_and_two_do_not():
    assert rules_of(publication.check(call(no_lots_reason=" "))) == ["LR-29"]
    assert publication.check(call(no_lots_reason="", lots=(LOT, replace(LOT, number=2)))) == []
