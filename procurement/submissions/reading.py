"""What upper rooms read of opened submissions. Nothing here can reach into an envelope that is still sealed."""

from typing import Any

from marketplace.journal.errors import Refusal
from procurement.submissions.models import OpenedFile, OpeningResult, Submission


def opened_answers(submission: Submission, envelope: str) -> dict[str, Any]:
    """What the bidder typed for an envelope (`candidature`, `technical`, `price`); empty when it only held files.

    Raises Refusal while the envelope is sealed, or when it could not be read.
    """
    return _result(submission, envelope).answers or {}


def opened_files(submission: Submission, envelope: str) -> list[OpenedFile]:
    """The files taken out of an envelope. Raises Refusal while it is sealed, or when it could not be read."""
    return list(_result(submission, envelope).files.select_related("stored_file"))


def _result(submission: Submission, envelope: str) -> OpeningResult:
    results = OpeningResult.objects.readable()
    result = results.filter(submission=submission, envelope__name=envelope).prefetch_related("files").first()
    if result is None:
        raise Refusal("Ce pli n’est pas ouvert : rien n’en est lisible.")
    return result
