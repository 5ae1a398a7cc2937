"""Addresses that change: the old one leads to the new one for ever (ux.md §3), in one step however often it changed."""

from django.db.models import Q
from wagtail.contrib.redirects.models import Redirect

from cms.catalogue.models import Profile

_SOLUTION = "/solutions/{slug}/"


def lead(old_path: str, new_path: str) -> None:
    """Redirect an address for ever to another one; what led to the first leads to the second at once."""
    old, new = Redirect.normalise_path(old_path), Redirect.normalise_path(new_path)
    if old == new:
        return
    # An address in use again leads nowhere else.
    Redirect.objects.filter(old_path=new).delete()
    Redirect.objects.filter(Q(redirect_link=old_path) | Q(redirect_link=old)).update(redirect_link=new_path)
    Redirect.objects.filter(old_path=old).delete()
    Redirect.add_redirect(old_path, redirect_to=new_path, automatically_created=True)


def of_solution(slug: str) -> str:
    """The public address of a solution (ux.md §3)."""
    return _SOLUTION.format(slug=slug)


def slug_before(profile: Profile) -> str:
    """The address under which the database holds a profile that was ever public, else empty."""
    public = Profile.objects.filter(Q(live=True) | Q(first_published_at__isnull=False), pk=profile.pk)
    return public.values_list("slug", flat=True).first() or ""
