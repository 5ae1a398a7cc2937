"""`manage.py check_links`: asks the addresses that published profiles give whether they still answer."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from cms.catalogue.moderation.links import check_links
from marketplace.journal import clock


class Command(BaseCommand):
    """Ask each address once a week at most; editors read what is broken in the report « Liens cassés »."""

    help = (
        "Vérifie que les adresses des fiches publiées répondent encore ; une adresse est demandée une fois par semaine."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the options."""
        parser.add_argument("--limit", type=int, default=None, help="nombre d’adresses à demander au plus")

    def handle(self, **options: Any) -> None:
        """Ask and tell."""
        asked, broken = check_links(now=clock.now(), limit=options["limit"])
        self.stdout.write(f"Adresses demandées : {asked}. Liens cassés parmi elles : {broken}.")
