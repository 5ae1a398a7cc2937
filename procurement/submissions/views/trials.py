"""« Faire un dépôt d’essai »: the same program, the same form, the same limits; nothing of it stays."""

from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.decorators import method_decorator
from django.utils.translation import gettext_lazy as _
from django.views.decorators.csrf import csrf_exempt

from marketplace.accounts.pages import ActView, Page, SignedIn
from marketplace.accounts.permissions import Verdict, visible_or_404
from marketplace.journal.errors import NotAllowed, Refusal
from procurement.submissions import program
from procurement.submissions.incoming import IncomingFile
from procurement.submissions.media import accepted_extensions, accepted_types
from procurement.submissions.models import Deposit, Trial, UnfinishedFile
from procurement.submissions.receiving import PLAIN_FORM_LIMIT
from procurement.submissions.transfers import all_held, drop_upload, held_of
from procurement.submissions.trials import (
    begin_trial,
    begin_trial_file,
    begin_trial_upload,
    check_whole,
    end_trial,
    keep_trial_file,
    seal_trial,
)
from procurement.submissions.views.transfers import HoldsParts, TakesPart, named_size, upload_of
from procurement.submissions.views.uploads import LAST_FIELD, ReceivesForm


class TrialStart(ActView):
    """What a trial is; `?reponse=` borrows the limits of an answer of one's own."""

    page_title = _("Faire un dépôt d’essai")
    page_lead = _(
        "Essayez l’envoi de bout en bout avec n’importe quels fichiers. Ils sont chiffrés avec une clé que personne ne "
        "garde, et effacés à la fin de l’essai, ou au bout d’une heure. Aucun acheteur n’en voit rien."
    )
    submit_label = _("Commencer l’essai")
    like: Deposit | None = None

    def load(self) -> None:
        """Read the answer whose limits are borrowed. Raises Http404 for somebody else's."""
        if asked := self.request.GET.get("reponse"):
            deposits = Deposit.objects.select_related("period", "party")
            self.like = visible_or_404(deposits, self.actor, pk=_key(asked))

    def allowed(self) -> Verdict:
        """Any firm."""
        if self.actor.organisation_id is None:
            return Verdict.no(str(_("Agissez au nom d’une entreprise pour faire un dépôt d’essai.")))
        return Verdict.yes()

    def act(self, form: forms.Form) -> Trial:
        """Begin."""
        return begin_trial(actor=self.actor, now=self.now, like=self.like)

    def get_back_url(self) -> str:
        """The answer one came from, or the list."""
        if self.like is not None:
            return reverse("submissions:tasks", args=[self.like.pk])
        return reverse("submissions:replies")

    def get_success_url(self) -> str:
        """The files of the trial."""
        return reverse("submissions:trial_files", args=[self.result.pk])


