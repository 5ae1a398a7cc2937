"""`manage.py demo`: a small fictitious world on which to try the site."""

import time
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError

from marketplace.demo.showcase import building, second_factors, serving, state
from marketplace.demo.showcase.places import Places, places
from marketplace.demo.showcase.state import Holds

PORT = 8000
HOST = "127.0.0.1"
REFUSED = (
    "Cette base contient déjà autre chose que la démonstration : rien n’y est touché. Donnez-lui une base à elle, par "
    "exemple « PREAU_VAR=/tmp/preau-demo make demo »."
)


class Command(BaseCommand):
    """Lay the demonstration out where nothing is, keep what was done otherwise, then serve it."""

    help = "Installe la démonstration si la base est vide, garde ce qui y a été fait sinon, puis sert le site."
    requires_migrations_checks = False

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the options (design: commands anyone can run)."""
        parser.add_argument("--no-serve", action="store_true", help="préparer seulement, sans servir")
        parser.add_argument("--host", default=HOST, help=f"adresse d’écoute, {HOST} par défaut")
        parser.add_argument("--port", type=int, default=PORT, help=f"port d’écoute, {PORT} par défaut")
        parser.add_argument("--code", metavar="COMPTE", help="donner le code du moment d’un compte, et rien d’autre")
        parser.add_argument("--startups", type=Path, help="ajouter au catalogue les entreprises d’un fichier CSV")

    def handle(self, **options: Any) -> None:
        """Prepare, print the guide, serve. Raises CommandError when it cannot, in French."""
        there = places()
        if options["code"]:
            self._print_code(options["code"], there)
            return
        site_url = f"http://localhost:{options['port']}"
        try:
            if not options["no_serve"]:
                serving.check_port(options["host"], options["port"])
            self._prepare(there, site_url)
            if options["startups"]:
                call_command("import_startups", options["startups"], stdout=self.stdout, stderr=self.stderr)
            self.stdout.write(there.guide.read_text(encoding="utf-8"))
            if not options["no_serve"]:
                self._serve(there, site_url, host=options["host"], port=options["port"])
        except (building.BuildingFailed, serving.CannotServe) as failure:
            raise CommandError(str(failure)) from failure

    def _print_code(self, account: str, there: Places) -> None:
        try:
            self.stdout.write(second_factors.code_of(account, there.root))
        except LookupError as unknown:
            raise CommandError(unknown.args[0]) from unknown

    def _prepare(self, there: Places, site_url: str) -> None:
        holds = state.read()
        if holds is Holds.SOMETHING_ELSE:
            raise CommandError(REFUSED)
        if holds is Holds.DEMONSTRATION:
            call_command("migrate", interactive=False, verbosity=0)
            building.write_registry(there)
            self.stdout.write("La démonstration est déjà en place : ce qui y a été fait est gardé.\n")
            return
        started = time.monotonic()
        self.stdout.write("Mise en place de la démonstration, par les actes mêmes du site :")
        self.stdout.flush()
        building.build(there, site_url=site_url)
        self.stdout.write(f"  Tout est en place ({time.monotonic() - started:.0f} s).\n")

    def _serve(self, there: Places, site_url: str, *, host: str, port: int) -> None:
        serving.gather_static_files(there)
        started = time.monotonic()

        def ready() -> None:
            waited = time.monotonic() - started
            self.stdout.write(f"Préau répond sur {site_url}/ ({waited:.1f} s). Ctrl-C pour arrêter.")
            self.stdout.flush()

        environment = building.environment(there, site_url=site_url)
        serving.serve(environment, log=there.worker_log, host=host, port=port, ready=ready)
        self.stdout.write("Arrêté.")
