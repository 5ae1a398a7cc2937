"""What follows from a profile going public."""

from datetime import datetime
from typing import Any

from cms.catalogue.models import Profile
from cms.sourcing.tasks import tell_of, tell_of_import


def profile_published(sender: type[Profile], instance: Profile, **_: Any) -> None:
    """Those who follow a search that finds it are told, later: the task row is in the transaction of the publishing."""
    tell_of.enqueue(instance.pk)


def profiles_imported(sender: type, at: datetime, **_: Any) -> None:
    """The same for all the profiles of an import, in one message a search."""
    tell_of_import.enqueue(at.isoformat())
