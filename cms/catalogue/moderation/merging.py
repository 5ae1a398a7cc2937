"""Two profiles of one organisation become one: nothing that the second alone held is lost, its address stays alive."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from cms.catalogue import search
from cms.catalogue.models import Label, Medium, PhasePassage, Profile, Reference, Solution, Translation
from cms.catalogue.moderation import addresses
from cms.catalogue.moderation.acts import editor_of, keep_version, remember
from cms.catalogue.moderation.curation import has_draft
from cms.catalogue.moderation.states import with_states
from cms.catalogue.words import name_key
from marketplace.accounts.actors import Actor
from marketplace.accounts.permissions import require
from marketplace.journal.acts import SITE_CHAIN, act
from marketplace.journal.errors import Refusal

FOUND_AT_ONCE = 20
_FILLED = (
    "tagline", "problem", "answer", "region", "city", "website", "founded_year", "size", "repository", "accessibility",
    "incubator", "sponsors",
)  # fmt: skip
_KEYS: dict[type[Any], Callable[[Any], tuple[str, ...]]] = {
    Solution: lambda part: (name_key(part.name),),
    Reference: lambda part: (name_key(part.client), name_key(part.detail)),
    Label: lambda part: (part.kind, name_key(part.detail), name_key(part.number)),
    PhasePassage: lambda part: (part.phase, f"{part.since}"),
    Translation: lambda part: (part.language,),
    Medium: lambda part: (part.url,),
}


@dataclass(frozen=True, slots=True)
class Moved:
    """What one profile gave to another, counted."""

    parts: int
    domains: int
    proofs: int
    reports: int


def candidates(text: str) -> QuerySet[Profile]:
    """Profiles that a name or a SIREN finds, those already joined to another left aside."""
    rows = with_states(Profile.objects.filter(merged_into__isnull=True))
    rows = rows.select_related("organisation").defer("search_text")
    terms = search.terms_of(text)
    return search.having_all(rows, terms).order_by("sort_name", "pk")[:FOUND_AT_ONCE] if terms else rows.none()


def reasons_against(kept: Profile, other: Profile) -> list[str]:
    """Why these two cannot become one, in French; empty when they can."""
    reasons = []
    if kept.pk == other.pk:
        reasons.append(_("Choisissez deux fiches différentes."))
    for profile in (kept, other):
        if profile.merged_into_id:
            reasons.append(_("« %(name)s » est déjà réunie à une autre fiche.") % {"name": profile.name})
        if has_draft(profile) and (profile.pk == kept.pk or profile.workflow_in_progress):
            reasons.append(
                _("« %(name)s » a un brouillon ou une relecture en cours : terminez-la d’abord.")
                % {"name": profile.name}
            )
    if kept.organisation_id and other.organisation_id:
        reasons.append(
            _("Les deux fiches ont un compte : ce sont deux organisations. Elles doivent d’abord réunir leurs comptes.")
        )
    if kept.siren and other.siren and kept.siren != other.siren:
        reasons.append(_("Ces fiches portent deux SIREN différents : ce sont deux organisations."))
    return list(dict.fromkeys(reasons))


def merge(*, kept: Profile, other: Profile, actor: Actor, now: datetime) -> Moved:
    """Join a profile to another: what is missing in the one kept moves there, the other's address leads to it.

    Raises NotAllowed for anyone but an editor, Refusal with every reason of `reasons_against`. Records
    `profile.merged`.
    """
    for profile in (kept, other):
        require(actor, "profile.curate", profile)
    with act(SITE_CHAIN, "profile.merged", actor=actor, now=now, subject=kept, other=other.pk) as entry:
        kept, other = Profile.objects.get(pk=kept.pk), Profile.objects.get(pk=other.pk)
        if reasons := reasons_against(kept, other):
            raise Refusal(*reasons)
        user = editor_of(actor)
        moved = _move(kept, other)
        entry.data.update(parts=moved.parts, domains=moved.domains, proofs=moved.proofs, reports=moved.reports)
        organisation, siren = other.organisation, other.siren
        _leave(other, kept, user=user)
        _complete(Profile.objects.get(pk=kept.pk), other, organisation=organisation, siren=siren, user=user, now=now)
        remember(kept, "catalogue.merge", actor=actor, now=now, other=other.name)
        remember(other, "catalogue.merge", actor=actor, now=now, other=kept.name)
    return moved


def _move(kept: Profile, other: Profile) -> Moved:
    parts = sum(_move_parts(model, kept, other) for model in _KEYS)
    mine = set(kept.domains.values_list("pk", flat=True))
    theirs = [domain for domain in other.domains.all() if domain.pk not in mine]
    links = Profile.domains.through.objects
    links.bulk_create([Profile.domains.through(profile=kept, domain=domain) for domain in theirs])
    proofs = other.verifications.update(profile=kept) + other.confirmations.update(profile=kept)
    surveys = kept.observations.values("survey")
    other.observations.exclude(survey__in=surveys).update(profile=kept)
    return Moved(parts, len(theirs), proofs, other.error_reports.update(profile=kept))


def _move_parts(model: type[Any], kept: Profile, other: Profile) -> int:
    """Move the parts that the profile kept does not have; a proof of one that it has follows to its twin."""
    key = _KEYS[model]
    mine = {key(part): part for part in model.objects.filter(profile=kept)}
    moved = 0
    for part in model.objects.filter(profile=other):
        twin = mine.get(key(part))
        if twin is None:
            model.objects.filter(pk=part.pk).update(profile=kept, sort_order=len(mine) + moved)
            moved += 1
            continue
        for proofs in (other.verifications, other.confirmations):
            proofs.filter(subject=part.uid).update(subject=twin.uid)
        if model is Solution:
            addresses.lead(addresses.of_solution(part.slug), addresses.of_solution(twin.slug))
    return moved


def _leave(other: Profile, kept: Profile, *, user: Any) -> None:
    """Take the second profile out of sight. Its SIREN and its account belong to one profile only."""
    other = Profile.objects.get(pk=other.pk)
    other.organisation, other.siren, other.merged_into = None, "", kept
    if other.live:
        other.unpublish(user=user)
    else:
        other.save()
    Profile.objects.filter(Q(merged_into=other)).update(merged_into=kept)
    addresses.lead(other.get_absolute_url(), kept.get_absolute_url())


def _complete(kept: Profile, other: Profile, *, organisation: Any, siren: str, user: Any, now: datetime) -> None:
    """Fill what the profile kept does not say, then keep it so."""
    kept.organisation = kept.organisation or organisation
    kept.siren = kept.siren or siren
    for name in _FILLED:
        if not getattr(kept, name):
            setattr(kept, name, getattr(other, name))
    kept.served_regions = kept.served_regions or other.served_regions
    kept.updated_at = now
    kept.save()
    if kept.latest_revision_id:
        keep_version(kept, user)
