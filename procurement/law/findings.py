"""What a rule answers, and how an act refuses because of it."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

from marketplace.journal.errors import Refusal


class Severity(StrEnum):
    """BLOCK refuses the act; WARN lets it pass with a written reason, which the act stores."""

    BLOCK = "block"
    WARN = "warn"


@dataclass(frozen=True, slots=True)
class Finding:
    """One remark of the rule book, in plain French.

    `field` is the path of the fact in question (« lots.1.phases.2.months »), so that an editor can show it there.
    """

    rule: str
    severity: Severity
    message: str
    article: str
    remedy: str
    field: str = ""

    def __str__(self) -> str:
        return f"{self.message} {self.remedy} ({self.article})"


Findings = Iterator[Finding]


class RuleViolation(Refusal):
    """The rule book refuses an act. `findings` holds every one that stands in the way, `rules` their ids."""

    def __init__(self, findings: Iterable[Finding]) -> None:
        self.findings = tuple(findings)
        super().__init__(*(str(finding) for finding in self.findings))

    @property
    def rules(self) -> list[str]:
        """Ids of the rules, each once, in the order of the findings."""
        return list(dict.fromkeys(finding.rule for finding in self.findings))


def blocking(findings: Iterable[Finding], accepted: Mapping[str, str] | None = None) -> list[Finding]:
    """Keep what still stands in the way: every BLOCK, and each WARN whose rule has no written reason in `accepted`."""
    reasons = {rule for rule, reason in (accepted or {}).items() if reason and reason.strip()}
    return [finding for finding in findings if finding.severity is Severity.BLOCK or finding.rule not in reasons]


def refuse(findings: Iterable[Finding], accepted: Mapping[str, str] | None = None) -> None:
    """Refuse an act. `accepted` maps the id of a rule to the reason written to pass its warning.

    Raises RuleViolation with everything that still stands in the way, all at once.
    """
    standing = blocking(findings, accepted)
    if standing:
        raise RuleViolation(standing)
