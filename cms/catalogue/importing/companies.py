"""Companies from a CSV file. Run twice, it changes nothing.

A row is known by its SIREN, else by its name. A profile that a person has taken over (a version was written here, or an
account claims it) is left as it is: a file never writes over somebody's words.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from cms.catalogue.importing.reading import (
    BadRowError,
    Cells,
    File,
    Outcome,
    Progress,
    check_domain,
    check_fields,
    checked,
    free_slug,
    texts,
    year_of,
)
from cms.catalogue.importing.saving import domains_of, save
from cms.catalogue.models import Domain, Profile
from cms.catalogue.regions import region_named
from cms.catalogue.validators import validate_siren, validate_website, validate_year
from cms.catalogue.words import name_key

COLUMNS = ("name", "siren", "website", "summary_fact", "domain", "region", "city", "created_year", "source")
_COMPARED = ("name", "siren", "website", "tagline", "region", "city", "founded_year", "source")


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


def import_companies(file: File, outcome: Outcome, *, now: datetime, progress: Progress) -> None:
    """Lay the companies of a file in the catalogue, inside the transaction under way."""
    domains = set(Domain.objects.values_list("slug", flat=True))
    rows = checked(
        file,
        lambda line, cells: _row(line, cells, domains, now=now),
        outcome,
        twin="La même entreprise",
        progress=progress,
    )
    _lay(rows, outcome, now=now)


def _row(line: int, cells: Cells, domains: set[str], *, now: datetime) -> Row:
    """The row as fields of a profile. Raises BadRowError."""
    text = texts(cells, COLUMNS)
    if not name_key(text["name"]):
        raise BadRowError("Le nom est vide.")
    check_domain(text["domain"], domains)
    region = region_named(text["region"])
    if text["region"] and region is None:
        raise BadRowError(f"La région « {text['region']} » n’existe pas.")
    fields = {
        "name": text["name"],
        "sort_name": name_key(text["name"]),
        "siren": text["siren"].replace(" ", ""),
        "website": text["website"],
        "tagline": text["summary_fact"],
        "region": region.value if region else "",
        "city": text["city"],
        "founded_year": year_of(text["created_year"]),
        "source": text["source"],
    }
    checks = {
        "siren": validate_siren,
        "website": validate_website,
        "founded_year": lambda year: validate_year(year, now=now),
    }
    check_fields(fields, checks)
    return Row(line=line, fields=fields, domain=text["domain"])


def _lay(rows: list[Row], outcome: Outcome, *, now: datetime) -> None:
    known = Profile.objects.exclude(kind=Profile.Kind.STATE_START_UP).prefetch_related("domains").order_by("pk")
    by_siren: dict[str, Profile] = {}
    by_name: dict[str, Profile] = {}
    for profile in known:
        by_siren.setdefault(profile.siren, profile)
        by_name.setdefault(profile.sort_name, profile)
    slugs = set(Profile.objects.values_list("slug", flat=True))
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
            slug = free_slug(row.fields["name"], siren, slugs)
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
    save(new, changed, _COMPARED, now=now)


def _differs(profile: Profile, row: Row) -> bool:
    return domains_of(profile) != ({row.domain} - {""}) or any(
        getattr(profile, column) != row.fields[column] for column in _COMPARED
    )
