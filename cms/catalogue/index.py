"""What every process remembers of the published catalogue, to filter, count and order it without reading rows.

Each value of each filter is one whole number whose bit n says whether the n-th profile has it: to filter is a logical
AND, to count is to count bits. At 10 000 profiles all filters together take about a tenth of a millisecond; counts are
exact at any size (performance.md P4). The database finds the words; the column of words is remembered too, up to
`LARGEST_IN_MEMORY` profiles, so that relevance is counted without reading it again.

It is read again when `CatalogueState` changed, and each day, since marks end by themselves.
"""

import threading
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.utils.timezone import localdate

from cms.catalogue import facets, words
from cms.catalogue.models import (
    CatalogueState,
    Confirmation,
    Domain,
    Label,
    Profile,
    Reference,
    Solution,
    Synonym,
    Verification,
)
from cms.catalogue.search import Synonyms
from cms.catalogue.trust import LASTS

LARGEST_IN_MEMORY = 20_000
"""Profiles up to which the words of each are remembered, so that relevance is counted; above, names give the order."""


@dataclass(frozen=True, slots=True)
class Door:
    """The words that name a domain: its label, and those that editors lead to it."""

    domain: Domain
    label: frozenset[str]
    phrases: Sequence[frozenset[str]]

    @classmethod
    def of(cls, domain: Domain) -> "Door":
        """Read the words of a domain, as searches compare them."""
        phrases = [frozenset(words.tokens(phrase)) for phrase in (domain.label, *domain.terms.split(","))]
        return cls(domain, phrases[0], [phrase for phrase in phrases if phrase])

    def rank(self, asked: frozenset[str]) -> tuple[int, int] | None:
        """How well these words name the domain, the least the best; None when they do not.

        They are one of its phrases, or hold one (the longer the better), or are a part of its label.
        """
        held = [phrase for phrase in self.phrases if phrase <= asked]
        if held:
            longest = max(map(len, held))
            return (0 if longest == len(asked) else 1, -longest)
        return (2, 0) if asked < self.label else None


