"""`manage.py tend_submissions`, every minute: interrupted seals, expired openings, forgotten drafts."""

from typing import Any

from django.core.management.base import BaseCommand

from marketplace.journal import clock
from procurement.submissions.deposits import drop_stale_deposits
from procurement.submissions.opening import discard_expired_layers
from procurement.submissions.seal import finish_pending_seals


class Command(BaseCommand):
    """Finish pending seals with their own instants; forget openings not completed and drafts long past their time."""

    help = "Termine les scellements interrompus, oublie les ouvertures expirées et les brouillons périmés."

    def handle(self, *args: Any, **options: Any) -> None:
        """Do all three, and say how many of each."""
        now = clock.now()
        sealed = finish_pending_seals(now=now)
        layers, drafts = discard_expired_layers(now=now), drop_stale_deposits(now=now)
        self.stdout.write(f"{len(sealed)} plis scellés, {layers} couches de clé oubliées, {drafts} brouillons effacés")
