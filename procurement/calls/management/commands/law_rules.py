"""Print the rule book: every rule, its article, whether it is in force and the tests that show it."""

import ast
import json
from argparse import ArgumentParser
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, TypeGuard

from django.conf import settings
from django.core.management.base import BaseCommand

from procurement.law import registry

MARK = "pytest.mark.law"
PURE = "tests/law/"
"""Where the functions of the rule book are tested alone; every other test goes through the act that asks them."""


def marked_tests(folder: Path) -> dict[str, list[str]]:
    """Names of the tests marked `@pytest.mark.law("LR-…")` by rule id, read from sources without importing them.

    A mark stands on a test, on its class, on its module, or on one row of its table, which then names itself (`[id]`).
    """
    found: dict[str, list[str]] = {}
    for path in sorted(folder.rglob("test_*.py")):
        source = path.read_text("utf-8")
        if MARK not in source:
            continue
        module = ast.parse(source, filename=str(path))
        place = path.relative_to(folder.parent).as_posix()
        for test, rule_id in dict.fromkeys(_marks(module)):
            found.setdefault(rule_id, []).append(f"{place}::{test}")
    return found


def _marks(module: ast.Module) -> Iterator[tuple[str, str]]:
    whole = [node.value for node in module.body
             if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "pytestmark"]  # fmt: skip
    for node in module.body:
        if isinstance(node, ast.ClassDef):
            for inner in node.body:
                yield from _marks_of(inner, [*whole, *node.decorator_list], within=f"{node.name}::")
        else:
            yield from _marks_of(node, whole)


def _marks_of(node: ast.stmt, around: Iterable[ast.expr], *, within: str = "") -> Iterator[tuple[str, str]]:
    """Each rule of a test, with the name of the test; of its row, for a mark of one row."""
    if not (isinstance(node, ast.FunctionDef) and node.name.startswith("test_")):
        return
    test = within + node.name
    for mark in (*around, *node.decorator_list):
        rows = [one for one in ast.walk(mark) if _calls(one, "pytest.param")]
        for row in rows:
            name = next((ast.literal_eval(one.value) for one in row.keywords if one.arg == "id"), "")
            yield from ((f"{test}[{name}]" if name else test, rule_id) for rule_id in _rules_in(row))
        if not rows:
            yield from ((test, rule_id) for rule_id in _rules_in(mark))


def _rules_in(expression: ast.expr) -> Iterator[str]:
    for call in ast.walk(expression):
        if _calls(call, MARK):
            yield from (argument.value for argument in call.args if isinstance(argument, ast.Constant))


def _calls(node: ast.AST, name: str) -> TypeGuard[ast.Call]:
    """Whether a node calls the function of that dotted name."""
    last = name.rpartition(".")[2]
    return (
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr == last
        and ast.unparse(node.func) == name
    )


def rule_rows() -> list[dict[str, Any]]:
    """One row a rule: id, article, moment, severity, room, state (enforced | registered), title, tests, act_tests.

    A rule is enforced if a function of the rule book is registered with its id, and then only. `act_tests`: those of
    `tests` that go through an act, with rows in the database.
    """
    enforced, tests = registry.enforced(), marked_tests(settings.BASE_DIR / "tests")
    return [
        {
            "id": rule.id,
            "article": rule.article,
            "moment": rule.moment,
            "severity": rule.severity,
            "room": rule.room,
            "state": "enforced" if rule.id in enforced else "registered",
            "title": rule.title,
            "tests": tests.get(rule.id, []),
            "act_tests": [one for one in tests.get(rule.id, []) if not one.startswith(PURE)],
        }
        for rule in registry.rules().values()
    ]


class Command(BaseCommand):
    """`manage.py law_rules [--json]`."""

    help = "Affiche le livre des règles : article, moment, gravité, état et tests de chaque règle."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare `--json`."""
        parser.add_argument("--json", action="store_true", help="une liste JSON, une entrée par règle")

    def handle(self, *args: Any, **options: Any) -> None:
        """Print the rules as a table, or as JSON."""
        rows = rule_rows()
        if options["json"]:
            self.stdout.write(json.dumps(rows, ensure_ascii=False, indent=2))
            return
        for row in rows:
            state = "appliquée" if row["state"] == "enforced" else "inscrite"
            count, acts = len(row["tests"]), len(row["act_tests"])
            self.stdout.write(
                f"{row['id']}  {state:<9}  {count:>2} tests, {acts:>2} par l’acte  {row['title']} ({row['article']})"
            )
        law = [row for row in rows if row["id"].startswith("LR-")]
        enforced = [row for row in law if row["state"] == "enforced"]
        tested, through_acts = (sum(bool(row[kind]) for row in enforced) for kind in ("tests", "act_tests"))
        self.stdout.write(
            f"\nRègles de droit : {len(law)}, dont {len(enforced)} appliquées, {tested} éprouvées, {through_acts} à "
            f"travers leur acte. Choix du site : {len(rows) - len(law)}."
        )
