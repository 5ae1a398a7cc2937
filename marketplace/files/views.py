"""The one door through which stored files leave: never shown in the page, never guessed at, never cached."""

from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, StreamingHttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_safe

from marketplace.accounts.actors import actor_of
from marketplace.accounts.permissions import can
from marketplace.files.models import StoredFile

# What a browser is forbidden to do with a file, should it show it in spite of everything.
SANDBOX = "default-src 'none'; sandbox"


@require_safe
def download(request: HttpRequest, file_id: UUID) -> StreamingHttpResponse:
    """Give a file as an attachment: 404 when absent or hidden, 403 with the reason when visible but forbidden."""
    stored_file = get_object_or_404(StoredFile, pk=file_id)
    actor = actor_of(request)
    if not can(actor, "file.see", stored_file):
        raise Http404
    verdict = can(actor, "file.download", stored_file)
    if not verdict:
        raise PermissionDenied(verdict.reason)
    return attachment(stored_file)


def attachment(stored_file: StoredFile, *, cache: str = "private, no-store") -> StreamingHttpResponse:
    """A file as a response, for a view that has asked who may have it; `cache` for what everybody may keep.

    Raises PermissionDenied, with the reason, for one that was destroyed or that an antivirus found dangerous.
    """
    if stored_file.is_destroyed:
        raise PermissionDenied(
            f"Ce fichier a été détruit le {timezone.localdate(stored_file.destroyed_at):%d/%m/%Y}, à la fin de sa "
            "durée de conservation."
        )
    if stored_file.is_quarantined:
        raise PermissionDenied(
            "L’antivirus juge ce fichier dangereux : il est gardé comme preuve, et personne ne peut le télécharger."
        )
    return StreamingHttpResponse(
        stored_file.chunks(),
        content_type=stored_file.media_type,
        headers={
            # A damaged file breaks off: the length lets the reader see it.
            "Content-Length": str(stored_file.size),
            "Content-Disposition": content_disposition_header(as_attachment=True, filename=stored_file.name),
            "Content-Security-Policy": SANDBOX,
            "X-Content-Type-Options": "nosniff",
            "Cache-Control": cache,
        },
    )
