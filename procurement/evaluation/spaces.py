"""The spaces that this room opens in the menu of a signed-in person."""

from collections.abc import Iterable

from django.urls import reverse
from django.utils.translation import gettext as _

from marketplace.accounts.actors import Actor
from marketplace.accounts.spaces import Entry, register_spaces
from procurement.calls.models import TeamMember, TeamRole
from procurement.evaluation.models import Clearance


@register_spaces
def scoring(actor: Actor) -> Iterable[Entry]:
    """Whoever scores, in any call."""
    roles = TeamMember.objects.filter(user_id=actor.user_id, role=TeamRole.EVALUATOR, until=None)
    if actor.user_id is not None and roles.filter(call__lead_buyer_id=actor.organisation_id).exists():
        yield Entry(_("Offres à noter"), reverse("evaluation:home"))


@register_spaces
def proofs(actor: Actor) -> Iterable[Entry]:
    """A company that a buyer wants to choose."""
    if Clearance.objects.visible_to(actor).exists():
        yield Entry(_("Justificatifs demandés"), reverse("evaluation:proof_requests"))
