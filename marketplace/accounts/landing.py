"""Where a person arrives after sign-in: the space of the organisation for which they act."""

from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse

from marketplace.accounts.actors import actor_of as read_actor
from marketplace.accounts.models import Membership, Organisation
from marketplace.accounts.pages import actor_of

HOMES = {
    Organisation.Kind.BUYER: "desk:buyer_home",
    Organisation.Kind.SUPPLIER: "desk:company_home",
    Organisation.Kind.OPERATOR: "accounts:verify_buyers",
}


def landing_url(request: HttpRequest) -> str:
    """The home of the signed-in person.

    With several organisations and none chosen, the page where one chooses; without any, the account.
    """
    # Read anew: the person has just signed in, or just chosen.
    membership = read_actor(request).membership()
    if membership is not None:
        return home_of(membership.organisation)
    if _belongs_to_several(request):
        return reverse("accounts:switch")
    return reverse("accounts:account")


def home_of(organisation: Organisation) -> str:
    """The first page of the space of an organisation."""
    try:
        return reverse(HOMES[Organisation.Kind(organisation.kind)])
    except NoReverseMatch:
        return reverse("accounts:account")


def must_choose(request: HttpRequest) -> bool:
    """Whether a person of several organisations has not said yet for which one they act."""
    return actor_of(request).kind == "person" and _belongs_to_several(request)


def _belongs_to_several(request: HttpRequest) -> bool:
    return Membership.objects.active().filter(user=request.user).count() > 1
