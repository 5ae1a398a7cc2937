"""Check that history is as it was written."""

import json
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from marketplace.journal.models import Chain
from marketplace.journal.verify import Fault, Report, verify


class Command(BaseCommand):
    """`verify_journal [--chain KEY] [--receipts DIR] [--checkpoints FILE] [--json]`; exit code 1 on a fault."""

    help = "Recalcule les chaînes du journal et compare chaque ligne à sa dernière écriture."

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare the options."""
        parser.add_argument("--chain", metavar="CLÉ", help="une seule chaîne, par exemple site ou call:<identifiant>")
        parser.add_argument("--receipts", metavar="DOSSIER", type=Path, help="dossier de reçus (JSON) à confronter")
        parser.add_argument(
            "--checkpoints", metavar="FICHIER", type=Path, help="points de contrôle gardés ailleurs (JSON)"
        )
        parser.add_argument("--json", action="store_true", help="écrit le rapport en JSON")

    def handle(self, **options: Any) -> None:
        """Verify, print, and leave with code 1 on a fault."""
        try:
            report = verify(options["chain"], receipts=options["receipts"], witnesses=options["checkpoints"])
        except Chain.DoesNotExist:
            raise CommandError(f"Aucune chaîne ne s’appelle « {options['chain']} ».") from None
        except (OSError, ValueError) as error:
            raise CommandError(f"Un fichier de témoins ne peut être lu : {error}.") from error
        if options["json"]:
            self.stdout.write(json.dumps(report.as_json(), ensure_ascii=False, indent=2))
        else:
            self._print(report)
        if not report.verified:
            raise SystemExit(1)

    def _print(self, report: Report) -> None:
        counts = f"{report.entries} écritures, {report.rows} lignes, {report.checkpoints} points de contrôle"
        if report.receipts:
            counts += f", {report.receipts} reçus"
        self.stdout.write(f"{counts} relus.")
        if report.verified:
            self.stdout.write(self.style.SUCCESS("Rien n’a été modifié."))
            return
        self.stdout.write(self.style.ERROR(f"Première anomalie : {_describe(report.faults[0])}"))
        for fault in report.faults[1:]:
            self.stdout.write(self.style.ERROR(f"Puis : {_describe(fault)}"))


def _describe(fault: Fault) -> str:
    where = [
        f"chaîne {fault.chain}" if fault.chain else "",
        f"écriture {fault.seq}" if fault.seq is not None else "",
        f"table {fault.table}" if fault.table else "",
        f"ligne {fault.row}" if fault.row else "",
        f"colonne {fault.column}" if fault.column else "",
    ]
    return f"{', '.join(part for part in where if part) or 'journal'} : {fault.message}."
