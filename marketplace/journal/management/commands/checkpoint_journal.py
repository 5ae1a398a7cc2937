"""Sign where every chain stands; to be run each hour."""

import json
from typing import Any

from django.core.management.base import BaseCommand

from marketplace.journal import checkpoints, clock


class Command(BaseCommand):
    """`checkpoint_journal`: prints the new checkpoints as JSON, to be kept in another place."""

    help = "Signe la fin de chaque chaîne qui a bougé et écrit les points de contrôle en JSON, à garder ailleurs."

    def handle(self, **options: Any) -> None:
        """Sign and print."""
        made = checkpoints.exported(checkpoints.checkpoint_all(clock.now()))
        self.stdout.write(json.dumps(made, ensure_ascii=False, indent=2))
