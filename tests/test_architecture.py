"""The stairs of the house, where import-linter cannot see: foreign keys, reverse accessors, templates.

A room is a folder of `marketplace`, `cms` or `procurement`. Each may lean on the rooms below it, never above.
"""

import ast
import re
from pathlib import Path

import pytest
from django.apps import AppConfig, apps
from django.db import models

ROOT = Path(__file__).resolve().parent.parent
GROUND = ["ui", "journal", "accounts", "files", "mail", "billing"]
STAIRCASE = ["law", "calls", "correspondence", "submissions", "evaluation", "contracts", "notices", "desk"]
# From the lowest room to the highest; the demonstration stands on the roof.
HEIGHT = {
    **{f"marketplace.{room}": step for step, room in enumerate(GROUND)},
    "cms.catalogue": 10,
    "cms.sourcing": 11,
    "cms.needs": 12,
    "cms.figures": 13,
    "cms.pages": 14,
    **{f"procurement.{room}": step for step, room in enumerate(STAIRCASE, start=20)},
    "marketplace.demo": 40,
}
WINGS = ("marketplace", "cms", "procurement")
# Templates that belong to no room: layouts, parts and the base of printed documents.
OF_WAGTAIL = "wagtailadmin/"
SHARED_TEMPLATES = ("layout/", "components/", "pdf/base.html", "pdf/parts/")
LOADED = re.compile(r"""{%\s*(?:extends|include)\s+["']([^"']+)["']""")


def rooms() -> list[AppConfig]:
    return [config for config in apps.get_app_configs() if config.name.split(".")[0] in WINGS]


def room_of(path: str) -> str | None:
    """Room of a template: `calls/…`, `pdf/calls/…` or `mail/calls/…`."""
    parts = [part for part in path.split("/") if part not in {"pdf", "mail"}]
    return next((name for name in HEIGHT if name.split(".")[1] == parts[0]), None)


def sources(room: str) -> list[tuple[Path, ast.Module]]:
    folder = ROOT.joinpath(*room.split("."))
    return [(path, ast.parse(path.read_text())) for path in folder.rglob("*.py") if "migrations" not in path.parts]


def relations() -> list[models.Field]:
    return [
        field
        for config in rooms()
        for model in config.get_models()
        for field in model._meta.get_fields()
        if field.is_relation and not field.auto_created and field.related_model is not None
        # A page inherits the fields of Wagtail's: their owner is no room.
        if field.model._meta.app_config.name in HEIGHT
    ]


def test_every_room_has_its_step():
    unknown = {config.name for config in rooms()} - set(HEIGHT)
    assert unknown == set()


def test_no_foreign_key_points_up_the_stairs():
    upward = [
        str(field)
        for field in relations()
        if (target := apps.get_app_config(field.related_model._meta.app_label).name) in HEIGHT
        and HEIGHT[apps.get_app_config(field.model._meta.app_label).name] < HEIGHT[target]
    ]
    assert upward == []


def test_no_room_reads_a_reverse_accessor_of_a_room_above():
    """An accessor that an upper room hangs on a lower one is for the upper room only."""
    hung: dict[str, set[str]] = {}
    own_names: dict[str, set[str]] = {config.name: set() for config in rooms()}
    for config in rooms():
        for model in config.get_models():
            own_names[config.name] |= {field.name for field in model._meta.get_fields() if not field.auto_created}
    for field in relations():
        accessor = field.remote_field.related_name
        target = apps.get_app_config(field.related_model._meta.app_label).name
        owner = apps.get_app_config(field.model._meta.app_label).name
        if accessor and not accessor.endswith("+") and target in HEIGHT:
            if owner == target:
                own_names[owner].add(accessor)
            else:
                hung.setdefault(accessor, set()).add(owner)
    misused = [
        f"{path.relative_to(ROOT)}:{node.lineno} .{node.attr}"
        for config in rooms()
        for path, tree in sources(config.name)
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute)
        and node.attr in hung
        and node.attr not in own_names[config.name]
        and min(HEIGHT[owner] for owner in hung[node.attr]) > HEIGHT[config.name]
        and not _is_about_something_else(node)
    ]
    assert misused == []


