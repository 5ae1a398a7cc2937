"""Who acts: a person for an organisation, a person for themselves, the site itself, or a visitor without account."""

import re
from dataclasses import dataclass, field, replace
from typing import Literal, Self
from uuid import UUID

from django.http import HttpRequest

from marketplace.accounts.models import Membership, User

SESSION_KEY = "acting_for"
"""Session key of the organisation that the person chose to act for (its id as text)."""

_SYSTEM_NAME = re.compile(r"[a-z][a-z0-9_.-]{1,40}")


@dataclass(frozen=True, slots=True)
class Actor:
    """The author of an act, as the journal keeps it: ids only, never a name or an address.

    Attributes:
        kind: "membership", "person", "system" or "visitor" (a reader without account, who can act on nothing).
        user_id: The person, None for the site and for visitors.
        organisation_id: The organisation they act for, None outside of a membership.
        membership_id: The membership they act under, None outside of a membership.
        label: What entries keep, e.g. "membership:<uuid>", "person:<uuid>", "system:renderer", "visitor".
        known: The membership as the request that asks read it, with its organisation; None outside of requests,
            where it is read each time it is asked for.
    """

    kind: Literal["membership", "person", "system", "visitor"]
    label: str
    user_id: UUID | None = None
    organisation_id: UUID | None = None
    membership_id: UUID | None = None
    known: Membership | None = field(default=None, compare=False, repr=False)

    @classmethod
    def of(cls, membership: Membership) -> Self:
        """The person of a membership, acting for its organisation. Raises ValueError when it has ended."""
        if membership.until is not None:
            raise ValueError("nobody acts under a membership that has ended")
        return cls(
            kind="membership",
            label=f"membership:{membership.pk}",
            user_id=membership.user_id,
            organisation_id=membership.organisation_id,
            membership_id=membership.pk,
        )

    @classmethod
    def person(cls, user: User) -> Self:
        """A signed-in person acting for themselves."""
        return cls(kind="person", label=f"person:{user.pk}", user_id=user.pk)

    @classmethod
    def system(cls, name: str) -> Self:
        """The site itself, in one of its trades (e.g. "renderer"). Raises ValueError for a name that is not a code."""
        if not _SYSTEM_NAME.fullmatch(name):
            raise ValueError(f"{name!r} is not a code of lower-case letters")
        return cls(kind="system", label=f"system:{name}")

    @classmethod
    def visitor(cls) -> Self:
        """A reader without account."""
        return cls(kind="visitor", label="visitor")

    def is_system(self, *names: str) -> bool:
        """Whether the site itself acts; with names, whether it does so in one of these trades."""
        return self.kind == "system" and (not names or self.label.removeprefix("system:") in names)

    def acts_for(self, organisation_id: UUID | None) -> bool:
        """Whether the actor speaks for this organisation."""
        return organisation_id is not None and self.organisation_id == organisation_id

    def membership(self) -> Membership | None:
        """The membership as it stands now, or `known`, with person and organisation; None when it has ended since."""
        if self.membership_id is None or self.known is not None:
            return self.known
        memberships = Membership.objects.active().select_related("user", "organisation")
        return memberships.filter(pk=self.membership_id).first()


def actor_of(request: HttpRequest) -> Actor:
    """The author of what a request asks for.

    A person who belongs to one organisation acts for it; one who belongs to several acts for the one they chose
    (`SESSION_KEY`), and for themselves until they choose.
    """
    if not request.user.is_authenticated:
        return Actor.visitor()
    own = Membership.objects.active().filter(user=request.user).select_related("organisation")
    memberships = list(own[:2])
    if len(memberships) > 1:
        memberships = list(own.filter(organisation_id=request.session.get(SESSION_KEY))[:1])
    if not memberships:
        return Actor.person(request.user)
    [membership] = memberships
    membership.user = request.user
    return replace(Actor.of(membership), known=membership)
