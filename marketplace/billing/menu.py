"""« Formule et factures » in the spaces of companies, « Notifications Stripe » in the operator's."""

from django.urls import reverse
from django.utils.translation import gettext as _

from marketplace.accounts.actors import Actor
from marketplace.accounts.models import Organisation
from marketplace.accounts.spaces import Entry, register_spaces


@register_spaces
def spaces_of(actor: Actor) -> list[Entry]:
    """For those who act for a company, and for the operator."""
    membership = actor.membership()
    if membership is None:
        return []
    kind = membership.organisation.kind
    if kind == Organisation.Kind.SUPPLIER:
        return [Entry(_("Formule et factures"), reverse("billing:plan"))]
    if kind == Organisation.Kind.OPERATOR:
        return [Entry(_("Notifications Stripe"), reverse("billing:events"))]
    return []
