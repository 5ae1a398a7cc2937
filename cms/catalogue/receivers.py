"""What follows from what happens to profiles elsewhere: in Wagtail's own acts, in a deletion, after a migration."""

from typing import Any

from cms.catalogue import search, tables
from cms.catalogue.domains import load_domains
from cms.catalogue.models import Domain, Profile
from marketplace.journal import clock


def profile_published(sender: type[Profile], instance: Profile, **_: Any) -> None:
    """A person published this version: it is reviewed and up to date from now on."""
    now = clock.now()
    instance.reviewed_at = instance.updated_at = now
    Profile.objects.filter(pk=instance.pk).update(reviewed_at=now, updated_at=now)


def profile_deleted(sender: type[Profile], instance: Profile, **_: Any) -> None:
    """Take a deleted profile out of the search index."""
    search.erase([instance.pk])


def lay_domains(sender: Any, using: str, **_: Any) -> None:
    """Lay the domains where there are none: a fresh database, or one that a test has flushed.

    Not a data migration: what a flush takes away would not come back, and every page of the catalogue needs them.
    """
    if using == "default" and tables.are_whole(using, Domain) and not Domain.objects.exists():
        load_domains()
