"""What a signed-in person may open from every page: each room says which of its spaces are theirs.

A room registers a function of the actor in `AppConfig.ready`; it is asked once per page, so it takes one query at most.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from marketplace.accounts.actors import Actor


@dataclass(frozen=True, slots=True)
class Entry:
    """One link of a menu: French label and address."""

    label: str
    url: str
    is_current: bool = False


@dataclass(frozen=True, slots=True)
class Column:
    """One column of the footer."""

    title: str
    entries: list[Entry]


SpacesOf = Callable[[Actor], Iterable[Entry]]

_registered: list[SpacesOf] = []


def register_spaces(spaces_of: SpacesOf) -> SpacesOf:
    """Ask `spaces_of` for every page of a signed-in person."""
    _registered.append(spaces_of)
    return spaces_of


def spaces_of(actor: Actor) -> list[Entry]:
    """Every space of an actor, in the order in which rooms registered."""
    return [entry for one in _registered for entry in one(actor)]
