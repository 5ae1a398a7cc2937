"""A firm answers a call: what it needs, who tenders, the task list, each task."""

from typing import Any, ClassVar

from django import forms
from django.db.models import Prefetch
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, JsonResponse, QueryDict
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.views.generic import ListView

from marketplace.accounts.pages import ActView, Page, SignedIn, Titled
from marketplace.accounts.permissions import Verdict, can, visible_or_404
from marketplace.accounts.typing import NOT_KEPT, conflict_answer, kept_answer
from marketplace.ui.rows import quiet, with_added_row
from procurement.calls.models import Call
from procurement.submissions.consents import is_frozen, members_of
from procurement.submissions.deposits import form_party, open_deposit
from procurement.submissions.filling import State, TaskConflict, keep_task, typed_in
from procurement.submissions.forms.answers import AnswerForm, form_for
from procurement.submissions.forms.parties import MemberRows, PartyForm
from procurement.submissions.media import accepted_types
from procurement.submissions.models import ConsentRequest, Deposit, Receipt
from procurement.submissions.progress import Progress, progress_of
from procurement.submissions.standing import Standing, standings
from procurement.submissions.tasklist import Kind, Task, tasks_of
from procurement.submissions.troubles import unsettled
from procurement.submissions.views.members import PREFIX, MembersAct

A_PAGE = 25


class Start(MembersAct):
    """Before answering: what is needed, the limits, who tenders. An answer under way is resumed, never doubled."""

    template_name = "submissions/start.html"
    page_title = _("Répondre à cet appel")
    submit_label = _("Commencer ma réponse")
    call: Call
    standings: list[Standing]
    standing: Standing | None

    def load(self) -> None:
        """Read the call and where the firm stands. Raises Http404 before publication."""
        published = Call.objects.exclude(criteria_digest="").select_related("lead_buyer")
        self.call = published.filter(reference=self.kwargs["reference"]).first()
        if self.call is None:
            raise Http404
        self.standings = standings(self.call, self.actor.organisation_id, self.now)
        asked = self.request.GET.get("lot", "")
        chosen = [one for one in self.standings if str(one.lot.number) == asked or len(self.standings) == 1]
        self.standing = chosen[0] if chosen else None

    def allowed(self) -> Verdict:
        """Any firm but the buyer."""
        return can(self.actor, "party.form", self.standings[0].lot)

    def get_form(self, form_class: Any = None) -> forms.Form:
        """Who tenders; nothing to ask of a party that exists."""
        if self.standing is None or self.standing.party is not None:
            return forms.Form(**self.get_form_kwargs())
        return self.posted_form() if self.request.method == "POST" else PartyForm(members=MemberRows(prefix=PREFIX))

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Add a member, or begin."""
        if self.standing is None or self.standing.period is None:
            return redirect(self.request.get_full_path())
        return super().post(request, *args, **kwargs)

    def act(self, form: forms.Form) -> Deposit:
        """Form the party where there is none, and open or resume the deposit."""
        period, party = self.standing.period, self.standing.party
        if party is None:
            lead = self.actor.membership().organisation
            party = form_party(
                lot=self.standing.lot,
                lead=lead,
                actor=self.actor,
                now=self.now,
                kind=form.cleaned_data["kind"],
                shares=form.shares(lead),
            )
        return open_deposit(period=period, party=party, actor=self.actor, now=self.now)

    def get_success_url(self) -> str:
        """The task list."""
        return reverse("submissions:tasks", args=[self.result.pk])

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """The limits, and what is asked."""
        period = self.standing.period if self.standing else None
        found = super().get_context_data(call=self.call, standings=self.standings, standing=self.standing, **kwargs)
        found["members"] = getattr(found["form"], "members", None)
        if period is not None:
            closes_at = period.closes_at()
            found |= {
                "period": period,
                "closes_at": closes_at,
                "is_late": self.now > closes_at,
                "types": accepted_types(period),
                "to_fill": tasks_of(period),
                "envelopes": list(period.envelopes.all()),
            }
        return found


class OwnDeposit(SignedIn):
    """A page of a deposit of one's own firm; anybody else gets 404.

    `reads`, `reads_lists`: what is read with it. Of what answers a program, or a click at the deadline, every column
    counts: a rush waits for it.
    """

    deposit: Deposit
    reads: ClassVar[tuple[str, ...]] = ("period__lot__call__lead_buyer", "party__lead", "submission")
    reads_lists: ClassVar[tuple[str, ...]] = ("period__deadlines",)

    def load(self) -> None:
        """Read the deposit with its call."""
        deposits = Deposit.objects.select_related(*self.reads).prefetch_related(*self.reads_lists)
        self.deposit = visible_or_404(deposits, self.actor, pk=self.kwargs["deposit"])

    def allowed(self) -> Verdict:
        """Members of the lead firm."""
        return can(self.actor, "deposit.edit", self.deposit)

    @property
    def is_sealed(self) -> bool:
        """Whether there is something handed in to show instead."""
        return self.deposit.closed_at is not None

    def address(self, name: str, *more: Any) -> str:
        """A page of this deposit."""
        return reverse(f"submissions:{name}", args=[self.deposit.pk, *more])

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Deposit, period, call and deadline."""
        period = self.deposit.period
        closes_at = period.closes_at()
        own = {
            "deposit": self.deposit,
            "period": period,
            "call": period.lot.call,
            "closes_at": closes_at,
            "is_late": self.now > closes_at,
        }
        return super().get_context_data(**kwargs | own)


