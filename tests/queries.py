"""Queries that a page costs: PostgreSQL is also asked what time it is, once a page, which SQLite is not."""

from collections.abc import Iterable, Mapping


def counted(queries: Iterable[Mapping[str, str]]) -> int:
    """How many queries there were, the reading of the clock apart."""
    return sum("clock_timestamp" not in one["sql"] for one in queries)