def _key(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        return UUID(int=0)


class OwnTrial(SignedIn):
    """A page of a trial of one's own; anybody else gets 404, and so does its owner once it is over."""

    trial: Trial

    def load(self) -> None:
        """Read the trial. Raises Http404."""
        self.trial = visible_or_404(Trial.objects.filter(ends_at__gt=self.now), self.actor, pk=self.kwargs["trial"])

    def address(self, name: str, *more: Any) -> str:
        """A page of this trial."""
        return reverse(f"submissions:{name}", args=[self.trial.pk, *more])


class TrialFiles(OwnTrial, Page):
    """Send files, as in an answer, then hand in for trial."""

    template_name = "submissions/trial.html"
    page_title = _("Dépôt d’essai")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Files held and under way, limits, where the program sends."""
        held = all_held(self.trial)
        own = {
            "trial": self.trial,
            "whole": [one for one in held if one.count == one.file.part_count],
            "unfinished": [one for one in held if one.count != one.file.part_count],
            "bytes_left": max(0, self.trial.bytes_in_all - sum(one.file.size for one in held)),
            "files_left": max(0, self.trial.files_max - len(held)),
            "types": accepted_types(self.trial),
            "accept": ",".join(accepted_extensions(self.trial)),
            "plain_limit": PLAIN_FORM_LIMIT,
            "last_field": LAST_FIELD,
            "program": program.for_page(),
        }
        return super().get_context_data(**kwargs | own)


class OfTrial(OwnTrial, HoldsParts):
    """Files of a trial, for the program of the page."""

    space = "trial_"

    def holder_id(self) -> UUID:
        """Key of the trial."""
        return self.trial.pk


class TrialBegin(OfTrial):
    """A file is about to come."""

    http_method_names = ("post",)

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> JsonResponse:
        """What is held of it already."""
        name, size = named_size(self.message())
        held = begin_trial_upload(trial=self.trial, name=name, size=size, actor=self.actor, now=self.now)
        return JsonResponse(self.begun(held), status=200 if held.parts else 201)


class TrialTransfers(OfTrial):
    """What is held of the trial."""

    http_method_names = ("get", "head")

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> JsonResponse:
        """Each file with its parts."""
        return JsonResponse({"files": [self.shown(one) for one in all_held(self.trial)]})


class OfTrialUpload(OfTrial):
    """One file of a trial."""

    file: UnfinishedFile

    def load(self) -> None:
        """Read the file. Raises Http404."""
        super().load()
        self.file = upload_of(self.kwargs["upload"], self.trial)


class TrialPart(TakesPart, OfTrialUpload):
    """A part of a file of a trial."""


class TrialFinish(OfTrialUpload):
    """All parts of a file are held."""

    http_method_names = ("post",)

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> JsonResponse:
        """Say so, or what is missing."""
        check_whole(self.file)
        return JsonResponse({"file": str(self.file.pk), "size": self.file.size}, status=201)


class TrialDropUpload(OwnTrial, ActView):
    """Take a file out of a trial."""

    page_title = _("Retirer ce fichier de l’essai")
    submit_label = _("Retirer le fichier")

    def load(self) -> None:
        """Read the file. Raises Http404."""
        super().load()
        self.file = upload_of(self.kwargs["upload"], self.trial)

    def get_page_lead(self) -> str:
        """Its name."""
        return held_of(self.file).name

    def act(self, form: forms.Form) -> None:
        """Remove it."""
        drop_upload(file=self.file, actor=self.actor, now=self.now)

    def get_back_url(self) -> str:
        """The files."""
        return self.address("trial_files")

    def get_success_url(self) -> str:
        """The files."""
        return self.get_back_url()


@method_decorator(csrf_exempt, name="dispatch")
class TrialUpload(OwnTrial, ReceivesForm):
    """The ordinary form of a trial."""

    def begin_incoming(self, name: str) -> IncomingFile:
        """Accept it."""
        return begin_trial_file(trial=self.trial, name=name, actor=self.actor)

    def keep(self, incoming: IncomingFile) -> None:
        """Enter it."""
        keep_trial_file(trial=self.trial, incoming=incoming, actor=self.actor, now=self.now)

    def back(self) -> str:
        """The files."""
        return self.address("trial_files")


class TrialSeal(OwnTrial):
    """Hand in for trial: the mock receipt is shown once, in this answer, and all of it is gone."""

    http_method_names = ("post",)

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """The mock receipt, the pace and the estimate."""
        try:
            tried = seal_trial(trial=self.trial, actor=self.actor, now=self.now)
        except NotAllowed:
            raise
        except Refusal as refusal:
            for reason in refusal.reasons:
                messages.error(request, reason)
            return redirect(self.address("trial_files"))
        shown = {"page_title": _("Votre poste est prêt"), "tried": tried}
        answer: HttpResponse = render(request, "submissions/trial_receipt.html", shown)
        answer["Cache-Control"] = "private, no-store"
        return answer


class TrialEnd(OwnTrial, ActView):
    """Give the trial up."""

    page_title = _("Terminer l’essai")
    page_lead = _("Les fichiers de l’essai sont effacés tout de suite.")
    submit_label = _("Effacer l’essai")
    success_message = _("L’essai est effacé : rien n’en reste.")

    def act(self, form: forms.Form) -> None:
        """Remove it."""
        end_trial(trial=self.trial, actor=self.actor)

    def get_back_url(self) -> str:
        """The files."""
        return self.address("trial_files")

    def get_success_url(self) -> str:
        """The list of answers."""
        return reverse("submissions:replies")