class Draft(OwnDeposit):
    """A page of a deposit that may still change; a sealed one leads to its receipt."""

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Send to the receipt what is sealed."""
        response = super().dispatch(request, *args, **kwargs)
        # Never kept by a proxy, nor by the Back button of a shared computer.
        response["Cache-Control"] = "private, no-store"
        return response

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """The page, unless the deposit is sealed."""
        if self.is_sealed:
            return redirect(self.address("receipt"))
        return super().get(request, *args, **kwargs)


class Tasks(Draft, Page):
    """The task list of an answer."""

    template_name = "submissions/tasks.html"

    def get_page_title(self) -> str:
        """Title of the page."""
        return _("Votre réponse")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Every task by group, with its state."""
        progress, members = progress_of(self.deposit), members_of(self.deposit.party)
        return super().get_context_data(
            progress=progress,
            groups=_groups(progress),
            members=members,
            is_refused=any(one.state == "refused" for one in members),
            may_reform=not is_frozen(self.deposit.party),
            saved_at=max((one.typed.at for one in progress.tasks if one.typed), default=None),
            types=accepted_types(self.deposit.period),
            incident=unsettled(self.deposit.period).first(),
            **kwargs,
        )


def _groups(progress: Progress) -> dict[str, list[Any]]:
    """Tasks under the two titles of the list; a bid has nothing to say again about the firm."""
    own = [one for one in progress.tasks if one.task.envelope == "candidature"]
    return {"own": own, "offer": [one for one in progress.tasks if one not in own]}


