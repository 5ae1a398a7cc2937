"""Who publishes needs, and who takes them up. Whoever holds a link of a mail acts by that link."""

from cms.needs.models import Need
from marketplace.accounts.actors import Actor
from marketplace.accounts.models import Organisation, User
from marketplace.accounts.permissions import Verdict, permits

MODERATE = "needs.moderate_need"


@permits("need.moderate", Need)
def may_moderate(actor: Actor, need: Need) -> Verdict:
    """Editors, by the permission that their group has in the administration."""
    user = User.objects.filter(pk=actor.user_id, is_active=True).first() if actor.user_id else None
    if user is not None and user.has_perm(MODERATE):
        return Verdict.yes()
    return Verdict.no("Seule l’équipe de rédaction modère les besoins.")


@permits("need.take_up", Need)
def may_take_up(actor: Actor, need: Need) -> Verdict:
    """Somebody who acts for a buyer that the operator verified, upon a need that everybody reads."""
    membership = actor.membership()
    if membership is None or membership.organisation.kind != Organisation.Kind.BUYER:
        return Verdict.no("Seul un acheteur public reprend un besoin dans un appel.")
    if membership.organisation.verified_at is None:
        return Verdict.no(
            f"« {membership.organisation.name} » n’est pas encore vérifié : la reprise d’un besoin est publique, "
            "elle attend cette vérification."
        )
    if need.published_at is None or need.merged_into_id is not None:
        return Verdict.no("Ce besoin n’est pas publié.")
    return Verdict.yes()
