"""Full-text search of profiles, alike on both databases.

Each profile keeps the words that lead to it in one column, normalised by `words`. SQLite indexes that column with a
plain FTS5 table, written here; PostgreSQL with a GIN index on `to_tsvector('simple', …)`, which it keeps by itself.
Relevance is counted from the same column, so that both give the same order: the earlier the words come, the better.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from django.db import connection
from django.db.models import Case, IntegerField, QuerySet, Value, When
from django.db.models.expressions import RawSQL
from django.db.models.functions import StrIndex

from cms.catalogue import words

Rows = TypeVar("Rows", bound=QuerySet)

PROFILES = "catalogue_profile"
INDEX = "catalogue_profile_words"
"""FTS5 table of SQLite; its rowid is the profile's."""

LONGEST_QUERY = 12
"""Words of a question that are looked at; the others are left aside."""

# Shorter beginnings lead to anything: « art » would find « article ».
_SHORTEST_BEGINNING = 4
_ABSENT = 1_000_000
_BATCH = 500


def text_of(parts: Iterable[str]) -> str:
    """The column of a profile, most telling part first (its name). A space on both ends: each word stands alone."""
    found = [token for part in parts for token in words.tokens(part)]
    return f" {' '.join(found)} " if found else ""


@dataclass(frozen=True, slots=True)
class Term:
    """A word of a question: its root, as profiles hold it, and the whole word, which others may begin with.

    Both are made of letters and digits only: there is nothing to escape in either language of search.
    """

    root: str
    word: str

    @property
    def is_beginning(self) -> bool:
        """Whether words that begin with it are looked for too: shorter ones would lead to anything."""
        return len(self.word) >= _SHORTEST_BEGINNING


def terms_of(query: str) -> list[Term]:
    """The words of a question, each root once, in order."""
    return list({words.stem(word): Term(words.stem(word), word) for word in words.words(query)}.values())[
        :LONGEST_QUERY
    ]


def write(rows: Iterable[tuple[int, str]]) -> None:
    """Bring the index up to date with (profile id, column) pairs; nothing to do where the database does it."""
    if connection.vendor != "sqlite":
        return
    pending = list(rows)
    with connection.cursor() as cursor:
        for start in range(0, len(pending), _BATCH):
            batch = pending[start : start + _BATCH]
            erase([pk for pk, _ in batch])
            cursor.executemany(f"INSERT INTO {INDEX}(rowid, words) VALUES (%s, %s)", batch)  # noqa: S608 - a constant


def erase(ids: Sequence[int]) -> None:
    """Take profiles out of the index."""
    if connection.vendor != "sqlite" or not ids:
        return
    with connection.cursor() as cursor:
        cursor.executemany(f"DELETE FROM {INDEX} WHERE rowid = %s", [(pk,) for pk in ids])  # noqa: S608 - a constant


def having_all(profiles: Rows, terms: Sequence[Term]) -> Rows:
    """Profiles in which every word of the question stands, or one that begins like it."""
    return _matching(profiles, terms, every=True)


def having_some(profiles: Rows, terms: Sequence[Term]) -> Rows:
    """Profiles in which at least one word of the question stands, or one that begins like it."""
    return _matching(profiles, terms, every=False)


def by_relevance(profiles: Rows, terms: Sequence[Term]) -> Rows:
    """Profiles with most words of the question first, then those in which they come earliest, then by name."""
    distance = Value(0, output_field=IntegerField())
    for number, term in enumerate(terms):
        whole, start = f"whole_{number}", f"start_{number}"
        places = {whole: StrIndex("search_text", Value(f" {term.root} "))}
        found = [When(**{f"{whole}__gt": 0}, then=whole)]
        if term.is_beginning:
            places[start] = StrIndex("search_text", Value(f" {term.word}"))
            found.append(When(**{f"{start}__gt": 0}, then=start))
        profiles = profiles.alias(**places)
        distance += Case(*found, default=_ABSENT, output_field=IntegerField())
    return profiles.alias(distance=distance).order_by("distance", "sort_name", "pk")


def _matching(profiles: Rows, terms: Sequence[Term], *, every: bool) -> Rows:
    if connection.vendor == "postgresql":
        alternatives = [f"('{t.root}' | '{t.word}':*)" if t.is_beginning else f"'{t.root}'" for t in terms]
        expression = (" & " if every else " | ").join(alternatives)
        sql = f"SELECT id FROM {PROFILES} WHERE to_tsvector('simple', search_text) @@ to_tsquery('simple', %s)"  # noqa: S608 - a constant
    else:
        alternatives = [f'("{t.root}" OR "{t.word}" *)' if t.is_beginning else f'"{t.root}"' for t in terms]
        expression = (" AND " if every else " OR ").join(alternatives)
        sql = f"SELECT rowid FROM {INDEX} WHERE {INDEX} MATCH %s"  # noqa: S608 - a constant
    return profiles.filter(pk__in=RawSQL(sql, [expression]))  # noqa: S611 - the expression is a parameter
