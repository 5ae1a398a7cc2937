"""The draft of a profile: the version that its authors work on, what it lacks, and where its review stands."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import models
from django.urls import reverse
from django.utils.translation import gettext as _
from wagtail.models import WorkflowState

from cms.catalogue.models import Label, Medium, Profile, Reference, Solution, Translation
from marketplace.accounts.actors import Actor

PARTS: dict[str, type[Solution | Reference | Label | Translation | Medium]] = {
    "solutions": Solution,
    "references": Reference,
    "labels": Label,
    "translations": Translation,
    "media": Medium,
}
"""The parts that a company writes, under the name that they have in a profile and in addresses."""


class State(models.TextChoices):
    """Where a profile stands, for its authors (ux.md §6)."""

    DRAFT = "draft", "Brouillon"
    REVIEW = "review", "En relecture"
    TO_FIX = "to_fix", "À corriger"
    PUBLISHED = "published", "Publiée"
    WITHDRAWN = "withdrawn", "Retirée"


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a profile stands.

    Attributes:
        state: The word for it.
        reason: What the editor asks to correct, empty when nothing is.
        is_public: Whether visitors read a version now.
        has_changes: Whether the draft says something else than what visitors read.
    """

    state: State
    reason: str
    is_public: bool
    has_changes: bool

    @property
    def tone(self) -> str:
        """Tone of the tag that says the state."""
        tones = {State.PUBLISHED: "ok", State.REVIEW: "info", State.TO_FIX: "danger", State.WITHDRAWN: "warn"}
        return tones.get(self.state, "outline")


def profile_of(actor: Actor) -> Profile | None:
    """The profile of the organisation that the actor acts for; None when it has none."""
    if actor.organisation_id is None:
        return None
    return Profile.objects.select_related("organisation").filter(organisation_id=actor.organisation_id).first()


def draft_of(profile: Profile) -> Profile:
    """The latest version written, published or not. It is changed in memory, then kept as a revision: never saved."""
    draft = profile.get_latest_revision_as_object()
    # What a version says of its own account is of no weight: the row decides whose profile it is.
    draft.organisation = profile.organisation
    return draft


def part_of(draft: Profile, name: str, uid: UUID) -> Any:
    """The part of a draft that has this identifier; None when there is none."""
    return next((one for one in getattr(draft, name).all() if one.uid == uid), None)


def standing_of(profile: Profile) -> Standing:
    """Where the profile stands, read from its row and its review."""
    is_public = profile.live and profile.withdrawn_at is None
    review = profile.current_workflow_state
    reason = ""
    if profile.withdrawn_at is not None:
        state = State.WITHDRAWN
    elif review is not None and review.status == WorkflowState.STATUS_IN_PROGRESS:
        state = State.REVIEW
    elif review is not None:
        state = State.TO_FIX
        reason = review.current_task_state.comment if review.current_task_state else ""
    elif is_public and not profile.has_unpublished_changes:
        state = State.PUBLISHED
    else:
        state = State.DRAFT
    return Standing(state, reason, is_public, profile.has_unpublished_changes)


def missing_of(draft: Profile) -> list[tuple[str, str]]:
    """What the draft lacks to be published: a sentence and the address where it is written."""
    presentation, scope = block_url("presentation"), block_url("domaines")
    wanted = [
        (draft.tagline, _("Dites en une phrase ce que vous faites, et pour qui."), presentation),
        (draft.problem, _("Décrivez le problème que vous résolvez."), presentation),
        (draft.answer, _("Décrivez votre réponse."), presentation),
        (list(draft.domains.all()), _("Choisissez au moins un domaine."), scope),
        (draft.region, _("Indiquez votre région."), scope),
        (
            list(draft.solutions.all()),
            _("Ajoutez au moins une solution."),
            reverse("catalogue:add_part", args=["solutions"]),
        ),
    ]
    return [(sentence, url) for value, sentence, url in wanted if not value]


def block_url(block: str) -> str:
    """Address of the screen of one topic."""
    return reverse("catalogue:edit_block", args=[block])
