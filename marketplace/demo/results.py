"""What a rehearsal gives back, as JSON for machines and in a few lines for people."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from procurement.calls.stages import Stage

END = "closed"
"""Stage of a call that was played to its end."""
BROKEN = "broken"
"""Stage of a call whose rehearsal stopped on a failure of the program."""


EVENTS = {
    "weight_change": "poids changé après la publication",
    "double_seal": "scellement demandé deux fois",
    "late_bid": "pli en retard",
    "lost_custodian": "clé d’un gardien perdue",
    "early_signature": "signature la veille du premier jour possible",
    "gate": "décision de fin de phase",
    "order": "commande sur un essai manqué",
}
OUTCOMES = {
    "accepted": "admis",
    "refused": "refusé",
    "late": "en retard",
    "broken": "anormal",
    "continue": "continuer",
    "change": "modifier",
    "reduce": "réduire",
    "stop": "arrêter",
}
"""Codes of events and of what came of them, in words."""


@dataclass(frozen=True, kw_only=True)
class DocumentResult:
    """A document as written to the folder of the rehearsal; `path` opens from where the command was run."""

    kind: str
    path: str
    sha256: str
    pages: int | None = None


@dataclass(frozen=True, kw_only=True)
class FindingResult:
    """A remark of the rule book: severity « block » stopped the rehearsal, « warn » was passed with a reason."""

    rule: str
    severity: str
    message: str


@dataclass(frozen=True, kw_only=True)
class EventResult:
    """What was tried beside the ordinary course, and what the site answered."""

    event: str
    outcome: str
    rules: list[str] = field(default_factory=list)
    message: str = ""


@dataclass(frozen=True, kw_only=True)
class JournalResult:
    """The journal of the rehearsal: number of entries, whether it verifies, and the hash of the call's last entry."""

    entries: int = 0
    verified: bool = False
    head: str = ""


@dataclass(frozen=True, kw_only=True)
class RehearsalResult:
    """One call that was played, as far as it went. `error`: what broke in the program, empty otherwise."""

    call: str
    stage: str
    launched_on: str
    lots: int
    partners: int = 0
    documents: list[DocumentResult] = field(default_factory=list)
    completed: list[str] = field(default_factory=list)
    findings: list[FindingResult] = field(default_factory=list)
    events: list[EventResult] = field(default_factory=list)
    journal: JournalResult = JournalResult()
    wall_s: float = 0.0
    error: str = ""

    def as_json(self) -> dict[str, Any]:
        """The keys that `--json` prints; `error` only when something broke."""
        values = asdict(self)
        if not self.error:
            del values["error"]
        return values

    @classmethod
    def from_json(cls, values: dict[str, Any]) -> "RehearsalResult":
        """The inverse of `as_json`."""
        parts = {
            "documents": [DocumentResult(**one) for one in values["documents"]],
            "findings": [FindingResult(**one) for one in values["findings"]],
            "events": [EventResult(**one) for one in values["events"]],
            "journal": JournalResult(**values["journal"]),
        }
        return cls(**(values | parts))


def summary(result: RehearsalResult, *, title: str, history: Iterable[str], out: Path) -> str:
    """A rehearsal told in French, a few lines."""
    lines = [f"{title} ({result.call})", f"  Lancé le {result.launched_on}, {_count(result.lots, 'lot')}."]
    if result.error:
        lines.append(f"  La répétition s’est interrompue sur une erreur du programme :\n{_indented(result.error)}")
    elif result.stage == END:
        lines.append(f"  Joué jusqu’au bout avec {_count(result.partners, 'partenaire')}.")
    else:
        lines.append(f"  Arrêté à l’étape « {Stage(result.stage).label} ».")
    lines.extend(
        f"  [{'bloque' if one.severity == 'block' else 'à motiver'}] {one.rule} : {one.message}"
        for one in result.findings
    )
    for one in result.events:
        lines.append(f"  [{OUTCOMES[one.outcome]}] {EVENTS[one.event]} : {one.message}".removesuffix(" : "))
    if result.documents:
        lines.append(f"  {_count(len(result.documents), 'document')} dans {out}")
    if result.journal.entries:
        verified = "vérifié" if result.journal.verified else "NON VÉRIFIÉ"
        lines.append(
            f"  Journal {verified} : {_count(result.journal.entries, 'entrée')}, tête {result.journal.head[:16]}…"
        )
    if result.completed:
        lines.append("  Complété par des exemples :")
        lines.extend(f"    – {label}" for label in result.completed)
    dates = list(history)
    if dates:
        lines.append("  Dates réelles, gardées pour mémoire :")
        lines.extend(f"    – {line}" for line in dates)
    lines.append(f"  Durée : {result.wall_s:.1f} s")
    return "\n".join(lines)


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'s' if number > 1 else ''}"


def _indented(text: str) -> str:
    return "\n".join(f"    {line}" for line in text.strip().splitlines())
