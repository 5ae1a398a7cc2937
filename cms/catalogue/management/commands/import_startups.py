"""`manage.py import_startups FILE.csv`: real start-ups from a public source, laid in the catalogue."""

import json
import sys
from argparse import ArgumentParser
from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from tqdm import tqdm

from cms.catalogue.importing import Outcome, UnreadableFileError, import_file
from marketplace.journal import clock


class Command(BaseCommand):
    """Import a CSV file; a second run changes nothing, a row that cannot be taken is told with its line and reason."""

    help = "Installe dans le catalogue les entreprises d’un fichier CSV ; relancée, la commande ne change rien."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the options (design: commands anyone can run)."""
        parser.add_argument("file", type=Path, help="fichier CSV en UTF-8, une entreprise par ligne")
        parser.add_argument(
            "--organisations",
            type=Path,
            help="fichier des administrations (slug, name) : leurs noms remplacent leurs sigles",
        )
        parser.add_argument("--json", action="store_true", dest="as_json", help="résultat en JSON sur la sortie")

    def handle(self, **options: Any) -> None:
        """Import and tell."""
        try:
            outcome = import_file(
                options["file"], now=clock.now(), organisations=options["organisations"], progress=_bar
            )
        except UnreadableFileError as error:
            raise CommandError(str(error)) from error
        if options["as_json"]:
            self.stdout.write(json.dumps({"read": outcome.read, **asdict(outcome)}, ensure_ascii=False, indent=1))
        else:
            self.stdout.write(_told(outcome))


def _bar(rows: Iterable[Any], total: int) -> Iterable[Any]:
    """The rows, with a progress bar on the error output when somebody watches."""
    return tqdm(rows, total=total, unit=" lignes", desc="Import", file=sys.stderr, disable=not sys.stderr.isatty())


def _told(outcome: Outcome) -> str:
    lines = [
        f"{_counted(outcome.read, 'ligne lue', 'lignes lues')} : "
        f"{_counted(outcome.created, 'fiche créée', 'fiches créées')}, "
        f"{_counted(outcome.updated, 'mise à jour', 'mises à jour')}, "
        f"{_counted(outcome.unchanged, 'inchangée', 'inchangées')}, "
        f"{_counted(outcome.kept, 'laissée à qui la tient', 'laissées à qui les tient')}, "
        f"{_counted(len(outcome.rejected), 'ligne refusée', 'lignes refusées')}."
    ]
    lines += [
        f"  ligne {refusal['line']} ({refusal['name'] or 'sans nom'}) : {refusal['reason']}"
        for refusal in outcome.rejected
    ]
    return "\n".join(lines)


def _counted(number: int, one: str, several: str) -> str:
    return f"{number} {several if number > 1 else one}"
