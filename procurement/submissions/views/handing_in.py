"""An answer is read over, handed in, replaced or taken back; its receipt is shown."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

from django import forms
from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as say
from django.utils.translation import gettext_lazy as _

from marketplace.accounts.pages import ActView, Page
from marketplace.files.models import GeneratedDocument
from marketplace.files.pdf_marks import has_timestamp
from marketplace.journal import clock
from marketplace.journal.errors import NotAllowed, Refusal
from procurement.calls.models import PeriodEnvelope
from procurement.espd.words import statement_words
from procurement.submissions.annexes import annex_bytes, lock_annex, unlock_annex
from procurement.submissions.assembly import annex_of, assemble
from procurement.submissions.attempts import note
from procurement.submissions.codes import Code, Event
from procurement.submissions.consents import members_of
from procurement.submissions.decisions import withdraw
from procurement.submissions.deposits import drop_deposit, replace
from procurement.submissions.forms.answers import AnswerForm, form_for
from procurement.submissions.models import (
    Deposit,
    DestroyedSubmission,
    Receipt,
    ReceiptTimestamp,
    SealRequest,
    Submission,
)
from procurement.submissions.progress import Progress, TaskProgress, progress_of, require_ready
from procurement.submissions.seal import seal
from procurement.submissions.tasklist import Kind
from procurement.submissions.views.answering import Draft, OwnDeposit, state_of

ANNEX_LASTS = timedelta(hours=24)
REPLACEMENT_RULE = _("Je sais que seule ma dernière réponse reçue avant l’heure limite sera ouverte (R2151-6).")


class ReadingForm(forms.Form):
    """What a bidder confirms before the site reads the answer again (LR-52)."""

    replacement_rule = forms.BooleanField(
        label=REPLACEMENT_RULE, error_messages={"required": _("Cochez la case : cette règle vaut pour tous.")}
    )
    incomplete = forms.BooleanField(
        label=_("Je dépose ma réponse incomplète"),
        help_text=_("Vous pourrez la remplacer en entier jusqu’à l’heure limite."),
        required=False,
    )

    def __init__(self, *args: Any, progress: Progress | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if progress is not None and progress.is_complete:
            del self.fields["incomplete"]


class SealForm(forms.Form):
    """The last confirmation, and what makes a second click harmless."""

    declared = forms.BooleanField(
        label=_("J’ai relu cette réponse et je la dépose au nom de mon entreprise."),
        error_messages={"required": _("Cochez la case pour déposer.")},
    )
    root = forms.CharField(widget=forms.HiddenInput)
    key = forms.CharField(widget=forms.HiddenInput, max_length=64)


class Review(Draft, ActView):
    """Everything on one page, what is missing first; then the site reads the answer again, and it may be handed in."""

    template_name = "submissions/review.html"
    page_title = _("Vérifier ma réponse")
    submit_label = _("Faire relire ma réponse")

    def get_form(self, form_class: Any = None) -> forms.Form:
        """To read again, or to hand in what was read again."""
        if self.request.method != "POST" and self.deposit.root:
            return SealForm(initial={"root": self.deposit.root, "key": uuid4().hex})
        data = self.request.POST if self.request.method == "POST" else None
        return ReadingForm(data, progress=self.progress)

    @cached_property
    def progress(self) -> Progress:
        """What is filled and what is missing, as the draft stands."""
        return progress_of(self.deposit)

    def act(self, form: forms.Form) -> Any:
        """Read again every byte as the site holds it."""
        require_ready(self.progress, incomplete_accepted=form.cleaned_data.get("incomplete", False))
        return assemble(
            deposit=self.deposit,
            replacement_rule_accepted=form.cleaned_data["replacement_rule"],
            actor=self.actor,
            now=self.now,
        )

    def get_success_url(self) -> str:
        """This page, ready to hand in."""
        return self.address("review")

    def get_back_url(self) -> str:
        """The task list."""
        return self.address("tasks")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Every answer in words, every file, what is missing."""
        members = members_of(self.deposit.party)
        return super().get_context_data(
            progress=self.progress,
            shown=[(one, shown_answer(one, self.deposit)) for one in self.progress.tasks],
            is_read=bool(self.deposit.root),
            members=members,
            is_refused=any(one.state == "refused" for one in members),
            **kwargs,
        )


