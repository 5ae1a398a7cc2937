"""Slow work of the catalogue, done by the worker of the site."""

from django_tasks import task
from wagtail.models import TaskState

from cms.catalogue.models import Profile
from cms.catalogue.moderation.notices import announce_published, announce_returned
from marketplace.journal import clock

_BATCH = 500


@task()
def reindex_domain(slug: str) -> None:
    """Read again the words that lead to the profiles of a domain, whose name changed."""
    _reindex(list(Profile.objects.filter(domains=slug).order_by("pk").values_list("pk", flat=True)))


@task()
def tell_published(profile_id: int) -> None:
    """Tell an organisation that its profile is public; nothing when it is not any more."""
    profile = Profile.objects.published().filter(pk=profile_id).first()
    if profile:
        announce_published(profile, now=clock.now())


@task()
def tell_returned(task_state_id: int) -> None:
    """Tell an organisation what to correct in its profile."""
    state = TaskState.objects.select_related("workflow_state").filter(pk=task_state_id).first()
    profile = state and state.workflow_state.content_object
    if profile:
        announce_returned(profile, state, now=clock.now())


def _reindex(ids: list[int]) -> None:
    for start in range(0, len(ids), _BATCH):
        Profile.objects.filter(pk__in=ids[start : start + _BATCH]).reindex()
