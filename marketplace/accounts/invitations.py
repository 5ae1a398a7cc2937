"""Inviting somebody to a team by mail: a signed link, which its address alone may use, once, for two weeks."""

from datetime import datetime, timedelta
from uuid import UUID

from django.core import signing
from django.urls import reverse

from marketplace.accounts import signals
from marketplace.accounts.actors import Actor
from marketplace.accounts.models import Invitation, Membership, Organisation
from marketplace.accounts.permissions import require
from marketplace.journal.acts import SITE_CHAIN, act, record_refusals
from marketplace.journal.errors import Refusal

VALID = timedelta(days=14)
_SALT = "accounts.invitation"


def path_of(invitation: Invitation) -> str:
    """Address of the page where the invitation is read and accepted."""
    return reverse("accounts:invitation", args=[signing.Signer(salt=_SALT).sign(str(invitation.pk))])


def find(token: str) -> Invitation | None:
    """The invitation of a signed address, None for an address that nobody signed."""
    try:
        key = signing.Signer(salt=_SALT).unsign(token)
    except signing.BadSignature:
        return None
    return Invitation.objects.select_related("organisation", "invited_by__user").filter(pk=UUID(key)).first()


def why_closed(invitation: Invitation, now: datetime) -> str:
    """Why an invitation can no longer be accepted, in a French sentence; empty while it can."""
    again = "demandez-en une autre à un responsable du compte."
    if invitation.accepted_at is not None:
        return "Cette invitation a déjà servi : connectez-vous."
    if invitation.cancelled_at is not None or invitation.invited_by.until is not None:
        return f"Cette invitation a été retirée : {again}"
    if invitation.expires_at <= now:
        return f"Cette invitation a plus de {VALID.days} jours : {again}"
    return ""


@record_refusals("membership.invite")
def invite_member(*, organisation: Organisation, email: str, role: str, actor: Actor, now: datetime) -> Invitation:
    """An owner invites an address to the team.

    Records `membership.invited`. Raises NotAllowed for anyone but an owner, Refusal for a member or when an
    invitation to this address is still open.
    """
    require(actor, "organisation.manage", organisation)
    email = email.strip().lower()
    with act(SITE_CHAIN, "membership.invited", actor=actor, now=now, subject=organisation) as entry:
        if Membership.objects.active().filter(organisation=organisation, user__email=email).exists():
            raise Refusal("Cette personne fait déjà partie de l’équipe : il n’y a rien à faire.")
        if Invitation.objects.open(now).filter(organisation=organisation, email=email).exists():
            raise Refusal("Une invitation est déjà partie à cette adresse : retirez-la pour en envoyer une autre.")
        invitation = Invitation.objects.create(
            organisation=organisation,
            email=email,
            role=Membership.Role(role),
            invited_by_id=actor.membership_id,
            invited_at=now,
            expires_at=now + VALID,
        )
        entry.data.update(invitation=invitation.pk, role=invitation.role)
        signals.member_invited.send(Invitation, invitation=invitation, path=path_of(invitation), now=now)
    return invitation


@record_refusals("membership.join")
def accept_invitation(*, invitation: Invitation, actor: Actor, now: datetime) -> Membership:
    """The invited person joins the team, in the role that the owner chose.

    Records `membership.joined`. Raises NotAllowed for anybody else, Refusal for an invitation that no longer holds.
    """
    require(actor, "invitation.accept", invitation)
    organisation = invitation.organisation
    with act(SITE_CHAIN, "membership.joined", actor=actor, now=now, subject=organisation) as entry:
        invitation.refresh_from_db()
        if reason := why_closed(invitation, now):
            raise Refusal(reason)
        if Membership.objects.active().filter(organisation=organisation, user_id=actor.user_id).exists():
            raise Refusal("Vous faites déjà partie de cette équipe : il n’y a rien à faire.")
        membership = Membership(user_id=actor.user_id, organisation=organisation, role=invitation.role, since=now)
        membership.save()
        invitation.accepted_at = now
        invitation.save(update_fields=["accepted_at"])
        entry.data.update(membership=membership.pk, invitation=invitation.pk, role=membership.role)
    return membership


@record_refusals("membership.cancel_invitation")
def cancel_invitation(*, invitation: Invitation, actor: Actor, now: datetime) -> Invitation:
    """An owner takes an invitation back.

    Records `membership.invitation_cancelled`. Raises NotAllowed for anyone else, Refusal when it has served.
    """
    require(actor, "invitation.cancel", invitation)
    subject = invitation.organisation
    with act(SITE_CHAIN, "membership.invitation_cancelled", actor=actor, now=now, subject=subject) as entry:
        invitation.refresh_from_db()
        if reason := why_closed(invitation, now):
            raise Refusal(reason)
        invitation.cancelled_at = now
        invitation.save(update_fields=["cancelled_at"])
        entry.data["invitation"] = invitation.pk
    return invitation
