"""What follows from what happens to profiles elsewhere: in Wagtail's own acts, in a deletion, after a migration."""

from typing import Any

from cms.catalogue import search, tables
from cms.catalogue.domains import load_domains, load_synonyms
from cms.catalogue.models import CatalogueState, Domain, Profile, Synonym
from marketplace.accounts.models import Organisation
from marketplace.journal import clock


def profile_published(sender: type[Profile], instance: Profile, **_: Any) -> None:
    """A person published this version: it is reviewed and up to date from now on."""
    now = clock.now()
    instance.reviewed_at = instance.updated_at = now
    Profile.objects.filter(pk=instance.pk).update(reviewed_at=now, updated_at=now)


def profile_deleted(sender: type[Profile], instance: Profile, **_: Any) -> None:
    """Take a deleted profile out of the search index."""
    search.erase([instance.pk])


def listed_row_changed(sender: type[Any], update_fields: frozenset[str] | None = None, **_: Any) -> None:
    """A row that lists, counts or filters are made of was written or deleted.

    The draft of a profile is none: Wagtail keeps it by naming the columns of the row that it touches.
    """
    if sender is Profile and update_fields is not None and not update_fields & _LISTED:
        return
    CatalogueState.change()


def organisation_changed(sender: type[Organisation], instance: Organisation, **_: Any) -> None:
    """What the register says of a supplier is one of the marks of its profile."""
    if instance.kind == Organisation.Kind.SUPPLIER:
        CatalogueState.change()


def domains_changed(action: str, **_: Any) -> None:
    """A profile went to other domains."""
    if action.startswith("post_"):
        CatalogueState.change()


_LISTED = frozenset({"live", "withdrawn_at", "merged_into", "organisation", "search_text", "updated_at"})


def lay_domains(sender: Any, using: str, **_: Any) -> None:
    """Lay the domains where there are none: a fresh database, or one that a test has flushed.

    Not a data migration: what a flush takes away would not come back, and every page of the catalogue needs them.
    """
    if using == "default" and tables.are_whole(using, Domain, Synonym, CatalogueState) and not Domain.objects.exists():
        load_domains()
        load_synonyms()
