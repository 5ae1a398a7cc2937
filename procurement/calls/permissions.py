"""Who may do what in a call. Upper rooms reuse `has_role` and `in_team` for their own acts."""

from collections.abc import Collection
from typing import Any

from django.db.models import Q

from marketplace.accounts.actors import Actor
from marketplace.accounts.models import Membership, Organisation
from marketplace.accounts.permissions import HIDDEN, Verdict, permits
from marketplace.files.models import StoredFile
from marketplace.files.permissions import reads_files
from procurement.calls.models import (
    Call,
    CallDocument,
    ClauseVersion,
    DirectOffer,
    DirectPurchase,
    PatternVersion,
    StudyAttachment,
    TeamMember,
    TeamRole,
)
from procurement.calls.models.call import OUTSIDE_ROLES

ROLE_SENTENCES = {
    TeamRole.AUTHOR: "aux personnes chargées de la rédaction",
    TeamRole.VALIDATOR: "aux personnes chargées de la validation",
    TeamRole.EVALUATOR: "aux personnes chargées de la notation",
    TeamRole.CUSTODIAN: "aux gardiens des clés",
    TeamRole.SIGNATORY: "aux signataires",
    TeamRole.AUDITOR: "aux personnes chargées de l’audit",
}


def roles_of(actor: Actor, call: Call) -> set[str]:
    """Roles that the actor holds now in the call; a role of a buyer's agent needs their organisation's hat."""
    return roles_in(actor, [call])[call.pk]


def roles_in(actor: Actor, calls: Collection[Call]) -> dict[Any, set[str]]:
    """`roles_of` for each of the calls, by id, in one query."""
    held: dict[Any, set[str]] = {call.pk: set() for call in calls}
    if actor.user_id is None:
        return held
    rows = TeamMember.objects.filter(call__in=list(held), user_id=actor.user_id, until=None)
    for call_id, role in rows.values_list("call_id", "role"):
        held[call_id].add(role)
    for call in calls:
        if actor.organisation_id != call.lead_buyer_id:
            held[call.pk] &= OUTSIDE_ROLES
    return held


def has_role(actor: Actor, call: Call, *roles: str) -> bool:
    """Whether the actor holds at least one of the roles in the call."""
    return bool(roles_of(actor, call) & set(roles))


def in_team(actor: Actor, call: Call) -> bool:
    """Whether the actor holds any role in the call."""
    return bool(roles_of(actor, call))


def requires_role(actor: Actor, call: Call, *roles: str) -> Verdict:
    """Verdict that names the roles when none of them is held."""
    if has_role(actor, call, *roles):
        return Verdict.yes()
    allowed = " et ".join(ROLE_SENTENCES[TeamRole(role)] for role in roles)
    return Verdict.no(
        f"Cet acte est réservé {allowed} de l’appel {call.reference}. Demandez à l’acheteur de vous confier ce rôle."
    )


@permits("call.create", Organisation)
def may_create(actor: Actor, buyer: Organisation) -> Verdict:
    """A member of a buyer's organisation may prepare a call for it."""
    if buyer.kind != Organisation.Kind.BUYER:
        return Verdict.no(
            f"« {buyer.name} » n’est pas inscrit comme acheteur : un appel se prépare au nom d’un acheteur."
        )
    if actor.organisation_id != buyer.pk:
        return Verdict.no(f"Seules les personnes rattachées à « {buyer.name} » préparent ses appels.")
    return Verdict.yes()


@permits("clause.keep", ClauseVersion)
def may_keep_clauses(actor: Actor, clause: ClauseVersion) -> Verdict:
    """People of the operator keep the library of clauses."""
    membership = actor.membership()
    if membership is None or membership.organisation.kind != Organisation.Kind.OPERATOR:
        return Verdict.no("Seul l’exploitant du site tient la bibliothèque de clauses.")
    return Verdict.yes()


@permits("pattern.keep", PatternVersion)
def may_keep_patterns(actor: Actor, pattern: PatternVersion) -> Verdict:
    """People of the operator keep the models of calls."""
    membership = actor.membership()
    if membership is None or membership.organisation.kind != Organisation.Kind.OPERATOR:
        return Verdict.no("Seul l’exploitant du site tient les modèles d’appels.")
    return Verdict.yes()


@permits("call.edit", Call)
def may_edit(actor: Actor, call: Call) -> Verdict:
    """Authors write the call."""
    return requires_role(actor, call, TeamRole.AUTHOR)


@permits("call.set_team", Call)
def may_set_team(actor: Actor, call: Call) -> Verdict:
    """Any member of the lead buyer composes the team in preparation; then the call's own authors and validators."""
    if actor.organisation_id != call.lead_buyer_id:
        return Verdict.no(f"Seules les personnes rattachées à « {call.lead_buyer.name} » composent cette équipe.")
    is_decided = DirectPurchase.objects.filter(call=call, decided_at__isnull=False).exists()
    if call.is_published or is_decided:
        return requires_role(actor, call, TeamRole.AUTHOR, TeamRole.VALIDATOR)
    return Verdict.yes()


