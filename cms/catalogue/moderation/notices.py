"""The mails that organisations get about their profiles, and who among them gets each."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from wagtail.admin.mail import WorkflowStateApprovalEmailNotifier, WorkflowStateRejectionEmailNotifier
from wagtail.models import TaskState, WorkflowState

from cms.catalogue.models import Profile
from cms.catalogue.moderation.services import points_of
from marketplace.accounts.actors import Actor
from marketplace.accounts.models import Membership, User
from marketplace.journal.acts import SITE_CHAIN, act
from marketplace.mail.kinds import Kind, register
from marketplace.mail.services import send

OWNS = "vous êtes responsable du compte de votre organisation."
LONGEST_EXTRACT = 450
"""Signs of the points to correct that a mail shows; the page shows them all."""

WATCH = Actor.system("catalogue")

register(
    Kind("catalogue.profile_published", "Ma fiche est en ligne", OWNS),
    Kind("catalogue.profile_returned", "Ma fiche est à corriger", OWNS),
    Kind("catalogue.facts_ending", "Des faits vérifiés de ma fiche arrivent à leur fin", OWNS),
    Kind("catalogue.error_answered", "Réponse à mon signalement d’une erreur", "vous avez signalé une erreur."),
)


def tell_owners(kind: str, profile: Profile, context: Mapping[str, Any], *, now: datetime) -> int:
    """Write to the owners of the account of a profile, inside an act; returns how many there are."""
    owners = Membership.objects.active().owners().filter(organisation=profile.organisation_id).select_related("user")
    for owner in owners:
        send(kind, owner.user, {"name": profile.name, **context}, now)
    return len(owners)


def announce_published(profile: Profile, *, now: datetime) -> None:
    """Tell the owners of a profile that its new version is public. Records `profile.publication_told`."""
    with act(SITE_CHAIN, "profile.publication_told", actor=WATCH, now=now, subject=profile):
        tell_owners("catalogue.profile_published", profile, {"path": profile.get_absolute_url()}, now=now)


def announce_returned(profile: Profile, state: TaskState, *, now: datetime) -> None:
    """Tell the owners of a profile what to correct. Records `profile.return_told`."""
    points = points_of(state.comment)
    text = "\n".join(f"- {point}" for point in points)
    shown = text if len(text) <= LONGEST_EXTRACT else f"{text[:LONGEST_EXTRACT].rsplit(' ', 1)[0]}…"
    with act(SITE_CHAIN, "profile.return_told", actor=WATCH, now=now, subject=profile):
        tell_owners("catalogue.profile_returned", profile, {"points": len(points) or 1, "reasons": shown}, now=now)


class ApprovalNotifier(WorkflowStateApprovalEmailNotifier):
    """Wagtail's mail about a finished review, for people of the editors' room: its links open nowhere else."""

    def get_recipient_users(self, workflow_state: WorkflowState, **kwargs: Any) -> set[User]:
        """Those who may enter the editors' room; organisations get the mails of this module."""
        return _inside(super().get_recipient_users(workflow_state, **kwargs))


class RejectionNotifier(WorkflowStateRejectionEmailNotifier):
    """Wagtail's mail about a return, for people of the editors' room."""

    def get_recipient_users(self, workflow_state: WorkflowState, **kwargs: Any) -> set[User]:
        """Those who may enter the editors' room."""
        return _inside(super().get_recipient_users(workflow_state, **kwargs))


def _inside(people: set[User]) -> set[User]:
    return {person for person in people if person.has_perm("wagtailadmin.access_admin")}


# Signals hold their receivers weakly.
APPROVAL, REJECTION = ApprovalNotifier(), RejectionNotifier()
