"""One door for every right: `can(actor, action, object)` answers with a reason in French.

A room declares its predicates in its own `permissions.py`, imported in `AppConfig.ready`:

    @permits("call.publish", Call)
    def _publish(actor: Actor, call: Call) -> Verdict: ...

Its querysets give the same answer for many rows through `visible_to(actor)`; a view reads an object with
`visible_or_404(queryset, actor, pk=…)`, so that what one may not see answers like what does not exist.
Neither `is_superuser` nor `is_staff` is ever read here.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol, Self, TypeVar

from django.db import models
from django.http import Http404

from marketplace.accounts.actors import Actor
from marketplace.accounts.models import Invitation, JoinRequest, Membership, Organisation, User
from marketplace.journal.errors import NotAllowed

Row = TypeVar("Row", bound=models.Model)


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether an act is allowed; when it is not, why, in one French sentence that says what to do."""

    allowed: bool
    reason: str = ""

    @classmethod
    def yes(cls) -> Self:
        """Allowed."""
        return cls(allowed=True)

    @classmethod
    def no(cls, reason: str) -> Self:
        """Forbidden, for a reason the person can read."""
        return cls(allowed=False, reason=reason)

    def __bool__(self) -> bool:
        return self.allowed


Predicate = Callable[[Actor, Any], Verdict]

_predicates: dict[str, tuple[type[models.Model], Predicate]] = {}


def permits(action: str, model: type[models.Model]) -> Callable[[Predicate], Predicate]:
    """Declare the predicate that decides on an action upon an object of `model`. Raises ValueError if one exists."""

    def register(predicate: Predicate) -> Predicate:
        if action in _predicates:
            raise ValueError(f"two predicates decide on {action!r}")
        _predicates[action] = (model, predicate)
        return predicate

    return register


def permits_visible(action: str, model: type[models.Model]) -> None:
    """Declare that one may do `action` (as a rule « see ») upon the rows that `model.objects.visible_to` gives."""

    @permits(action, model)
    def is_visible(actor: Actor, obj: models.Model) -> Verdict:
        rows: VisibleRows = model._default_manager
        return Verdict.yes() if rows.visible_to(actor).filter(pk=obj.pk).exists() else Verdict.no(HIDDEN)


def can(actor: Actor, action: str, obj: models.Model) -> Verdict:
    """Whether `actor` may do `action` upon `obj`.

    Raises:
        LookupError: No room declared this action.
        TypeError: The action is upon another kind of object.
    """
    try:
        model, predicate = _predicates[action]
    except KeyError:
        raise LookupError(f"no predicate decides on {action!r}") from None
    if not isinstance(obj, model):
        raise TypeError(f"{action!r} is decided upon a {model.__name__}, not a {type(obj).__name__}")
    return predicate(actor, obj)


def require(actor: Actor, action: str, obj: models.Model) -> None:
    """Do nothing when allowed. Raises NotAllowed with the reason of the verdict otherwise."""
    verdict = can(actor, action, obj)
    if not verdict:
        raise NotAllowed(verdict.reason)


def actions() -> frozenset[str]:
    """Every declared action, for the pages and tests that list them."""
    return frozenset(_predicates)


class VisibleRows(Protocol[Row]):
    """A queryset that follows the convention: the rows an actor may see, by the same rules as `can`."""

    def visible_to(self, actor: Actor) -> models.QuerySet[Row]:
        """The rows that `actor` may see."""


def visible_or_404(rows: VisibleRows[Row], actor: Actor, **lookup: Any) -> Row:
    """The one row that matches and that `actor` may see. Raises Http404 alike when absent or hidden."""
    found = rows.visible_to(actor).filter(**lookup).first()
    if found is None:
        raise Http404
    return found


