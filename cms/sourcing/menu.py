"""The selection, in the spaces of everybody who is signed in."""

from django.urls import reverse
from django.utils.translation import gettext as _

from marketplace.accounts.actors import Actor
from marketplace.accounts.spaces import Entry, register_spaces


@register_spaces
def spaces_of(actor: Actor) -> list[Entry]:
    """« Ma sélection », whoever one acts for."""
    return [Entry(_("Ma sélection"), reverse("sourcing:selection"))] if actor.user_id else []
