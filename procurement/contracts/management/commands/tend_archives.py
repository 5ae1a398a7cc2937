"""`manage.py tend_archives`, each night: destroys what the archive service agreed to, says what falls due."""

import sys
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from marketplace.journal import clock
from procurement.contracts.archive import falls_due
from procurement.contracts.services.destruction import carry_out_pending


class Command(BaseCommand):
    """Carry out approved destructions, finish interrupted ones; exit code 1 when one has to wait."""

    help = "Détruit ce que le service d’archives a visé et dit ce dont la durée de conservation est finie."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the option."""
        parser.add_argument("--dry-run", action="store_true", help="dit seulement ce qui arrive à échéance")

    def handle(self, *args: Any, **options: Any) -> None:
        """Destroy, then list."""
        now, waiting = clock.now(), []
        if not options["dry_run"]:
            done = carry_out_pending(now=now)
            waiting = done.waiting
            self.stdout.write(f"destructions terminées : {len(done.finished)}")
        for row, why in waiting:
            self.stdout.write(self.style.ERROR(f"À reprendre, {row.lot.call.reference}, lot {row.lot.number} : {why}"))
        due = falls_due(now)
        self.stdout.write(f"durées de conservation finies, sans visa : {len(due)}")
        for one in due:
            self.stdout.write(f"  {one.lot.call.reference}, lot {one.lot.number}, {one.key}, depuis le {one.first_day}")
        if waiting:
            sys.exit(1)
