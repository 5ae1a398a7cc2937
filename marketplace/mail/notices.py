"""Mails about accounts, written when the room below tells that something happened."""

from datetime import datetime
from typing import Any

from django.dispatch import receiver
from django.urls import reverse

from marketplace.accounts import signals
from marketplace.accounts.models import Invitation, JoinRequest, Membership, Organisation, User
from marketplace.accounts.own_data import register_export
from marketplace.mail.kinds import Kind, all_kinds, register
from marketplace.mail.models import Message, OptOut
from marketplace.mail.services import send

OWNS = "vous êtes responsable du compte de votre organisation."

register(
    Kind("accounts.join_requested", "Une personne demande à rejoindre mon équipe", OWNS),
    Kind("accounts.join_answered", "Réponse à ma demande de rejoindre une équipe", "vous avez fait cette demande."),
    Kind("accounts.member_added", "On m’ajoute à une équipe", "un compte à votre nom existe sur ce site."),
    Kind("accounts.member_invited", "On m’invite dans une équipe", "une organisation a donné votre adresse."),
    Kind("accounts.organisation_verified", "Mon organisation est vérifiée", OWNS),
    Kind("accounts.verification_refused", "Mon organisation n’a pas pu être vérifiée", OWNS),
)


@receiver(signals.join_requested, dispatch_uid="mail.join_requested")
def _join_requested(*, request: JoinRequest, now: datetime, **kwargs: Any) -> None:
    context = {"person": str(request.user), "address": request.user.email, "organisation": request.organisation.name}
    if not request.organisation.has_nobody:
        _tell_owners("accounts.join_requested", request.organisation, context, now)
        return
    for operator in Organisation.objects.filter(kind=Organisation.Kind.OPERATOR):
        _tell_owners("accounts.join_requested", operator, context, now)


@receiver(signals.join_answered, dispatch_uid="mail.join_answered")
def _join_answered(*, request: JoinRequest, now: datetime, **kwargs: Any) -> None:
    context = {"organisation": request.organisation.name, "accepted": request.is_accepted}
    send("accounts.join_answered", request.user, context, now)


@receiver(signals.member_added, dispatch_uid="mail.member_added")
def _member_added(*, membership: Membership, now: datetime, **kwargs: Any) -> None:
    send("accounts.member_added", membership.user, {"organisation": membership.organisation.name}, now)


@receiver(signals.organisation_verified, dispatch_uid="mail.organisation_verified")
def _organisation_verified(*, organisation: Organisation, now: datetime, **kwargs: Any) -> None:
    context = {"organisation": organisation.name, "is_buyer": organisation.kind == Organisation.Kind.BUYER}
    _tell_owners("accounts.organisation_verified", organisation, context, now)


@receiver(signals.verification_refused, dispatch_uid="mail.verification_refused")
def _verification_refused(*, organisation: Organisation, now: datetime, **kwargs: Any) -> None:
    context = {
        "organisation": organisation.name,
        "is_buyer": organisation.kind == Organisation.Kind.BUYER,
        "reason": organisation.verification_refusal,
        "path": reverse("accounts:ask_verification"),
    }
    _tell_owners("accounts.verification_refused", organisation, context, now)


@receiver(signals.member_invited, dispatch_uid="mail.member_invited")
def _member_invited(*, invitation: Invitation, path: str, now: datetime, **kwargs: Any) -> None:
    context = {
        "organisation": invitation.organisation.name,
        "person": str(invitation.invited_by.user),
        "path": path,
        "until": invitation.expires_at,
    }
    send("accounts.member_invited", invitation.email, context, now)


@receiver(signals.account_closing, dispatch_uid="mail.account_closing")
def _account_closing(*, user: User, **kwargs: Any) -> None:
    """Erase what was written to the person; legal notices stay, they prove what the procedure told them."""
    legal = [kind.code for kind in all_kinds() if kind.is_legal_notice]
    Message.objects.to(user).exclude(kind__in=legal).delete()
    Message.objects.filter(kind=Message.LIBRARY, address=user.email).delete()
    OptOut.objects.filter(user=user).delete()


def _mails_of(user: User) -> list[dict[str, str]]:
    return [
        {"objet": message.subject, "texte": message.body, "écrit le": message.queued_at.isoformat()}
        for message in Message.objects.to(user)
    ]


register_export("courriels reçus", _mails_of)


def _tell_owners(kind: str, organisation: Organisation, context: dict[str, Any], now: datetime) -> None:
    owners = Membership.objects.active().owners().filter(organisation=organisation).select_related("user")
    for owner in owners:
        send(kind, owner.user, context, now)
