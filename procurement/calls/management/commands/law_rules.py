"""Print the rule book: every rule, its article, whether it is in force and the tests that show it."""

import ast
import json
from argparse import ArgumentParser
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from procurement.law import registry


def marked_tests(folder: Path) -> dict[str, list[str]]:
    """Names of the tests marked `@pytest.mark.law("LR-…")` by rule id, read from sources without importing them."""
    found: dict[str, list[str]] = {}
    for path in sorted(folder.rglob("test_*.py")):
        module = ast.parse(path.read_text("utf-8"), filename=str(path))
        place = path.relative_to(folder.parent).as_posix()
        for test, rule_id in _marks(module):
            found.setdefault(rule_id, []).append(f"{place}::{test}")
    return found


def _marks(module: ast.Module) -> Iterator[tuple[str, str]]:
    for node in module.body:
        if isinstance(node, ast.ClassDef):
            for inner in node.body:
                yield from ((f"{node.name}::{inner.name}", one) for one in _rules_of(inner) | _rules_of(node)
                            if isinstance(inner, ast.FunctionDef) and inner.name.startswith("test_"))  # fmt: skip
        elif isinstance(node, ast.FunctionDef) and node.name.startswith("test_"):
            yield from ((node.name, rule_id) for rule_id in _rules_of(node))


def _rules_of(node: ast.stmt) -> dict[str, None]:
    return {
        argument.value: None
        for call in getattr(node, "decorator_list", [])
        if isinstance(call, ast.Call) and ast.unparse(call.func) == "pytest.mark.law"
        for argument in call.args
        if isinstance(argument, ast.Constant)
    }


def rule_rows() -> list[dict[str, Any]]:
    """One row a rule: id, article, moment, severity, room, state (enforced | registered), title and tests.

    A rule is enforced if a function of the rule book is registered with its id, and then only.
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
            count = len(row["tests"])
            self.stdout.write(f"{row['id']}  {state:<9}  {count:>2} tests  {row['title']} ({row['article']})")
        law = Counter(row["state"] for row in rows if row["id"].startswith("LR-"))
        self.stdout.write(
            f"\nRègles de droit : {law.total()}, dont {law['enforced']} appliquées. "
            f"Choix du site : {len(rows) - law.total()}."
        )
