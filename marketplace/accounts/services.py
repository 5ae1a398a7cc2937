"""Acts upon organisations and their teams, all on the chain of the site."""

from dataclasses import dataclass, fields
from datetime import datetime

from marketplace.accounts import registry, signals
from marketplace.accounts.actors import Actor
from marketplace.accounts.identifiers import checked_identifier, siren_of
from marketplace.accounts.models import JoinRequest, Membership, Organisation, User
from marketplace.accounts.permissions import require
from marketplace.journal.acts import SITE_CHAIN, act, record_refusals
from marketplace.journal.errors import Refusal

LONGEST_REASON = 500
"""Signs of a reason that a mail repeats."""


class AlreadyKnown(Refusal):
    """The organisation is on the site already: `organisation` is the one to join."""

    def __init__(self, organisation: Organisation) -> None:
        super().__init__(
            f"« {organisation} » est déjà inscrite : demandez à la rejoindre, un responsable du compte vous répondra."
        )
        self.organisation = organisation


@dataclass(frozen=True, kw_only=True, slots=True)
class Declared:
    """What a person says of the organisation that they register; codes are those of `Organisation`."""

    kind: str
    name: str
    identifier_scheme: str
    identifier: str
    legal_form: str = ""
    address: str = ""
    postcode: str = ""
    city: str = ""
    country: str = "FR"
    buyer_category: str = ""
    size: str = ""


def register_organisation(*, declared: Declared, owner: User, actor: Actor, now: datetime) -> Organisation:
    """Register an organisation with its first owner; what the public register says prevails over what was typed.

    The register is asked before the transaction. When it cannot answer, the identity stays as declared
    (`registry_checked_at` empty). Records `organisation.registered`.

    Raises:
        NotAllowed: A visitor, or a person who would register the operator of the site.
        InvalidIdentifier: Wrong check digits.
        AlreadyKnown: Another organisation has this identifier, or this SIREN.
        Refusal: Unknown or closed in the register, no name, or a buyer without category.
    """
    identifier = checked_identifier(declared.identifier_scheme, declared.identifier)
    organisation = Organisation(
        **{field.name: getattr(declared, field.name) for field in fields(declared)} | {"identifier": identifier},
        registered_at=now,
    )
    require(actor, "organisation.register", organisation)
    _complete(organisation, now=now)
    _refuse_incomplete(organisation)
    with act(SITE_CHAIN, "organisation.registered", actor=actor, now=now, subject=organisation) as entry:
        _refuse_known(organisation)
        organisation.save()
        membership = Membership(user=owner, organisation=organisation, role=Membership.Role.OWNER, since=now)
        membership.save()
        entry.data.update(kind=organisation.kind, scheme=organisation.identifier_scheme, owner=membership.pk)
        signals.organisation_registered.send(Organisation, organisation=organisation, now=now)
    return organisation


@record_refusals("organisation.verify")
def verify_organisation(*, organisation: Organisation, actor: Actor, now: datetime) -> Organisation:
    """The operator vouches for the identity of an organisation; a buyer may publish from then on.

    Records `organisation.verified`. Raises NotAllowed for anyone but the operator, Refusal when it was done before.
    """
    require(actor, "organisation.verify", organisation)
    with act(SITE_CHAIN, "organisation.verified", actor=actor, now=now, subject=organisation):
        organisation.refresh_from_db()
        if organisation.is_verified:
            raise Refusal(f"« {organisation} » est déjà vérifiée : il n’y a rien à faire.")
        organisation.verified_at, organisation.verified_by_id = now, actor.user_id
        organisation.verification_refused_at, organisation.verification_refusal = None, ""
        organisation.save()
        signals.organisation_verified.send(Organisation, organisation=organisation, now=now)
    return organisation


@record_refusals("organisation.verify")
def refuse_verification(*, organisation: Organisation, reason: str, actor: Actor, now: datetime) -> Organisation:
    """The operator could not vouch for an organisation; its owners learn why, and may ask again.

    Records `organisation.verification_refused`. Raises NotAllowed for anyone but the operator, Refusal without a
    reason of `LONGEST_REASON` signs at most, or when the organisation is verified or was refused already.
    """
    require(actor, "organisation.verify", organisation)
    if not 0 < len(reason.strip()) <= LONGEST_REASON:
        raise Refusal("Dites ce qui manque, en 500 signes au plus : les responsables de l’organisation le liront.")
    with act(SITE_CHAIN, "organisation.verification_refused", actor=actor, now=now, subject=organisation):
        organisation.refresh_from_db()
        if organisation.is_verified:
            raise Refusal(f"« {organisation} » est déjà vérifiée : son identité ne se refuse plus.")
        if organisation.verification_refused_at is not None:
            raise Refusal(f"« {organisation} » a déjà reçu votre réponse : elle peut demander à nouveau.")
        organisation.verification_refused_at, organisation.verification_refusal = now, reason.strip()
        organisation.save()
        signals.verification_refused.send(Organisation, organisation=organisation, now=now)
    return organisation


