"""Permanent addresses of the consultation documents: free, without account, each download counted and never traced."""

from pathlib import PurePosixPath
from typing import Any

from django.http import Http404, HttpRequest, HttpResponseBase, HttpResponseRedirect, StreamingHttpResponse
from django.urls import reverse
from django.utils.http import content_disposition_header

from marketplace.accounts.limits import HOUR, TooMany, count, network_of
from marketplace.files.archives import zip_chunks
from marketplace.files.media_types import ZIP
from marketplace.files.models import StoredFile
from marketplace.files.views import SANDBOX, attachment
from procurement.calls.models import CallDocument
from procurement.calls.services.publishing import record_withdrawal
from procurement.desk import call_sheet
from procurement.desk.views.calls import PublicCallPage

# Downloads of one network that the journal keeps in an hour; beyond, files still go out, and are not counted.
MOST_RECORDED = 100
# A version never changes: whoever read it once may keep it.
FOR_GOOD = "public, max-age=31536000, immutable"


class Download(PublicCallPage):
    """A file of a published call, to whoever asks."""

    http_method_names = ["get", "head", "options"]

    def withdraw(self, document: CallDocument | None) -> None:
        """Count this download; one network cannot flood the journal, and is never refused a document (EO-5)."""
        if self.request.method != "GET":
            return
        try:
            network = network_of(self.request)
            count("withdrawal", network, most=MOST_RECORDED, seconds=HOUR, now=self.now)
        except TooMany:
            return
        record_withdrawal(call=self.call, document=document, now=self.now)


class OneVersion(Download):
    """One version of a document, at an address that never changes."""

    def document(self) -> CallDocument:
        """The version that the address names. Raises Http404 for one that does not exist or was taken away."""
        documents = self.call.documents.standing().with_files()
        found = documents.filter(slug=self.kwargs["slug"], version=self.kwargs["version"]).first()
        if found is None or found.stored_file is None:
            raise Http404
        return found

    def file_of(self, document: CallDocument) -> StoredFile | None:
        """What is downloaded of it."""
        return document.stored_file

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """The file. Raises Http404 where there is none."""
        document = self.document()
        file = self.file_of(document)
        if file is None:
            raise Http404
        self.withdraw(document)
        return attachment(file, cache=FOR_GOOD)


class ToEdit(OneVersion):
    """The same version, to edit."""

    def file_of(self, document: CallDocument) -> StoredFile | None:
        """Its OpenDocument twin; a file that the buyer joined has none."""
        return document.editable_file


class Latest(PublicCallPage):
    """The version in force, whichever it is."""

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Send to the address of that version. Raises Http404 for a document that does not exist."""
        in_force, _replaced = call_sheet.documents(self.call)
        found = next((one for one in in_force if one.slug == self.kwargs["slug"]), None)
        if found is None:
            raise Http404
        to = reverse("desk:call_document", args=[self.call.reference, found.slug, found.version])
        return HttpResponseRedirect(to, headers={"Cache-Control": "no-cache"})


class WholeSet(Download):
    """All the documents in force in one ZIP; the same documents give the same bytes."""

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """The ZIP. Raises Http404 while nothing is online."""
        in_force, _replaced = call_sheet.documents(self.call)
        if not in_force:
            raise Http404
        self.withdraw(None)
        return StreamingHttpResponse(
            zip_chunks(_entries(in_force)),
            content_type=ZIP,
            headers={
                "Content-Disposition": content_disposition_header(
                    as_attachment=True, filename=f"{self.call.reference}-documents.zip"
                ),
                "Content-Security-Policy": SANDBOX,
                "X-Content-Type-Options": "nosniff",
                "Cache-Control": "no-cache",
            },
        )


def _entries(documents: list[CallDocument]) -> list[tuple[str, StoredFile]]:
    """Each document under its rank, name and version, with its twin to edit."""
    entries = []
    for rank, one in enumerate(documents, start=1):
        for file in (one.stored_file, one.editable_file):
            if file is not None:
                entries.append((f"{rank:02d}-{one.slug}-v{one.version}{PurePosixPath(file.name).suffix}", file))
    return entries
