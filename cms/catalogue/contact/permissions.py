"""Who may write: everybody, about what everybody reads, to a company where somebody answers."""

from cms.catalogue.models import Profile
from marketplace.accounts.actors import Actor
from marketplace.accounts.permissions import HIDDEN, Verdict, permits

NOBODY_THERE = "Cette organisation n’a pas de compte ici : personne ne recevrait votre question. Écrivez-lui ailleurs."
WITHDRAWN = "Cette fiche est retirée : l’entreprise ne reçoit plus de question par ce site."


@permits("profile.ask", Profile)
def _ask(actor: Actor, profile: Profile) -> Verdict:
    """Everybody, while the page is online and the company has an account."""
    if not profile.live:
        return Verdict.no(HIDDEN)
    if profile.withdrawn_at is not None:
        return Verdict.no(WITHDRAWN)
    return Verdict.yes() if profile.organisation_id else Verdict.no(NOBODY_THERE)


@permits("profile.report", Profile)
def _report(actor: Actor, profile: Profile) -> Verdict:
    """Everybody, about a page that was published."""
    return Verdict.yes() if profile.live else Verdict.no(HIDDEN)
