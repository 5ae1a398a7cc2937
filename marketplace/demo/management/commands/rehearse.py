"""`manage.py rehearse`: plays a whole procedure before anyone launches it."""

import json
from argparse import ArgumentParser
from datetime import date
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from marketplace.demo import formats
from marketplace.demo.plan import CallPlan
from marketplace.demo.reading import InputError
from marketplace.demo.rehearsals import Rehearsal, play_all
from marketplace.demo.results import summary
from marketplace.journal import clock


class Command(BaseCommand):
    """Play calls through the same acts as real ones, apart from the live database, and write their documents."""

    help = "Joue une procédure entière, de l’étude de l’offre au dernier bon de commande, sur une base à part."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the options (design: commands anyone can run)."""
        parser.add_argument("file", type=Path, help="appel à jouer : « preau-call/1 » ou « govtech-real-calls/1 »")
        which = parser.add_mutually_exclusive_group()
        which.add_argument("--id", dest="call_id", help="l’appel à jouer quand le fichier en contient plusieurs")
        which.add_argument("--all", action="store_true", help="jouer tous les appels du fichier")
        parser.add_argument("--out", type=Path, required=True, help="dossier des documents, un sous-dossier par appel")
        parser.add_argument("--as-is", action="store_true", help="ne rien compléter par des exemples")
        parser.add_argument("--launch-date", type=date.fromisoformat, help="jour de l’envoi de l’avis, AAAA-MM-JJ")
        parser.add_argument("--seed", type=int, default=1, help="graine : mêmes offres et mêmes notes à chaque fois")
        parser.add_argument("--json", action="store_true", dest="as_json", help="résultat en JSON sur la sortie")

    def handle(self, **options: Any) -> None:
        """Play, print, and answer 1 when something broke in the program."""
        try:
            plans = formats.read_file(options["file"], as_is=options["as_is"])
        except InputError as error:
            raise CommandError("\n".join(error.problems)) from error
        chosen = _chosen(plans, options["call_id"], every=options["all"])
        rehearsals = [
            Rehearsal(
                plan=plan,
                source=options["file"],
                out=options["out"] / plan.id,
                launched_on=options["launch_date"] or plan.launch_date or timezone.localdate(clock.now()),
                as_is=options["as_is"],
                seed=options["seed"],
            )
            for plan in chosen
        ]
        results = play_all(rehearsals)
        if options["as_json"]:
            values = [result.as_json() for result in results]
            printed = values if options["all"] else values[0]
            self.stdout.write(json.dumps(printed, ensure_ascii=False, indent=1))
        else:
            for one, result in zip(rehearsals, results, strict=True):
                self.stdout.write(summary(result, title=one.plan.title, history=one.plan.history, out=one.out) + "\n")
        if any(result.error for result in results):
            raise SystemExit(1)


def _chosen(plans: list[CallPlan], call_id: str | None, *, every: bool) -> list[CallPlan]:
    """The calls to play. Raises CommandError when the choice is not clear."""
    if every or (call_id is None and len(plans) == 1):
        return plans
    ids = ", ".join(plan.id for plan in plans)
    if call_id is None:
        raise CommandError(
            f"Ce fichier contient {len(plans)} appels : choisissez-en un avec --id, ou --all. Appels : {ids}."
        )
    chosen = [plan for plan in plans if plan.id == call_id]
    if not chosen:
        raise CommandError(f"Aucun appel ne s’appelle « {call_id} ». Appels du fichier : {ids}.")
    return chosen
