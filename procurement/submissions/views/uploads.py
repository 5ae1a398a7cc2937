"""Files of an answer: sent through the handler that seals them, removed until the seal."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.http.multipartparser import MultiPartParserError
from django.shortcuts import redirect, render
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as say
from django.utils.translation import gettext_lazy as _
from django.views.decorators.csrf import csrf_exempt, csrf_protect

from marketplace.accounts.pages import ActView, Page, SignedIn
from marketplace.journal.errors import Refusal
from marketplace.ui.templatetags.printing import bytes_size
from procurement.submissions import program
from procurement.submissions.announced import NotReceived, check_free_space
from procurement.submissions.attempts import note
from procurement.submissions.codes import Code, Event
from procurement.submissions.deposits import begin_file, keep_file, remove_file
from procurement.submissions.incoming import IncomingFile
from procurement.submissions.media import accepted_extensions, accepted_types
from procurement.submissions.models import DepositFile
from procurement.submissions.progress import progress_of
from procurement.submissions.receiving import OVERHEAD, PLAIN_FORM_LIMIT, SealingHandler, code_of
from procurement.submissions.room import ROOM
from procurement.submissions.views.answering import Draft, OwnDeposit
from procurement.submissions.views.transfers import slot_of

RECEIVED = _("Reçu entier. L’antivirus passe à l’ouverture.")
LAST_FIELD = "whole"
"""Hidden field after the files: a body cut on its way does not have it."""


class Files(Draft, Page):
    """The files of an answer by expected document, limits written before each field."""

    template_name = "submissions/files.html"
    page_title = _("Vos fichiers")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Slots with what they hold."""
        progress = progress_of(self.deposit)
        return super().get_context_data(
            progress=progress,
            bytes_left=max(0, self.deposit.period.bytes_in_all - progress.size - progress.size_under_way),
            files_left=max(0, self.deposit.period.files_max - progress.file_count - len(progress.uploads)),
            types=accepted_types(self.deposit.period),
            accept=",".join(accepted_extensions(self.deposit.period)),
            plain_limit=PLAIN_FORM_LIMIT,
            last_field=LAST_FIELD,
            program=program.for_page(),
            **kwargs,
        )


