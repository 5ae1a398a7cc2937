"""What editors do to several profiles at once: one act, one entry, all of them or none."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from cms.catalogue.models import Domain, Profile
from cms.catalogue.moderation.acts import editor_of, keep_version, remember
from marketplace.accounts.actors import Actor
from marketplace.accounts.permissions import require
from marketplace.journal.acts import SITE_CHAIN, act
from marketplace.journal.errors import Refusal

AT_ONCE = 200
"""Profiles of one act: more would hold the chain of the site for too long."""


def put_in_domain(*, profiles: Sequence[Profile], domain: Domain, actor: Actor, now: datetime) -> int:
    """Put profiles in a domain besides their own ones; returns how many were not in it.

    Raises NotAllowed for anyone but an editor, Refusal when one of them has a draft, which would lose the domain.
    """
    with _together("profiles.put_in_domain", profiles, actor, now) as (rows, told):
        _refuse_drafts(rows)
        changed = [row for row in rows if domain not in row.domains.all()]
        for row in changed:
            row.domains.add(domain)
            row.updated_at = now
            row.save()
            if row.latest_revision_id:
                keep_version(row, editor_of(actor))
        told(changed, "catalogue.put_in_domain", domain=domain.pk)
    return len(changed)


def withdraw(*, profiles: Sequence[Profile], actor: Actor, now: datetime) -> int:
    """Take profiles off the lists; their pages stay, dated, without contact (ux.md §6). Returns how many.

    Raises NotAllowed for anyone but an editor.
    """
    with _together("profiles.withdrawn", profiles, actor, now) as (rows, told):
        changed = _written((row for row in rows if not row.withdrawn_at), lambda row: setattr(row, "withdrawn_at", now))
        told(changed, "catalogue.withdraw")
    return len(changed)


def put_back(*, profiles: Sequence[Profile], actor: Actor, now: datetime) -> int:
    """Put withdrawn profiles back on the lists; returns how many.

    Raises NotAllowed for anyone but an editor, Refusal for a profile that was joined to another one.
    """
    with _together("profiles.put_back", profiles, actor, now) as (rows, told):
        if joined := [row for row in rows if row.merged_into_id]:
            raise Refusal(
                _("« %(name)s » est réunie à une autre fiche : son adresse mène à celle-ci.") % {"name": joined[0].name}
            )
        changed = _written((row for row in rows if row.withdrawn_at), lambda row: setattr(row, "withdrawn_at", None))
        told(changed, "catalogue.put_back")
    return len(changed)


def unpublish(*, profiles: Sequence[Profile], actor: Actor, now: datetime) -> int:
    """Make profiles drafts again, through Wagtail; returns how many were published. Raises NotAllowed."""
    with _together("profiles.unpublished", profiles, actor, now) as (rows, told):
        changed = [row for row in rows if row.live]
        for row in changed:
            row.unpublish(user=editor_of(actor))
        told(changed, "")
    return len(changed)


def mark_reviewed(*, profiles: Sequence[Profile], actor: Actor, now: datetime) -> int:
    """Say that published profiles were read again today and still hold; returns how many. Raises NotAllowed."""
    with _together("profiles.reviewed", profiles, actor, now) as (rows, told):
        changed = _written((row for row in rows if row.live), lambda row: setattr(row, "reviewed_at", now))
        told(changed, "catalogue.mark_reviewed")
    return len(changed)


def has_draft(profile: Profile) -> bool:
    """Whether a version newer than the published one is being written or reviewed."""
    return profile.has_unpublished_changes and profile.latest_revision_id is not None


@contextmanager
def _together(
    name: str, profiles: Sequence[Profile], actor: Actor, now: datetime
) -> Iterator[tuple[list[Profile], Callable[..., None]]]:
    """Ask for the right, open the act, give the rows as they stand and what writes who was changed."""
    if not profiles:
        raise Refusal(_("Cochez au moins une fiche."))
    # The right does not depend on the profile: asked of one, it holds for all.
    require(actor, "profile.curate", profiles[0])
    if len(profiles) > AT_ONCE:
        raise Refusal(
            _("Choisissez %(limit)s fiches au plus : %(chosen)s sont cochées.")
            % {"limit": AT_ONCE, "chosen": len(profiles)}
        )
    with act(SITE_CHAIN, name, actor=actor, now=now) as entry:
        rows = list(Profile.objects.filter(pk__in=[profile.pk for profile in profiles]).prefetch_related("domains"))

        def told(changed: list[Profile], action: str, **data: str) -> None:
            entry.data.update(profiles=[row.pk for row in changed], **data)
            if action:
                for row in changed:
                    remember(row, action, actor=actor, now=now, **data)

        yield rows, told


def _written(rows: Iterable[Profile], change: Callable[[Profile], None]) -> list[Profile]:
    changed = list(rows)
    for row in changed:
        change(row)
    Profile.objects.bulk_update(changed, ["withdrawn_at", "reviewed_at"])
    return changed


def _refuse_drafts(rows: list[Profile]) -> None:
    if held := [row.name for row in rows if has_draft(row)]:
        raise Refusal(
            ngettext(
                "Cette fiche a un brouillon ou une relecture en cours, terminez-la d’abord : %(names)s.",
                "Ces fiches ont un brouillon ou une relecture en cours, terminez-les d’abord : %(names)s.",
                len(held),
            )
            % {"names": ", ".join(held[:10])}
        )
