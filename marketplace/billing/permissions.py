"""Who subscribes, who reads, who operates."""

from marketplace.accounts.actors import Actor
from marketplace.accounts.models import Organisation
from marketplace.accounts.permissions import HIDDEN, NOT_AN_OWNER, Verdict, permits
from marketplace.billing.models import Event

NOT_A_COMPANY = (
    "La formule est pour les entreprises et les associations qui tiennent une fiche : un acheteur n’en a pas."
)
OPERATOR_ONLY = "Seul l’exploitant du site suit les notifications de Stripe."


@permits("billing.see", Organisation)
def _see(actor: Actor, organisation: Organisation) -> Verdict:
    """The members of a company."""
    membership = actor.membership()
    if membership is None or membership.organisation_id != organisation.pk:
        return Verdict.no(HIDDEN)
    return Verdict.yes() if organisation.kind == Organisation.Kind.SUPPLIER else Verdict.no(NOT_A_COMPANY)


@permits("billing.manage", Organisation)
def _manage(actor: Actor, organisation: Organisation) -> Verdict:
    """The owners of its account."""
    verdict = _see(actor, organisation)
    if not verdict:
        return verdict
    membership = actor.membership()
    return Verdict.yes() if membership is not None and membership.is_owner else Verdict.no(NOT_AN_OWNER)


def operates(actor: Actor) -> Verdict:
    """The people of the operator."""
    membership = actor.membership()
    is_theirs = membership is not None and membership.organisation.kind == Organisation.Kind.OPERATOR
    return Verdict.yes() if is_theirs else Verdict.no(OPERATOR_ONLY)


@permits("billing.replay", Event)
def _replay(actor: Actor, event: Event) -> Verdict:
    """The people of the operator."""
    return operates(actor)
