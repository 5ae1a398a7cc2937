"""Files sent for an import, kept until it is done: a fault in one of them never costs the other."""

from datetime import datetime

from marketplace.accounts.actors import Actor
from marketplace.accounts.permissions import require
from marketplace.files.services import StagedFile
from procurement.calls.models import SubmissionPeriod
from procurement.submissions.models import RegisterDraft
from procurement.submissions.registers import as_json, refuse_unready


def keep_draft(
    *,
    period: SubmissionPeriod,
    table: StagedFile | None,
    archive: StagedFile | None,
    reason: str,
    actor: Actor,
    now: datetime,
) -> RegisterDraft:
    """Keep what was sent; None leaves what was sent before. Raises NotAllowed, Refusal as the import would."""
    require(actor, "register.import", period.lot.call)
    refuse_unready(period, now)
    draft = RegisterDraft.objects.filter(period=period).first() or RegisterDraft(period=period)
    draft.table = as_json(table) if table else draft.table
    draft.archive = as_json(archive) if archive else draft.archive
    draft.reason, draft.sent_at, draft.sent_by_id = reason, now, actor.user_id
    draft.save()
    return draft


def draft_of(period: SubmissionPeriod) -> RegisterDraft | None:
    """What was sent for a period and is not imported yet."""
    return RegisterDraft.objects.filter(period=period).select_related("sent_by").first()


def forget_draft(period: SubmissionPeriod) -> None:
    """The import is done: what was sent is written."""
    RegisterDraft.objects.filter(period=period).delete()


def files_of(draft: RegisterDraft | None) -> tuple[StagedFile, StagedFile] | None:
    """The register and the archive, once both were sent."""
    if draft is None or not draft.table or not draft.archive:
        return None
    return StagedFile(**draft.table), StagedFile(**draft.archive)


def mark_of(files: tuple[StagedFile, StagedFile]) -> str:
    """What was shown before it is confirmed: another file sent meanwhile is another mark."""
    return "".join(file.sha256 for file in files)
