"""The recovery kits of custodians, as files: in real life each custodian keeps their own, and nobody else has it."""

from collections.abc import Iterable
from pathlib import Path

from django.utils.text import slugify

from marketplace.demo.showcase.lay import Kit


def write(kits: Iterable[Kit], folder: Path) -> None:
    """Write each kit under the number of its call and the name of its custodian; older ones are removed."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    for older in folder.glob("*.txt"):
        older.unlink()
    for one in kits:
        path = folder / name_of(one)
        path.touch(mode=0o600)
        path.write_text(one.kit.file, encoding="utf-8")


def name_of(one: Kit) -> str:
    """Name of the file: « PI-2026-004-odile-marchal.txt »."""
    return f"{one.call.reference}-{slugify(f'{one.person.first} {one.person.last}')}.txt"
