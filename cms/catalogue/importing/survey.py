"""A survey: the portfolio of start-ups d'État as a public source showed it on a day, kept as it was.

A start-up d'État that the catalogue knows already is never written over by a survey, which may be years old.
"""

import re
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

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
    texts,
    year_of,
)
from cms.catalogue.importing.saving import Filed, save
from cms.catalogue.importing.state_start_ups import Known, new_profile, phase_of, short_name, shortened
from cms.catalogue.models import Domain, PhaseObservation, PortfolioSurvey, Profile
from cms.catalogue.validators import validate_website, validate_year
from cms.catalogue.words import name_key

COLUMNS = ("name", "slug", "website", "domain", "incubator", "phase", "created_year", "in_2026_file", "source")
TELLING = ("name", "slug", "phase", "in_2026_file")
"""Columns that tell this format from the others."""

_DAY = re.compile(r"état du (\d{2})/(\d{2})/(\d{4})")


@dataclass(frozen=True, slots=True)
class Row:
    """A sound row: the phase that was seen, and what a profile needs when the catalogue has none."""

    slug: str
    observed_on: date
    phase: str
    fields: dict[str, Any]
    domain: str

    @property
    def keys(self) -> tuple[str, str]:
        """What tells one start-up d'État from another on a day."""
        return f"{self.observed_on} {self.slug}", f"{self.observed_on} = {self.fields['sort_name']}"


def import_survey(file: File, outcome: Outcome, *, now: datetime, progress: Progress) -> None:
    """Keep the phases seen by the rows of a file. Raises UnreadableFileError for a missing column."""
    file.demand(COLUMNS)
    domains = set(Domain.objects.values_list("slug", flat=True))
    rows = checked(
        file,
        lambda _line, cells: _row(cells, domains, now=now),
        outcome,
        twin="La même start-up d’État",
        progress=progress,
    )
    _lay(rows, outcome, now=now)


def _row(cells: Cells, domains: set[str], *, now: datetime) -> Row:
    text = texts(cells, COLUMNS)
    slug, name = short_name(text["slug"]), shortened(text["name"])
    if not name_key(name) or not slug:
        raise BadRowError("Le nom ou l’identifiant est vide.")
    check_domain(text["domain"], domains)
    fields = {
        "name": name,
        "sort_name": name_key(name),
        "website": text["website"],
        "incubator": text["incubator"],
        "founded_year": year_of(text["created_year"]),
        "source": text["source"],
    }
    checks = {"website": validate_website, "founded_year": lambda year: validate_year(year, now=now)}
    check_fields(fields, checks)
    return Row(slug, _day_of(text["source"]), phase_of(text["phase"]), fields, text["domain"])


def _day_of(source: str) -> date:
    found = _DAY.search(source)
    try:
        if found is None:
            raise ValueError(source)
        day, month, year = (int(part) for part in found.groups())
        return date(year, month, day)
    except ValueError as error:
        raise BadRowError("La source ne dit pas le jour du relevé (« état du 13/11/2019 »).") from error


def _lay(rows: list[Row], outcome: Outcome, *, now: datetime) -> None:
    profiles = _profiles(rows, now=now)
    surveys = _surveys(rows)
    seen = {
        (one.survey_id, one.profile_id): one
        for one in PhaseObservation.objects.filter(survey__in=[survey.pk for survey in surveys.values()])
    }
    new, changed = [], []
    for row, profile in zip(rows, profiles, strict=True):
        survey = surveys[row.observed_on]
        one = seen.get((survey.pk, profile.pk))
        if one is None:
            new.append(PhaseObservation(survey=survey, profile=profile, phase=row.phase))
        elif one.phase != row.phase:
            one.phase = row.phase
            changed.append(one)
        else:
            outcome.unchanged += 1
    PhaseObservation.objects.bulk_create(new, batch_size=BATCH)
    PhaseObservation.objects.bulk_update(changed, ["phase"], batch_size=BATCH)
    outcome.created, outcome.updated = len(new), len(changed)


def _profiles(rows: list[Row], *, now: datetime) -> list[Profile]:
    """The profile of each row; those that the catalogue lacks are created."""
    known, new, found = Known(), [], []
    for row in rows:
        profile = known.find(row.slug, row.fields["sort_name"])
        if profile is None:
            profile = new_profile(row.slug, row.fields, known.slugs)
            known.add(profile)
            new.append((profile, row.domain))
        found.append(profile)
    created: list[Filed] = new
    save(created, [], [], now=now)
    return found


def _surveys(rows: list[Row]) -> dict[date, PortfolioSurvey]:
    surveys = {}
    for row in rows:
        if row.observed_on not in surveys:
            surveys[row.observed_on], _created = PortfolioSurvey.objects.get_or_create(
                observed_on=row.observed_on, defaults={"source": row.fields["source"]}
            )
    return surveys
