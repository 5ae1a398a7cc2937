"""Read every company again from Stripe: what a lost notification would have told. Meant for once a day."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from marketplace.accounts.actors import Actor
from marketplace.billing import gateway
from marketplace.billing.handling import forget_old
from marketplace.billing.models import Account
from marketplace.billing.synchronising import Busy, synchronise
from marketplace.journal import clock


class Command(BaseCommand):
    """`manage.py read_stripe`."""

    help = "Relit chez Stripe l’état de chaque formule, et efface les notifications traitées depuis plus d’un an."

    def handle(self, *args: Any, **options: Any) -> None:
        """Read them one by one; a failure is told and does not stop the others. Raises CommandError at the end."""
        now = clock.now()
        self.stdout.write(f"{forget_old(now=now)} notifications effacées")
        if not gateway.is_on():
            self.stdout.write("Stripe est éteint : rien à relire")
            return
        changed, failed = 0, 0
        for account in Account.objects.filter(is_live=gateway.is_live()).iterator():
            try:
                changed += synchronise(account=account, actor=Actor.system("stripe"), now=now)
            except (gateway.StripeFailed, Busy) as error:
                failed += 1
                self.stderr.write(f"{account.customer_id} : {getattr(error, 'code', type(error).__name__)}")
        self.stdout.write(f"{changed} formules mises à jour")
        if failed:
            raise CommandError(f"{failed} n’ont pas pu être relues")
