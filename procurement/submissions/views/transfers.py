"""The protocol of the page's program: begin a file, send its parts, ask what is held, end (sealed-bids B.8).

Answers are JSON: what is held, or a code with its sentence. A body is read by the view that seals it, piece by piece,
and only once there is room; the token comes in a header, so that nothing reads a body before.
"""

import json
import re
import time
from typing import Any
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponseBase, JsonResponse
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from marketplace.accounts.pages import ActView, SignedIn
from marketplace.files.media_types import AGE
from marketplace.journal.errors import Refusal
from procurement.submissions import sealing
from procurement.submissions.announced import NotReceived
from procurement.submissions.attempts import note
from procurement.submissions.browser_sealing import sealed_length
from procurement.submissions.codes import FROM_BROWSER, Code, Event
from procurement.submissions.models import Deposit, Trial, UnfinishedFile
from procurement.submissions.room import ROOM, Place
from procurement.submissions.transfers import (
    Held,
    SealedThere,
    all_held,
    begin_upload,
    digest_held,
    drop_upload,
    finish_upload,
    held_of,
    receive_part,
    recipient_of,
)
from procurement.submissions.views.answering import OwnDeposit

HEX = re.compile(r"[0-9a-f]{64}")
# Small enough that a slow sender is soon asked whether to go on; it grows for one whose bytes are there at once, so
# that several senders seldom wait for each other between two readings.
A_READING = 16 * 1024
LONGEST_READING = 256 * 1024
AT_ONCE = 0.05
"""Seconds."""
LONGEST_MESSAGE = 16 * 1024
# The largest whole number that a browser counts.
LARGEST_NUMBER = 2**53 - 1


class Program(SignedIn):
    """What the program of a page talks to: every refusal is a code, a sentence and a status."""

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Never send a body on to the page of signing in; tell every refusal as JSON."""
        if not request.user.is_authenticated and request.headers.get("X-Upload"):
            return told(NotReceived(Code.SESSION, status=401))
        try:
            answer = super().dispatch(request, *args, **kwargs)
        except NotReceived as refusal:
            return told(refusal)
        except Refusal as refusal:
            # A right is refused as elsewhere.
            if type(refusal) is not Refusal:
                raise
            return told(NotReceived(Code.FROZEN, *refusal.reasons, status=409))
        answer["Cache-Control"] = "private, no-store"
        return answer

    def message(self) -> dict[str, Any]:
        """The small JSON object that was sent. Raises NotReceived for anything else."""
        try:
            read = json.loads(self.request.read(LONGEST_MESSAGE))
        except (ValueError, RecursionError) as error:
            raise NotReceived(Code.LENGTH, status=400) from error
        if not isinstance(read, dict):
            raise NotReceived(Code.LENGTH, status=400)
        return read


def told(refusal: NotReceived) -> JsonResponse:
    """A refusal as the program reads it."""
    answer = JsonResponse({"code": refusal.code, "reasons": refusal.reasons}, status=refusal.status)
    answer["Cache-Control"] = "private, no-store"
    if refusal.retry_after:
        answer["Retry-After"] = str(refusal.retry_after)
    return answer


def named_size(message: dict[str, Any]) -> tuple[str, int]:
    """Name and size of the file to come. Raises NotReceived."""
    name, size = message.get("name"), message.get("size")
    if not isinstance(name, str) or type(size) is not int:
        raise NotReceived(Code.NAME, status=400)
    if not 0 <= size <= LARGEST_NUMBER:
        raise NotReceived(Code.FILE_SIZE)
    return name, size


class HoldsParts(Program):
    """Addresses of files under way of one holder; `space` is the prefix of their names."""

    space = ""

    def holder_id(self) -> UUID:
        """Key of the deposit, or of the trial."""
        raise NotImplementedError

    def shown(self, held: Held) -> dict[str, Any]:
        """A file under way as the program needs it; the salt goes to nobody but its owner."""
        where = [self.holder_id(), held.file.pk]
        part = reverse(f"submissions:{self.space}part", args=[*where, 0])
        return {
            "file": str(held.file.pk),
            "name": held.name,
            "size": held.file.size,
            "envelope": held.file.envelope,
            "salt": held.salt,
            "part_size": sealing.PART_SIZE,
            "parts": held.file.part_count,
            "held": [list(one) for one in held.parts],
            "part_address": part.removesuffix("0/"),
            "finish": reverse(f"submissions:{self.space}finish", args=where),
            "drop": reverse(f"submissions:{self.space}drop_upload", args=where),
        }

    def begun(self, held: Held) -> dict[str, Any]:
        """The same, with the public key to which its parts are sealed."""
        return {**self.shown(held), "recipient": recipient_of(held.file)}


class OfDeposit(OwnDeposit, HoldsParts):
    """Files of a deposit of one's own firm."""

    reads = ("period", "party")
    reads_lists = ()

    def holder_id(self) -> UUID:
        """Key of the deposit."""
        return self.deposit.pk