def ask_verification(*, organisation: Organisation, actor: Actor, now: datetime) -> Organisation:
    """A company asks the operator to vouch for it, as buyers are without asking; any may ask again after a refusal.

    Records `organisation.verification_asked`. Raises NotAllowed for anyone but an owner, Refusal when it is verified or
    its question waits.
    """
    require(actor, "organisation.manage", organisation)
    with act(SITE_CHAIN, "organisation.verification_asked", actor=actor, now=now, subject=organisation):
        organisation.refresh_from_db()
        if organisation.is_verified:
            raise Refusal("Votre organisation est déjà vérifiée : il n’y a rien à faire.")
        if organisation.awaits_verification:
            raise Refusal("Votre demande est déjà partie : nous y répondons par courriel.")
        organisation.verification_asked_at = now
        organisation.verification_refused_at, organisation.verification_refusal = None, ""
        organisation.save()
    return organisation


def request_to_join(*, organisation: Organisation, actor: Actor, now: datetime) -> JoinRequest:
    """A person asks to act for a known organisation; it takes an owner's yes.

    Records `membership.requested`. Raises NotAllowed for a visitor, Refusal for a member or a second request.
    """
    require(actor, "organisation.join", organisation)
    with act(SITE_CHAIN, "membership.requested", actor=actor, now=now, subject=organisation) as entry:
        _refuse_member(organisation, actor.user_id)
        if JoinRequest.objects.pending().filter(organisation=organisation, user_id=actor.user_id).exists():
            raise Refusal("Votre demande est déjà partie : un responsable du compte doit y répondre.")
        request = JoinRequest(user_id=actor.user_id, organisation=organisation, requested_at=now)
        request.save()
        entry.data["request"] = request.pk
        signals.join_requested.send(JoinRequest, request=request, now=now)
    return request


@record_refusals("membership.accept")
def accept_member(*, request: JoinRequest, actor: Actor, now: datetime) -> Membership:
    """An owner admits the person who asked, as a member; the operator, as the owner of what nobody acts for.

    Records `membership.accepted`. Raises NotAllowed for anyone else, Refusal for a request already answered.
    """
    require(actor, "organisation.answer_join_request", request)
    with act(SITE_CHAIN, "membership.accepted", actor=actor, now=now, subject=request) as entry:
        _answer(request, is_accepted=True, actor=actor, now=now)
        _refuse_member(request.organisation, request.user_id)
        role = Membership.Role.OWNER if request.organisation.has_nobody else Membership.Role.MEMBER
        membership = Membership(user_id=request.user_id, organisation=request.organisation, role=role, since=now)
        membership.save()
        entry.data["membership"] = membership.pk
        signals.join_answered.send(JoinRequest, request=request, now=now)
    return membership


@record_refusals("membership.decline")
def decline_member(*, request: JoinRequest, actor: Actor, now: datetime) -> JoinRequest:
    """An owner says no; the person may ask again.

    Records `membership.declined`. Raises NotAllowed for anyone but an owner, Refusal for a request already answered.
    """
    require(actor, "organisation.answer_join_request", request)
    with act(SITE_CHAIN, "membership.declined", actor=actor, now=now, subject=request):
        _answer(request, is_accepted=False, actor=actor, now=now)
        signals.join_answered.send(JoinRequest, request=request, now=now)
    return request


@record_refusals("membership.add")
def add_member(
    *, organisation: Organisation, user: User, role: str = Membership.Role.MEMBER, actor: Actor, now: datetime
) -> Membership:
    """An owner adds a person to the team, without a request.

    Records `membership.added`. Raises NotAllowed for anyone but an owner, Refusal when the person is a member.
    """
    require(actor, "organisation.manage", organisation)
    with act(SITE_CHAIN, "membership.added", actor=actor, now=now, subject=organisation) as entry:
        _refuse_member(organisation, user.pk)
        membership = Membership(user=user, organisation=organisation, role=Membership.Role(role), since=now)
        membership.save()
        entry.data.update(membership=membership.pk, role=membership.role)
        signals.member_added.send(Membership, membership=membership, by=actor, now=now)
    return membership


