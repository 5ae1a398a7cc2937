"""Acts on the notices of a call."""

from collections.abc import Mapping
from datetime import datetime

from marketplace.accounts.actors import Actor
from marketplace.accounts.permissions import require
from marketplace.files.documents import request_document
from marketplace.files.models import GeneratedDocument
from marketplace.files.services import StagedFile, store
from marketplace.journal.acts import act, record_refusals
from marketplace.journal.errors import Refusal
from procurement.calls.models import Call, Publication
from procurement.notices.models import PublishedNotice
from procurement.notices.published import compare, gaps, prepared
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


@record_refusals("notice.record_published", subject="publication")
def record_published(
    *,
    publication: Publication,
    published_at: datetime,
    said: Mapping[str, str],
    actor: Actor,
    now: datetime,
    text: str = "",
    url: str = "",
    file: StagedFile | None = None,
) -> PublishedNotice:
    """Keep the notice as it came out (`published_at`, UTC), beside what had been prepared here (R2131-12 to -19).

    `said`: fields read there, by code (`published.fields_of`). Recorded again, the reading replaces the former one and
    the journal keeps both. Raises NotAllowed; Refusal for nothing to compare, or a notice out before it was sent or
    later than now. Records `notice.published_recorded` with the number of gaps.
    """
    call = publication.call
    require(actor, "notice.prepare", call)
    with act(call.chain, "notice.published_recorded", actor=actor, now=now, subject=publication) as entry:
        if not said and not text.strip():
            raise Refusal("Relevez au moins un champ de l’avis paru, ou collez son texte : il n’y a rien à comparer.")
        # Pages give whole minutes.
        if not publication.sent_at.replace(second=0, microsecond=0) <= published_at <= now:
            raise Refusal("Un avis paraît entre son envoi et maintenant : corrigez l’heure de parution.")
        row = PublishedNotice.objects.filter(publication=publication).first() or PublishedNotice(
            publication=publication
        )
        row.published_at, row.said, row.text, row.url = published_at, dict(said), text.strip(), url
        row.file = store(file) if file else row.file
        row.ours, row.recorded_at, row.recorded_by_id = prepared(publication), now, actor.user_id
        row.save()
        entry.data["gaps"] = len(gaps(compare(row.ours, row.said, row.text)))
    return row
