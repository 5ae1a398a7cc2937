"""The catalogue of the demonstration: its sixteen domains, for now."""

from django.core.management import call_command

from marketplace.demo.showcase.troupe import Troupe


def fill(troupe: Troupe) -> None:
    """Load the domains of public action."""
    call_command("load_domains", verbosity=0)