class ReceivesForm(SignedIn):
    """Receive the files of an ordinary form.

    Order matters: who asks, for what and with which room is known before a byte of the body is read; then the handler
    is set; only then may the token be looked for, which reads the body. A form without a good token leaves nothing
    behind. Its pages are exempt from the common check of the token, which would read the body first.
    """

    http_method_names = ("post",)

    def begin_incoming(self, name: str) -> IncomingFile:
        """Accept a file by its name. Raises Refusal."""
        raise NotImplementedError

    def keep(self, incoming: IncomingFile) -> None:
        """Enter a file that came whole. Raises Refusal."""
        raise NotImplementedError

    def back(self) -> str:
        """The page of the form."""
        raise NotImplementedError

    def note_refused(self, code: Code) -> None:
        """Tell the journal of attempts, if there is one."""

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Find room, then receive."""
        if too_big := self._too_big():
            self.note_refused(Code.FILE_SIZE)
            return self._answer([too_big], status=413)
        try:
            check_free_space(self._length)
        except NotReceived as refusal:
            self.note_refused(refusal.code)
            return self._answer(refusal.reasons, status=refusal.status)
        try:
            with ROOM.place():
                return self._take(request)
        except NotReceived as refusal:
            answer = self._answer([say("Beaucoup d’envois sont en cours : réessayez dans quelques secondes.")], 503)
            answer["Retry-After"] = str(refusal.retry_after)
            return answer

    def _take(self, request: HttpRequest) -> HttpResponseBase:
        """Read the body through the handler that seals it; what is not entered leaves nothing."""
        handler = SealingHandler(self.begin_incoming)
        request.upload_handlers = [handler]
        try:
            return self._receive(request, handler)
        except MultiPartParserError:
            return self._cut()
        finally:
            handler.discard_all()
            for code in handler.codes:
                self.note_refused(code)

    @property
    def _length(self) -> int:
        announced = self.request.headers.get("Content-Length", "")
        return int(announced) if announced.isdecimal() else 0

    def _too_big(self) -> str:
        """Why the body is not worth reading, empty when it is."""
        if self._length > PLAIN_FORM_LIMIT + OVERHEAD:
            return say(
                "Sans JavaScript, ce formulaire prend %(limit)s par envoi : envoyez un fichier plus petit, ou activez "
                "JavaScript."
            ) % {"limit": bytes_size(PLAIN_FORM_LIMIT)}
        return ""

    def _receive(self, request: HttpRequest, handler: SealingHandler) -> HttpResponseBase:
        """Read the body under the protection of the token, and enter what came whole."""

        @csrf_protect
        def protected(request: HttpRequest) -> HttpResponseBase:
            if LAST_FIELD not in request.POST:
                return self._cut()
            kept, refusals = 0, list(handler.refusals)
            for incoming in handler.completed:
                try:
                    self.keep(incoming)
                except Refusal as refusal:
                    refusals += refusal.reasons
                    handler.codes.append(code_of(refusal))
                else:
                    handler.begun.remove(incoming)
                    kept += 1
            if not kept and not refusals:
                refusals = [say("Choisissez un fichier sur votre poste, puis envoyez-le.")]
            return self._answer(refusals, status=422 if refusals else 201, kept=kept)

        return protected(request)

    def _cut(self) -> HttpResponse:
        self.note_refused(Code.CUT)
        return self._answer([say("L’envoi a été coupé avant la fin : recommencez-le.")], status=400)

    def _answer(self, refusals: list[str], status: int, *, kept: int = 0) -> HttpResponse:
        """Back to the files with what happened; a page of its own when nothing was read."""
        if status in {413, 503, 507}:
            return render(self.request, "layout/refused.html", {"reasons": refusals}, status=status)
        for reason in refusals:
            messages.error(self.request, reason)
        if kept:
            messages.success(self.request, str(RECEIVED))
        return redirect(self.back())


@method_decorator(csrf_exempt, name="dispatch")
class Upload(OwnDeposit, ReceivesForm):
    """Receive files for one expected document."""

    def load(self) -> None:
        """Read the deposit and the expected document."""
        super().load()
        if self.is_sealed:
            raise Refusal(say("Cette réponse est déposée : pour la changer, remplacez-la en entier."))
        self.envelope, self.label = slot_of(self.deposit, self.kwargs)

    def begin_incoming(self, name: str) -> IncomingFile:
        """Accept it for this expected document."""
        return begin_file(
            deposit=self.deposit,
            envelope=self.envelope,
            name=name,
            actor=self.actor,
            now=self.now,
            label=self.label,
        )

    def keep(self, incoming: IncomingFile) -> None:
        """Enter it into the deposit."""
        file = keep_file(deposit=self.deposit, incoming=incoming, actor=self.actor, now=self.now)
        note(self.deposit, Event.FILE_WHOLE, now=self.now, file=UUID(str(file.pk)), size=file.size)

    def back(self) -> str:
        """The files."""
        return self.address("files")

    def note_refused(self, code: Code) -> None:
        """In the journal of attempts of the deposit."""
        note(self.deposit, Event.FILE_REFUSED, now=self.now, code=code)


class RemoveFile(OwnDeposit, ActView):
    """Take a file out of an answer that is not sealed."""

    page_title = _("Retirer ce fichier")
    page_lead = _("Le fichier est effacé de ce site tout de suite. Vous pourrez l’envoyer à nouveau.")
    submit_label = _("Retirer le fichier")
    success_message = _("Le fichier est retiré.")

    def load(self) -> None:
        """Read the file. Raises Http404."""
        super().load()
        self.file = self.deposit.files.filter(kind=DepositFile.Kind.DOCUMENT, pk=self.kwargs["file"]).first()
        if self.file is None:
            raise Http404

    def act(self, form: Any) -> None:
        """Remove it."""
        remove_file(deposit=self.deposit, file=self.file, actor=self.actor, now=self.now)

    def get_back_url(self) -> str:
        """The files."""
        return self.address("files")

    def get_success_url(self) -> str:
        """The files."""
        return self.get_back_url()