class Begin(OfDeposit):
    """A file is about to come: limits, count, quota and room are told before its first byte."""

    http_method_names = ("post",)

    def load(self) -> None:
        """Read the deposit and the expected document. Raises Http404."""
        super().load()
        self.envelope, self.label = slot_of(self.deposit, self.kwargs)

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> JsonResponse:
        """What is held of it already: nothing, or the parts of an envoy that was interrupted."""
        name, size = named_size(self.message())
        held = begin_upload(
            deposit=self.deposit,
            envelope=self.envelope,
            label=self.label,
            name=name,
            size=size,
            actor=self.actor,
            now=self.now,
        )
        return JsonResponse(self.begun(held), status=200 if held.parts else 201)


def slot_of(deposit: Deposit, arguments: dict[str, Any]) -> tuple[str, str]:
    """The envelope and the label that an address names. Raises Http404."""
    envelope = deposit.period.envelopes.filter(name=arguments["envelope"]).first()
    labels = ["", *envelope.expected_documents] if envelope else []
    if arguments["number"] >= len(labels):
        raise Http404
    return envelope.name, labels[arguments["number"]]


class Transfers(OfDeposit):
    """What the server holds of every file under way: the truth for resuming."""

    http_method_names = ("get", "head")

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> JsonResponse:
        """Each file with its parts; nothing of a deposit that is frozen."""
        held = [] if self.is_sealed else all_held(self.deposit)
        return JsonResponse({"files": [self.shown(one) for one in held]})


class OfUpload(OfDeposit):
    """One file under way of a deposit."""

    file: UnfinishedFile

    def load(self) -> None:
        """Read the file. Raises Http404 for one of another deposit."""
        super().load()
        if self.is_sealed:
            raise NotReceived(Code.FROZEN, status=409)
        self.file = upload_of(self.kwargs["upload"], self.deposit)


def upload_of(upload: UUID, holder: Deposit | Trial) -> UnfinishedFile:
    """A file under way of a deposit or of a trial. Raises Http404."""
    # Reached from its holder, it knows it without reading it again.
    file = holder.unfinished.filter(pk=upload).first()
    if file is None:
        raise Http404
    return file


class TakesPart(HoldsParts):
    """A part comes: its place, length and digest are judged before its bytes are read."""

    http_method_names = ("put",)
    file: UnfinishedFile

    def load(self) -> None:
        """Read the file. Raises Http404, and NotReceived for a part outside of it."""
        super().load()
        if not self.file.length_of(self.kwargs["n"]):
            raise NotReceived(Code.RANGE, status=404)

    def put(self, request: HttpRequest, *args: Any, **kwargs: Any) -> JsonResponse:
        """201 new, 200 held already, 409 other."""
        n = self.kwargs["n"]
        try:
            return self._receive(request, n)
        except NotReceived as refusal:
            self.note_failure(refusal.code, n)
            raise

    def note_failure(self, code: Code, n: int) -> None:
        """Tell the journal of attempts, if there is one."""

    def _receive(self, request: HttpRequest, n: int) -> JsonResponse:
        sealed = _sealed_there(request)
        length, digest = self._announced(request, n, sealed), request.headers.get("X-Part-Digest", "")
        if not HEX.fullmatch(digest) or (sealed and not HEX.fullmatch(sealed.sha256)):
            raise NotReceived(Code.DIGEST, status=400)
        if held := digest_held(self.file, n):
            if held != digest:
                raise NotReceived(Code.OTHER, status=409)
            return JsonResponse({"part": n, "held": True})
        with ROOM.place(may_yield=True) as place:
            body = Body(request, length, place)
            is_new = receive_part(
                file=self.file, n=n, digest=digest, body=body, actor=self.actor, now=self.now, sealed=sealed
            )
        return JsonResponse({"part": n, "held": True}, status=201 if is_new else 200)

    def _announced(self, request: HttpRequest, n: int, sealed: SealedThere | None) -> int:
        """Bytes that the request announces. Raises NotReceived when they are not those of the part."""
        due = self.file.length_of(n)
        due = sealed_length(due) if sealed else due
        announced = request.headers.get("Content-Length", "")
        if not announced.isdecimal():
            raise NotReceived(Code.LENGTH, status=411)
        if int(announced) != due:
            raise NotReceived(Code.LENGTH, status=413 if int(announced) > due else 400)
        return due


