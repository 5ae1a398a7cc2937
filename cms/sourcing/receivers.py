"""What follows from a profile going public."""

from typing import Any

from cms.catalogue.models import Profile
from cms.sourcing.tasks import tell_of


def profile_published(sender: type[Profile], instance: Profile, **_: Any) -> None:
    """Those who follow a search that finds it are told, later: the task row is in the transaction of the publishing."""
    tell_of.enqueue(instance.pk)
