"""The registration that a person is in the middle of, kept in their session until their address is proven.

Three screens: the identifier, « c’est bien vous ? », the person. A visitor has no account before the third; the code
that proves their address also ends the registration, so that nobody has to come back for it.
"""

from dataclasses import asdict, dataclass
from typing import Any, Self

from django.contrib import messages
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _

from marketplace.accounts import registry
from marketplace.accounts.actors import SESSION_KEY, Actor
from marketplace.accounts.identifiers import checked_identifier, siren_of
from marketplace.accounts.landing import home_of
from marketplace.accounts.models import Organisation, User
from marketplace.accounts.services import (
    AlreadyKnown,
    Declared,
    closed_refusal,
    known_organisation,
    not_found_refusal,
    register_organisation,
    request_to_join,
)
from marketplace.journal import clock
from marketplace.journal.errors import Refusal

PENDING = "registration"
"""Key of the session."""


@dataclass(frozen=True, kw_only=True)
class Pending:
    """What was said so far.

    Attributes:
        kind: "supplier" or "buyer".
        scheme, identifier: As checked.
        facts: Name, legal form, address… found in the register, or declared where it could not answer.
        is_found: Whether the register answered.
        known: Id of the organisation that is on the site already, which the person asks to join; empty otherwise.
        is_confirmed: The person said « c’est bien nous ».
        email: Address to which the code was sent; the person who proves it ends the registration.
    """

    kind: str
    scheme: str
    identifier: str
    facts: dict[str, str]
    is_found: bool
    known: str = ""
    buyer_category: str = ""
    is_confirmed: bool = False
    email: str = ""

    @classmethod
    def of(cls, request: HttpRequest, kind: str) -> Self | None:
        """The one of this session, None when there is none of this kind."""
        kept = request.session.get(PENDING)
        return cls(**kept) if kept and kept["kind"] == kind else None

    def keep(self, request: HttpRequest, **changes: Any) -> None:
        """Keep it in the session, with changes."""
        request.session[PENDING] = asdict(self) | changes

    @property
    def address(self) -> str:
        """Where the registration goes on."""
        step = "person" if self.is_confirmed else "confirm"
        return reverse(f"accounts:register_{'company' if self.kind == 'supplier' else 'buyer'}_{step}")


def begin(request: HttpRequest, *, kind: str, scheme: str, identifier: str, buyer_category: str = "") -> Pending:
    """Look an identifier up and remember what was found.

    Raises:
        InvalidIdentifier: Wrong check digits.
        Refusal: The register holds no such SIREN, or holds it as closed.
    """
    checked = checked_identifier(scheme, identifier)
    facts, is_found = _facts(siren_of(scheme, checked))
    known = known_organisation(kind=kind, scheme=scheme, identifier=checked)
    pending = Pending(
        kind=kind,
        scheme=scheme,
        identifier=checked,
        facts=facts,
        is_found=is_found,
        known=str(known.pk) if known else "",
        buyer_category=buyer_category,
    )
    pending.keep(request)
    return pending


def _facts(siren: str) -> tuple[dict[str, str], bool]:
    if not siren:
        return {}, False
    match registry.registry().lookup(siren):
        case registry.NotFound():
            raise not_found_refusal()
        case registry.CompanyFacts(is_active=False):
            raise closed_refusal()
        case registry.CompanyFacts() as found:
            names = ("name", "legal_form", "address", "postcode", "city", "size")
            return {name: getattr(found, name) for name in names}, True
    return {}, False


def end(request: HttpRequest, user: User, pending: Pending) -> str:
    """Register the organisation, or ask to join the one that is known. Returns the next address; raises Refusal."""
    actor, now = Actor.person(user), clock.now()
    if pending.known:
        organisation = Organisation.objects.get(pk=pending.known)
        request_to_join(organisation=organisation, actor=actor, now=now)
        request.session.pop(PENDING, None)
        messages.success(
            request, _("Votre demande est partie. Un responsable du compte vous répond, et vous recevez un courriel.")
        )
        return reverse("accounts:account")
    declared = Declared(
        kind=pending.kind,
        identifier_scheme=pending.scheme,
        identifier=pending.identifier,
        buyer_category=pending.buyer_category,
        **{"name": ""} | pending.facts,
    )
    organisation = register_organisation(declared=declared, owner=user, actor=actor, now=now)
    request.session.pop(PENDING, None)
    request.session[SESSION_KEY] = str(organisation.pk)
    messages.success(request, _("« %(name)s » est inscrite. Bienvenue.") % {"name": organisation.name})
    return home_of(organisation)


def finish(request: HttpRequest, user: User) -> str:
    """After a sign-in: end the registration of the address just proven, or lead back to one begun before.

    Returns an address, empty when there is no registration under way.
    """
    kept = request.session.get(PENDING)
    if not kept:
        return ""
    pending = Pending(**kept)
    if not pending.is_confirmed or pending.email != user.email:
        return pending.address
    try:
        return end(request, user, pending)
    except AlreadyKnown as refusal:
        pending.keep(request, known=str(refusal.organisation.pk), is_confirmed=False)
        return Pending(**request.session[PENDING]).address
    except Refusal as refusal:
        messages.error(request, " ".join(refusal.reasons))
        return pending.address