class TaskPage(Draft, ActView):
    """One task. What is typed is kept in the sealed draft as one types, and nowhere else."""

    template_name = "submissions/task.html"
    submit_label = _("Enregistrer et revenir à la liste")
    task: Task
    theirs: Any = None
    is_from_espd = False

    def load(self) -> None:
        """Read the deposit and the task. Raises Http404."""
        super().load()
        tasks = {task.code: task for task in tasks_of(self.deposit.period) if task.kind is not Kind.ESPD}
        if self.kwargs["task"] not in tasks:
            raise Http404
        self.task = tasks[self.kwargs["task"]]
        self.version = 0

    def get_page_title(self) -> str:
        """What is asked."""
        return self.task.label

    def get_page_lead(self) -> str:
        """The weight, or what to know."""
        return self.task.hint

    def get_back_url(self) -> str:
        """The task list."""
        return self.address("tasks")

    def get_success_url(self) -> str:
        """Back to the review when one came from there, else the task list."""
        if self.request.POST.get("add"):
            return self.address("task", self.task.code)
        return self.address("review" if self.request.GET.get("retour") == "verifier" else "tasks")

    def get_form(self, form_class: Any = None) -> AnswerForm:
        """The form with what was posted, or what was kept."""
        form_class = form_for(self.task)
        if self.request.method == "POST":
            return form_class(self.request.POST, period=self.deposit.period)
        kept = typed_in(self.deposit).get(self.task.code)
        if kept is None:
            return form_class(period=self.deposit.period)
        self.version, self.is_from_espd = kept.version, bool(kept.source)
        if kept.state is State.FIX or "st-TOTAL_FORMS" in kept.data:
            form = form_class(_as_posted(kept.data), period=self.deposit.period)
            if kept.state is not State.FIX:
                quiet(form)
                quiet(form.rows)
            return form
        return form_class(initial={name: values[-1] for name, values in kept.data.items()}, period=self.deposit.period)

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Keep what is being typed, add a row, or hand the task over as done."""
        if request.headers.get("X-Autosave"):
            return self._autosave()
        if request.POST.get("add"):
            request.POST = with_added_row(request.POST, "st")
        return super().post(request, *args, **kwargs)

    def form_valid(self, form: AnswerForm) -> HttpResponse:
        """Keep the task as done; a colleague's text written meanwhile is shown beside this one."""
        state = State.DOING if self.request.POST.get("add") else State.DONE
        try:
            self._keep(form, state)
        except TaskConflict as conflict:
            return self._both_versions(form, conflict)
        return redirect(self.get_success_url())

    def form_invalid(self, form: AnswerForm) -> HttpResponse:
        """Keep even what is wrong: nothing typed is lost."""
        if self.request.POST.get("add"):
            return self.form_valid(form)
        try:
            self.version = self._keep(form, State.FIX).version
        except TaskConflict as conflict:
            return self._both_versions(form, conflict)
        return super().form_invalid(form)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """The form keeps by itself, from the version that it shows."""
        found = super().get_context_data(task=self.task, theirs=self.theirs, autosave=True, **kwargs)
        return found | {"version": self.version, "is_from_espd": self.is_from_espd}

    def _keep(self, form: AnswerForm, state: State) -> Any:
        version = self.request.POST.get("version", "0")
        return keep_task(
            deposit=self.deposit,
            task=self.task,
            data={name: values for name, values in self.request.POST.lists() if name not in {*NOT_KEPT, "add"}},
            part=form.part() if form.is_valid() else None,
            state=state,
            version=int(version) if version.isdigit() else 0,
            actor=self.actor,
            now=self.now,
        )

    def _autosave(self) -> JsonResponse:
        try:
            typed = self._keep(self.get_form(), State.DOING)
        except TaskConflict as conflict:
            theirs = conflict.theirs
            return conflict_answer(
                by=theirs.author,
                at=theirs.at,
                version=theirs.version,
                values={name: values[-1] for name, values in theirs.data.items()},
            )
        return kept_answer(version=typed.version, at=typed.at)

    def _both_versions(self, form: AnswerForm, conflict: TaskConflict) -> HttpResponse:
        self.theirs = conflict.theirs
        # Posting once more, after having read, keeps this text knowingly.
        self.version = conflict.theirs.version
        labels = {name: str(field.label) for name, field in form.fields.items()}
        other = [(labels.get(name, name), values[-1]) for name, values in conflict.theirs.data.items()]
        return self.render_to_response(self.get_context_data(form=form, other=other), status=409)


def _as_posted(data: dict[str, list[str]]) -> QueryDict:
    """What was kept, as a browser would post it."""
    posted = QueryDict(mutable=True)
    for name, values in data.items():
        posted.setlist(name, values)
    return posted


class Replies(SignedIn, Titled, ListView):
    """Every answer of the firm, the newest first."""

    template_name = "submissions/replies.html"
    paginate_by = A_PAGE
    page_title = _("Mes réponses")

    def allowed(self) -> Verdict:
        """Any firm."""
        if self.actor.organisation_id is None:
            return Verdict.no(str(_("Agissez au nom d’une entreprise pour voir ses réponses.")))
        return Verdict.yes()

    def get_queryset(self) -> Any:
        """Deposits of the firm, with what their state is read from."""
        receipts = Receipt.objects.filter(kind=Receipt.Kind.SUBMISSION)
        return (
            Deposit.objects.visible_to(self.actor)
            .select_related(
                "period__lot__call__lead_buyer",
                "submission__withdrawal",
                "submission__replaced_by",
                "submission__destroyed__destruction",
            )
            .prefetch_related("period__deadlines", Prefetch("submission__receipts", receipts, to_attr="first_receipts"))
            .order_by("-opened_at")
        )

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Each row with its state in words."""
        found = super().get_context_data(**kwargs)
        found["named"] = (
            ConsentRequest.objects.visible_to(self.actor)
            .standing()
            .with_answer()
            .select_related("party__lead", "party__lot__call")
        )
        found["rows"] = [(deposit, *state_of(deposit)) for deposit in found["page_obj"]]
        return found


def state_of(deposit: Deposit) -> tuple[str, str]:
    """State of a deposit in words, and its tone."""
    submission = getattr(deposit, "submission", None)
    if submission is None:
        return (_("Brouillon"), "info") if deposit.closed_at is None else (_("Abandonnée ou en cours de dépôt"), "")
    if hasattr(submission, "destroyed"):
        return _("Détruite"), ""
    if hasattr(submission, "withdrawal"):
        return _("Retirée"), ""
    if submission.received_at > deposit.period.closes_at():
        return _("Reçue après l’heure limite"), "danger"
    if hasattr(submission, "replaced_by"):
        return _("Remplacée"), ""
    return _("Déposée"), "ok"
