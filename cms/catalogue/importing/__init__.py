"""Start-ups from CSV files: read line by line, checked, then laid in the catalogue. Run twice, nothing changes.

Three formats, told apart by their header: companies, start-ups d'État with the history of their phases, and a survey
of the portfolio of start-ups d'État on a day.
"""

from datetime import datetime
from pathlib import Path

from django.db import transaction

from cms.catalogue.importing import companies, state_start_ups, survey
from cms.catalogue.importing.reading import Outcome, Progress, UnreadableFileError, plain_text, read
from cms.catalogue.signals import imported

__all__ = ["Outcome", "UnreadableFileError", "import_file", "plain_text"]


def import_file(
    path: Path,
    *,
    now: datetime,
    organisations: Path | None = None,
    progress: Progress = lambda rows, _total: rows,
) -> Outcome:
    """Lay the start-ups of a CSV file in the catalogue, in one transaction.

    Args:
        path: UTF-8, comma-separated, with the columns of one of the three formats in any order.
        now: Instant written as the date of what changed.
        organisations: File of the bodies that sponsor start-ups d'État (`slug`, `name`); without it they keep their
            short names.
        progress: Wraps the rows while they are checked, with their number.

    Raises:
        UnreadableFileError: No such file, not UTF-8, not CSV, or a column is missing.
    """
    file = read(path)
    outcome = Outcome()
    with transaction.atomic():
        if file.has(state_start_ups.TELLING):
            sponsors = state_start_ups.names_of(organisations) if organisations else {}
            state_start_ups.import_state_start_ups(file, outcome, sponsors=sponsors, now=now, progress=progress)
        elif file.has(survey.TELLING):
            survey.import_survey(file, outcome, now=now, progress=progress)
        else:
            file.demand(companies.COLUMNS)
            companies.import_companies(file, outcome, now=now, progress=progress)
        if outcome.created or outcome.updated:
            imported.send(Outcome, at=now)
    outcome.rejected.sort(key=lambda refusal: refusal["line"])
    return outcome