def _is_about_something_else(node: ast.Attribute) -> bool:
    """`self.name` of a dataclass and `module.name` share words with accessors; a row is held in a plain variable."""
    return not (isinstance(node.value, ast.Name) and node.value.id in {"call", "lot", "period", "organisation", "user"})


def test_code_renders_only_templates_of_its_own_room_or_below():
    strangers = [
        f"{path.relative_to(ROOT)}: {node.value}"
        for config in rooms()
        for path, tree in sources(config.name)
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and re.fullmatch(r"[\w/-]+\.html", node.value)
        if not node.value.startswith(SHARED_TEMPLATES)
        and (owner := room_of(node.value)) is not None
        and HEIGHT[owner] > HEIGHT[config.name]
    ]
    assert strangers == []


@pytest.mark.parametrize("path", sorted((ROOT / "templates").rglob("*.*")), ids=lambda path: path.name)
def test_templates_load_only_what_stands_below(path: Path):
    name = path.relative_to(ROOT / "templates").as_posix()
    owner = room_of(name)
    for loaded in LOADED.findall(path.read_text()):
        if loaded.startswith(OF_WAGTAIL):
            continue
        assert (ROOT / "templates" / loaded).exists(), f"{name} loads {loaded}, which does not exist"
        below = room_of(loaded)
        if owner and below and not loaded.startswith(SHARED_TEMPLATES):
            assert HEIGHT[below] <= HEIGHT[owner], f"{name} loads {loaded} from a room above"


def test_no_column_reads_a_clock_of_its_own():
    """Acts read the clock once and pass `now` down: a column that fills itself would hold another instant."""
    assert [
        str(field)
        for config in rooms()
        for model in config.get_models()
        for field in model._meta.concrete_fields
        if getattr(field, "auto_now", False) or getattr(field, "auto_now_add", False)
    ] == []


def test_python_files_stay_readable():
    long = [
        f"{path.relative_to(ROOT)}: {lines} lines"
        for wing in (*WINGS, "tests")
        for path in (ROOT / wing).rglob("*.py")
        if "migrations" not in path.parts and (lines := len(path.read_text().splitlines())) > 520
    ]
    assert long == []


def test_no_committed_file_holds_an_address_of_a_registry():
    assert "://" not in (ROOT / "requirements.lock").read_text()
    assert not (ROOT / "uv.lock").exists() or "uv.lock" in (ROOT / ".gitignore").read_text()


def test_every_check_of_the_rule_book_is_asked_by_an_act():
    """A rule counts as enforced because a function holds it; it must also be asked where people act."""
    law = ROOT / "procurement" / "law"
    checks = {
        (path.stem if path.stem != "__init__" else path.parent.name, node.name)
        for path in law.rglob("*.py")
        for node in ast.parse(path.read_text()).body
        if isinstance(node, ast.FunctionDef) and (node.name == "check" or node.name.startswith("check_"))
    }
    asked = "\n".join(
        path.read_text()
        for room in STAIRCASE[1:]
        for path in (ROOT / "procurement" / room).rglob("*.py")
        if "migrations" not in path.parts
    )
    assert len(checks) > 20
    unasked = {
        f"{module}.{name}"
        for module, name in checks
        if not re.search(rf"\b{name}\(", asked if name != "check" else "") and not _asks(asked, module, name)
    }
    assert unasked == set()


def _asks(sources_text: str, module: str, name: str) -> bool:
    """Whether a room imports the module, under its own name or another, and calls the function through it."""
    names = {module, *re.findall(rf"import {module} as (\w+)", sources_text)}
    return any(re.search(rf"\b{alias}\.{name}\(", sources_text) for alias in names)