HIDDEN = "Cette page n’est pas ouverte à votre compte."
NOT_AN_OWNER = "Seul un responsable du compte de l’organisation peut le faire : demandez-lui, ou écrivez-nous."
NOT_THE_OPERATOR = "Seul l’exploitant du site vérifie une organisation."
NOT_SIGNED_IN = "Connectez-vous avec votre adresse professionnelle pour continuer."


permits_visible("organisation.see", Organisation)
permits_visible("membership.see", Membership)
permits_visible("join_request.see", JoinRequest)


@permits("organisation.register", Organisation)
def _register(actor: Actor, organisation: Organisation) -> Verdict:
    """Any person registers a buyer or a supplier; the operator's own organisation is laid by the installation."""
    if organisation.kind == Organisation.Kind.OPERATOR:
        return Verdict.yes() if actor.is_system() else Verdict.no("L’exploitant est inscrit à l’installation du site.")
    return Verdict.no(NOT_SIGNED_IN) if actor.kind == "visitor" else Verdict.yes()


@permits("organisation.verify", Organisation)
def _verify(actor: Actor, organisation: Organisation) -> Verdict:
    """A person of the operator verifies anybody but themselves."""
    membership = actor.membership()
    if membership is None or membership.organisation.kind != Organisation.Kind.OPERATOR:
        return Verdict.no(NOT_THE_OPERATOR)
    return Verdict.yes()


@permits("organisation.join", Organisation)
def _join(actor: Actor, organisation: Organisation) -> Verdict:
    """Any signed-in person may ask; nobody asks to become the operator."""
    if actor.user_id is None:
        return Verdict.no(NOT_SIGNED_IN)
    if organisation.kind == Organisation.Kind.OPERATOR:
        return Verdict.no("L’exploitant invite lui-même les membres de son équipe.")
    return Verdict.yes()


@permits("organisation.manage", Organisation)
def _manage(actor: Actor, organisation: Organisation) -> Verdict:
    """Owners manage their team; the installation lays out the first members."""
    if actor.is_system():
        return Verdict.yes()
    membership = actor.membership()
    if membership is None or membership.organisation_id != organisation.pk or not membership.is_owner:
        return Verdict.no(NOT_AN_OWNER)
    return Verdict.yes()


@permits("organisation.answer_join_request", JoinRequest)
def _answer(actor: Actor, request: JoinRequest) -> Verdict:
    """An owner of the organisation answers, or the operator where it has nobody; and never their own request."""
    if actor.user_id == request.user_id:
        return Verdict.no("On ne s’admet pas soi-même : un responsable du compte doit répondre.")
    if request.organisation.has_nobody:
        return _verify(actor, request.organisation)
    return _manage(actor, request.organisation)


@permits("membership.end", Membership)
def _end(actor: Actor, membership: Membership) -> Verdict:
    """Everybody may leave; owners take others off the team."""
    if actor.user_id is not None and actor.user_id == membership.user_id:
        return Verdict.yes()
    return _manage(actor, membership.organisation)


permits_visible("invitation.see", Invitation)


@permits("invitation.accept", Invitation)
def _accept_invitation(actor: Actor, invitation: Invitation) -> Verdict:
    """The person whose address was invited, and nobody to whom the letter was passed on."""
    if actor.user_id is None:
        return Verdict.no(NOT_SIGNED_IN)
    if not User.objects.filter(pk=actor.user_id, email=invitation.email).exists():
        return Verdict.no(
            "Cette invitation est pour une autre adresse que la vôtre : demandez-en une à votre adresse, "
            "ou connectez-vous avec celle qui l’a reçue."
        )
    return Verdict.yes()


@permits("invitation.cancel", Invitation)
def _cancel_invitation(actor: Actor, invitation: Invitation) -> Verdict:
    """Owners of the organisation."""
    return _manage(actor, invitation.organisation)


@permits("account.own", User)
def _own(actor: Actor, user: User) -> Verdict:
    """Everybody corrects and closes their own account, and no other."""
    return Verdict.yes() if actor.user_id == user.pk else Verdict.no("Ce compte n’est pas le vôtre.")
