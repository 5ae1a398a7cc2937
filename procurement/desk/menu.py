"""Spaces of a signed-in person: those of the organisation they act for, and those of their roles in calls."""

from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext as _

from marketplace.accounts.actors import Actor
from marketplace.accounts.models import Organisation
from marketplace.accounts.spaces import Entry, register_spaces
from procurement.calls.models import TeamMember, TeamRole

BUYER = (("Mes appels", "desk:buyer_home"), ("Budget", "desk:buyer_budget"))
COMPANY = (
    ("Mon espace", "desk:company_home"),
    ("Mes réponses", "submissions:replies"),
    ("Mes partenariats", "contracts:partnerships"),
    ("Trésorerie", "desk:cash_calendar"),
    ("Messages", "desk:company_messages"),
)
OPERATOR = (
    ("Organisations à vérifier", "accounts:verify_buyers"),
    ("Bibliothèque de clauses", "calls:clauses"),
    ("Modèles d’appels", "calls:models"),
    ("Taux de référence", "contracts:rates"),
    ("Sûreté des plis", "submissions:safety"),
)
BY_ROLE = (
    (TeamRole.CUSTODIAN, "Mes clés", "submissions:custody_home"),
    (TeamRole.SIGNATORY, "À signer", "contracts:to_sign"),
)
BY_KIND = {
    Organisation.Kind.BUYER: BUYER,
    Organisation.Kind.SUPPLIER: COMPANY,
    Organisation.Kind.OPERATOR: OPERATOR,
}


@register_spaces
def spaces_of(actor: Actor) -> list[Entry]:
    """Links to the spaces of an actor."""
    membership = actor.membership()
    named = list(BY_KIND[Organisation.Kind(membership.organisation.kind)]) if membership else []
    roles = set(TeamMember.objects.filter(user_id=actor.user_id, until=None).values_list("role", flat=True))
    named += [(label, name) for role, label, name in BY_ROLE if role in roles]
    if membership:
        named.append(("Équipe", "accounts:team"))
    return [Entry(_(label), url) for label, name in named if (url := _address(name))]


def _address(name: str) -> str:
    try:
        return reverse(name)
    except NoReverseMatch:
        return ""
