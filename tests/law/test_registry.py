"""The register is whole, true, and shown by tests; refusals hold everything that stands in the way."""

import json
import pkgutil
import subprocess
import sys
from importlib import import_module
from typing import Any

import pytest
from django.core.management import call_command

import procurement.law
from marketplace.journal.errors import Refusal
from procurement.calls.management.commands.law_rules import marked_tests, rule_rows
from procurement.law import findings, registry
from procurement.law.findings import Finding, RuleViolation, Severity

BLOCK = Finding("LR-78", Severity.BLOCK, "Trop tôt.", "R2182-1", "Attendez.")
WARN = Finding("LR-07", Severity.WARN, "Beaucoup d’achats.", "R2172-23", "Dites pourquoi.")
MUST_BE_IN_FORCE = [
    1, 2, 4, 5, 6, 7, 8, 9, 11, 12, 13, 15, 16, 17, 18, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 32, 33,
    35, 40, 41, 42, 43, 45, 47, 48, 49, 50, 51, 52, 53, 54, 55, 56, 57, 59, 63, 64, 65, 67, 69, 70, 71, 72, 73, 74, 75,
    76, 77, 78, 79, 81, 82, 83, 84, 86, 87, 88, 89, 90, 91, 92, 93, 99, 101, 103, 104, 105, 107, 108, 111, 112, 113,
    114, 115, 116, 117, 118, 119, 120, 121, 122, 124,
]  # fmt: skip


def test_the_law_has_124_rules_and_the_site_its_own():
    ids = list(registry.rules())
    assert ids[:124] == [f"LR-{number:02d}" for number in range(1, 125)]
    assert all(one.startswith("PR-") for one in ids[124:])


@pytest.fixture(scope="module")
def rows() -> list[dict[str, Any]]:
    """Every rule with its tests, read once."""
    return rule_rows()


@pytest.mark.parametrize("number", MUST_BE_IN_FORCE)
def test_rules_in_force(number):
    assert f"LR-{number:02d}" in registry.enforced()


def test_every_enforcing_function_is_asked_by_some_check():
    modules = [import_module(one.name) for one in pkgutil.walk_packages(procurement.law.__path__, "procurement.law.")]
    asked = {
        function
        for module in modules
        for name, group in vars(module).items()
        if name.endswith("RULES")
        for function in group
    }
    for rule_id, functions in registry.enforced().items():
        # The law applicable is asked before all others, alone.
        assert rule_id == "PR-03" or set(functions) <= asked, rule_id


def test_an_unknown_id_cannot_be_enforced():
    with pytest.raises(KeyError):
        registry.enforces("LR-999")


def test_the_rule_book_needs_no_django():
    code = (
        "import sys; from procurement.law import registry; registry.enforced(); "
        "assert not [m for m in sys.modules if m.split('.')[0] == 'django']"
    )
    subprocess.run([sys.executable, "-c", code], check=True)  # noqa: S603 - our own interpreter and code


def test_a_block_refuses_whatever_was_written():
    with pytest.raises(RuleViolation) as refusal:
        findings.refuse([BLOCK, WARN], {"LR-78": "urgent", "LR-07": "motif"})
    assert refusal.value.findings == (BLOCK,)


@pytest.mark.parametrize("accepted", [None, {}, {"LR-07": " "}, {"LR-14": "autre règle"}])
def test_a_warning_without_a_reason_refuses(accepted):
    with pytest.raises(RuleViolation):
        findings.refuse([WARN], accepted)


def test_a_warning_passes_with_a_written_reason():
    findings.refuse([WARN], {"LR-07": "préséries comprises"})
    findings.refuse([])


def test_a_refusal_says_all_reasons_with_remedy_and_article():
    with pytest.raises(Refusal) as refusal:
        findings.refuse([BLOCK, WARN])
    assert refusal.value.reasons == [
        "Trop tôt. Attendez. (R2182-1)",
        "Beaucoup d’achats. Dites pourquoi. (R2172-23)",
    ]
    assert refusal.value.rules == ["LR-78", "LR-07"]


def test_every_rule_in_force_has_a_test(rows):
    untested = [row["id"] for row in rows if row["state"] == "enforced" and not row["tests"]]
    assert untested == []


def test_every_rule_in_force_is_shown_through_its_act(rows):
    """A function may be right, and the act that should ask it never do: only a test through the act shows that."""
    assert [row["id"] for row in rows if row["state"] == "enforced" and not row["act_tests"]] == []


MARKED = """
import pytest

pytestmark = [pytest.mark.django_db, pytest.mark.law("LR-01")]


@pytest.mark.law("LR-02", "LR-03")
class TestWhole:
    @pytest.mark.law("LR-04")
    def test_one(self): ...


@pytest.mark.parametrize("day", [pytest.param(1, id="one", marks=pytest.mark.law("LR-05")),
                                 pytest.param(2, marks=[pytest.mark.law("LR-06")])])
def test_rows(day): ...


def helper(): ...
"""


def test_marks_are_found_wherever_they_stand(tmp_path):
    (tmp_path / "test_marked.py").write_text(MARKED, "utf-8")
    of_class, of_rows = (f"{tmp_path.name}/test_marked.py::{name}" for name in ("TestWhole::test_one", "test_rows"))
    assert marked_tests(tmp_path) == {
        "LR-01": [of_class, of_rows],
        "LR-02": [of_class],
        "LR-03": [of_class],
        "LR-04": [of_class],
        "LR-05": [f"{of_rows}[one]"],
        "LR-06": [of_rows],
    }


def test_law_rules_prints_json(capsys):
    call_command("law_rules", "--json")
    rows = json.loads(capsys.readouterr().out)
    row = next(one for one in rows if one["id"] == "LR-78")
    assert row["state"] == "enforced"
    pure = "tests/law/test_calendar.py::test_standstill_runs_from_the_last_letter"
    assert pure in row["tests"]
    assert row["act_tests"]
    assert pure not in row["act_tests"]
    assert next(one for one in rows if one["id"] == "LR-109")["state"] == "registered"


def test_law_rules_prints_a_table(capsys, rows):
    call_command("law_rules")
    enforced = sum(row["id"].startswith("LR-") and row["state"] == "enforced" for row in rows)
    counted = f"dont {enforced} appliquées, {enforced} éprouvées, {enforced} à travers leur acte."
    assert f"Règles de droit : 124, {counted}" in capsys.readouterr().out.replace("\u00a0", " ")
