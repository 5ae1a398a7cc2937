"""`manage.py probe_health`: one sample of the health of the site, or one every 30 seconds with `--every 30`."""

import time
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand
from django.db import DatabaseError, connection

from marketplace.journal import clock
from procurement.submissions.health import forget_samples, probe
from procurement.submissions.models import HealthSample

FORGET_EVERY = 120
"""Samples between two sweeps of the old ones."""


class Command(BaseCommand):
    """Write down how long writes take, the room left and the state of the clock."""

    help = "Mesure la santé du site (écritures, place libre, horloge) ; --every 30 mesure sans s’arrêter."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the rhythm."""
        parser.add_argument("--every", type=float, default=0, metavar="SECONDES", help="recommence à ce rythme")

    def handle(self, *args: Any, **options: Any) -> None:
        """Measure, once or for ever."""
        count = 0
        while True:
            # A database that does not answer is what the gap between two samples will tell.
            try:
                self._tell(probe(now=clock.now()))
                if count % FORGET_EVERY == 0:
                    forget_samples(now=clock.now())
            except DatabaseError as error:
                self.stderr.write(f"base de données : {type(error).__name__}")
                connection.close()
            if not options["every"]:
                return
            count += 1
            time.sleep(options["every"])

    def _tell(self, sample: HealthSample) -> None:
        self.stdout.write(
            f"base {sample.database_ms} ms, disque {sample.storage_ms} ms, libre {sample.free_bytes} octets, "
            f"horloge {sample.get_clock_display().lower()}"
        )
