"""`manage.py tend_submissions`, every minute: interrupted seals, expired openings, forgotten drafts, uploads left."""

from typing import Any

from django.core.management.base import BaseCommand

from marketplace.journal import clock
from procurement.submissions import mirror
from procurement.submissions.deposits import drop_stale_deposits
from procurement.submissions.erasure import empty_log
from procurement.submissions.late_scans import scan_unread
from procurement.submissions.opening import discard_expired_layers
from procurement.submissions.seal import finish_pending_seals
from procurement.submissions.timestamps import stamp_receipts
from procurement.submissions.transfers import drop_uploads_of_sealed
from procurement.submissions.trials import forget_trials


class Command(BaseCommand):
    """Finish pending seals with their own instants, forget what is past its time, bring the second place up to date."""

    help = "Termine les scellements interrompus, oublie les ouvertures expirées et les brouillons périmés."

    def handle(self, *args: Any, **options: Any) -> None:
        """Do each, and say how many."""
        now = clock.now()
        sealed = finish_pending_seals(now=now)
        layers, drafts = discard_expired_layers(now=now), drop_stale_deposits(now=now)
        uploads, trials = drop_uploads_of_sealed(), forget_trials(now=now)
        stamp_receipts(now=now)
        scanned = scan_unread(now=now)
        if mirror.is_behind():
            mirror.catch_up()
        empty_log()
        self.stdout.write(
            f"{len(sealed)} plis scellés, {layers} couches de clé oubliées, {drafts} brouillons effacés, "
            f"{uploads} envois inachevés effacés, {trials} essais oubliés, {scanned} fichiers ouverts analysés"
        )
