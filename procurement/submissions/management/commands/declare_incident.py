"""`manage.py declare_incident --since INSTANT TEXT`: the site was in trouble; openings wait until it is settled."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.dateparse import parse_datetime

from marketplace.journal import clock
from procurement.submissions.troubles import LONGEST, declare_everywhere


class Command(BaseCommand):
    """Declare a trouble for every period that was open then, and say for which calls."""

    help = "Déclare une panne du site pour chaque appel dont elle a touché le délai : l’ouverture attend."

    def add_arguments(self, parser: CommandParser) -> None:
        """Since when, and what happened."""
        parser.add_argument("--since", required=True, help="instant avec son décalage : 2027-01-12T10:40+01:00")
        parser.add_argument("what", help=f"ce qui s’est passé, en {LONGEST} signes au plus")

    def handle(self, *args: Any, **options: Any) -> None:
        """Declare once for each. Raises CommandError for an instant without offset or to come, or a text too long."""
        since, what, now = parse_datetime(options["since"]), options["what"].strip(), clock.now()
        if since is None or since.tzinfo is None:
            raise CommandError("--since : donnez un instant avec son décalage, par exemple 2027-01-12T10:40+01:00")
        if since > now:
            raise CommandError("--since : cet instant est à venir")
        if not what or len(what) > LONGEST:
            raise CommandError(f"dites ce qui s’est passé, en {LONGEST} signes au plus")
        for incident in declare_everywhere(what=what, began_at=since, now=now):
            self.stdout.write(
                f"{incident.period.lot.call.reference}, lot {incident.period.lot.number} : incident déclaré"
            )
