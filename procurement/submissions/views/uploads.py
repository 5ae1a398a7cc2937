"""Files of an answer: sent through the handler that seals them, removed until the seal."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.http.multipartparser import MultiPartParserError
from django.shortcuts import redirect, render
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as say
from django.utils.translation import gettext_lazy as _
from django.views.decorators.csrf import csrf_exempt, csrf_protect

from marketplace.accounts.pages import ActView, Page
from marketplace.journal.errors import Refusal
from marketplace.ui.formats import hour_words
from marketplace.ui.templatetags.printing import bytes_size
from procurement.submissions.deposits import begin_file, keep_file, remove_file
from procurement.submissions.incoming import IncomingFile
from procurement.submissions.media import accepted_extensions, accepted_types
from procurement.submissions.models import DepositFile
from procurement.submissions.progress import progress_of
from procurement.submissions.receiving import OVERHEAD, PLAIN_FORM_LIMIT, RETRY_AFTER, ROOM, SealingHandler
from procurement.submissions.views.answering import Draft, OwnDeposit

RECEIVED = _("Reçu entier. L’antivirus passe à l’ouverture.")
LAST_FIELD = "whole"
"""Hidden field after the files: a body cut on its way does not have it."""


class Files(Draft, Page):
    """The files of an answer by expected document, limits written before each field."""

    template_name = "submissions/files.html"
    page_title = _("Vos fichiers")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Slots with what they hold."""
        return super().get_context_data(
            progress=progress_of(self.deposit),
            types=accepted_types(self.deposit.period),
            accept=",".join(accepted_extensions(self.deposit.period)),
            plain_limit=PLAIN_FORM_LIMIT,
            last_field=LAST_FIELD,
            **kwargs,
        )


@method_decorator(csrf_exempt, name="dispatch")
class Upload(OwnDeposit):
    """Receive files for one expected document.

    Order matters: who asks, for which deposit and with which room is known before a byte of the body is read; then the
    handler is set; only then may the token be looked for, which reads the body. A form without a good token leaves
    nothing behind.
    """

    http_method_names = ("post",)

    def load(self) -> None:
        """Read the deposit and the expected document."""
        super().load()
        if self.is_sealed:
            raise Refusal(say("Cette réponse est déposée : pour la changer, remplacez-la en entier."))
        envelope = self.deposit.period.envelopes.filter(name=self.kwargs["envelope"]).first()
        labels = ["", *envelope.expected_documents] if envelope else []
        if self.kwargs["number"] >= len(labels):
            raise Http404
        self.envelope, self.label = envelope.name, labels[self.kwargs["number"]]

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Find room, then receive."""
        if too_big := self._too_big():
            return self._answer([], [too_big], status=413)
        if not ROOM.acquire(blocking=False):
            answer = self._answer([], [say("Beaucoup d’envois sont en cours : réessayez dans quelques secondes.")], 503)
            answer["Retry-After"] = str(RETRY_AFTER)
            return answer
        handler = SealingHandler(self._begin)
        request.upload_handlers = [handler]
        try:
            return self._receive(request, handler)
        except MultiPartParserError:
            return self._answer([], [say("L’envoi a été coupé : recommencez-le.")], status=400)
        finally:
            handler.discard_all()
            ROOM.release()

    @property
    def _by_program(self) -> bool:
        return self.request.headers.get("X-Upload") == "1"

    def _begin(self, name: str) -> IncomingFile:
        return begin_file(
            deposit=self.deposit,
            envelope=self.envelope,
            name=name,
            actor=self.actor,
            now=self.now,
            label=self.label,
        )

    def _too_big(self) -> str:
        """Why the body is not worth reading, empty when it is."""
        announced = self.request.headers.get("Content-Length", "")
        length = int(announced) if announced.isdigit() else 0
        limit = self.deposit.period.bytes_in_all
        if not self._by_program and length > PLAIN_FORM_LIMIT + OVERHEAD:
            return say(
                "Sans JavaScript, ce formulaire prend %(limit)s par envoi : envoyez un fichier plus petit, ou activez "
                "JavaScript."
            ) % {"limit": bytes_size(PLAIN_FORM_LIMIT)}
        if length > limit + OVERHEAD:
            return say("Cet envoi dépasse la limite annoncée de %(limit)s en tout.") % {"limit": bytes_size(limit)}
        return ""

    def _receive(self, request: HttpRequest, handler: SealingHandler) -> HttpResponseBase:
        """Read the body under the protection of the token, and enter what came whole."""

        @csrf_protect
        def protected(request: HttpRequest) -> HttpResponseBase:
            if LAST_FIELD not in request.POST:
                return self._answer([], [say("L’envoi a été coupé avant la fin : recommencez-le.")], status=400)
            kept, refusals = [], list(handler.refusals)
            for incoming in handler.completed:
                try:
                    kept.append(keep_file(deposit=self.deposit, incoming=incoming, actor=self.actor, now=self.now))
                    handler.begun.remove(incoming)
                except Refusal as refusal:
                    refusals += refusal.reasons
            if not kept and not refusals:
                refusals = [say("Choisissez un fichier sur votre poste, puis envoyez-le.")]
            return self._answer(kept, refusals, status=422 if refusals else 201)

        return protected(request)

    def _answer(self, kept: list[DepositFile], refusals: list[str], status: int) -> HttpResponse:
        """JSON for the page's program; for a plain form, back to the files with what happened."""
        if self._by_program:
            files = [{"id": str(file.pk), "size": file.size, "held_at": hour_words(file.held_at)} for file in kept]
            return JsonResponse({"files": files, "reasons": refusals, "received": str(RECEIVED)}, status=status)
        if status in {413, 503}:
            return render(self.request, "layout/refused.html", {"reasons": refusals}, status=status)
        for reason in refusals:
            messages.error(self.request, reason)
        if kept:
            messages.success(self.request, str(RECEIVED))
        return redirect(self.address("files"))


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
