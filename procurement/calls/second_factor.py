"""Which roles in a call need a second factor: those that open, sign, decide and publish (choice of the site)."""

from marketplace.accounts.models import User
from marketplace.accounts.second_factor import requires_second_factor
from procurement.calls.models import TeamMember, TeamRole

REASONS = {
    TeamRole.CUSTODIAN: "Vous gardez la clé des réponses d’un appel.",
    TeamRole.SIGNATORY: "Vous signez des contrats.",
    TeamRole.VALIDATOR: "Vous validez et publiez des appels.",
}


@requires_second_factor
def _of_call_teams(user: User) -> str:
    """The reason of the role that weighs most."""
    held = TeamMember.objects.filter(user=user, until__isnull=True, role__in=REASONS).values_list("role", flat=True)
    roles = set(held.distinct())
    return next((reason for role, reason in REASONS.items() if role in roles), "")
