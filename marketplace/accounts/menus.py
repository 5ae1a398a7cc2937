"""Menus that a room above lets editors write; where they wrote none, the site's own stay (`accounts.context`)."""

from collections.abc import Callable
from dataclasses import dataclass, field

from marketplace.accounts.spaces import Column, Entry


@dataclass(frozen=True, slots=True)
class Menus:
    """What editors chose. An empty list: the menu of the site stays.

    Attributes:
        main: Top of every page.
        footer: Columns of its foot.
        legal: Links of its last line.
        more: Pages that came since, added to the first column of the site's own foot.
    """

    main: list[Entry] = field(default_factory=list)
    footer: list[Column] = field(default_factory=list)
    legal: list[Entry] = field(default_factory=list)
    more: list[Entry] = field(default_factory=list)


Read = Callable[[], Menus]
_readers: list[Read] = []


def register_menus(read: Read) -> Read:
    """Ask `read` once for every page that shows its menus; called in `AppConfig.ready` of the room that keeps them."""
    _readers.append(read)
    return read


def menus() -> Menus:
    """The menus as they are now."""
    return _readers[-1]() if _readers else Menus()
