"""What people do with what they found: keep, note, export, follow. Each act is one transaction with its entry."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from django.http import QueryDict
from django.utils.timezone import localdate

from cms.catalogue.index import positions_in
from cms.catalogue.listing import Answer, Question
from cms.catalogue.models import Profile, Solution
from cms.sourcing.models import (
    DOCUMENT,
    LONGEST_SELECTION,
    Export,
    SavedSearch,
    Selection,
    SelectionItem,
)
from cms.sourcing.subjects import Subject, rows_of
from marketplace.accounts.actors import Actor
from marketplace.accounts.permissions import require
from marketplace.files.documents import request_document
from marketplace.journal.acts import SITE_CHAIN, act
from marketplace.journal.errors import Refusal
from marketplace.ui.formats import day_words

MOST_SEARCHES = 30
BROADEST_SEARCH = 2_000
"""Profiles beyond which a search says too little to be followed."""

NEED_MISSING = "Écrivez le besoin : l’étude dit à quoi ces solutions devaient répondre."


def selection_of(actor: Actor) -> Selection:
    """The selection that the actor works on; a fresh one, not yet written, where there is none."""
    found = Selection.objects.of(actor).first()
    if found is not None:
        return found
    owner = {"organisation_id": actor.organisation_id} if actor.organisation_id else {"user_id": actor.user_id}
    return Selection(**owner)


def items_of(selection: Selection) -> list[tuple[SelectionItem, Subject]]:
    """What a selection holds and is still published, with what each row reads: a constant number of queries."""
    if selection.pk is None:
        return []
    items = list(selection.items.select_related("added_by", "noted_by"))
    profiles = Profile.objects.published().with_parts().in_bulk([item.profile_id for item in items])
    found = []
    for item in items:
        profile = profiles.get(item.profile_id)
        if profile is not None:
            solution = next((one for one in profile.solutions.all() if one.pk == item.solution_id), None)
            found.append((item, Subject(profile, solution)))
    return found


def add(*, profile: Profile, solution: Solution | None, actor: Actor, now: datetime) -> SelectionItem:
    """Keep a solution, or a profile, in the selection of the team; once. Records `selection.added`.

    Raises NotAllowed for a visitor, Refusal when the selection is full.
    """
    selection = selection_of(actor)
    require(actor, "selection.change", selection)
    with act(SITE_CHAIN, "selection.added", actor=actor, now=now, profile=profile.pk):
        selection.save()
        if selection.items.count() >= LONGEST_SELECTION:
            raise Refusal(
                f"La sélection est pleine ({LONGEST_SELECTION} solutions) : retirez-en une, puis ajoutez celle-ci."
            )
        item, _created = SelectionItem.objects.get_or_create(
            selection=selection,
            profile=profile,
            solution=solution,
            defaults={"added_by_id": actor.user_id, "added_at": now},
        )
    return item


def remove(*, item: SelectionItem, actor: Actor, now: datetime) -> None:
    """Take a solution out of the selection, its note with it. Records `selection.removed`."""
    require(actor, "selection.change", item.selection)
    with act(SITE_CHAIN, "selection.removed", actor=actor, now=now, profile=item.profile_id):
        item.delete()


def annotate(*, item: SelectionItem, note: str, actor: Actor, now: datetime) -> None:
    """Write what the team thinks of a solution; everybody in the team reads it. Records `selection.annotated`."""
    require(actor, "selection.change", item.selection)
    with act(SITE_CHAIN, "selection.annotated", actor=actor, now=now, profile=item.profile_id):
        item.note, item.noted_by_id, item.noted_at = note, actor.user_id, now
        item.save(update_fields=["note", "noted_by", "noted_at"])


def export(*, need: str, searches: str, actor: Actor, now: datetime) -> Export:
    """Copy what the selection says today, with the revision of each profile, and ask for its PDF (LR-01).

    Raises NotAllowed for a visitor, Refusal without a need or when there is nothing to export. Records
    `selection.exported`.
    """
    selection = selection_of(actor)
    require(actor, "selection.change", selection)
    if not need.strip():
        raise Refusal(NEED_MISSING)
    held = items_of(selection)
    if not held:
        raise Refusal("La sélection est vide : ajoutez-y d’abord les solutions que vous avez examinées.")
    with act(SITE_CHAIN, "selection.exported", actor=actor, now=now, count=len(held)):
        made = Export.objects.create(
            organisation_id=actor.organisation_id,
            made_by_id=actor.user_id,
            made_at=now,
            need=need,
            searches=searches,
            items=[_copied(item, subject, now) for item, subject in held],
        )
        membership = actor.membership()
        request_document(
            kind=DOCUMENT,
            title=f"Sourçage du {day_words(localdate(now))}",
            template="pdf/sourcing/sourcing_export.html",
            facts={
                "need": need,
                "searches": searches,
                "made_on": localdate(now).isoformat(),
                "organisation": membership.organisation.name if membership else "",
                "items": made.items,
            },
            subject=made,
        )
    return made


def _copied(item: SelectionItem, subject: Subject, now: datetime) -> dict[str, Any]:
    return {
        "name": subject.name,
        "url": subject.url,
        "revision": subject.profile.live_revision_id,
        "note": item.note,
        "rows": [[label, text] for label, text in rows_of(subject, now=now) if text],
    }


def follow(*, question: Question, title: str, actor: Actor, now: datetime) -> SavedSearch:
    """Be told of each profile that this search will find from now on. Records `search.followed`.

    Raises NotAllowed for a visitor; Refusal for a search that asks nothing, finds too much, is followed already, or one
    too many.
    """
    if not question.pairs():
        raise Refusal("Cette recherche ne demande rien : ajoutez un mot ou un filtre, puis suivez-la.")
    search = SavedSearch(user_id=actor.user_id, query=question.query(), title=title, saved_at=now)
    require(actor, "search.follow", search)
    answer = Answer(question, now)
    if answer.count > BROADEST_SEARCH:
        raise Refusal("Cette recherche trouve plus de 2 000 fiches : ajoutez un mot ou un filtre, puis suivez-la.")
    with act(SITE_CHAIN, "search.followed", actor=actor, now=now):
        mine = SavedSearch.objects.filter(user=actor.user_id)
        if mine.filter(query=search.query).exists():
            raise Refusal("Vous suivez déjà cette recherche.")
        if mine.count() >= MOST_SEARCHES:
            raise Refusal(f"Vous suivez déjà {MOST_SEARCHES} recherches : retirez-en une d’abord.")
        search.known = [answer.index.ids[position] for position in answer.positions]
        search.save()
    return search


def unfollow(*, search: SavedSearch, actor: Actor, now: datetime) -> None:
    """Stop following a search. Records `search.unfollowed`."""
    require(actor, "search.follow", search)
    with act(SITE_CHAIN, "search.unfollowed", actor=actor, now=now):
        search.delete()


def question_of(search: SavedSearch) -> Question:
    """What a saved search asks."""
    return Question.of(QueryDict(search.query.removeprefix("?")))


def matching(searches: Sequence[SavedSearch], profile: Profile, *, now: datetime) -> list[SavedSearch]:
    """Those of these searches that find this profile and did not when they were saved."""
    return [one for one in searches if profile.pk not in one.known and found_among(one, [profile.pk], now=now)]


def found_among(search: SavedSearch, profiles: Iterable[int], *, now: datetime) -> list[int]:
    """Those of these profiles that a saved search finds as it was asked, by name as the list sorts them."""
    answer = Answer(question_of(search), now)
    if answer.is_widened:
        return []
    return [answer.index.ids[position] for position in positions_in(answer.matching() & answer.index.of_ids(profiles))]
