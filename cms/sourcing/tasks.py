"""Telling people of what their searches find since: one message for a profile and a search, once."""

from django_tasks import task

from cms.catalogue.models import Profile
from cms.sourcing.models import Match, SavedSearch
from cms.sourcing.services import matching
from marketplace.accounts.actors import Actor
from marketplace.journal import clock
from marketplace.journal.acts import SITE_CHAIN, act
from marketplace.mail.services import send

_BATCH = 200


@task()
def tell_of(profile_id: int) -> None:
    """Write to everybody whose search finds this profile for the first time; a second run writes to nobody."""
    profile = Profile.objects.published().filter(pk=profile_id).first()
    if profile is None:
        return
    now = clock.now()
    waiting = SavedSearch.objects.exclude(matches__profile=profile).select_related("user").order_by("pk")
    for search in matching(list(waiting.iterator(chunk_size=_BATCH)), profile, now=now):
        with act(SITE_CHAIN, "search.matched", actor=Actor.system("sourcing"), now=now, profile=profile.pk):
            _match, is_new = Match.objects.get_or_create(search=search, profile=profile, defaults={"found_at": now})
            if is_new:
                send(
                    "sourcing.match",
                    search.user,
                    {"name": profile.name, "path": profile.get_absolute_url(), "search": search.title},
                    now,
                )
