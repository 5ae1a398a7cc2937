"""Who may download a file: whoever one of the rooms above lets in, through the object that the file belongs to.

A file alone says nothing of who may read it. A room that keeps files declares a reader for them:

    @reads_files
    def _documents_of_calls(actor: Actor, stored_file: StoredFile) -> Verdict | None: ...

It answers None about files that are not its own, and about those whose existence the actor must not learn.
"""

from collections.abc import Callable

from marketplace.accounts.actors import Actor
from marketplace.accounts.permissions import Verdict, permits
from marketplace.files.models import StoredFile

Reader = Callable[[Actor, StoredFile], Verdict | None]

_readers: list[Reader] = []

HIDDEN = "Ce fichier n’est pas ouvert à votre compte : demandez-le à qui vous en a donné l’adresse."


def reads_files(reader: Reader) -> Reader:
    """Declare who may download the files of a room."""
    _readers.append(reader)
    return reader


@permits("file.see", StoredFile)
def _see(actor: Actor, stored_file: StoredFile) -> Verdict:
    """Somebody to whom no room answers must not even learn that the file exists."""
    return Verdict.yes() if _verdicts(actor, stored_file) else Verdict.no(HIDDEN)


@permits("file.download", StoredFile)
def _download(actor: Actor, stored_file: StoredFile) -> Verdict:
    """The first room that says yes opens; else the first reason given; a file of no room opens to nobody."""
    verdicts = _verdicts(actor, stored_file)
    return next((verdict for verdict in verdicts if verdict), verdicts[0] if verdicts else Verdict.no(HIDDEN))


def _verdicts(actor: Actor, stored_file: StoredFile) -> list[Verdict]:
    return [verdict for reader in _readers if (verdict := reader(actor, stored_file)) is not None]
