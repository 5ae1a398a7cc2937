"""A firm gives its DUME in the candidature; its clear bytes stay in memory until they are sealed (R2143-4)."""

from typing import Any
from uuid import UUID

from django import forms
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.files.uploadhandler import FileUploadHandler, SkipFile, StopFutureHandlers
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.decorators import method_decorator
from django.utils.http import content_disposition_header
from django.utils.translation import gettext_lazy as _
from django.views.decorators.csrf import csrf_exempt, csrf_protect

from marketplace.accounts.pages import ActView
from marketplace.journal.errors import Refusal
from procurement.espd.response import yes_grounds
from procurement.espd.safe_xml import MOST_BYTES
from procurement.espd.words import capacity_rows, ground_rows, identity_rows, statement_words
from procurement.submissions.announced import MEBIBYTE
from procurement.submissions.attempts import note
from procurement.submissions.codes import Event
from procurement.submissions.espd import give_espd, lacking_for_espd, own_espd
from procurement.submissions.models import DepositFile
from procurement.submissions.progress import Progress, progress_of
from procurement.submissions.receiving import code_of
from procurement.submissions.tasklist import ESPD_TASK, tasks_of
from procurement.submissions.views.answering import Draft

TOO_BIG = _("Ce fichier dépasse 4 Mio : un DUME est plus petit. Vérifiez que c’est bien lui.")


class MemoryHandler(FileUploadHandler):
    """Keeps a small file in memory instead of Django’s handlers, which may write it in clear; skips a larger one."""

    is_too_big = False

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        """Take this file alone; no other handler sees it."""
        super().new_file(*args, **kwargs)
        self._content = bytearray()
        raise StopFutureHandlers

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        """Keep what came, up to the limit."""
        if len(self._content) + len(raw_data) > MOST_BYTES:
            self.is_too_big = True
            raise SkipFile
        self._content += raw_data

    def file_complete(self, file_size: int) -> SimpleUploadedFile:
        """The file came to its end."""
        return SimpleUploadedFile(self.file_name, bytes(self._content), self.content_type)


class EspdForm(forms.Form):
    """The response as the DUME service gives it."""

    file = forms.FileField(
        label=_("Fichier XML de votre DUME"),
        help_text=_("La réponse (ESPD Response) téléchargée du service DUME ou d’un service européen. 4 Mio au plus."),
        widget=forms.ClearableFileInput(attrs={"accept": ".xml,application/xml"}),
        error_messages={
            "required": _("Choisissez le fichier XML de votre DUME."),
            "empty": _("Ce fichier est vide : vérifiez-le sur votre poste."),
        },
    )


@method_decorator(csrf_exempt, name="dispatch")
class GiveEspd(Draft, ActView):
    """Give a DUME, read what the site understood of it, take it out again.

    Exempt from the common check of the token, which would read the body through Django’s own handlers; the same check
    is made here, once the handler is set.
    """

    template_name = "submissions/espd.html"
    form_class = EspdForm
    page_title = _("Votre DUME")
    page_lead = _(
        "Document unique de marché européen, en XML. Il tient lieu de déclaration sur l’honneur et de formulaires DC1 "
        "et DC2 : personne ne peut vous en demander d’autres."
    )
    submit_label = _("Donner ce DUME")
    success_message = _("Votre DUME est reçu et chiffré. Relisez ce que le site en a compris.")
    handler: MemoryHandler

    def load(self) -> None:
        """Read the deposit. Raises Http404 where no candidature is asked."""
        super().load()
        if ESPD_TASK not in {task.code for task in tasks_of(self.deposit.period)}:
            raise Http404

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Keep the body in memory, then check the token, then act."""
        announced = request.headers.get("Content-Length", "")
        if announced.isdecimal() and int(announced) > MOST_BYTES + MEBIBYTE:
            return render(request, "layout/refused.html", {"reasons": [str(TOO_BIG)]}, status=413)
        self.handler = MemoryHandler(request)
        request.upload_handlers = [self.handler]
        act = super().post

        @csrf_protect
        def protected(request: HttpRequest) -> HttpResponseBase:
            return act(request, *args, **kwargs)

        return protected(request)

    def form_invalid(self, form: EspdForm) -> HttpResponseBase:
        """Say that a file was too large, rather than that none came."""
        if self.handler.is_too_big:
            form.errors.pop("file", None)
            form.add_error("file", TOO_BIG)
        return super().form_invalid(form)

    def act(self, form: EspdForm) -> DepositFile:
        """Read, seal, fill; the journal of attempts tells what came of it."""
        given = form.cleaned_data["file"]
        content = given.read()
        try:
            file = give_espd(deposit=self.deposit, name=given.name, content=content, actor=self.actor, now=self.now)
        except Refusal as refusal:
            note(self.deposit, Event.FILE_REFUSED, now=self.now, code=code_of(refusal))
            raise
        note(self.deposit, Event.FILE_WHOLE, now=self.now, file=UUID(str(file.pk)), size=file.size)
        return file

    def get_back_url(self) -> str:
        """The task list."""
        return self.address("tasks")

    def get_success_url(self) -> str:
        """This page, with what was read."""
        return self.address("task", ESPD_TASK)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Each DUME given, in words, and the tasks filled from them."""
        if self.is_sealed:
            return super().get_context_data(**kwargs)
        progress = progress_of(self.deposit)
        typed = {one.task.code: one.typed for one in progress.tasks if one.typed}
        given = typed[ESPD_TASK].part if ESPD_TASK in typed else []
        members = list(self.deposit.party.members.select_related("organisation"))
        known = {member.organisation.identifier[:9] for member in members}
        return super().get_context_data(
            given=[_shown(one, known) for one in given],
            members_count=len(members),
            filled=[one for one in progress.tasks if one.typed and one.typed.source],
            contradicted=_contradicted(progress, given),
            may_write=bool(settings.ESPD_REQUEST),
            lacking=lacking_for_espd(self.deposit),
            **kwargs,
        )


class OwnEspd(Draft):
    """The DUME of the firm, written from what it typed."""

    http_method_names = ("get", "head")

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """The file, unless the deposit is sealed."""
        if self.is_sealed:
            return redirect(self.address("receipt"))
        content = own_espd(deposit=self.deposit, actor=self.actor, now=self.now)
        name = f"dume-{self.deposit.period.lot.call.reference}.xml"
        disposition = content_disposition_header(as_attachment=True, filename=name)
        return HttpResponse(content, content_type="application/xml", headers={"Content-Disposition": disposition})


def _shown(said: dict[str, Any], known: set[str]) -> dict[str, Any]:
    operator = said.get("operator", {})
    siren = operator.get("siren", "")
    return {
        "file": said["file"],
        "name": said["name"],
        "is_read": said["is_read"],
        "statement": statement_words(said),
        "has_yes": bool(yes_grounds(said)),
        "identity": identity_rows(said),
        "grounds": ground_rows(said),
        "capacities": capacity_rows(said),
        "stranger": operator.get("name", "") if siren and siren not in known else "",
    }


def _contradicted(progress: Progress, given: list[dict[str, Any]]) -> str:
    """Grounds that a DUME says apply while a person ticked the statement that none does."""
    ticked = any(one.task.code == "declaration" and one.part and not one.typed.source for one in progress.tasks)
    yes = [ground for said in given for ground in yes_grounds(said)]
    return ", ".join(dict.fromkeys(yes)) if ticked else ""
