"""`manage.py demo`: shows the site at work on an example."""

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand
from django.utils import timezone

from marketplace.demo import formats, rehearsals
from marketplace.demo.results import summary
from marketplace.journal import clock

EXAMPLE = Path(__file__).parents[2] / "calls" / "navettes-du-dernier-train.json"


class Command(BaseCommand):
    """Play the example call to its end and tell where its documents lie."""

    help = "Joue l’appel d’exemple jusqu’au bout et dit où sont ses documents."

    def handle(self, **options: Any) -> None:
        """Play, print, and answer 1 when something broke in the program."""
        [plan] = formats.read_file(EXAMPLE)
        out = settings.VAR_DIR / "demo" / plan.id
        rehearsal = rehearsals.Rehearsal(
            plan=plan, source=EXAMPLE, out=out, launched_on=plan.launch_date or timezone.localdate(clock.now())
        )
        [result] = rehearsals.play_all([rehearsal])
        self.stdout.write(summary(result, title=plan.title, history=plan.history, out=out))
        if result.error:
            raise SystemExit(1)
