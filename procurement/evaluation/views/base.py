"""What the pages of a lot share: who may open them, what comes first, how rows are added without a script."""

from collections.abc import Iterable, Mapping
from typing import Any

from django.contrib import messages
from django.core.paginator import Page as PageOfRows
from django.core.paginator import Paginator
from django.forms import BaseForm, BaseFormSet
from django.forms.utils import ErrorDict, ErrorList
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse

from marketplace.accounts.pages import ActView, Page, show_refusal
from marketplace.accounts.permissions import Verdict, can
from marketplace.accounts.typing import AutosaveMixin
from marketplace.journal.errors import NotAllowed, Refusal
from procurement.calls.models import Lot, SubmissionPeriod
from procurement.calls.workspace import CallWorkspaceMixin
from procurement.evaluation.models import Bid
from procurement.evaluation.permissions import must_declare

Kind = SubmissionPeriod.Kind
ROWS_A_PAGE = 25


class LotPage(CallWorkspaceMixin):
    """A page of the choice in one lot. Nothing of what firms handed in shows before interests are declared (LR-70).

    Attributes:
        action: The right that opens the page, decided upon the lot.
        back: Name of the page of the lot to which « Annuler » and a done act lead.
    """

    action = "bids.read"
    back = ""
    lot: Lot

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Whoever has a part in the choice declares first, then comes back here."""
        try:
            return super().dispatch(request, *args, **kwargs)
        except NotAllowed:
            if request.method == "GET" and must_declare(self.actor, self.call):
                return redirect(f"{reverse('evaluation:interest', args=[self.call.reference])}?suite={request.path}")
            raise

    def allowed(self) -> Verdict:
        """The right of the page."""
        return can(self.actor, self.action, self.lot)

    def may(self, *actions: str) -> dict[str, bool]:
        """Which acts upon the lot to offer: { "selection.decide": … } keyed with underscores for templates."""
        return {action.replace(".", "_"): bool(can(self.actor, action, self.lot)) for action in actions}

    def link(self, name: str, *arguments: Any) -> str:
        """Address of a page of this lot."""
        return reverse(f"evaluation:{name}", args=[self.call.reference, self.lot.number, *arguments])

    def period(self, *kinds: str) -> SubmissionPeriod | None:
        """The period of the lot of one of these kinds, with its deadlines and envelopes."""
        rows = SubmissionPeriod.objects.filter(lot=self.lot, kind__in=kinds)
        return rows.prefetch_related("deadlines", "envelopes").order_by("-opens_at").first()


class LotRead(LotPage, Page):
    """A page of a lot to read, with links to the acts."""


class LotAct(LotPage, ActView):
    """A page of a lot on which one act is done.

    Attributes:
        consequence: For what cannot be undone: one sentence that says what the act does.
        law: Summary, text, articles.
    """

    template_name = "evaluation/act.html"
    consequence: Any = ""

    def get_back_url(self) -> str:
        """The page of the lot from which one came."""
        return self.link(self.back)

    def get_success_url(self) -> str:
        """The same page."""
        return self.get_back_url()

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """What cannot be undone is said above the button."""
        kwargs.setdefault("consequence", self.consequence)
        return super().get_context_data(**kwargs)


class RowsMixin(ActView):
    """An act whose form has rows of the same kind. « Ajouter » gives one row more, with all that was typed.

    `row_sets` names the sets: prefix, class, label of the button and of a row.
    """

    row_sets: Mapping[str, tuple[type[BaseFormSet], Any, Any]] = {}

    def rows_initial(self, prefix: str) -> list[dict[str, Any]]:
        """What a new page shows in the rows of a set."""
        return []

    def make_rows(self, data: Any = None) -> dict[str, BaseFormSet]:
        """Every set of rows, from what was posted or from what a new page shows."""
        return {
            prefix: kind(data, prefix=prefix)
            if data is not None
            else kind(prefix=prefix, initial=self.rows_initial(prefix))
            for prefix, (kind, _add, _row) in self.row_sets.items()
        }

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Add a row, or act once all the rows are sound."""
        wanted = request.POST.get("add")
        if wanted in self.row_sets:
            return self._one_more(wanted)
        self.rows = self.make_rows(request.POST)
        form = self.get_form()
        sound = [rows.is_valid() for rows in self.rows.values()]
        return self.form_valid(form) if form.is_valid() and all(sound) else self.form_invalid(form)

    def _one_more(self, prefix: str) -> HttpResponse:
        data = self.request.POST.copy()
        count = f"{prefix}-TOTAL_FORMS"
        data[count] = str(min(int(data.get(count) or 0) + 1, 200)) if str(data.get(count) or 0).isdigit() else "1"
        self.rows = self.make_rows(data)
        form = self.get_form_class()(**self.get_form_kwargs())
        for one in (form, *self.rows.values()):
            hush(one)
        return self.render_to_response(self.get_context_data(form=form))

    def typed_rows(self, prefix: str) -> list[dict[str, Any]]:
        """The rows that somebody filled, in order."""
        return [row for form in self.rows[prefix] if (row := _clean(form)) is not None]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """The sets with their labels, in order."""
        rows = getattr(self, "rows", None) or self.make_rows()
        kwargs["row_sets"] = [(rows[prefix], add, row) for prefix, (_kind, add, row) in self.row_sets.items()]
        return super().get_context_data(**kwargs)


