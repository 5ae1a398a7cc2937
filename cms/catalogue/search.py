"""Full-text search of profiles, alike on both databases.

Each profile keeps the words that lead to it in one column, normalised by `words`. SQLite indexes that column with a
plain FTS5 table, written here; PostgreSQL with a GIN index on `to_tsvector('simple', …)`, which it keeps by itself.
Relevance is counted from the same column (`Term.places`), so that both give the same order: the earlier, the better.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from django.db import connection
from django.db.models import QuerySet
from django.db.models.expressions import RawSQL

from cms.catalogue import words

Rows = TypeVar("Rows", bound=QuerySet)

PROFILES = "catalogue_profile"
INDEX = "catalogue_profile_words"
"""FTS5 table of SQLite; its rowid is the profile's."""

ABSENT = 1_000_000
"""Place of a word that does not stand in a profile: beyond any other."""

LONGEST_QUERY = 12
"""Words of a question that are looked at; the others are left aside."""

# Shorter beginnings lead to anything: « art » would find « article ».
_SHORTEST_BEGINNING = 4
_BATCH = 500


def text_of(parts: Iterable[str]) -> str:
    """The column of a profile, most telling part first (its name). A space on both ends: each word stands alone."""
    found = [token for part in parts for token in words.tokens(part)]
    return f" {' '.join(found)} " if found else ""


Phrase = tuple[str, ...]
"""Roots that stand together for one meaning: one, or several as in « ressources humaines »."""


@dataclass(frozen=True, slots=True)
class Term:
    """A word of a question, or a phrase that has synonyms.

    All is made of letters and digits only: there is nothing to escape in either language of search.

    Attributes:
        roots: As profiles hold it.
        word: The whole word, which longer ones may begin with; empty for a phrase.
        others: Synonyms, each as the roots that must all be there.
    """

    roots: Phrase
    word: str = ""
    others: tuple[Phrase, ...] = ()

    @property
    def is_beginning(self) -> bool:
        """Whether words that begin with it are looked for too: shorter ones would lead to anything."""
        return len(self.word) >= _SHORTEST_BEGINNING

    def places(self, texts: Sequence[str]) -> list[int]:
        """Where it comes first in the column of each profile, from 1; `ABSENT` when it does not."""
        needle, start = f" {self.roots[0]} ", f" {self.word}"
        if len(self.roots) == 1 and not self.others:
            if not self.is_beginning:
                return [text.find(needle) + 1 or ABSENT for text in texts]
            return [min(text.find(needle) + 1 or ABSENT, text.find(start) + 1 or ABSENT) for text in texts]
        phrases = (self.roots, *self.others)
        found = [min(_place(text, phrase) for phrase in phrases) for text in texts]
        if self.is_beginning:
            found = [min(place, text.find(start) + 1 or ABSENT) for place, text in zip(found, texts, strict=True)]
        return found


class Synonyms:
    """Groups of words of one meaning (ux.md §12: « bus » ↔ « autocar »), by the roots of each."""

    def __init__(self, groups: Iterable[str] = ()) -> None:
        """Read groups as editors write them: words separated by commas."""
        self._others: dict[Phrase, tuple[Phrase, ...]] = {}
        for group in groups:
            phrases = [phrase for words_ in group.split(",") if (phrase := tuple(words.tokens(words_)))]
            for phrase in phrases:
                known = self._others.get(phrase, ())
                found = dict.fromkeys([*known, *(other for other in phrases if other != phrase)])
                self._others[phrase] = tuple(found)
        self._longest = max(map(len, self._others), default=1)

    def others(self, phrase: Phrase) -> tuple[Phrase, ...]:
        """What else means the same."""
        return self._others.get(phrase, ())

    def phrase_at(self, roots: Sequence[str], start: int) -> Phrase:
        """The longest known phrase of two words or more that begins there; empty when there is none."""
        for length in range(min(self._longest, len(roots) - start), 1, -1):
            phrase = tuple(roots[start : start + length])
            if phrase in self._others:
                return phrase
        return ()


NO_SYNONYMS = Synonyms()


def terms_of(query: str, synonyms: Synonyms = NO_SYNONYMS) -> list[Term]:
    """The words of a question, each once, in order; words that make a known phrase together are one term."""
    whole = words.words(query)[:LONGEST_QUERY]
    roots = [words.stem(word) for word in whole]
    terms: dict[Phrase, Term] = {}
    start = 0
    while start < len(roots):
        phrase = synonyms.phrase_at(roots, start)
        if phrase:
            terms.setdefault(phrase, Term(phrase, others=synonyms.others(phrase)))
        else:
            phrase = (roots[start],)
            terms.setdefault(phrase, Term(phrase, whole[start], synonyms.others(phrase)))
        start += len(phrase)
    return list(terms.values())


def _place(text: str, phrase: Phrase) -> int:
    """Where the last of these roots comes first: a phrase is there when all of it is."""
    places = [text.find(f" {root} ") for root in phrase]
    return ABSENT if min(places) < 0 else max(places) + 1


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


def ids_having(terms: Sequence[Term], *, every: bool) -> list[int]:
    """Ids of profiles, drafts included, in which every word of the question stands (else at least one)."""
    sql, expression = _condition(terms, every=every)
    with connection.cursor() as cursor:
        cursor.execute(sql, [expression])
        return [pk for (pk,) in cursor.fetchall()]


def _matching(profiles: Rows, terms: Sequence[Term], *, every: bool) -> Rows:
    sql, expression = _condition(terms, every=every)
    return profiles.filter(pk__in=RawSQL(sql, [expression]))  # noqa: S611 - the expression is a parameter


def _condition(terms: Sequence[Term], *, every: bool) -> tuple[str, str]:
    """A statement that gives ids, and its one parameter: a question in the language of the database."""
    if connection.vendor == "postgresql":
        alternatives = [_alternatives(term, "|", "&", "'{}'", "'{}':*") for term in terms]
        sql = f"SELECT id FROM {PROFILES} WHERE to_tsvector('simple', search_text) @@ to_tsquery('simple', %s)"  # noqa: S608 - a constant
        return sql, (" & " if every else " | ").join(alternatives)
    alternatives = [_alternatives(term, "OR", "AND", '"{}"', '"{}" *') for term in terms]
    sql = f"SELECT rowid FROM {INDEX} WHERE {INDEX} MATCH %s"  # noqa: S608 - a constant
    return sql, (" AND " if every else " OR ").join(alternatives)


def _alternatives(term: Term, any_of: str, all_of: str, whole: str, beginning: str) -> str:
    phrases = [f" {all_of} ".join(whole.format(root) for root in phrase) for phrase in (term.roots, *term.others)]
    choices = [f"({phrase})" for phrase in phrases]
    if term.is_beginning:
        choices.append(beginning.format(term.word))
    return f"({f' {any_of} '.join(choices)})"
