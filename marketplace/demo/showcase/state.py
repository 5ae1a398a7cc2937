"""What a database holds: nothing, the demonstration, or something else that must not be touched."""

from enum import Enum
from pathlib import Path

from django.db import connection

from marketplace.accounts.models import Organisation, User
from marketplace.journal.models import Entry

LAID_OUT = "demonstration.laid_out"
"""The entry that says so, on the chain of the site."""


class Holds(Enum):
    """What the command finds."""

    NOTHING = "nothing"
    DEMONSTRATION = "demonstration"
    SOMETHING_ELSE = "something else"


def read() -> Holds:
    """Look at the database of the settings, migrated or not."""
    # To look into a file that is not there would make it.
    if connection.vendor == "sqlite" and not Path(connection.settings_dict["NAME"]).exists():
        return Holds.NOTHING
    tables = set(connection.introspection.table_names())
    if not {model._meta.db_table for model in (Entry, User, Organisation)} <= tables:
        return Holds.SOMETHING_ELSE if tables else Holds.NOTHING
    if Entry.objects.filter(act=LAID_OUT).exists():
        return Holds.DEMONSTRATION
    return Holds.SOMETHING_ELSE if User.objects.exists() or Entry.objects.exists() else Holds.NOTHING
