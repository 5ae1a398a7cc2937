"""What the acts of editors share: the person, the history that Wagtail shows, the version that follows a row."""

from datetime import datetime
from typing import Any, cast

from wagtail.log_actions import log

from cms.catalogue.models import Profile
from cms.catalogue.moderation.permissions import user_of
from marketplace.accounts.actors import Actor
from marketplace.accounts.models import User


def editor_of(actor: Actor) -> User:
    """The person behind an actor whose right was asked before."""
    return cast(User, user_of(actor))


def remember(profile: Profile, action: str, *, actor: Actor, now: datetime, **data: Any) -> None:
    """Write a line of the history that Wagtail shows; the journal of the site is what proves."""
    log(instance=profile, action=action, user=editor_of(actor), data=data, timestamp=now)


def keep_version(profile: Profile, user: User) -> None:
    """Keep the row as it now stands as its live version: no older one would undo it when the next is published."""
    revision = profile.save_revision(user=user, changed=False, clean=False)
    if profile.live:
        profile.live_revision = revision
        profile.save(update_fields=["live_revision"])