@dataclass(frozen=True, slots=True)
class Index:
    """The published catalogue at an instant; profiles are known by their position in the order of names.

    Attributes:
        ids: Primary key of the profile at each position.
        positions: The reverse.
        texts: Words of each profile; empty above `LARGEST_IN_MEMORY`.
        updated: Positions, latest update first.
        references: How many confirmed references each has.
        bits: For each (filter, value), the profiles that have it.
        domains: Domains in their order.
        doors: The words that name each.
        synonyms: Words of one meaning.
    """

    ids: Sequence[int]
    positions: dict[int, int]
    texts: Sequence[str]
    updated: Sequence[int]
    references: Sequence[int]
    bits: dict[tuple[str, str], int]
    domains: Sequence[Domain]
    doors: Sequence[Door]
    synonyms: Synonyms

    @property
    def everything(self) -> int:
        """All profiles."""
        return (1 << len(self.ids)) - 1

    def of_ids(self, ids: Iterable[int]) -> int:
        """The profiles of these primary keys that are published, as bits."""
        flags = bytearray(len(self.ids) // 8 + 1)
        for pk in ids:
            position = self.positions.get(pk)
            if position is not None:
                flags[position >> 3] |= 1 << (position & 7)
        return int.from_bytes(flags, "little")

    def having(self, facet: facets.Facet, values: Iterable[str]) -> int:
        """The profiles that have one of these values."""
        found = 0
        for value in values:
            found |= self.bits.get((facet.name, value), 0)
        return found

    def has(self, position: int, facet: facets.Facet, value: str) -> bool:
        """Whether the profile at that position has a value."""
        return bool(self.bits.get((facet.name, value), 0) >> position & 1)


def positions_in(bits: int) -> list[int]:
    """Positions of the bits that are set, in order."""
    return [position for position, bit in enumerate(reversed(f"{bits:b}")) if bit == "1"]


_lock = threading.Lock()
_remembered: tuple[tuple[UUID | None, date], Index] | None = None


def current(now: datetime) -> Index:
    """The catalogue as it is committed, read again only when it changed; one query otherwise."""
    global _remembered
    # The token first: what is committed between both reads makes the next page read again, never the reverse.
    key = (CatalogueState.read(), localdate(now))
    held = _remembered
    if held is not None and held[0] == key:
        return held[1]
    with _lock:
        held = _remembered
        if held is None or held[0] != key:
            held = _remembered = (key, build(now))
        return held[1]


@dataclass(slots=True)
class _Flags:
    """Bits being set, by filter and value."""

    size: int
    rows: dict[tuple[str, str], bytearray] = field(default_factory=dict)

    def set(self, facet: facets.Facet, value: str, position: int) -> None:
        row = self.rows.get((facet.name, value))
        if row is None:
            row = self.rows[facet.name, value] = bytearray(self.size // 8 + 1)
        row[position >> 3] |= 1 << (position & 7)

    def numbers(self) -> dict[tuple[str, str], int]:
        return {key: int.from_bytes(row, "little") for key, row in self.rows.items()}


_COLUMNS = (
    "pk",
    "kind",
    "size",
    "region",
    "served_regions",
    "repository",
    "updated_at",
    "organisation__registry_checked_at",
    "search_text",
)


def build(now: datetime) -> Index:
    """Read the published catalogue: a constant number of queries, about a tenth of a second for 10 000 profiles."""
    rows = list(Profile.objects.published().order_by("sort_name", "pk").values_list(*_COLUMNS))
    positions = {row[0]: position for position, row in enumerate(rows)}
    flags = _Flags(len(rows))
    for position, (_pk, kind, size, region, served, repository, _updated, checked_at, _text) in enumerate(rows):
        flags.set(facets.KIND, kind, position)
        if size:
            flags.set(facets.SIZE, size, position)
        for code in served or [region or facets.UNKNOWN]:
            flags.set(facets.REGION, code, position)
        if repository:
            flags.set(facets.PURCHASE, facets.OPEN_SOURCE, position)
        if checked_at and now - checked_at <= LASTS:
            flags.set(facets.TRUST, facets.IDENTITY, position)
    _domains(flags, positions)
    _solutions(flags, positions)
    _labels(flags, positions, localdate(now))
    references = _references(flags, positions, now)
    domains = list(Domain.objects.all())
    dates = [row[6].timestamp() if row[6] else 0.0 for row in rows]
    return Index(
        ids=[row[0] for row in rows],
        positions=positions,
        texts=[row[8] for row in rows] if len(rows) <= LARGEST_IN_MEMORY else [],
        updated=sorted(range(len(rows)), key=lambda position: -dates[position]),
        references=references,
        bits=flags.numbers(),
        domains=domains,
        doors=[Door.of(domain) for domain in domains],
        synonyms=Synonyms(Synonym.objects.values_list("words", flat=True)),
    )


def _domains(flags: _Flags, positions: dict[int, int]) -> None:
    said = bytearray(len(positions))
    for pk, slug in Profile.domains.through.objects.values_list("profile_id", "domain_id"):
        if (position := positions.get(pk)) is not None:
            flags.set(facets.DOMAIN, slug, position)
            said[position] = 1
    for position, is_said in enumerate(said):
        if not is_said:
            flags.set(facets.DOMAIN, facets.UNKNOWN, position)


def _solutions(flags: _Flags, positions: dict[int, int]) -> None:
    columns = ("profile_id", "maturity", "claims_innovative", "is_open_source", "central_purchasing")
    for pk, maturity, innovative, open_source, central in Solution.objects.values_list(*columns):
        if (position := positions.get(pk)) is None:
            continue
        if maturity:
            flags.set(facets.MATURITY, maturity, position)
        for value, is_so in (
            (facets.INNOVATIVE, innovative),
            (facets.OPEN_SOURCE, open_source),
            (facets.CENTRAL, central),
        ):
            if is_so:
                flags.set(facets.PURCHASE, value, position)


def _labels(flags: _Flags, positions: dict[int, int], today: date) -> None:
    """Labels whose proof was read and still holds."""
    standing = Verification.objects.filter(withdrawn_at__isnull=True, until__gte=today)
    checked = set(standing.values_list("profile_id", "subject", "statement"))
    labels: Iterable[Any] = Label.objects.filter(profile__in=standing.values("profile")) if checked else ()
    for label in labels:
        position = positions.get(label.profile_id)
        is_over = label.valid_until and label.valid_until < today
        if position is None or is_over or (label.profile_id, label.uid, label.statement) not in checked:
            continue
        if label.kind == Label.Kind.ACCESSIBILITY:
            flags.set(facets.TRUST, facets.ACCESSIBILITY, position)
        elif label.kind in Label.CERTIFICATIONS:
            flags.set(facets.CERTIFICATION, label.kind, position)


def _references(flags: _Flags, positions: dict[int, int], now: datetime) -> list[int]:
    """How many references of each profile their client confirmed less than a year ago."""
    counts = [0] * len(positions)
    confirmed = Confirmation.objects.filter(confirmed_at__gte=now - LASTS)
    confirmations = set(confirmed.values_list("profile_id", "subject", "statement"))
    references: Iterable[Any] = (
        Reference.objects.filter(profile__in=confirmed.values("profile")) if confirmations else ()
    )
    for reference in references:
        position = positions.get(reference.profile_id)
        if position is not None and (reference.profile_id, reference.uid, reference.statement) in confirmations:
            counts[position] += 1
            flags.set(facets.TRUST, facets.REFERENCES, position)
    return counts
