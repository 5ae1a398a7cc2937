"""The queue of the review: every profile that waits, the one that has waited longest first."""

from dataclasses import dataclass
from datetime import datetime

from django.contrib.contenttypes.models import ContentType
from django.utils.timesince import timesince
from wagtail.models import TaskState

from cms.catalogue.models import Profile
from marketplace.accounts.models import User


@dataclass(frozen=True, slots=True)
class Waiting:
    """A profile in the queue.

    Attributes:
        pk: Id of the profile.
        name: Its name in the version that waits.
        since: When the review was asked.
        waited: How long that is, in words.
        asked_by: Who asked, None when the account is gone.
        is_new: Whether no version is public yet.
    """

    pk: int
    name: str
    since: datetime
    waited: str
    asked_by: User | None
    is_new: bool

    @property
    def nature(self) -> str:
        """What waits."""
        return "Première version" if self.is_new else "Modification"


def waiting(*, now: datetime, limit: int | None = None) -> list[Waiting]:
    """Profiles under review, oldest first, in a constant number of queries."""
    states = (
        TaskState.objects.filter(
            status=TaskState.STATUS_IN_PROGRESS,
            workflow_state__base_content_type=ContentType.objects.get_for_model(Profile),
        )
        .select_related("workflow_state__requested_by__wagtail_userprofile")
        .order_by("started_at", "pk")[:limit]
    )
    ids = {state.pk: int(state.workflow_state.object_id) for state in states}
    profiles = (
        Profile.objects.select_related("latest_revision")
        .only("name", "live", "latest_revision__object_str")
        .in_bulk(ids.values())
    )
    found = [(state, profiles[ids[state.pk]]) for state in states if ids[state.pk] in profiles]
    return [
        Waiting(
            pk=profile.pk,
            name=profile.latest_revision.object_str if profile.latest_revision else profile.name,
            since=state.started_at,
            waited=timesince(state.started_at, now, depth=1),
            asked_by=state.workflow_state.requested_by,
            is_new=not profile.live,
        )
        for state, profile in found
    ]


def length() -> int:
    """How many profiles wait."""
    return TaskState.objects.filter(
        status=TaskState.STATUS_IN_PROGRESS,
        workflow_state__base_content_type=ContentType.objects.get_for_model(Profile),
    ).count()
