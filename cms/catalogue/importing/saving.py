"""Writing profiles in batches: rows, domains and words, a constant number of queries per batch."""

from collections.abc import Sequence
from datetime import datetime

from django.utils.timezone import localdate

from cms.catalogue import search
from cms.catalogue.importing.reading import BATCH
from cms.catalogue.models import Domain, Profile

Filed = tuple[Profile, str]
"""A profile and the domain it goes to, empty when none was told."""


def save(new: Sequence[Filed], changed: Sequence[Filed], columns: Sequence[str], *, now: datetime) -> None:
    """Insert the new ones, update `columns` of the changed ones, dated `now`."""
    labels = dict(Domain.objects.values_list("slug", "label"))
    for profile, domain in [*new, *changed]:
        profile.updated_at, profile.declared_on = now, localdate(now)
        profile.search_text = profile.words([labels[domain]] if domain else [])
    Profile.objects.bulk_create([profile for profile, _ in new], batch_size=BATCH)
    written = [*columns, "sort_name", "updated_at", "declared_on", "search_text"]
    Profile.objects.bulk_update([profile for profile, _ in changed], written, batch_size=BATCH)
    link = Profile.domains.through
    link.objects.filter(profile__in=[profile for profile, _ in changed]).delete()
    link.objects.bulk_create(
        [link(profile=profile, domain_id=domain) for profile, domain in [*new, *changed] if domain], batch_size=BATCH
    )
    search.write((profile.pk, profile.search_text) for profile, _ in [*new, *changed])


def domains_of(profile: Profile) -> set[str]:
    """Slugs of the domains of a profile that was read with them."""
    return {domain.slug for domain in profile.domains.all()}
