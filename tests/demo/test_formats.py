"""Our format, read strictly: every problem is told, with its place and what to write."""

from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from marketplace.demo import formats
from marketplace.demo.reading import InputError
from tests.demo.conftest import OUR_CALL, OUR_EVENTS


def problems_of(call: dict[str, Any]) -> str:
    with pytest.raises(InputError) as refused:
        formats.read_call(call)
    return "\n".join(refused.value.problems)


def test_our_call_is_read_whole():
    [plan] = formats.read_file(OUR_CALL)
    assert (plan.id, plan.country, plan.partner_mode) == ("navettes-du-dernier-train", "FR", "several")
    assert plan.launch_date == date(2027, 1, 12)
    first, second = plan.lots
    assert [phase.type for phase in first.phases] == ["research", "research", "acquisition"]
    assert first.phases[0].remuneration_ht == Decimal(76_000)
    assert [criterion.weight for criterion in first.award_criteria] == [3500, 2500, 2500, 1500]
    assert first.clauses["vat_rate"] == 2000
    assert second.award_criteria == first.award_criteria, "a lot inherits what it does not repeat"
    assert second.requirements != first.requirements, "and keeps what it repeats"


def test_what_documents_say_of_several_bids_and_of_backup_copies_is_read(our_call: dict[str, Any]):
    [plan] = formats.read_file(OUR_CALL)
    assert (plan.several_bids_forbidden, plan.backup_copy_electronic) == (True, True)
    for key in ("several_bids_forbidden", "backup_copy_electronic"):
        del our_call["call"][key]
        assert getattr(formats.read_call(our_call), key) is False
        our_call["call"][key] = "oui"
        assert f"« call.{key} » doit valoir true ou false" in problems_of(our_call)
        our_call["call"][key] = True


def test_a_file_may_stand_on_another_one():
    [plan] = formats.read_file(OUR_EVENTS)
    [base] = formats.read_file(OUR_CALL)
    assert plan.id == "navettes-du-dernier-train-imprevus"
    assert plan.lots == base.lots
    assert [event.event for event in plan.events][:3] == ["weight_change", "double_seal", "late_bid"]
    assert plan.events[2].details["seconds"] == 1


def test_a_file_stands_on_no_file_of_another_folder(tmp_path: Path):
    path = tmp_path / "appel.json"
    path.write_text('{"format": "preau-call/1", "based_on": "../secret.json"}', encoding="utf-8")
    with pytest.raises(InputError, match="même dossier"):
        formats.read_file(path)


def test_an_unknown_field_is_told_with_those_that_exist(our_call: dict[str, Any]):
    our_call["call"]["phases"] = [{"name": "Essai", "type": "research", "durée": 3}]
    told = problems_of(our_call)
    assert "« call.phases[1].durée » n’est pas un champ connu" in told
    assert "duration_months" in told


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (
            {"award_criteria": [{"name": "Prix", "weight": "40 %"}]},
            "« call.award_criteria[1].weight » doit être un",
        ),
        ({"award_criteria": [{"name": "Prix", "weight": Decimal("33.333")}]}, "deux décimales au plus"),
        ({"partners_max": "trois"}, "« call.partners_max » doit être un nombre entier"),
        ({"launch_date": "12/01/2027"}, "écrivez une date comme 2027-01-12"),
        ({"procedure": "négociée"}, "écrivez l’un de ces codes : formalised, adapted"),
        ({"lots": {"title": "Un"}}, "« call.lots » doit être une liste"),
        ({"title": " "}, "« call.title » manque"),
    ],
)
def test_a_wrong_type_is_told_with_what_to_write(our_call: dict[str, Any], change: dict[str, Any], told: str):
    our_call["call"] |= change
    assert told in problems_of(our_call)


@pytest.mark.parametrize("amount", ["198 000 €", -1, Decimal("10.001"), True])
def test_an_amount_is_a_positive_number_of_euros(our_call: dict[str, Any], amount: object):
    our_call["call"]["phases"] = [{"name": "Essai", "type": "research", "remuneration_ht": amount}]
    assert "« call.phases[1].remuneration_ht » doit être un montant" in problems_of(our_call)


def test_all_problems_are_told_at_once(our_call: dict[str, Any]):
    our_call["country"] = 33
    our_call["call"]["nature"] = "idées"
    our_call["acheteur"] = {}
    assert len(problems_of(our_call).splitlines()) == 3


def test_an_objective_may_be_written_in_one_line(our_call: dict[str, Any]):
    phase = {"name": "Essai", "type": "research", "objectives": ["Précision du comptage ≥ 95,5 %", "Être utile"]}
    our_call["call"] |= {"phases": [phase], "lots": []}
    measured, vague = formats.read_call(our_call).lots[0].phases[0].objectives
    assert (measured.indicator, measured.target, measured.unit) == ("Précision du comptage", Decimal("95.5"), "%")
    assert vague.target is None


@pytest.mark.parametrize("text", ["{", '{"format": "autre/1"}', "[]", '{"format": "preau-call/1", "call": NaN}'])
def test_what_is_no_call_is_refused_in_french(tmp_path: Path, text: str):
    path = tmp_path / "appel.json"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match=r"JSON|format"):
        formats.read_file(path)


def test_a_file_that_is_not_there_is_told(tmp_path: Path):
    with pytest.raises(InputError, match="vérifiez son nom"):
        formats.read_file(tmp_path / "absent.json")
