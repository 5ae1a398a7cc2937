"""Pages on which a buyer begins, writes, checks and publishes a call."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.views.generic import TemplateView

from marketplace.accounts.models import Organisation
from marketplace.accounts.pages import ActView, Titled, show_refusal
from marketplace.accounts.permissions import Verdict, can
from marketplace.accounts.typing import AutosaveMixin, forget
from marketplace.journal.errors import NotAllowed, Refusal
from marketplace.ui.rows import quiet, with_added_row
from procurement.calls.forms import NewCallForm
from procurement.calls.models import Call, Lot
from procurement.calls.services import drafts
from procurement.calls.services.publishing import findings
from procurement.calls.steps import STEPS, Parts, Step
from procurement.calls.workspace import CallWorkspaceMixin
from procurement.law.findings import Severity


class NewCall(ActView):
    """Begin a call: a problem, a procedure, its reasons."""

    form_class = NewCallForm
    page_title = _("Préparer un appel")
    page_lead = _("Partez d’un problème. Vous aurez ensuite sept écrans, à remplir dans l’ordre que vous voulez.")
    submit_label = _("Commencer la rédaction")
    law = (
        _("Ce que dit la loi"),
        _(
            "Le partenariat d’innovation couvre la recherche et l’achat de ce qui en résulte, pour un besoin auquel "
            "rien de disponible ne répond. Sous 100 000 € HT, un achat innovant direct est aussi possible."
        ),
        "L2172-3, R2172-20, R2122-9-1",
    )

    def load(self) -> None:
        """Read the buyer for which the person acts. Raises Http404 for anybody else: there is nothing to begin."""
        buyer = Organisation.objects.buyers().filter(pk=self.actor.organisation_id).first()
        if buyer is None:
            raise Http404
        self.buyer = buyer

    def allowed(self) -> Verdict:
        """Any member of a buyer begins a call."""
        return can(self.actor, "call.create", self.buyer)

    def act(self, form: forms.Form) -> Call:
        """Create the call in the name of the buyer."""
        return drafts.create_call(buyer=self.buyer, actor=self.actor, now=self.now, **form.cleaned_data)

    def get_success_url(self) -> str:
        """The first screen."""
        return reverse("calls:write", args=[self.result.reference, "besoin"])


class WorkspacePage(CallWorkspaceMixin, Titled, TemplateView):
    """A page to read in the file of a call."""


class WorkspaceAct(CallWorkspaceMixin, ActView):
    """A page of the file of a call on which one act is done."""

    template_name = "layout/call_act.html"
    action = ""

    def allowed(self) -> Verdict:
        """What the act itself will ask, upon the call."""
        return can(self.actor, self.action, self.call) if self.action else Verdict.yes()


class Write(AutosaveMixin, CallWorkspaceMixin, Titled, TemplateView):
    """One screen of the writing. What is typed is kept as it is typed; « Continuer » writes it in the call."""

    template_name = "calls/write.html"
    section = "rediger"

    def load(self) -> None:
        """Read the call, the screen and the lot. Raises Http404 for what does not exist."""
        super().load()
        step = STEPS.get(self.kwargs["step"])
        if step is None:
            raise Http404
        self.step: Step = step
        self.written_lot = self._written_lot()

    def allowed(self) -> Verdict:
        """Authors write; others of the house read."""
        return can(self.actor, "call.edit", self.call) if self.request.method == "POST" else Verdict.yes()

    def get_autosave_key(self) -> str:
        """One draft for a screen of a lot, shared by all authors."""
        return f"call:{self.call.reference}:{self.step.code}:{self.written_lot.number}"

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """The screen, with what is being typed when nobody has handed it in."""
        typed = self.typed() if self.is_writable() else None
        parts = self.step.forms(self.call, self.written_lot, typed)
        if typed is not None:
            for part in parts.values():
                quiet(part)
        return self.show(parts, is_draft=typed is not None)

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Keep, add a row, or write in the call and go on."""
        if request.headers.get("X-Autosave"):
            return self.autosave(request)
        data: QueryDict = request.POST
        if data.get("add"):
            parts = self.step.forms(self.call, self.written_lot, with_added_row(data, data["add"]))
            for part in parts.values():
                quiet(part)
            return self.show(parts)
        parts = self.step.forms(self.call, self.written_lot, data)
        valid = [part.is_valid() for part in parts.values()]
        if not all(valid):
            return self.show(parts, status=422)
        try:
            self.step.save(parts, call=self.call, lot=self.written_lot, actor=self.actor, now=self.now)
        except NotAllowed:
            raise
        except Refusal as refusal:
            show_refusal(_first_form(parts), refusal)
            return self.show(parts, status=422)
        except ValidationError as error:
            for message in error.messages:
                _first_form(parts).add_error(None, message)
            return self.show(parts, status=422)
        forget(self.get_autosave_key())
        return redirect(self.next_url(stay="stay" in data))

    def show(self, parts: Parts, *, is_draft: bool = False, status: int = 200) -> HttpResponse:
        """The page with its parts."""
        remarks = [
            one for one in findings(call=self.call, actor=self.actor, now=self.now) if one.rule in self.step.rules
        ]
        context = self.get_context_data(
            parts=parts, remarks=remarks, is_draft=is_draft, can_write=self.is_writable(), form=_first_form(parts)
        )
        return self.render_to_response(context, status=status)

    def is_writable(self) -> bool:
        """Whether this person may write, now."""
        return not self.call.is_published and bool(can(self.actor, "call.edit", self.call))

    def next_url(self, *, stay: bool) -> str:
        """The next screen, then the team; or this one again."""
        codes = [*STEPS, "equipe"]
        code = self.step.code if stay else codes[codes.index(self.step.code) + 1]
        if code == "equipe":
            return reverse("calls:team", args=[self.call.reference])
        return step_url(self.call, code, self.written_lot if STEPS[code].of_lot else None)

    def get_page_title(self) -> str:
        """Title of the screen."""
        return str(self.step.title)

    def get_page_lead(self) -> str:
        """What the screen is for."""
        return str(self.step.lead)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Steps beside the screen, its law, and the lots where it is written lot by lot."""
        lots = self.lots if self.step.of_lot and len(self.lots) > 1 else []
        return super().get_context_data(
            step=self.step,
            steps=steps_of(self.call, self.step.code),
            number=list(STEPS).index(self.step.code) + 1,
            written_lots=[
                (lot, step_url(self.call, self.step.code, lot), lot.pk == self.written_lot.pk) for lot in lots
            ],
            law=self.step.law,
            **kwargs,
        )

    def _written_lot(self) -> Lot:
        number = self.request.GET.get("lot", "")
        found = next((lot for lot in self.lots if str(lot.number) == number), self.lots[0])
        return Lot.objects.select_related("call", "acquisition", "terms", "timeline").get(pk=found.pk)


class Check(WorkspacePage):
    """Everything that stands between a draft and its publication, each point with the screen that mends it."""

    template_name = "calls/check.html"
    section = "verifier"
    page_title = _("Vérifier avant de publier")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Findings by screen, blocking ones first."""
        found = findings(call=self.call, actor=self.actor, now=self.now) if not self.call.is_published else []
        rows = [(one, self._screen_of(one.rule)) for one in found]
        return super().get_context_data(
            blocking=[row for row in rows if row[0].severity is Severity.BLOCK],
            warnings=[row for row in rows if row[0].severity is Severity.WARN],
            steps=steps_of(self.call, ""),
            documents=self.call.documents.select_related("document__rendering__stored_file").order_by(
                "kind", "-version"
            ),
            can_publish=can(self.actor, "call.publish", self.call),
            study=getattr(self.call, "supply_study", None),
            can_read_study=can(self.actor, "call.read_study", self.call),
            **kwargs,
        )

    def _documents(self) -> Any:
        """Documents of the consultation, the newest version first."""
        documents = self.call.documents.select_related("document__rendering__stored_file")
        return documents.order_by("kind", "-version")

    def _screen_of(self, rule: str) -> tuple[str, str]:
        """Title and address of the screen on which a rule is satisfied."""
        for step in STEPS.values():
            if rule in step.rules:
                return str(step.title), step_url(self.call, step.code)
        return str(_("Équipe et droits")), reverse("calls:team", args=[self.call.reference])


def steps_of(call: Call, current: str) -> list[dict[str, Any]]:
    """The screens, for the column of steps."""
    entries = [
        {"label": step.title, "url": step_url(call, step.code), "is_current": step.code == current}
        for step in STEPS.values()
    ]
    team = {"label": _("Équipe"), "url": reverse("calls:team", args=[call.reference]), "is_current": False}
    return [*entries, team]


def step_url(call: Call, code: str, lot: Lot | None = None) -> str:
    """Address of a screen, of a lot when it is not the first."""
    url = reverse("calls:write", args=[call.reference, code])
    return f"{url}?lot={lot.number}" if lot is not None and lot.number > 1 else url


def _first_form(parts: Parts) -> forms.BaseForm:
    return next(part for part in parts.values() if isinstance(part, forms.BaseForm))
