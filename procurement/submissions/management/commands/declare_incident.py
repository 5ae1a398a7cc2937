"""`manage.py declare_incident --since INSTANT TEXT`: the site was in trouble; openings wait until it is settled."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.dateparse import parse_datetime

from marketplace.journal import clock
from marketplace.journal.errors import Refusal
from procurement.submissions.troubles import LONGEST, declare_everywhere


class Command(BaseCommand):
    """Declare a trouble for every period that was open then, and say for which calls."""

    help = "Déclare une panne du site pour chaque appel dont elle a touché le délai : l’ouverture attend."

    def add_arguments(self, parser: CommandParser) -> None:
        """Since when, and what happened."""
        parser.add_argument("--since", required=True, help="instant avec son décalage : 2027-01-12T10:40+01:00")
        parser.add_argument("what", help=f"ce qui s’est passé, en {LONGEST} signes au plus")

    def handle(self, *args: Any, **options: Any) -> None:
        """Declare once for each. Raises CommandError with what is wrong."""
        since = parse_datetime(options["since"])
        if since is None or since.tzinfo is None:
            raise CommandError("--since : donnez un instant avec son décalage, par exemple 2027-01-12T10:40+01:00")
        try:
            declared = declare_everywhere(what=options["what"], began_at=since, now=clock.now())
        except Refusal as refusal:
            raise CommandError(str(refusal)) from refusal
        for incident in declared:
            lot = incident.period.lot
            self.stdout.write(f"{lot.call.reference}, lot {lot.number} : incident déclaré")
