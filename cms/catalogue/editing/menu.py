"""« Ma fiche », in the spaces of companies."""

from django.urls import reverse
from django.utils.translation import gettext as _

from marketplace.accounts.actors import Actor
from marketplace.accounts.models import Organisation
from marketplace.accounts.spaces import Entry, register_spaces


@register_spaces
def spaces_of(actor: Actor) -> list[Entry]:
    """For those who act for a company."""
    if actor.organisation_id is None or not Organisation.objects.suppliers().filter(pk=actor.organisation_id).exists():
        return []
    return [Entry(_("Ma fiche"), reverse("catalogue:my_profile"))]
