"""Canonical JSON: one value, one sequence of bytes, so that a hash or a signature means one thing only.

Keys sorted by code point, no space, UTF-8 not escaped, integers only: a float would not print alike everywhere.
"""

import json
from collections.abc import Iterable
from typing import Any


class Unreadable(Exception):  # noqa: N818 (it is told to people, as a finding)
    """What is wrong with sealed content, in French, as minutes may print it."""


def canonical(value: Any) -> bytes:
    """The only bytes that stand for `value`. Raises TypeError on a float or on anything JSON does not know."""
    _refuse_floats(value)
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def read_canonical(data: bytes, what: str) -> Any:
    """Read bytes that must be canonical to the last one; `what` names them in French. Raises Unreadable."""
    try:
        value = json.loads(data.decode())
        same = canonical(value) == data
    except (ValueError, TypeError, RecursionError) as error:
        raise Unreadable(f"{what} : contenu illisible.") from error
    if not same:
        # Spaces, a repeated key, another order or bytes after the end: two readers could disagree.
        raise Unreadable(f"{what} : forme non canonique ou octets en trop.")
    return value


def fields(value: Any, names: Iterable[str], what: str) -> list[Any]:
    """The values of exactly these fields, in the order asked. Raises Unreadable, naming unknown and missing ones."""
    names = list(names)
    if not isinstance(value, dict):
        raise Unreadable(f"{what} : un objet était attendu.")
    if unknown := sorted(set(value) - set(names)):
        raise Unreadable(f"{what} : champ inconnu « {unknown[0]} ».")
    if missing := [name for name in names if name not in value]:
        raise Unreadable(f"{what} : champ « {missing[0]} » absent.")
    return [value[name] for name in names]


def _refuse_floats(value: Any) -> None:
    if isinstance(value, float):
        raise TypeError("canonical JSON has no floats: write amounts as strings")
    if isinstance(value, dict):
        for key, inner in value.items():
            if not isinstance(key, str):
                raise TypeError("canonical JSON has text keys only")
            _refuse_floats(inner)
    elif isinstance(value, list | tuple):
        for inner in value:
            _refuse_floats(inner)
