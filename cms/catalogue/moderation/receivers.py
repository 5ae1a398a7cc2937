"""What follows for organisations from what Wagtail does: a version live, a return, another address."""

from typing import Any

from wagtail.models import TaskState

from cms.catalogue import tasks
from cms.catalogue.models import Profile
from cms.catalogue.moderation import addresses


def note_address(sender: type[Profile], instance: Profile, **_: Any) -> None:
    """Before a row is written: remember the address that visitors know."""
    if instance.pk:
        instance.address_before = addresses.slug_before(instance)


def follow_publication(sender: type[Profile], instance: Profile, **_: Any) -> None:
    """A version is live: its former address leads to it, and the organisation is told."""
    before = getattr(instance, "address_before", "")
    if not instance.live:
        return
    if before and before != instance.slug:
        addresses.lead(Profile(slug=before).get_absolute_url(), instance.get_absolute_url())
    if instance.organisation_id:
        tasks.tell_published.enqueue(instance.pk)


def follow_return(sender: type[TaskState], instance: TaskState, **_: Any) -> None:
    """A version is sent back: the organisation is told why."""
    profile = instance.workflow_state.content_object
    if isinstance(profile, Profile) and profile.organisation_id:
        tasks.tell_returned.enqueue(instance.pk)
