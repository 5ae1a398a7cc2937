"""Telling people of what their searches find since: one message for a profile and a search, once.

An import may bring hundreds of profiles at a time: one message a search tells of them all.
"""

from datetime import datetime

from django.urls import reverse
from django_tasks import task

from cms.catalogue.models import Profile
from cms.sourcing.models import Match, SavedSearch
from cms.sourcing.services import found_among, matching
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
                    {"name": profile.name, "others": 0, "path": profile.get_absolute_url(), "search": search.title},
                    now,
                )


@task()
def tell_of_import(at: str) -> None:
    """Write once to everybody whose search finds profiles laid by the import of this instant (ISO 8601, UTC)."""
    laid = dict(Profile.objects.published().filter(updated_at=datetime.fromisoformat(at)).values_list("pk", "name"))
    now = clock.now()
    searches = SavedSearch.objects.select_related("user").order_by("pk") if laid else SavedSearch.objects.none()
    for search in searches.iterator(chunk_size=_BATCH):
        known = {*search.known, *search.matches.filter(profile__in=laid).values_list("profile", flat=True)}
        found = [pk for pk in found_among(search, laid, now=now) if pk not in known]
        if not found:
            continue
        with act(SITE_CHAIN, "search.matched", actor=Actor.system("sourcing"), now=now, profiles=len(found)):
            Match.objects.bulk_create(
                [Match(search=search, profile_id=pk, found_at=now) for pk in found], batch_size=_BATCH
            )
            send(
                "sourcing.match",
                search.user,
                {
                    "name": laid[found[0]],
                    "others": len(found) - 1,
                    "path": reverse("catalogue:list") + search.query,
                    "search": search.title,
                },
                now,
            )
