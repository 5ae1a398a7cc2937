"""One's own data: read whole, correct, close the account (RGPD, articles 15 to 20). What the law keeps is said.

Rooms above add what they hold of a person with `register_export`, in `AppConfig.ready`.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount
from allauth.usersessions.models import UserSession

from marketplace.accounts import signals
from marketplace.accounts.actors import Actor
from marketplace.accounts.models import Invitation, JoinRequest, Membership, Organisation, TypingDraft, User
from marketplace.accounts.permissions import require
from marketplace.journal.acts import SITE_CHAIN, act
from marketplace.journal.errors import Refusal

CLOSED_DOMAIN = "compte-ferme.invalid"
"""Domain of the addresses that stand for erased ones; it can receive nothing (RFC 2606)."""

Export = Callable[[User], Any]
_exports: dict[str, Export] = {}


def register_export(title: str, export: Export) -> None:
    """Add a part to what people take away: `export(user)` gives JSON values. Raises ValueError for a taken title."""
    if _exports.setdefault(title, export) is not export:
        raise ValueError(f"two rooms export {title!r}")


def export_of(user: User, *, now: datetime) -> dict[str, Any]:
    """Everything that the site holds of a person, as JSON values under French titles."""
    return {
        "établi le": now.isoformat(),
        "identité": {
            "prénom": user.first_name,
            "nom": user.last_name,
            "adresse électronique": user.email,
            "inscrit le": user.date_joined.isoformat(),
        },
        "équipes": [
            {
                "organisation": membership.organisation.name,
                "rôle": membership.get_role_display(),
                "depuis le": membership.since.isoformat(),
                "jusqu’au": membership.until.isoformat() if membership.until else None,
            }
            for membership in Membership.objects.filter(user=user).select_related("organisation")
        ],
        "demandes de rejoindre une équipe": [
            {"organisation": request.organisation.name, "le": request.requested_at.isoformat()}
            for request in JoinRequest.objects.filter(user=user).select_related("organisation")
        ],
        "moyens de connexion": {
            "mot de passe": user.has_usable_password(),
            "second moyen": [item.get_type_display() for item in Authenticator.objects.filter(user=user)],
            "proconnect": [account.extra_data for account in SocialAccount.objects.filter(user=user)],
            "appareils connectés": [
                {
                    "adresse IP": session.ip,
                    "navigateur": session.user_agent,
                    "depuis le": session.created_at.isoformat(),
                }
                for session in UserSession.objects.filter(user=user)
            ],
        },
        **{title: export(user) for title, export in _exports.items()},
    }


def correct_name(*, user: User, first_name: str, last_name: str, actor: Actor) -> User:
    """A person corrects their name; documents already written keep the former one. Raises NotAllowed."""
    require(actor, "account.own", user)
    user.first_name, user.last_name = first_name.strip(), last_name.strip()
    user.save(update_fields=["first_name", "last_name"])
    return user


def alone_in_charge_of(user: User) -> list[Organisation]:
    """The organisations of which this person is the last owner: they cannot leave them yet."""
    owned = Membership.objects.active().owners().filter(user=user).values("organisation")
    shared = Membership.objects.active().owners().exclude(user=user).values("organisation")
    return list(Organisation.objects.filter(pk__in=owned).exclude(pk__in=shared))


def close_account(*, user: User, actor: Actor, now: datetime) -> User:
    """Close one's own account: leave every team, erase the means of sign-in and the address.

    The name stays where it signed acts of a procedure, which the law keeps (LR-107, LR-108); a person of no team is
    erased whole. Records `account.closed`. Raises NotAllowed for anybody else, Refusal for the last owner of an
    organisation.
    """
    require(actor, "account.own", user)
    with act(SITE_CHAIN, "account.closed", actor=actor, now=now, subject=f"accounts.user:{user.pk}"):
        if alone := alone_in_charge_of(user):
            names = ", ".join(f"« {organisation} »" for organisation in alone)
            raise Refusal(
                f"Vous êtes seul responsable du compte de {names} : nommez un autre responsable d’abord, "
                "ou écrivez-nous pour fermer aussi l’organisation."
            )
        signals.account_closing.send(User, user=user, now=now)
        _leave(user, now)
        _erase(user)
    return user


def _leave(user: User, now: datetime) -> None:
    for membership in Membership.objects.filter(user=user, until__isnull=True):
        membership.until = now
        membership.save()
    for request in JoinRequest.objects.pending().filter(user=user):
        request.decided_at = now
        request.save()


def _erase(user: User) -> None:
    nobody = f"{user.pk}@{CLOSED_DOMAIN}"
    Invitation.objects.filter(email=user.email).update(email=nobody)
    for held in (EmailAddress, Authenticator, SocialAccount):
        held.objects.filter(user=user).delete()
    TypingDraft.objects.filter(saved_by=user).delete()
    for session in UserSession.objects.filter(user=user):
        session.end()
    if not Membership.objects.filter(user=user).exists():
        user.first_name = user.last_name = ""
    user.email, user.is_active, user.is_staff = nobody, False, False
    user.set_unusable_password()
    user.save()
