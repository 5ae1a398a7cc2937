"""Start-ups from a CSV file: read line by line, checked, then laid in the catalogue. Run twice, it changes nothing.

A row is known by its SIREN, else by its name. A profile that a person has taken over (a version was written here, or an
account claims it) is left as it is: a file never writes over somebody's words.
"""

import csv
import html
import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.html import strip_tags
from django.utils.text import slugify
from django.utils.timezone import localdate

from cms.catalogue import search
from cms.catalogue.models import Domain, Profile
from cms.catalogue.regions import region_named
from cms.catalogue.validators import validate_siren, validate_website, validate_year
from cms.catalogue.words import name_key, plain

COLUMNS = ("name", "siren", "website", "summary_fact", "domain", "region", "city", "created_year", "source")
_COMPARED = ("name", "siren", "website", "tagline", "region", "city", "founded_year", "source")
_SPACES = re.compile(r"\s+")
# A spreadsheet would run a cell that begins like this (stack.md, « Decided after review »).
_FORMULA = ("=", "+", "-", "@")
_BATCH = 200

Progress = Callable[[Iterable[Any], int], Iterable[Any]]


class UnreadableFileError(Exception):
    """The file as a whole cannot be imported; the message says why, in French."""


class BadRowError(Exception):
    """A row that cannot be imported; the message says why, in French."""


@dataclass(frozen=True, slots=True)
class Row:
    """A sound row of the file: the fields of a profile, and the domain it goes to (empty: none was told)."""

    line: int
    fields: dict[str, Any]
    domain: str

    @property
    def keys(self) -> tuple[str, str]:
        """What tells one company from another: its SIREN, its name without accents nor punctuation."""
        return self.fields["siren"], self.fields["sort_name"]


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


def plain_text(cell: str | None) -> str:
    """A cell as plain text on one line: no markup, no control character, nothing that a spreadsheet would run."""
    text = unicodedata.normalize("NFC", strip_tags(html.unescape(cell or "")))
    text = _SPACES.sub(" ", "".join(c if c.isprintable() else " " for c in text)).strip()
    return f"'{text}" if text.startswith(_FORMULA) else text


def import_file(path: Path, *, now: datetime, progress: Progress = lambda rows, _total: rows) -> Outcome:
    """Lay the start-ups of a CSV file in the catalogue, in one transaction.

    Args:
        path: UTF-8, comma-separated, with the columns `COLUMNS` in any order.
        now: Instant written as the date of what changed.
        progress: Wraps the rows while they are checked, with their number.

    Raises:
        UnreadableFileError: No such file, not UTF-8, not CSV, or a column is missing.
    """
    raw = _read(path)
    outcome = Outcome()
    rows = list(_checked(progress(raw, len(raw)), outcome, now=now))
    with transaction.atomic():
        _lay(rows, outcome, now=now)
    outcome.rejected.sort(key=lambda refusal: refusal["line"])
    return outcome


