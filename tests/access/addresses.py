"""Every address of the site, read from its URL conf."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from django.urls import URLResolver, get_resolver

ADMIN = "gestion/"


@dataclass(frozen=True)
class Address:
    """One leaf of the URL conf. `name` has its namespaces; those without a name are called by their pattern."""

    name: str
    pattern: str
    arguments: tuple[str, ...]

    @property
    def is_admin(self) -> bool:
        return self.pattern.startswith(ADMIN)


def addresses() -> list[Address]:
    return list(_leaves(get_resolver(), (), "", ()))


def named() -> dict[str, Address]:
    """Those outside of the administration, by name."""
    return {one.name: one for one in addresses() if not one.is_admin}


def _leaves(resolver: URLResolver, spaces: tuple[str, ...], before: str, known: tuple[str, ...]) -> Iterator[Address]:
    for entry in resolver.url_patterns:
        pattern = before + str(entry.pattern)
        arguments = known + _arguments(entry.pattern.regex)
        if isinstance(entry, URLResolver):
            inner = (*spaces, entry.namespace) if entry.namespace else spaces
            yield from _leaves(entry, inner, pattern, arguments)
        else:
            name = ":".join((*spaces, entry.name)) if entry.name else pattern
            yield Address(name, pattern, arguments)


def _arguments(pattern: re.Pattern[str]) -> tuple[str, ...]:
    """Names of arguments; those without a name are called by their place."""
    return tuple(pattern.groupindex) or tuple(str(place) for place in range(pattern.groups))
