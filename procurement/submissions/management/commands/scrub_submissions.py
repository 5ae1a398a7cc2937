"""`manage.py scrub_submissions`, each night: every sealed part is read again, the second place brought up to date."""

import sys
from typing import Any

from django.core.management.base import BaseCommand

from marketplace.journal import clock
from procurement.submissions import mirror
from procurement.submissions.scrub import scrub


class Command(BaseCommand):
    """Say how many parts were read and mended; exit code 1 when one is sound nowhere."""

    help = "Relit chaque partie scellée, répare depuis la seconde copie et la met à jour."

    def handle(self, *args: Any, **options: Any) -> None:
        """Bring the second place up to date, then read."""
        if mirror.is_set():
            parts, lines = mirror.catch_up()
            self.stdout.write(f"seconde copie : {parts} parties et {lines} lignes ajoutées")
        found = scrub(now=clock.now())
        self.stdout.write(f"{found.parts} parties relues, {found.repaired} réparées, {len(found.damaged)} altérées")
        if found.damaged:
            sys.exit(1)
