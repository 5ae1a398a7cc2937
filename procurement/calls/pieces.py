"""The consultation file that the site writes from a call: which documents, under which names, from which facts.

Rooms above add theirs with `register_pieces`: the contracts room knows what an *acte d'engagement* says.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from procurement.calls.clause_documents import clauses_facts, programme_facts
from procurement.calls.documents import rules_facts
from procurement.calls.models import Call, CallDocument

Kind = CallDocument.Kind

RULES_SLUG = "reglement-de-consultation"
# What firms build their answer on: the rest (addresses, court, launch date) may move until it is published.
RULES_OF_TENDERS = frozenset({"call", "candidates_min", "candidates_max", "lots", "periods"})
# Neither the day nor the lawyer’s word on the library changes what firms read.
ISSUE = frozenset({"issued_at", "site", "to_validate"})


@dataclass(frozen=True, kw_only=True)
class Piece:
    """One document to be written.

    Attributes:
        kind: Its nature, a code of `CallDocument.Kind`.
        slug: Its name in public addresses, the same through all versions.
        title: Title printed on it, followed by the reference of the call.
        template: Template under `templates/`.
        facts: Everything it says, as plain JSON.
        compared: Facts that must be told as they stand when the call is published; all but the date when empty.
    """

    kind: str
    slug: str
    title: str
    template: str
    facts: Mapping[str, Any]
    compared: frozenset[str] = field(default_factory=frozenset)

    def says(self, told: Mapping[str, Any]) -> bool:
        """Whether facts written before still say the same."""
        names = self.compared or self.facts.keys() - ISSUE
        return all(told.get(name) == self.facts.get(name) for name in names)


Builder = Callable[[Call, datetime], Iterable[Piece]]
_builders: list[Builder] = []


def register_pieces(builder: Builder) -> None:
    """Add documents to the file that the site writes; called once, by the room that knows what they say."""
    if builder not in _builders:
        _builders.append(builder)


def pieces_of(call: Call, now: datetime) -> list[Piece]:
    """Every document of the call that the site writes, as the call stands."""
    return [
        Piece(
            kind=Kind.RULES,
            slug=RULES_SLUG,
            title="Règlement de consultation",
            template="pdf/calls/notice_summary.html",
            facts=rules_facts(call, now=now),
            compared=RULES_OF_TENDERS,
        ),
        Piece(
            kind=Kind.CLAUSES,
            slug="ccap",
            title="Cahier des clauses administratives particulières",
            template="pdf/calls/clauses.html",
            facts=clauses_facts(call, now=now),
        ),
        Piece(
            kind=Kind.PROGRAMME,
            slug="cctp",
            title="Programme fonctionnel et exigences",
            template="pdf/calls/programme.html",
            facts=programme_facts(call),
        ),
        *(piece for builder in _builders for piece in builder(call, now)),
    ]
