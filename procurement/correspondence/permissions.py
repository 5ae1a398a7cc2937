"""Who reads a letter: the firm it is addressed to, and the buyer's team of the call."""

from marketplace.accounts.actors import Actor
from marketplace.accounts.permissions import Verdict, permits
from procurement.calls.permissions import in_team
from procurement.correspondence.models import Letter


@permits("letter.read", Letter)
def may_read(actor: Actor, letter: Letter) -> Verdict:
    """The firm addressed and the team of the call."""
    if actor.acts_for(letter.recipient_id) or in_team(actor, letter.call):
        return Verdict.yes()
    return Verdict.no("Cette lettre est adressée à une autre organisation.")


@permits("letter.acknowledge", Letter)
def may_acknowledge(actor: Actor, letter: Letter) -> Verdict:
    """Only the firm addressed proves that it has read."""
    if actor.acts_for(letter.recipient_id):
        return Verdict.yes()
    return Verdict.no("Seule l’organisation destinataire accuse réception de cette lettre.")
