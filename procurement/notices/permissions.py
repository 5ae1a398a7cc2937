"""Who prepares the notices of a call."""

from marketplace.accounts.actors import Actor
from marketplace.accounts.permissions import Verdict, permits
from marketplace.files.models import GeneratedDocument, StoredFile
from marketplace.files.permissions import reads_files
from procurement.calls.models import Call, TeamRole
from procurement.calls.permissions import requires_role
from procurement.notices.models import PublishedNotice
from procurement.notices.services import AWARD_SHEET, SHEET

PREPARING = (TeamRole.AUTHOR, TeamRole.VALIDATOR)
"""Roles that prepare notices."""


@permits("notice.prepare", Call)
def may_prepare(actor: Actor, call: Call) -> Verdict:
    """Authors and validators prepare notices."""
    return requires_role(actor, call, *PREPARING)


@reads_files
def sheets(actor: Actor, stored_file: StoredFile) -> Verdict | None:
    """A sheet is read inside the buyer's house; to others it does not exist."""
    subjects = GeneratedDocument.objects.filter(
        kind__in=(SHEET, AWARD_SHEET), rendering__stored_file=stored_file
    ).values_list("subject_id", flat=True)
    subject = subjects.first()
    if subject is None:
        return None
    return Verdict.yes() if Call.objects.visible_to(actor).filter(pk=subject).exists() else None


@reads_files
def published(actor: Actor, stored_file: StoredFile) -> Verdict | None:
    """A notice that came out is public; the copy kept here is read inside the buyer's house."""
    calls = PublishedNotice.objects.filter(file=stored_file).values("publication__call")
    return Verdict.yes() if Call.objects.visible_to(actor).filter(pk__in=calls).exists() else None
