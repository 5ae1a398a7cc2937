"""Start-ups d'État with the history of their phases, as beta.gouv.fr publishes them.

A row is known by its short name (`slug`), else by its name, among start-ups d'État alone: a company of the same name is
another thing. A profile that a person has taken over is left as it is.
"""

from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

from django.utils.text import Truncator, slugify

from cms.catalogue.importing.reading import (
    BATCH,
    BadRowError,
    Cells,
    File,
    Outcome,
    Progress,
    check_domain,
    check_fields,
    checked,
    free_slug,
    plain_text,
    read,
    texts,
    year_of,
)
from cms.catalogue.importing.saving import Filed, domains_of, save
from cms.catalogue.models import Domain, PhasePassage, Profile
from cms.catalogue.validators import validate_website, validate_year
from cms.catalogue.words import name_key

TELLING = ("name", "slug", "phases_history")
"""Columns that tell this format from the others."""

COLUMNS = (
    "name", "slug", "website", "repository", "summary_fact", "domain", "incubator", "sponsors", "phase",
    "phase_since", "created_year", "phases_history", "accessibility_status", "source",
)  # fmt: skip
_COMPARED = (
    "name", "website", "repository", "tagline", "incubator", "sponsors", "founded_year", "accessibility", "source",
)  # fmt: skip
_ACCESSIBILITY = {
    "": "",
    "non conforme": Profile.Accessibility.NONE.value,
    "partiellement conforme": Profile.Accessibility.PARTIAL.value,
    "totalement conforme": Profile.Accessibility.FULL.value,
}
NAME_LENGTH = Profile._meta.get_field("name").max_length
Passages = tuple[tuple[str, date], ...]


@dataclass(frozen=True, slots=True)
class Row:
    """A sound row: the fields of a profile, its domain, the phases that it came to."""

    slug: str
    fields: dict[str, Any]
    domain: str
    passages: Passages

    @property
    def keys(self) -> tuple[str, str]:
        """What tells one start-up d'État from another."""
        return self.slug, f"= {self.fields['sort_name']}"


class Known:
    """The start-ups d'État of the catalogue, read at once with their domains and phases."""

    def __init__(self) -> None:
        profiles = Profile.objects.filter(kind=Profile.Kind.STATE_START_UP)
        self._by_slug: dict[str, Profile] = {}
        self._by_name: dict[str, Profile] = {}
        for profile in profiles.prefetch_related("domains", "phases").order_by("pk"):
            self.add(profile)
        self.slugs = set(Profile.objects.values_list("slug", flat=True))

    def add(self, profile: Profile) -> None:
        """Know one more."""
        self._by_slug.setdefault(profile.slug, profile)
        self._by_name.setdefault(profile.sort_name, profile)

    def find(self, slug: str, sort_name: str) -> Profile | None:
        """The one of this short name, else of this name."""
        return self._by_slug.get(slug) or self._by_name.get(sort_name)


def names_of(path: Path) -> dict[str, str]:
    """Names of sponsors by their short names. Raises UnreadableFileError."""
    file = read(path)
    file.demand(("slug", "name"))
    return {plain_text(cells["slug"]): plain_text(cells["name"]) for _line, cells in file.rows}


def import_state_start_ups(
    file: File, outcome: Outcome, *, sponsors: dict[str, str], now: datetime, progress: Progress
) -> None:
    """Lay the start-ups d'État of a file in the catalogue. Raises UnreadableFileError for a missing column."""
    file.demand(COLUMNS)
    domains = set(Domain.objects.values_list("slug", flat=True))
    rows = checked(
        file,
        lambda _line, cells: _row(cells, domains, sponsors, now=now),
        outcome,
        twin="La même start-up d’État",
        progress=progress,
    )
    _lay(rows, outcome, now=now)


def short_name(text: str) -> str:
    """The short name of a source as the end of an address."""
    return slugify(text.replace(".", "-"))[: Profile._meta.get_field("slug").max_length]


def shortened(name: str) -> str:
    """A name that fits its column, cut at a sign with an ellipsis: some sources put a sentence there."""
    return Truncator(name).chars(NAME_LENGTH)