@permits("call.read_study", Call)
def may_read_study(actor: Actor, call: Call) -> Verdict:
    """Somebody of the buyer's house who does not write the call reads the study of the supply (LR-01)."""
    if actor.organisation_id != call.lead_buyer_id:
        return Verdict.no(f"Seules les personnes rattachées à « {call.lead_buyer.name} » relisent cette étude.")
    if call.is_published:
        return Verdict.no(f"L’appel {call.reference} est publié : l’étude se relit avant.")
    if has_role(actor, call, TeamRole.AUTHOR):
        return Verdict.no("Vous rédigez cet appel : une personne hors du projet doit relire l’étude (LR-01).")
    return Verdict.yes()


@permits("call.give_visa", Call)
def may_give_visa(actor: Actor, call: Call) -> Verdict:
    """Visas are given inside the buyer's house, before publication."""
    if actor.organisation_id != call.lead_buyer_id:
        return Verdict.no(f"Seules les personnes rattachées à « {call.lead_buyer.name} » visent ses appels.")
    if call.is_published:
        return Verdict.no(f"L’appel {call.reference} est publié : un visa se donne avant.")
    return Verdict.yes()


@permits("call.publish", Call)
def may_publish(actor: Actor, call: Call) -> Verdict:
    """Publication is decided by a validator (choice of the site: two persons)."""
    return requires_role(actor, call, TeamRole.VALIDATOR)


@permits("purchase.decide", Call)
def may_decide_purchase(actor: Actor, call: Call) -> Verdict:
    """A direct purchase is decided by a validator or a signatory; the rule book keeps its authors out (PR-05)."""
    return requires_role(actor, call, TeamRole.VALIDATOR, TeamRole.SIGNATORY)


@permits("call.change", Call)
def may_change(actor: Actor, call: Call) -> Verdict:
    """Deadlines, corrective notices and abandonment are decided by a validator."""
    return requires_role(actor, call, TeamRole.VALIDATOR)


@permits("period.plan", Call)
def may_plan_period(actor: Actor, call: Call) -> Verdict:
    """Authors and validators set the periods of a call."""
    return requires_role(actor, call, TeamRole.AUTHOR, TeamRole.VALIDATOR)


@permits("call.follow", Call)
def may_follow(actor: Actor, call: Call) -> Verdict:
    """Everybody follows a published call, without account (annex 6, LR-36)."""
    return Verdict.yes() if call.is_published else Verdict.no("Cet appel n’est pas publié.")


@permits("call.follow_by_account", Call)
def may_follow_by_account(actor: Actor, call: Call) -> Verdict:
    """People with an account follow in one click."""
    if actor.user_id is None:
        return Verdict.no("Donnez votre courriel, ou connectez-vous pour suivre cet appel en un clic.")
    return may_follow(actor, call)


@permits("fit.note", Organisation)
def may_note_fit(actor: Actor, firm: Organisation) -> Verdict:
    """What a firm thinks of a call is its own."""
    if actor.acts_for(firm.pk):
        return Verdict.yes()
    return Verdict.no(f"Seules les personnes rattachées à « {firm.name} » lisent et remplissent cette liste.")


@permits("partners.read", Call)
def may_read_partners(actor: Actor, call: Call) -> Verdict:
    """Firms read which others look for a partner; to the people of the buyer it does not exist (sealed-bids B.9)."""
    if not call.is_published or not Organisation.objects.suppliers().filter(pk=actor.organisation_id).exists():
        return Verdict.no(HIDDEN)
    buyers = Q(organisation=call.lead_buyer_id) | Q(organisation__in=call.co_buyers.values("organisation"))
    is_of_buyer = Membership.objects.active().filter(buyers, user_id=actor.user_id).exists()
    if is_of_buyer or TeamMember.objects.filter(call=call, user_id=actor.user_id).exists():
        return Verdict.no(HIDDEN)
    return Verdict.yes()


@permits("question.answer", Call)
def may_answer(actor: Actor, call: Call) -> Verdict:
    """Authors and validators answer, to everybody."""
    return requires_role(actor, call, TeamRole.AUTHOR, TeamRole.VALIDATOR)


@reads_files
def documents_of_the_consultation(actor: Actor, stored_file: StoredFile) -> Verdict | None:
    """Everybody downloads the documents online, without account (R2132-2, LR-36); before, the buyer's house alone."""
    rendering = Q(document__rendering__stored_file=stored_file) | Q(document__rendering__editable_file=stored_file)
    documents = CallDocument.objects.standing().filter(Q(file=stored_file) | rendering)
    document = documents.select_related("call").first()
    if document is None:
        return None
    if document.call.is_published and document.call.files_public_since:
        return Verdict.yes()
    return Verdict.yes() if Call.objects.visible_to(actor).filter(pk=document.call_id).exists() else None


@reads_files
def documents_of_the_study(actor: Actor, stored_file: StoredFile) -> Verdict | None:
    """The study of the supply stays in the buyer's house; the law does not ask to publish it (LR-01)."""
    calls = StudyAttachment.objects.filter(stored_file=stored_file).values("study__call")
    return Verdict.yes() if Call.objects.visible_to(actor).filter(pk__in=calls).exists() else None


@reads_files
def offers_of_direct_purchases(actor: Actor, stored_file: StoredFile) -> Verdict | None:
    """Offers of a direct purchase are read by the team of its file; to others they do not exist (L2132-1)."""
    offer = DirectOffer.objects.filter(file=stored_file).select_related("purchase__call").first()
    return Verdict.yes() if offer is not None and in_team(actor, offer.purchase.call) else None
