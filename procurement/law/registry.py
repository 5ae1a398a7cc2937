"""The register of rules, and the decorator that puts a function in force for one of them."""

import importlib
import pkgutil
import tomllib
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cache, wraps
from importlib import resources
from typing import Literal, TypeVar

from procurement.law.findings import Finding, Findings, Severity
from procurement.law.parameters import NoValueInForceError
from procurement.law.wording import typeset

Facts = TypeVar("Facts")
Check = Callable[[Facts], Findings]

_enforcing: dict[str, list[Callable[..., Findings]]] = {}


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule of the register. `severity`: the strongest thing it does, `room`: the one whose act it belongs to."""

    id: str
    article: str
    moment: str
    severity: Literal["block", "warn", "compute", "generate", "record"]
    room: str
    title: str

    @property
    def is_law(self) -> bool:
        """Whether the law speaks; the others (PR-…) are what this site chooses."""
        return self.id.startswith("LR-")

    def block(self, message: str, remedy: str, field: str = "") -> Finding:
        """Make a finding that refuses the act. `remedy` tells what to do."""
        return Finding(self.id, Severity.BLOCK, typeset(message), self.article, typeset(remedy), field)

    def warn(self, message: str, remedy: str, field: str = "") -> Finding:
        """Make a finding that passes with a written reason only."""
        return Finding(self.id, Severity.WARN, typeset(message), self.article, typeset(remedy), field)


@cache
def rules() -> dict[str, Rule]:
    """Every rule by its id, in the order of the register."""
    table = tomllib.loads(resources.files(__package__).joinpath("rules.toml").read_text("utf-8"))
    return {rule_id: Rule(id=rule_id, **entry) for rule_id, entry in table.items()}


def enforces(rule_id: str) -> Callable[[Callable[[Rule, Facts], Findings]], Check]:
    """Put a function in force for a rule: it gets the rule and the facts, and yields findings made with the rule.

    Raises KeyError for an id that is not in the register.
    """
    rule = rules()[rule_id]

    def register(function: Callable[[Rule, Facts], Findings]) -> Check:
        @wraps(function)
        def check(facts: Facts) -> Findings:
            return function(rule, facts)

        _enforcing.setdefault(rule_id, []).append(check)
        return check

    return register


def run(checks: Iterable[Check], facts: Facts) -> list[Finding]:
    """Every finding of every check, each once: a person corrects all at once, not one refusal after another.

    A launch date for which the law’s figures are unknown is a finding (PR-06), never an exception.
    """
    findings: list[Finding] = []
    for check in checks:
        try:
            findings.extend(check(facts))
        except NoValueInForceError as unknown:
            findings.append(unknown_figures(rules()["PR-06"], unknown))
    return list(dict.fromkeys(findings))


def unknown_figures(rule: Rule, unknown: NoValueInForceError) -> Finding:
    """Say that the law’s figures are unknown for the launch date."""
    remedy = "Choisissez une date de lancement que le livre des règles connaît, ou faites-le compléter."
    return rule.block(str(unknown), remedy, "launch_date")


def enforced() -> dict[str, tuple[Callable[..., Findings], ...]]:
    """Functions in force by rule id, after every module of the rule book was imported."""
    package = importlib.import_module(__package__)
    for module in pkgutil.walk_packages(package.__path__, f"{__package__}."):
        importlib.import_module(module.name)
    return {rule_id: tuple(_enforcing[rule_id]) for rule_id in rules() if rule_id in _enforcing}
