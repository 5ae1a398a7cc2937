"""Replace a key of the house by a new one that the old one signs."""

from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from marketplace.journal import clock, keys


class Command(BaseCommand):
    """`rotate_key PURPOSE [--revoke]`: with `--revoke`, what the old key signs from now on is not trusted."""

    help = "Remplace une clé du site par une nouvelle, signée par l’ancienne ; --revoke date la fin de l’ancienne."

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare the purpose."""
        parser.add_argument("purpose", choices=keys.Purpose.values, help="ce que la clé signe")
        parser.add_argument("--revoke", action="store_true", help="l’ancienne clé ne vaut plus dès maintenant")

    def handle(self, **options: Any) -> None:
        """Rotate, revoke if asked, and say what to do next."""
        actor, now = Keeper(), clock.now()
        new = keys.rotate(options["purpose"], actor=actor, now=now)
        self.stdout.write(f"nouvelle clé {new.key_id}, signée par {new.previous.key_id}")
        if options["revoke"]:
            keys.revoke(new.previous.key_id, actor=actor, now=now)
            self.stdout.write(f"clé {new.previous.key_id} révoquée")
        self.stdout.write("Publiez la nouvelle liste (/.well-known/preau-keys.json) et sauvegardez KEYS_DIR.")


class Keeper:
    """The site itself, at the hand of whoever runs the machine."""

    label = "system:keeper"
