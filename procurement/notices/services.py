"""Acts on the notices of a call."""

from datetime import datetime

from marketplace.accounts.actors import Actor
from marketplace.accounts.permissions import require
from marketplace.files.documents import request_document
from marketplace.files.models import GeneratedDocument
from marketplace.journal.acts import act
from procurement.calls.models import Call
from procurement.notices.sheet import sheet_facts

SHEET = "notice_sheet"


def print_sheet(*, call: Call, actor: Actor, now: datetime) -> GeneratedDocument:
    """Keep the fields of the notice as they stand, as a PDF to send or to type from. Raises NotAllowed.

    Records `notice.sheet_printed`.
    """
    require(actor, "notice.prepare", call)
    with act(call.chain, "notice.sheet_printed", actor=actor, now=now, subject=call):
        return request_document(
            kind=SHEET,
            title=f"Fiche de saisie de l’avis {call.reference}",
            template="pdf/notices/sheet.html",
            facts=sheet_facts(call, now=now),
            subject=call,
        )


def printed_sheets(call: Call) -> list[GeneratedDocument]:
    """Sheets printed so far, the newest first."""
    sheets = GeneratedDocument.objects.of_subject(call).filter(kind=SHEET)
    return list(sheets.select_related("rendering__stored_file").order_by("-requested_at"))
