"""`manage.py recheck_facts`: once a day, looks again at what time undoes (marks that end, companies that close)."""

from typing import Any

from django.core.management.base import BaseCommand

from cms.catalogue.moderation.rechecks import recheck
from marketplace.journal import clock


class Command(BaseCommand):
    """Remind organisations, read the register again, list what is to be confirmed again."""

    help = "Rappelle les échéances des faits vérifiés, relit le répertoire, liste ce qui est à reconfirmer."

    def handle(self, **options: Any) -> None:
        """Do the day's work and tell."""
        outcome = recheck(now=clock.now())
        self.stdout.write(
            f"Fiches prévenues : {outcome.reminded}. SIREN relus : {outcome.read}. "
            f"À reconfirmer : {len(outcome.to_reconfirm)}. Fermées ou absentes du répertoire : {len(outcome.closed)}."
        )
        for ending in outcome.to_reconfirm:
            self.stdout.write(
                f"  à reconfirmer : {ending.profile.name}, {ending.fact} (depuis le {ending.until:%d/%m/%Y})"
            )
        for organisation in outcome.closed:
            self.stdout.write(f"  fermée ou absente : {organisation.name}, SIREN {organisation.siren}")