def phase_of(code: str) -> str:
    """A phase of the programme. Raises BadRowError."""
    if code not in PhasePassage.Phase.values:
        raise BadRowError(f"La phase « {code} » n’existe pas.")
    return code


def _row(cells: Cells, domains: set[str], sponsors: dict[str, str], *, now: datetime) -> Row:
    text = texts(cells, COLUMNS)
    slug = short_name(text["slug"])
    if not name_key(text["name"]) or not slug:
        raise BadRowError("Le nom ou l’identifiant est vide.")
    check_domain(text["domain"], domains)
    accessibility = _ACCESSIBILITY.get(text["accessibility_status"])
    if accessibility is None:
        raise BadRowError(f"L’état d’accessibilité « {text['accessibility_status']} » n’est pas une mention légale.")
    named = [sponsors.get(code, code) for code in text["sponsors"].split("|") if code]
    name = shortened(text["name"])
    fields = {
        "name": name,
        "sort_name": name_key(name),
        "website": text["website"],
        "repository": text["repository"],
        "tagline": text["summary_fact"],
        "incubator": text["incubator"],
        "sponsors": Truncator(", ".join(named)).chars(Profile._meta.get_field("sponsors").max_length),
        "founded_year": year_of(text["created_year"]),
        "accessibility": accessibility,
        "source": text["source"],
    }
    checks = {
        "website": validate_website,
        "repository": validate_website,
        "founded_year": lambda year: validate_year(year, now=now),
    }
    check_fields(fields, checks)
    return Row(slug=slug, fields=fields, domain=text["domain"], passages=_passages(text))


def _passages(text: dict[str, str]) -> Passages:
    """The phases with their days, in the order of the source. Raises BadRowError."""
    history = text["phases_history"] or (f"{text['phase']}:{text['phase_since']}" if text["phase_since"] else "")
    passages = []
    for part in filter(None, history.split("|")):
        code, _colon, day = part.partition(":")
        try:
            passages.append((phase_of(code), date.fromisoformat(day)))
        except ValueError as error:
            raise BadRowError(f"Le jour « {day} » de la phase « {code} » n’est pas une date.") from error
    if text["phase"] and passages and passages[-1][0] != phase_of(text["phase"]):
        raise BadRowError("La phase actuelle n’est pas la dernière de l’historique.")
    return tuple(passages)


def _lay(rows: list[Row], outcome: Outcome, *, now: datetime) -> None:
    known = Known()
    new: list[Filed] = []
    changed: list[Filed] = []
    phases: list[tuple[Profile, Passages]] = []
    for row in rows:
        profile = known.find(row.slug, row.fields["sort_name"])
        if profile is None:
            profile = new_profile(row.slug, row.fields, known.slugs)
            new.append((profile, row.domain))
            phases.append((profile, row.passages))
        elif profile.organisation_id or profile.latest_revision_id:
            outcome.kept += 1
        elif _differs(profile, row):
            if _passages_of(profile) != row.passages:
                phases.append((profile, row.passages))
            for column, value in row.fields.items():
                setattr(profile, column, value)
            changed.append((profile, row.domain))
        else:
            outcome.unchanged += 1
    outcome.created, outcome.updated = len(new), len(changed)
    save(new, changed, _COMPARED, now=now)
    PhasePassage.objects.filter(profile__in=[profile for profile, _ in phases if profile.pk]).delete()
    PhasePassage.objects.bulk_create(
        [
            PhasePassage(profile=profile, phase=phase, since=since, sort_order=order)
            for profile, passages in phases
            for order, (phase, since) in enumerate(passages)
        ],
        batch_size=BATCH,
    )


def new_profile(slug: str, fields: dict[str, Any], taken: set[str]) -> Profile:
    """A published profile of a start-up d'État, under its short name when it is free."""
    kind = Profile.Kind.STATE_START_UP
    return Profile(kind=kind, slug=free_slug(slug, "", taken), live=True, has_unpublished_changes=False, **fields)


def _passages_of(profile: Profile) -> Passages:
    return tuple((passage.phase, passage.since) for passage in profile.phases.all())


def _differs(profile: Profile, row: Row) -> bool:
    return (
        domains_of(profile) != ({row.domain} - {""})
        or _passages_of(profile) != row.passages
        or any(getattr(profile, column) != row.fields[column] for column in _COMPARED)
    )