def shown_answer(one: TaskProgress, deposit: Deposit) -> list[tuple[str, str]]:
    """What was typed in a task, as (label, text) pairs; nothing for an untouched task."""
    if one.typed is None:
        return []
    if one.task.kind is Kind.ESPD:
        return [(said["name"], statement_words(said)) for said in one.part]
    form: AnswerForm = form_for(one.task)(period=deposit.period)
    data = one.typed.data
    pairs = [(str(field.label), _said(field, data[name][-1])) for name, field in form.fields.items() if name in data]
    rows = (
        (name, values[-1])
        for name, values in sorted(data.items())
        if name not in form.fields and not name.endswith("_FORMS") and values[-1]
    )
    return pairs + [(_row_label(form, name), text) for name, text in rows]


def _said(field: forms.Field, typed: str) -> str:
    """What was typed in a field, as people read it."""
    if isinstance(field, forms.BooleanField):
        return say("Oui")
    return str(dict(getattr(field, "choices", ())).get(typed, typed))


def _row_label(form: AnswerForm, name: str) -> str:
    """Label of a field inside a row: `st-0-name`."""
    field = form.rows.empty_form.fields.get(name.rpartition("-")[2]) if form.rows is not None else None
    return str(field.label) if field else name


class Seal(Review):
    """The one small request that counts: the clock is read first, the root and key come with it."""

    reads = ("period", "party")
    reads_lists = ()
    http_method_names = ("post",)

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """The whole request is here: this is the legal time of the submission (`arrival`)."""
        self.received_at = getattr(request, "arrived_at", None) or clock.now()
        return super().dispatch(request, *args, **kwargs)

    def get_form(self, form_class: Any = None) -> forms.Form:
        """The last confirmation."""
        return SealForm(self.request.POST)

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Hand in. Asked again, it leads to the same receipt."""
        form = self.get_form()
        if not self.is_sealed and not self.deposit.root:
            # The review shows what is missing, first of all.
            return self._refused(Refusal(say("Votre réponse a changé : faites-la relire, puis déposez.")))
        if not form.is_valid():
            return self.form_invalid(form)
        annex = annex_of(self.deposit)
        try:
            seal(
                deposit=self.deposit,
                root=form.cleaned_data["root"],
                idempotency_key=form.cleaned_data["key"],
                actor=self.actor,
                now=self.received_at,
            )
        except NotAllowed:
            raise
        except Refusal as refusal:
            if SealRequest.objects.filter(deposit=self.deposit).exists():
                # Received and dated: the receipt page tells how it goes on.
                return redirect(self.address("receipt"))
            return self._refused(refusal)
        note(self.deposit, Event.SEALED, now=self.received_at)
        return self._with_annex(redirect(self.address("receipt")), annex)

    def _refused(self, refusal: Refusal) -> HttpResponse:
        """Back to the review, which shows what is missing; nothing was sealed, and the attempt is kept."""
        note(self.deposit, Event.SEAL_REFUSED, now=self.received_at, code=Code.SEAL)
        for reason in refusal.reasons:
            messages.error(self.request, reason)
        return redirect(self.address("review"))

    def _with_annex(self, answer: HttpResponse, annex: dict[str, Any] | None) -> HttpResponse:
        """Leave the annex here, encrypted, and its key in the browser alone."""
        if annex is not None:
            kept, key = lock_annex(annex, deposit=str(self.deposit.pk))
            self.request.session[f"annex:{self.deposit.pk}"] = kept
            answer.set_cookie(
                f"annexe-{self.deposit.pk}",
                key,
                max_age=ANNEX_LASTS,
                path=self.address("annex"),
                secure=self.request.is_secure(),
                httponly=True,
                samesite="Strict",
            )
        return answer


class ReceiptPage(OwnDeposit, Page):
    """The receipt of a submission, and what may still be done with it."""

    template_name = "submissions/receipt.html"

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """The receipt; a draft leads back to its task list."""
        if not self.is_sealed:
            return redirect(self.address("tasks"))
        return super().get(request, *args, **kwargs)

    @property
    def submission(self) -> Submission | None:
        """What was handed in; None while the seal is pending, or for a draft given up."""
        return getattr(self.deposit, "submission", None)

    def get_page_title(self) -> str:
        """What happened, in one sentence."""
        if self.submission is None:
            return say("Votre dépôt")
        if hasattr(self.submission, "destroyed"):
            return say("Votre réponse est détruite")
        if hasattr(self.submission, "withdrawal"):
            return say("Votre réponse est retirée")
        if self.submission.received_at > self.deposit.period.closes_at():
            return say("Votre réponse est arrivée après l’heure limite")
        return say("Votre réponse est déposée")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Receipts, the newest last, and what may be done."""
        submission = self.submission
        found = super().get_context_data(
            submission=submission,
            state=state_of(self.deposit),
            pending=SealRequest.objects.filter(deposit=self.deposit).first() if submission is None else None,
            has_annex=f"annex:{self.deposit.pk}" in self.request.session,
            **kwargs,
        )
        if submission is not None:
            receipts = list(submission.receipts.select_related("document__rendering__stored_file"))
            found |= {
                "receipt": next(one for one in receipts if one.kind == Receipt.Kind.SUBMISSION),
                "others": [(one, _pdf_of(one.document)) for one in receipts if one.kind != Receipt.Kind.SUBMISSION],
                "stands": Submission.objects.current(self.deposit.period).filter(pk=submission.pk).exists(),
                "replaced_by": getattr(submission, "replaced_by", None),
                "draft": Deposit.objects.filter(
                    party=self.deposit.party_id, period=self.deposit.period_id, closed_at__isnull=True
                ).first(),
            }
            found["content"] = found["receipt"].content
            names = dict(PeriodEnvelope.Name.choices)
            found["documents"] = [(one, names[one["envelope"]]) for one in found["content"]["documents"]]
            found["programs"] = sorted({one for told, _ in found["documents"] for one in told.get("programs", ())})
            found["pdf"] = _pdf_of(found["receipt"].document)
            found["stamp"] = ReceiptTimestamp.objects.filter(receipt=found["receipt"]).first()
            found["is_stamped_here"] = bool(settings.TIMESTAMP_AUTHORITY)
            # The document is read for it only where it may carry one.
            may_carry = found["pdf"] is not None and (found["stamp"] is not None or found["is_stamped_here"])
            found["is_stamped_inside"] = may_carry and has_timestamp(found["pdf"].read())
            found["missed"] = found["receipt"].timestamp_attempts.last()
            rows = DestroyedSubmission.objects.filter(submission=submission)
            gone = rows.select_related("destruction__certificate__rendering__stored_file").first()
            found["destruction"] = gone and gone.destruction
            found["certificate"] = gone and _pdf_of(gone.destruction.certificate)
        return found


