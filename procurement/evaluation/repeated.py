"""Firms found in several candidatures of one lot: shown always, refused where the documents forbid it (LR-51)."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from procurement.evaluation.models import Candidate


@dataclass(frozen=True, slots=True)
class Repeated:
    """A firm of a candidature that is also in others."""

    firm: str
    others: tuple[str, ...]


def repeated_firms(candidates: Sequence[Candidate]) -> dict[Any, list[Repeated]]:
    """By id of candidature, its firms that are in others too; `party__members__organisation` is prefetched."""
    inside: dict[Any, list[Candidate]] = {}
    for candidate in candidates:
        for member in candidate.party.members.all():
            inside.setdefault(member.organisation_id, []).append(candidate)
    return {
        candidate.pk: found
        for candidate in candidates
        if (
            found := [
                Repeated(member.organisation.name, tuple(str(one.party) for one in together if one.pk != candidate.pk))
                for member in candidate.party.members.all()
                if len(together := inside[member.organisation_id]) > 1
            ]
        )
    }