def _sealed_there(request: HttpRequest) -> SealedThere | None:
    """What the sender says of a part that it sealed; None when the site seals it."""
    if request.content_type != AGE:
        return None
    return SealedThere(request.headers.get("X-Sealed-Digest", ""), request.headers.get("X-Sealing-Program", ""))


class Body:
    """The bytes of a part as they come, exactly as many as were announced."""

    def __init__(self, request: HttpRequest, length: int, place: Place) -> None:
        self._request, self._left, self._place = request, length, place
        self._reading = A_READING

    def read(self, size: int = -1) -> bytes:
        """At most `size` more. Raises NotReceived when the sender stops before the end, or has to make room."""
        wanted = self._left if size < 0 else min(size, self._left)
        if not wanted:
            return b""
        began = time.monotonic()
        try:
            piece = self._request.read(min(wanted, self._reading))
        except OSError as error:
            raise NotReceived(Code.CUT, status=400) from error
        is_there = time.monotonic() - began < AT_ONCE
        self._reading = min(2 * self._reading, LONGEST_READING) if is_there else A_READING
        if not piece:
            raise NotReceived(Code.CUT, status=400)
        self._left -= len(piece)
        self._place.check()
        return piece


class TakePart(TakesPart, OfUpload):
    """A part of a file of a deposit."""

    def note_failure(self, code: Code, n: int) -> None:
        """Keep it in the journal of attempts."""
        note(self.deposit, Event.PART_FAILED, now=self.now, code=code, file=self.file.pk, part=n)


class Finish(OfUpload):
    """All parts are held: the file enters its deposit."""

    http_method_names = ("post",)

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> JsonResponse:
        """The file as it is held."""
        file = finish_upload(file=self.file, actor=self.actor, now=self.now)
        return JsonResponse({"file": str(file.pk), "size": file.size}, status=201)


class DropUpload(OwnDeposit, ActView):
    """Give up a file under way."""

    page_title = _("Abandonner cet envoi")
    page_lead = _("Les parties déjà reçues de ce fichier sont effacées de ce site tout de suite.")
    submit_label = _("Abandonner l’envoi")
    success_message = _("L’envoi est abandonné.")

    def load(self) -> None:
        """Read the file. Raises Http404."""
        super().load()
        self.file = upload_of(self.kwargs["upload"], self.deposit)

    def act(self, form: Any) -> None:
        """Drop it."""
        drop_upload(file=self.file, actor=self.actor, now=self.now)

    def get_page_title(self) -> str:
        """With the name of the file, for its owner alone."""
        return self.page_title if self.is_sealed else f"{self.page_title} : {held_of(self.file).name}"

    def get_back_url(self) -> str:
        """The files."""
        return self.address("files")

    def get_success_url(self) -> str:
        """The files."""
        return self.get_back_url()


class Report(OfDeposit):
    """The program of the page tells what it met: a code of a closed list, nothing else."""

    http_method_names = ("post",)

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> JsonResponse:
        """Keep it in the journal of attempts."""
        message = self.message()
        code, part = message.get("code"), message.get("part")
        if code not in FROM_BROWSER:
            raise NotReceived(Code.DIGEST, status=400)
        file = self.deposit.unfinished.filter(pk=_uuid(message.get("file"))).first()
        is_part = file is not None and type(part) is int and file.length_of(part) > 0
        note(
            self.deposit,
            Event.BROWSER,
            now=self.now,
            code=Code(code),
            file=file.pk if file else None,
            part=part if is_part else None,
        )
        return JsonResponse({"noted": True}, status=201)


def _uuid(text: Any) -> UUID | None:
    try:
        return UUID(text)
    except (TypeError, ValueError, AttributeError):
        return None
