"""What every import has in common: the file line by line, cells as plain text, and what was done with each row."""

import csv
import html
import re
import unicodedata
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol, TypeVar

from django.core.exceptions import ValidationError
from django.utils.html import strip_tags
from django.utils.text import slugify

from cms.catalogue.models import Profile
from cms.catalogue.words import plain
from marketplace.ui.spreadsheets import cell as safe_cell

BATCH = 200
"""Rows of one query."""

_SPACES = re.compile(r"\s+")
# A spreadsheet would run a cell that begins like this (stack.md, « Decided after review »).
_FORMULA = ("=", "+", "-", "@")

Progress = Callable[[Iterable[Any], int], Iterable[Any]]
Cells = dict[Any, Any]


class UnreadableFileError(Exception):
    """The file as a whole cannot be imported; the message says why, in French."""


class BadRowError(Exception):
    """A row that cannot be imported; the message says why, in French."""


class Keyed(Protocol):
    """A sound row: `keys` tell it from the others, an empty one tells nothing."""

    @property
    def keys(self) -> tuple[str, ...]:
        """What tells the row apart."""


Sound = TypeVar("Sound", bound=Keyed)


@dataclass(slots=True)
class Outcome:
    """What an import did. `kept` counts the profiles that a person has taken over and that were left as they are."""

    created: int = 0
    updated: int = 0
    unchanged: int = 0
    kept: int = 0
    rejected: list[dict[str, Any]] = field(default_factory=list)

    @property
    def read(self) -> int:
        """Rows of the file."""
        return self.created + self.updated + self.unchanged + self.kept + len(self.rejected)


@dataclass(frozen=True, slots=True)
class File:
    """A CSV file: its header, and its rows with the line on which each begins."""

    header: tuple[str, ...]
    rows: list[tuple[int, Cells]]

    def has(self, columns: Sequence[str]) -> bool:
        """Whether the header holds all these columns."""
        return set(columns) <= set(self.header)

    def demand(self, columns: Sequence[str]) -> None:
        """Raises UnreadableFileError that names the missing columns."""
        if missing := [column for column in columns if column not in self.header]:
            raise UnreadableFileError(f"Il manque des colonnes : {', '.join(missing)}.")


def read(path: Path) -> File:
    """Read a file. Raises UnreadableFileError: no such file, not UTF-8, not CSV."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file, strict=True)
            header = tuple(reader.fieldnames or ())
            rows, line = [], reader.line_num + 1
            for row in reader:
                rows.append((line, row))
                line = reader.line_num + 1
            return File(header, rows)
    except OSError as error:
        raise UnreadableFileError(f"Le fichier « {path} » ne peut pas être lu : {error.strerror}.") from error
    except UnicodeDecodeError as error:
        raise UnreadableFileError("Le fichier n’est pas en UTF-8 : enregistrez-le dans ce codage.") from error
    except csv.Error as error:
        raise UnreadableFileError(f"Le fichier n’est pas un CSV lisible : {error}.") from error


def plain_text(cell: str | None) -> str:
    """A cell as plain text on one line: no markup, no control character, nothing that a spreadsheet would run."""
    text = unicodedata.normalize("NFC", strip_tags(html.unescape(cell or "")))
    text = _SPACES.sub(" ", "".join(c if c.isprintable() else " " for c in text)).strip()
    return safe_cell(text)


def texts(cells: Cells, columns: Sequence[str]) -> dict[str, str]:
    """The cells of these columns as plain text. Raises BadRowError when the row is not as long as the header."""
    if None in cells or None in cells.values():
        raise BadRowError("Le nombre de cellules n’est pas celui de l’en-tête.")
    return {column: plain_text(cells[column]) for column in columns}


def checked(
    file: File, check: Callable[[int, Cells], Sound], outcome: Outcome, *, twin: str, progress: Progress
) -> list[Sound]:
    """The sound rows; the others go to the outcome with their line and reason. `twin` says what comes twice."""
    seen: dict[str, int] = {}
    sound = []
    for line, cells in progress(file.rows, len(file.rows)):
        try:
            row = check(line, cells)
            before = next((seen[key] for key in row.keys if key in seen), None)
            if before is not None:
                raise BadRowError(f"{twin} figure déjà à la ligne {before}.")
        except BadRowError as error:
            name = plain_text(cells.get("name") if isinstance(cells.get("name"), str) else "")
            outcome.rejected.append({"line": line, "name": name, "reason": str(error)})
            continue
        seen.update({key: line for key in row.keys if key})
        sound.append(row)
    return sound


def year_of(text: str) -> int | None:
    """A year, None when the cell is empty. Raises BadRowError."""
    if text and not (text.isascii() and text.isdigit()):
        raise BadRowError(f"L’année de création « {text} » n’est pas un nombre.")
    return int(text) if text else None


def check_domain(slug: str, known: set[str]) -> None:
    """Raises BadRowError for a domain that the catalogue does not have."""
    if slug and slug not in known:
        raise BadRowError(f"Le domaine « {slug} » n’existe pas : voyez la liste dans domains.csv.")


def check_fields(fields: dict[str, Any], checks: dict[str, Callable[[Any], None]]) -> None:
    """Raises BadRowError for a filled field that its check refuses, or a text that is too long for its column."""
    try:
        for name, check in checks.items():
            if fields[name]:
                check(fields[name])
    except ValidationError as error:
        raise BadRowError(" ".join(error.messages)) from error
    for name, value in fields.items():
        column = Profile._meta.get_field(name)
        if isinstance(value, str) and len(value) > (column.max_length or len(value)):
            raise BadRowError(f"« {column.verbose_name} » dépasse {column.max_length} signes.")


def free_slug(name: str, siren: str, taken: set[str]) -> str:
    """An address of its own: the name, with the SIREN or a number when another profile has it."""
    base = slugify(plain(name).replace("'", " ").replace("’", " "))[:60].strip("-") or "fiche"
    slug = base
    number = 2
    while slug in taken:
        slug = f"{base}-{siren}" if siren and f"{base}-{siren}" not in taken else f"{base}-{number}"
        number += 1
    taken.add(slug)
    return slug
