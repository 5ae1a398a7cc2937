"""Who reads a letter: the firm it is addressed to, and the buyer's team of the call."""

from marketplace.accounts.actors import Actor
from marketplace.accounts.permissions import Verdict, permits
from marketplace.files.models import StoredFile
from marketplace.files.permissions import reads_files
from procurement.calls.models import TeamRole
from procurement.calls.permissions import in_team, requires_role
from procurement.correspondence.models import Dispatch, Letter

DISPATCHING = (TeamRole.AUTHOR, TeamRole.VALIDATOR, TeamRole.SIGNATORY)
"""Roles that send letters on the other buyer profile."""


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


@permits("letter.dispatch", Letter)
def may_dispatch(actor: Actor, letter: Letter) -> Verdict:
    """Those who conduct the procedure send letters on the other buyer profile, and record it."""
    return requires_role(actor, letter.call, *DISPATCHING)


@reads_files
def proofs_of_sending(actor: Actor, stored_file: StoredFile) -> Verdict | None:
    """The proof of a sending is the buyer's own."""
    found = Dispatch.objects.filter(proof=stored_file).select_related("letter__call").first()
    return Verdict.yes() if found and in_team(actor, found.letter.call) else None


@reads_files
def documents_of_letters(actor: Actor, stored_file: StoredFile) -> Verdict | None:
    """The document of a letter is for those who may read the letter; nobody else learns that it exists."""
    letter = Letter.objects.filter(document__rendering__stored_file=stored_file).select_related("call").first()
    if letter is None or not Letter.objects.visible_to(actor).filter(pk=letter.pk).exists():
        return None
    return may_read(actor, letter)
