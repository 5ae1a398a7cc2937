"""`manage.py recover_submissions --from PATH`, after a backup was restored and before the site opens again (B.7)."""

import json
import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from marketplace.journal import clock
from procurement.submissions.recovery import Recovery, recover


class Command(BaseCommand):
    """Print what came back and what could not; exit code 1 when something could not."""

    help = "Reprend de la seconde copie les plis, parties et accusés que la sauvegarde restaurée n’a pas."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the options."""
        parser.add_argument(
            "--from", dest="place", type=Path, required=True, metavar="DOSSIER", help="dossier de SUBMISSION_MIRROR"
        )
        parser.add_argument("--dry-run", action="store_true", help="dit ce qui serait repris, sans rien écrire")
        parser.add_argument("--json", action="store_true", help="écrit le compte rendu en JSON")

    def handle(self, **options: Any) -> None:
        """Recover, print, and leave with code 1 when something could not come back."""
        try:
            found = recover(options["place"], now=clock.now(), dry_run=options["dry_run"])
        except FileNotFoundError as error:
            raise CommandError(f"Ce dossier n’est pas une seconde copie de Préau : {error} manque.") from error
        if options["json"]:
            self.stdout.write(json.dumps(found.as_json(), ensure_ascii=False, indent=2))
        else:
            self._print(found, would="à reprendre" if options["dry_run"] else "repris")
        if not found.whole:
            sys.exit(1)

    def _print(self, found: Recovery, *, would: str) -> None:
        counts = {
            "plis": found.submissions,
            "demandes sans accusé": found.arrivals,
            "accusés": found.receipts,
        }
        for name, made in counts.items():
            self.stdout.write(f"{name} : {len(made)} {would}" + "".join(f"\n  {one}" for one in made))
        self.stdout.write(f"parties de fichiers : {found.parts} {would}")
        self.stdout.write(f"déjà là : {found.present}")
        if found.destroyed:
            self.stdout.write(f"détruits à la fin de leur conservation, non repris : {found.destroyed}")
        for warning in found.warnings:
            self.stdout.write(self.style.WARNING(f"Attention, {warning}"))
        for one in found.impossible:
            self.stdout.write(self.style.ERROR(f"Impossible, {one['what']} : {one['why']}"))