def _read(path: Path) -> list[tuple[int, dict[Any, Any]]]:
    """Rows with the line on which each begins."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file, strict=True)
            missing = [column for column in COLUMNS if column not in (reader.fieldnames or [])]
            if missing:
                raise UnreadableFileError(f"Il manque des colonnes : {', '.join(missing)}.")
            rows, line = [], reader.line_num + 1
            for row in reader:
                rows.append((line, row))
                line = reader.line_num + 1
            return rows
    except OSError as error:
        raise UnreadableFileError(f"Le fichier « {path} » ne peut pas être lu : {error.strerror}.") from error
    except UnicodeDecodeError as error:
        raise UnreadableFileError("Le fichier n’est pas en UTF-8 : enregistrez-le dans ce codage.") from error
    except csv.Error as error:
        raise UnreadableFileError(f"Le fichier n’est pas un CSV lisible : {error}.") from error


def _checked(raw: Iterable[tuple[int, dict[Any, Any]]], outcome: Outcome, *, now: datetime) -> Iterator[Row]:
    """The sound rows; the others go to the outcome with their line and reason."""
    domains = set(Domain.objects.values_list("slug", flat=True))
    seen: dict[str, int] = {}
    for line, cells in raw:
        try:
            row = _row(line, cells, domains, now=now)
            twin = next((seen[key] for key in row.keys if key in seen), None)
            if twin is not None:
                raise BadRowError(f"La même entreprise figure déjà à la ligne {twin}.")
        except BadRowError as error:
            name = plain_text(cells.get("name") if isinstance(cells.get("name"), str) else "")
            outcome.rejected.append({"line": line, "name": name, "reason": str(error)})
            continue
        seen.update({key: line for key in row.keys if key})
        yield row


def _row(line: int, cells: dict[Any, Any], domains: set[str], *, now: datetime) -> Row:
    """The row as fields of a profile. Raises BadRowError."""
    if None in cells or None in cells.values():
        raise BadRowError("Le nombre de cellules n’est pas celui de l’en-tête.")
    text = {column: plain_text(cells[column]) for column in COLUMNS}
    if not name_key(text["name"]):
        raise BadRowError("Le nom est vide.")
    if text["domain"] and text["domain"] not in domains:
        raise BadRowError(f"Le domaine « {text['domain']} » n’existe pas : voyez la liste dans domains.csv.")
    region = region_named(text["region"])
    if text["region"] and region is None:
        raise BadRowError(f"La région « {text['region']} » n’existe pas.")
    siren = text["siren"].replace(" ", "")
    year = text["created_year"]
    if year and not (year.isascii() and year.isdigit()):
        raise BadRowError(f"L’année de création « {year} » n’est pas un nombre.")
    fields = {
        "name": text["name"],
        "sort_name": name_key(text["name"]),
        "siren": siren,
        "website": text["website"],
        "tagline": text["summary_fact"],
        "region": region.value if region else "",
        "city": text["city"],
        "founded_year": int(year) if year else None,
        "source": text["source"],
    }
    try:
        if siren:
            validate_siren(siren)
        if fields["website"]:
            validate_website(fields["website"])
        if year:
            validate_year(int(year), now=now)
    except ValidationError as error:
        raise BadRowError(" ".join(error.messages)) from error
    for name, value in fields.items():
        model_field = Profile._meta.get_field(name)
        if isinstance(value, str) and len(value) > (model_field.max_length or len(value)):
            raise BadRowError(f"« {model_field.verbose_name} » dépasse {model_field.max_length} signes.")
    return Row(line=line, fields=fields, domain=text["domain"])


def _lay(rows: list[Row], outcome: Outcome, *, now: datetime) -> None:
    known = Profile.objects.prefetch_related("domains").order_by("pk")
    by_siren: dict[str, Profile] = {}
    by_name: dict[str, Profile] = {}
    slugs = set()
    for profile in known:
        by_siren.setdefault(profile.siren, profile)
        by_name.setdefault(profile.sort_name, profile)
        slugs.add(profile.slug)
    by_siren.pop("", None)
    new: list[tuple[Profile, str]] = []
    changed: list[tuple[Profile, str]] = []
    for row in rows:
        siren, name = row.keys
        profile = by_siren.get(siren) or by_name.get(name)
        if profile is not None and siren and profile.siren and profile.siren != siren:
            # Another company of the same name: two SIRENs are two companies.
            profile = None
        if profile is None:
            slug = _free_slug(row.fields["name"], siren, slugs)
            new.append((Profile(slug=slug, live=True, has_unpublished_changes=False, **row.fields), row.domain))
        elif profile.organisation_id or profile.latest_revision_id:
            outcome.kept += 1
        elif _differs(profile, row):
            for column, value in row.fields.items():
                setattr(profile, column, value)
            changed.append((profile, row.domain))
        else:
            outcome.unchanged += 1
    outcome.created, outcome.updated = len(new), len(changed)
    _save(new, changed, now=now)


def _differs(profile: Profile, row: Row) -> bool:
    domains = {domain.slug for domain in profile.domains.all()}
    return domains != ({row.domain} - {""}) or any(
        getattr(profile, column) != row.fields[column] for column in _COMPARED
    )


def _free_slug(name: str, siren: str, taken: set[str]) -> str:
    """An address of its own: the name, with the SIREN or a number when another profile has it."""
    base = slugify(plain(name).replace("'", " ").replace("’", " "))[:60].strip("-") or "fiche"
    slug = base
    number = 2
    while slug in taken:
        slug = f"{base}-{siren}" if siren and f"{base}-{siren}" not in taken else f"{base}-{number}"
        number += 1
    taken.add(slug)
    return slug


def _save(new: list[tuple[Profile, str]], changed: list[tuple[Profile, str]], *, now: datetime) -> None:
    """Write rows, domains and words, a constant number of queries per batch."""
    labels = dict(Domain.objects.values_list("slug", "label"))
    for profile, domain in [*new, *changed]:
        profile.updated_at, profile.declared_on = now, localdate(now)
        profile.search_text = profile.words([labels[domain]] if domain else [])
    Profile.objects.bulk_create([profile for profile, _ in new], batch_size=_BATCH)
    columns = [*_COMPARED, "sort_name", "updated_at", "declared_on", "search_text"]
    Profile.objects.bulk_update([profile for profile, _ in changed], columns, batch_size=_BATCH)
    link = Profile.domains.through
    link.objects.filter(profile__in=[profile for profile, _ in changed]).delete()
    link.objects.bulk_create(
        [link(profile=profile, domain_id=domain) for profile, domain in [*new, *changed] if domain], batch_size=_BATCH
    )
    search.write((profile.pk, profile.search_text) for profile, _ in [*new, *changed])
