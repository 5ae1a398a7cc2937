"""`manage.py load_domains`: lays the domains of public action, or brings them up to date."""

from django.core.management.base import BaseCommand

from cms.catalogue.domains import load_domains


class Command(BaseCommand):
    """Lay the domains of the file that comes with the code; running it twice changes nothing."""

    help = "Installe les domaines de l’action publique, ou les met à jour."

    def handle(self, **options: object) -> None:
        """Load and tell how many."""
        self.stdout.write(f"{load_domains()} domaines en place.")
