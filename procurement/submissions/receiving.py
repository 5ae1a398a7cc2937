"""Bytes of a form on their way in: sealed as they come, so that no clear byte of a bid ever lies on disk (B.8)."""

from collections.abc import Callable
from typing import Any

from django.core.files.uploadhandler import FileUploadHandler, SkipFile, StopFutureHandlers

from marketplace.journal.errors import Refusal
from procurement.submissions.announced import MEBIBYTE, NotReceived
from procurement.submissions.codes import Code
from procurement.submissions.incoming import IncomingFile

PLAIN_FORM_LIMIT = 50_000_000
"""Bytes of a form sent without JavaScript: it neither shows progress nor goes on after a cut."""

# What a form weighs beside its files: fields, boundaries, headers.
OVERHEAD = MEBIBYTE


class SealingHandler(FileUploadHandler):
    """Takes the files of a form instead of Django's handlers, which would write them in clear.

    Nothing is entered into the deposit here: the page does it once it knows that the form comes from its own pages
    (`completed`), and removes what it did not enter.
    """

    chunk_size = MEBIBYTE

    def __init__(self, begin: Callable[[str], IncomingFile]) -> None:
        """`begin`: accepts a file by its name, or raises Refusal."""
        super().__init__()
        self._begin = begin
        self._current: IncomingFile | None = None
        self.completed: list[IncomingFile] = []
        self.begun: list[IncomingFile] = []
        self.refusals: list[str] = []
        self.codes: list[Code] = []

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        """Accept the file, or let its bytes pass by; no other handler ever sees it."""
        super().new_file(*args, **kwargs)
        try:
            self._current = self._begin(self.file_name)
        except Refusal as refusal:
            self._refuse(refusal)
        self.begun.append(self._current)
        raise StopFutureHandlers

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        """Seal what came. Nothing is given to another handler."""
        try:
            self._current.write(raw_data)
        except Refusal as refusal:
            self._refuse(refusal)

    def file_complete(self, file_size: int) -> None:
        """The file came to its end."""
        try:
            self._current.close()
        except Refusal as refusal:
            self._tell(refusal)
            return
        self.completed.append(self._current)

    def discard_all(self) -> None:
        """Remove every file that was not taken from `completed`."""
        for incoming in self.begun:
            incoming.discard()

    def _refuse(self, refusal: Refusal) -> None:
        self._tell(refusal)
        raise SkipFile

    def _tell(self, refusal: Refusal) -> None:
        self.refusals += refusal.reasons
        self.codes.append(code_of(refusal))


def code_of(refusal: Refusal) -> Code:
    """Why a file is not received, for the journal of attempts."""
    return refusal.code if isinstance(refusal, NotReceived) else Code.TYPE
