"""The review of a profile: published or sent back, through Wagtail's workflow, so that its history stays true."""

from datetime import datetime

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from wagtail.models import TaskState

from cms.catalogue.models import Profile
from cms.catalogue.moderation import checklist
from cms.catalogue.moderation.acts import editor_of
from cms.catalogue.moderation.permissions import NOT_AN_EDITOR
from marketplace.accounts.actors import Actor
from marketplace.accounts.models import User
from marketplace.accounts.permissions import require
from marketplace.journal.acts import SITE_CHAIN, act, record_refusals
from marketplace.journal.errors import NotAllowed, Refusal

LONGEST_REASON = 2000
"""Signs of all the reasons of one return."""


@record_refusals("profile.publish")
def publish_reviewed(*, profile: Profile, revision_id: int, ticked: list[str], actor: Actor, now: datetime) -> None:
    """Publish the version under review, every point of the list looked at.

    Args:
        profile: The profile under review.
        revision_id: The version that the editor read: a newer one is not published in its place.
        ticked: Codes of `checklist.Check`.
        actor: The editor.
        now: Instant of the act.

    Raises:
        NotAllowed: The actor does not publish profiles, or does not take part in this review.
        Refusal: The review is over, a newer version was written, a point is not ticked, the version is not valid.
    """
    require(actor, "profile.review", profile)
    with act(SITE_CHAIN, "profile.published", actor=actor, now=now, subject=profile, revision=revision_id) as entry:
        user = editor_of(actor)
        current = _as_read(profile, revision_id)
        state = _open_review(current, user, "approve")
        if left := checklist.missing(ticked):
            raise Refusal(
                _("Cochez chaque point de la liste, ou renvoyez la fiche avec une raison."),
                *[_("À vérifier : %(point)s") % {"point": check.label} for check in left],
            )
        _refuse_invalid(current)
        entry.data["checks"] = ticked
        state.task.specific.on_action(state, user, "approve", comment="")


@record_refusals("profile.send_back")
def send_back(*, profile: Profile, revision_id: int, reasons: list[str], actor: Actor, now: datetime) -> None:
    """Send a version back to its authors, with the points to correct; the published version stays as it is.

    Raises:
        NotAllowed: The actor does not review profiles, or does not take part in this review.
        Refusal: The review is over, a newer version was written, no reason is given, or they are too long.
    """
    require(actor, "profile.review", profile)
    points = points_of("\n".join(reasons))
    with act(SITE_CHAIN, "profile.returned", actor=actor, now=now, subject=profile, revision=revision_id) as entry:
        user = editor_of(actor)
        current = _as_read(profile, revision_id)
        state = _open_review(current, user, "reject")
        text = "\n".join(points)
        if not points:
            raise Refusal(
                _("Dites ce qu’il faut corriger : choisissez une réponse type, ou écrivez un point par ligne.")
            )
        if len(text) > LONGEST_REASON:
            raise Refusal(
                _("Vos raisons dépassent %(limit)s signes : gardez les points les plus importants.")
                % {"limit": LONGEST_REASON}
            )
        entry.data["points"] = len(points)
        state.task.specific.on_action(state, user, "reject", comment=text)


def points_of(reason: str) -> list[str]:
    """The points to correct of a reason: its lines, each once."""
    return list(dict.fromkeys(line.strip() for line in reason.splitlines() if line.strip()))


def _as_read(profile: Profile, revision_id: int) -> Profile:
    """The profile as it stands in the database. Raises Refusal when the version read is not its latest any more."""
    current = Profile.objects.get(pk=profile.pk)
    if current.latest_revision_id != revision_id:
        raise Refusal(_("Une version plus récente a été écrite pendant votre lecture : relisez-la avant de décider."))
    return current


def _open_review(profile: Profile, user: User, action: str) -> TaskState:
    state = profile.current_workflow_task_state
    if state is None:
        raise Refusal(
            _("Cette fiche n’est plus en relecture : une autre personne a répondu, ou la demande est retirée.")
        )
    if action not in {name for name, _label, _modal in state.task.specific.get_actions(profile, user)}:
        raise NotAllowed(NOT_AN_EDITOR)
    return state


def _refuse_invalid(profile: Profile) -> None:
    """Refuse a version that the form would not take: a draft may be unfinished, or another profile took its SIREN."""
    try:
        profile.get_latest_revision_as_object().full_clean()
    except ValidationError as error:
        told = [
            f"{Profile._meta.get_field(name).verbose_name} : {' '.join(messages)}" if name != "__all__" else messages[0]
            for name, messages in error.message_dict.items()
        ]
        raise Refusal(
            _("Cette version ne peut pas être publiée telle quelle : corrigez-la ou renvoyez-la."), *told
        ) from error
