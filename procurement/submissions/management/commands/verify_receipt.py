"""`manage.py verify_receipt FILE --keys KEYS`: the stand-alone verifier, run from the site (sealed-bids B.7)."""

import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand

from procurement.submissions.standalone.verify_receipt import EXIT_CODES, VALID, verify_files


class Command(BaseCommand):
    """Print « valide », « invalide » or « non vérifiable » with the reason; exit with 0, 1 or 2."""

    help = "Vérifie un accusé de dépôt avec des clés publiques que l’on a gardées ; sans elles : « non vérifiable »."
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the receipt and the pinned keys."""
        parser.add_argument("receipt", type=Path, metavar="FILE")
        parser.add_argument("--keys", type=Path, metavar="KEYS")
        parser.add_argument("--published", type=Path, metavar="LIST")

    def handle(self, *args: Any, **options: Any) -> None:
        """Verify, print, and exit with the code of the answer."""
        found = verify_files(options["receipt"], options["keys"], options["published"])
        self.stdout.write(f"{found.answer} : {found.explanation}")
        if found.answer != VALID:
            sys.exit(EXIT_CODES[found.answer])