def _pdf_of(document: GeneratedDocument | None) -> Any:
    """The printed file of a document, None while it is being made."""
    rendering = getattr(document, "rendering", None)
    return rendering.stored_file if rendering else None


class ReceiptFile(OwnDeposit):
    """The signed receipt as a file that anybody can verify."""

    reads = ("party",)
    reads_lists = ()

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """The receipt of this number."""
        receipt = Receipt.objects.filter(submission__deposit=self.deposit, number=self.kwargs["receipt"]).first()
        if receipt is None:
            raise Http404
        return _attached(receipt.signed.encode(), f"accuse-{receipt.number}.json")


class ReceiptStamp(OwnDeposit):
    """The timestamp of a receipt, as the authority signed it."""

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """The token (RFC 3161, DER) over the PDF of this number."""
        stamp = ReceiptTimestamp.objects.filter(
            receipt__submission__deposit=self.deposit, receipt__number=self.kwargs["receipt"]
        ).first()
        if stamp is None:
            raise Http404
        name = f"accuse-{self.kwargs['receipt']}.tst"
        return _attached(bytes(stamp.token), name, content_type="application/vnd.etsi.timestamp-token")


class Annex(OwnDeposit):
    """The private annex: as often as one likes before the seal, once after it."""

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Before the seal, from the draft."""
        annex = annex_of(self.deposit)
        if annex is None:
            raise Http404
        return self._file(annex_bytes(annex))

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """After the seal: given to the browser that holds the key, then forgotten."""
        kept = request.session.get(f"annex:{self.deposit.pk}", "")
        key = request.COOKIES.get(f"annexe-{self.deposit.pk}", "")
        content = unlock_annex(kept, key, deposit=str(self.deposit.pk))
        if content is None:
            raise Refusal(
                say("Cette annexe n’est plus ici : elle est remise une seule fois, au navigateur qui a déposé.")
            )
        del request.session[f"annex:{self.deposit.pk}"]
        answer = self._file(content)
        answer.delete_cookie(f"annexe-{self.deposit.pk}", path=self.address("annex"))
        return answer

    def _file(self, content: bytes) -> HttpResponse:
        return _attached(content, f"annexe-privee-{self.deposit.period.lot.call.reference}.json")


def _attached(content: bytes, name: str, *, content_type: str = "application/json") -> HttpResponse:
    return HttpResponse(
        content,
        content_type=content_type,
        headers={
            "Content-Disposition": content_disposition_header(as_attachment=True, filename=name),
            "Cache-Control": "private, no-store",
        },
    )


class OnSubmission(OwnDeposit, ActView):
    """An act on what was handed in."""

    def load(self) -> None:
        """Read the submission. Raises Http404 while there is none."""
        super().load()
        self.submission = getattr(self.deposit, "submission", None)
        if self.submission is None:
            raise Http404

    def get_back_url(self) -> str:
        """The receipt."""
        return self.address("receipt")

    def get_success_url(self) -> str:
        """The receipt."""
        return self.get_back_url()


class Replace(OnSubmission):
    """Begin an answer that will replace the present one as a whole."""

    page_title = _("Remplacer ma réponse")
    page_lead = _(
        "Vous préparez une nouvelle réponse entière. L’actuelle reste valable tant que la nouvelle n’est pas déposée ; "
        "ensuite, seule la dernière reçue à temps sera ouverte."
    )
    submit_label = _("Préparer une nouvelle réponse")
    law = (
        _("Ce que dit la loi"),
        _(
            "Une offre est envoyée en une fois. Si vous en envoyez plusieurs, seule la dernière reçue à temps est "
            "ouverte."
        ),
        "R2151-6",
    )

    def act(self, form: forms.Form) -> Deposit:
        """Begin, or resume what was begun."""
        return replace(submission=self.submission, actor=self.actor, now=self.now)

    def get_success_url(self) -> str:
        """The new task list."""
        return reverse("submissions:tasks", args=[self.result.pk])


class Withdraw(OnSubmission):
    """Take back what was handed in."""

    page_title = _("Retirer ma réponse")
    page_lead = _("Votre réponse ne sera jamais ouverte, et aucune réponse plus ancienne ne reprend sa place.")
    submit_label = _("Retirer ma réponse")
    success_message = _("Votre réponse est retirée. Vous pouvez en déposer une autre jusqu’à l’heure limite.")

    def act(self, form: forms.Form) -> Receipt:
        """Withdraw."""
        return withdraw(submission=self.submission, actor=self.actor, now=self.now)


class Drop(OwnDeposit, ActView):
    """Give a draft up."""

    page_title = _("Abandonner ce brouillon")
    page_lead = _("Tout ce qui est saisi et tous les fichiers de ce brouillon sont effacés, sans retour possible.")
    submit_label = _("Effacer le brouillon")
    success_message = _("Le brouillon est effacé.")

    def act(self, form: forms.Form) -> None:
        """Destroy the draft."""
        drop_deposit(deposit=self.deposit, actor=self.actor, now=self.now)

    def get_back_url(self) -> str:
        """The task list."""
        return self.address("tasks")

    def get_success_url(self) -> str:
        """The list of answers."""
        return reverse("submissions:replies")