@record_refusals("membership.change_role")
def change_role(*, membership: Membership, role: str, actor: Actor, now: datetime) -> Membership:
    """An owner gives a person another role.

    Records `membership.role_changed`. Raises NotAllowed for anyone but an owner, Refusal for the last owner.
    """
    require(actor, "organisation.manage", membership.organisation)
    with act(SITE_CHAIN, "membership.role_changed", actor=actor, now=now, subject=membership) as entry:
        _refresh_active(membership)
        if role != Membership.Role.OWNER:
            _refuse_last_owner(membership)
        membership.role = Membership.Role(role)
        membership.save()
        entry.data["role"] = membership.role
    return membership


@record_refusals("membership.end")
def end_membership(*, membership: Membership, actor: Actor, now: datetime) -> Membership:
    """A person leaves, or an owner takes them off the team; what they did stays theirs.

    Records `membership.ended`. Raises NotAllowed for anyone else, Refusal for the last owner.
    """
    require(actor, "membership.end", membership)
    with act(SITE_CHAIN, "membership.ended", actor=actor, now=now, subject=membership):
        _refresh_active(membership)
        _refuse_last_owner(membership)
        membership.until = now
        membership.save()
    return membership


def _complete(organisation: Organisation, *, now: datetime) -> None:
    """Take over what the register says. Raises Refusal for a SIREN that it does not hold or holds as closed."""
    if not organisation.siren:
        return
    match registry.registry().lookup(organisation.siren):
        case registry.NotFound():
            raise not_found_refusal()
        case registry.CompanyFacts(is_active=False):
            raise closed_refusal()
        case registry.CompanyFacts() as found:
            organisation.registry_checked_at = now
            for name in ("name", "legal_form", "address", "postcode", "city", "size"):
                setattr(organisation, name, getattr(found, name) or getattr(organisation, name))


def _refuse_incomplete(organisation: Organisation) -> None:
    if not organisation.name.strip():
        raise Refusal("Indiquez le nom de votre organisation, tel qu’il figure dans ses statuts.")
    if organisation.kind == Organisation.Kind.BUYER and not organisation.buyer_category:
        raise Refusal(
            "Choisissez votre catégorie d’acheteur (État, collectivité, santé, autre) : les seuils et plusieurs "
            "obligations en dépendent (code de la commande publique, annexe 2)."
        )


def not_found_refusal() -> Refusal:
    """What is answered for a SIREN that the register does not hold."""
    return Refusal(
        "Ce SIREN n’existe pas au répertoire des entreprises : vérifiez-le, ou attendez son inscription "
        "si votre organisation vient d’être créée."
    )


def closed_refusal() -> Refusal:
    """What is answered for an organisation that has closed."""
    return Refusal("Cette organisation est fermée au répertoire : indiquez le SIREN de celle qui lui succède.")


def known_organisation(*, kind: str, scheme: str, identifier: str) -> Organisation | None:
    """The organisation that has this checked identifier, or this SIREN; None when it may be registered.

    Buyers under distinct SIRETs may share a SIREN: services of the State do.
    """
    same = Organisation.objects.filter(identifier_scheme=scheme, identifier=identifier)
    if siren := siren_of(scheme, identifier):
        related = Organisation.objects.sharing_siren(siren)
        if (kind, scheme) == (Organisation.Kind.BUYER, Organisation.Scheme.SIRET):
            related = related.exclude(kind=kind, identifier_scheme=scheme)
        same |= related
    return same.first()


def _refuse_known(organisation: Organisation) -> None:
    known = known_organisation(
        kind=organisation.kind, scheme=organisation.identifier_scheme, identifier=organisation.identifier
    )
    if known is not None:
        raise AlreadyKnown(known)


def _refuse_member(organisation: Organisation, user_id: object) -> None:
    if Membership.objects.filter(organisation=organisation, user_id=user_id, until__isnull=True).exists():
        raise Refusal(f"Cette personne fait déjà partie de l’équipe de « {organisation} » : il n’y a rien à faire.")


def _answer(request: JoinRequest, *, is_accepted: bool, actor: Actor, now: datetime) -> None:
    request.refresh_from_db()
    if request.decided_at is not None:
        raise Refusal("Cette demande a déjà reçu une réponse : la personne peut en faire une autre.")
    request.decided_at, request.decided_by_id, request.is_accepted = now, actor.membership_id, is_accepted
    request.save()


def _refresh_active(membership: Membership) -> None:
    membership.refresh_from_db()
    if membership.until is not None:
        raise Refusal("Cette personne a déjà quitté l’équipe : il n’y a rien à faire.")


def _refuse_last_owner(membership: Membership) -> None:
    others = Membership.objects.active().owners().filter(organisation=membership.organisation).exclude(pk=membership.pk)
    if membership.is_owner and not others.exists():
        raise Refusal("Une organisation garde toujours un responsable du compte : nommez-en un autre d’abord.")