class ConfirmedAct(LotAct):
    """An act that shows first what it would do: a first POST previews, the second (`confirm`) acts.

    `preview` returns what to show; refusals of the preview show like those of the act.
    """

    confirm_template = "evaluation/facts_confirm.html"
    confirm_label: Any = ""

    def preview(self, form: BaseForm) -> dict[str, Any]:
        """Context of the confirmation. Raises what the act would raise."""
        raise NotImplementedError

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """« Corriger » shows the form again, as it was typed."""
        if "correct" in request.POST:
            form = self.get_form()
            hush(form)
            return self.render_to_response(self.get_context_data(form=form))
        return super().post(request, *args, **kwargs)

    def form_valid(self, form: BaseForm) -> HttpResponse:
        """Show before acting, act once confirmed."""
        if "confirm" in self.request.POST:
            return super().form_valid(form)
        return self.previewed(form)

    def previewed(self, form: BaseForm) -> HttpResponse:
        """The confirmation page: everything typed travels with it, hidden."""
        try:
            shown = self.preview(form)
        except NotAllowed:
            raise
        except Refusal as refusal:
            show_refusal(form, refusal, accepted=self.accepted())
            return self.form_invalid(form)
        typed = [
            (name, value)
            for name, values in self.request.POST.lists()
            if name not in {"csrfmiddlewaretoken", "version", "confirm", "correct"}
            for value in values
        ]
        context = self.get_context_data(form=form)
        context |= {"typed": typed, "submit_label": self.confirm_label, **shown}
        return render(self.request, self.confirm_template, context)


class KeptMixin(AutosaveMixin):
    """An act whose form comes back as it was left, whether or not it was sent."""

    def kept(self) -> dict[str, str]:
        """What was typed and not handed in, as initial values of the form."""
        typed = self.typed() if self.request.method == "GET" else None
        return {name: typed[name] for name in typed} if typed is not None else {}


class DoesOne(LotRead):
    """A page to read with one small act behind its button: POST does it and shows the page again."""

    post_action = "bids.register"
    done: Any = ""

    def do(self) -> Any:
        """The act."""
        raise NotImplementedError

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Do it; a refusal answers 409 with its reasons."""
        self.do()
        messages.success(request, str(self.done))
        return redirect(request.path)


def hush(form: BaseForm | BaseFormSet) -> None:
    """Show what was typed without judging it yet: a row is being added."""
    if isinstance(form, BaseFormSet):
        form._errors, form._non_form_errors = [], ErrorList()
        for one in form.forms:
            hush(one)
    else:
        form._errors = ErrorDict()


def _clean(form: BaseForm) -> dict[str, Any] | None:
    filled = getattr(form, "cleaned_data", {})
    return filled if any(value not in (None, "", []) for value in filled.values()) else None


def page_of(rows: Iterable[Any], request: HttpRequest) -> PageOfRows:
    """The page of a list that the address names."""
    return Paginator(list(rows), ROWS_A_PAGE).get_page(request.GET.get("page"))


def lines(text: str) -> list[str]:
    """One entry a line, empty ones left out."""
    return [line.strip() for line in text.splitlines() if line.strip()]


def stage_in_hand(lot: Lot) -> str:
    """The stage of the bids that are being judged: the last that came in. Empty while there is none."""
    stages = set(Bid.objects.filter(lot=lot).values_list("stage", flat=True).distinct())
    order = (Bid.Stage.SINGLE_STEP, Bid.Stage.FINAL, Bid.Stage.ROUND, Bid.Stage.INITIAL)
    return next((stage.value for stage in order if stage in stages), "")
