"""Pages on which a buyer begins, writes and checks a call."""

import hashlib
import json
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect
from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext_lazy as _
from django.views.generic import TemplateView

from marketplace.accounts.actors import Actor
from marketplace.accounts.models import Organisation
from marketplace.accounts.pages import ActView, Titled, show_refusal
from marketplace.accounts.permissions import Verdict, can
from marketplace.accounts.typing import AutosaveMixin, forget, load
from marketplace.journal.errors import NotAllowed, Refusal
from marketplace.ui.rows import quiet, with_added_row
from procurement.calls import reading
from procurement.calls.anchors import attach
from procurement.calls.documents import rules_facts
from procurement.calls.facts import lots_with_everything
from procurement.calls.forms_new import NewCallForm
from procurement.calls.models import Call, CallDocument, Lot, TeamRole
from procurement.calls.permissions import roles_of
from procurement.calls.services import drafts
from procurement.calls.services.patterns import apply_pattern, shelf
from procurement.calls.services.publishing import findings
from procurement.calls.steps import SCREENS, STEPS
from procurement.calls.steps_base import Parts, Step
from procurement.calls.workspace import CallWorkspaceMixin
from procurement.law.findings import Finding, Severity

# Rules that no text satisfies: what is done, and where. The declaration of the site is its operator's (LR-40).
ELSEWHERE = {
    "LR-35": (_("Mettre les documents en ligne"), "calls:put_online"),
    "LR-52": (_("Mettre les documents en ligne"), "calls:put_online"),
    "LR-57": (_("Préparer les clés"), "submissions:custodians"),
    "LR-40": (_("À l’exploitant du site"), ""),
}


# Calls of the house that the page which begins one offers to start from.
EARLIER_AT_MOST = 5


class NewCall(ActView):
    """Begin a call: a problem, a procedure, its reasons."""

    form_class = NewCallForm
    template_name = "calls/new.html"
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

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """The last calls of the house: one may begin from their texts."""
        earlier = Call.objects.of_organisation(self.buyer).order_by("-created_at")[:EARLIER_AT_MOST]
        return super().get_context_data(earlier=earlier, **kwargs)

    def act(self, form: forms.Form) -> Call:
        """Create the call in the name of the buyer."""
        common = {"actor": self.actor, "now": self.now}
        fields = dict(form.cleaned_data)
        model = shelf().get(fields.pop("model"))
        call = drafts.create_call(buyer=self.buyer, **common, **fields)
        return apply_pattern(call=call, pattern=model, **common) if model else call

    def get_initial(self) -> dict[str, Any]:
        """The model that the address names."""
        return {"model": self.request.GET.get("modele", "")}

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


class RowsAct(WorkspaceAct):
    """An act that takes a list of rows; « Ajouter » only shows one more."""

    def get_rows(self, data: QueryDict | None) -> Any:
        """The rows, bound to `data` when it is given."""
        raise NotImplementedError

    def get_form(self, form_class: Any = None) -> Any:
        """The rows, in place of a form."""
        return self.get_rows(self.request.POST if self.request.method == "POST" else None)

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Add a row, or act."""
        if request.POST.get("add"):
            rows = self.get_rows(with_added_row(request.POST, request.POST["add"]))
            quiet(rows)
            return self.render_to_response(self.get_context_data(form=rows))
        return super().post(request, *args, **kwargs)

    def form_valid(self, form: Any) -> HttpResponse:
        """Act, or show why not above the rows, which keep what was typed."""
        try:
            self.result = self.act(form)
        except NotAllowed:
            raise
        except Refusal as refusal:
            form.findings = list(getattr(refusal, "findings", ()))
            form.accepted = self.accepted()
            reasons = [] if form.findings else refusal.reasons
            return self.render_to_response(self.get_context_data(form=form, reasons=reasons), status=422)
        messages.success(self.request, self.get_success_message())
        return redirect(self.get_success_url())


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
        parts = self.step.forms(self.call, self.written_lot, typed, now=self.now)
        if typed is not None:
            _hush(parts)
        return self.show(parts, draft=load(self.get_autosave_key()) if typed is not None else None)

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Keep, add a row, give up what is being typed, or write in the call and go on."""
        if request.headers.get("X-Autosave"):
            return self.autosave(request)
        data: QueryDict = request.POST
        if "discard" in data:
            forget(self.get_autosave_key())
            return redirect(self.next_url(stay=True))
        if data.get("add"):
            parts = self.step.forms(self.call, self.written_lot, with_added_row(data, data["add"]), now=self.now)
            _hush(parts)
            return self.show(parts, seen=data)
        parts = self.step.forms(self.call, self.written_lot, data, now=self.now)
        conflict = self.conflict(parts, data)
        if conflict is not None:
            return self.show(parts, conflict=conflict, status=409)
        valid = [part.is_valid() for part in parts.values()]
        if not all(valid):
            return self.show(parts, seen=data, status=422)
        try:
            with drafts.edit_screen(call=self.call, screen=self.step.code, actor=self.actor, now=self.now):
                self.step.save(parts, call=self.call, lot=self.written_lot, actor=self.actor, now=self.now)
        except NotAllowed:
            raise
        except Refusal as refusal:
            show_refusal(_first_form(parts), refusal)
            return self.show(parts, seen=data, status=422)
        except ValidationError as error:
            for message in error.messages:
                _first_form(parts).add_error(None, message)
            return self.show(parts, seen=data, status=422)
        forget(self.get_autosave_key())
        return redirect(self.next_url(stay="stay" in data))

    def conflict(self, parts: Parts, data: QueryDict) -> dict[str, Any] | None:
        """What a colleague wrote or typed since the page was shown, when it says something else."""
        if "written" in data and data["written"] != self.written_mark():
            by, at = reading.last_writer(self.call)
            theirs = self.step.forms(self.call, self.written_lot)
        elif (draft := load(self.get_autosave_key())) and self._is_unseen(draft, data):
            by, at = str(draft.saved_by), draft.saved_at
            theirs = self.step.forms(self.call, self.written_lot, self.typed())
        else:
            return None
        rows = reading.differences(parts, theirs)
        return {"by": by, "at": at, "rows": rows} if rows else None

    def _is_unseen(self, draft: Any, data: QueryDict) -> bool:
        is_mine = draft.saved_by_id == self.request.user.pk
        return not is_mine and "version" in data and data["version"] != str(draft.version)

    def written_mark(self) -> str:
        """A mark of what is written on the screen: it changes with the text, and only with it."""
        written = self.step.initial(self.call, self.written_lot)
        return hashlib.sha256(json.dumps(written, default=str, sort_keys=True).encode()).hexdigest()[:32]

    def show(
        self,
        parts: Parts,
        *,
        draft: Any = None,
        seen: QueryDict | None = None,
        conflict: dict[str, Any] | None = None,
        status: int = 200,
    ) -> HttpResponse:
        """The page with its parts; `seen` keeps upon what it was typed, until a conflict was shown."""
        found = what_remains(self.call, self.actor, self.now)
        # A screen that nobody wrote yet lacks everything: it says what it proposes, not what it lacks.
        is_begun = self.step.is_begun(self.call, self.written_lot)
        here = [one for one in found if one.rule in self.step.rules] if is_begun else []
        state = {"written": seen["written"]} if seen and "written" in seen else {"written": self.written_mark()}
        if seen and "version" in seen:
            state["version"] = seen["version"]
        context = self.get_context_data(
            parts=parts,
            found=found,
            remarks=attach(here, parts, lot=self.written_lot.number) if self.is_writable() else here,
            remarks_total=len(here),
            draft=draft,
            conflict=conflict,
            can_write=self.is_writable(),
            is_proposal=self.is_writable() and not is_begun,
            form=_first_form(parts),
            **state,
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
            steps=steps_of(self.call, self.step.code, kwargs["found"]),
            number=[*STEPS].index(self.step.code),
            computed=self.step.computed(self.call, self.written_lot, self.now),
            procedure_url=step_url(self.call, "procedure"),
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
        """Findings by screen, blocking ones first; then all that is written."""
        found = what_remains(self.call, self.actor, self.now)
        rows = [(one, self._screen_of(one.rule)) for one in found]
        documents = self.call.documents.with_files().select_related("removal__removed_by")
        return super().get_context_data(
            blocking=[row for row in rows if row[0].severity is Severity.BLOCK],
            warnings=[row for row in rows if row[0].severity is Severity.WARN],
            screens=screens_in_full(self.call),
            notice=rules_facts(self.call, now=self.now),
            documents=versions_of(documents.order_by("slug", "-version")),
            withdrawals=self.call.withdrawals.count(),
            publications=self.call.publications.all(),
            reasons=self.call.accepted_warnings.select_related("accepted_by"),
            can_edit=not self.call.is_published and can(self.actor, "call.edit", self.call),
            can_publish=can(self.actor, "call.publish", self.call),
            validators=self.call.team.filter(role=TeamRole.VALIDATOR, until=None).select_related("user"),
            study=getattr(self.call, "supply_study", None),
            can_read_study=can(self.actor, "call.read_study", self.call),
            is_author=TeamRole.AUTHOR in roles_of(self.actor, self.call),
            **kwargs,
        )

    def _screen_of(self, rule: str) -> tuple[str, str]:
        """What to do about a rule, and the address at which it is done."""
        if rule in ELSEWHERE:
            label, name = ELSEWHERE[rule]
            try:
                return str(label), reverse(name, args=[self.call.reference])
            except NoReverseMatch:
                return str(label), ""
        title, url = _("Équipe et droits"), reverse("calls:team", args=[self.call.reference])
        for step in STEPS.values():
            if rule in step.rules:
                title, url = step.title, step_url(self.call, step.code)
        return str(_("Modifier « %(screen)s »")) % {"screen": title}, url


def versions_of(documents: Iterable[CallDocument]) -> list[tuple[CallDocument | None, list[CallDocument]]]:
    """Each document in force with its other versions, the newest first; those taken away count as others."""
    by_slug: dict[str, list[CallDocument]] = {}
    for one in documents:
        by_slug.setdefault(one.slug, []).append(one)
    order = list(CallDocument.Kind.values)
    told = []
    for versions in by_slug.values():
        standing = next((one for one in versions if not hasattr(one, "removal")), None)
        told.append((standing, [one for one in versions if one is not standing]))
    return sorted(told, key=lambda pair: order.index((pair[0] or pair[1][0]).kind))


def screens_in_full(call: Call) -> list[dict[str, Any]]:
    """Everything that is written, screen by screen, lot by lot where it is written so."""
    written = sorted(lots_with_everything(call), key=lambda lot: lot.number)
    screens = []
    for step in STEPS.values():
        for lot in written if step.of_lot else written[:1]:
            parts = step.forms(call, lot)
            blocks = [(name in step.folded, block) for name, part in parts.items() if (block := reading.block_of(part))]
            title = str(step.title)
            if step.of_lot and len(written) > 1:
                title = f"{title}, lot {lot.number}"
                for _folded, block in blocks:
                    block.title = block.title and f"{block.title}, lot {lot.number}"
            screens.append({"title": title, "url": step_url(call, step.code, lot), "blocks": blocks})
    return screens


def what_remains(call: Call, actor: Actor, now: datetime) -> list[Finding]:
    """What the rule book says of a draft; that nobody publishes alone is told to those who may publish."""
    if call.is_published:
        return []
    may_publish = can(actor, "call.publish", call)
    return [one for one in findings(call=call, actor=actor, now=now) if one.rule != "PR-05" or may_publish]


def steps_of(call: Call, current: str, found: list[Finding]) -> list[dict[str, Any]]:
    """The seven screens with their state: « done » once nothing of the rule book blocks there."""
    blocked = {one.rule for one in found if one.severity is Severity.BLOCK}
    entries = [
        {
            "label": step.title,
            "url": step_url(call, step.code),
            "is_current": step.code == current,
            "is_done": not blocked & step.rules,
        }
        for step in SCREENS.values()
    ]
    team = reverse("calls:team", args=[call.reference])
    is_done = not blocked & {"PR-02", "PR-05"}
    return [*entries, {"label": _("Équipe"), "url": team, "is_current": current == "equipe", "is_done": is_done}]


def step_url(call: Call, code: str, lot: Lot | None = None) -> str:
    """Address of a screen, of a lot when it is not the first."""
    url = reverse("calls:write", args=[call.reference, code])
    return f"{url}?lot={lot.number}" if lot is not None and lot.number > 1 else url


def _hush(parts: Parts) -> None:
    for part in parts.values():
        quiet(part)


def _first_form(parts: Parts) -> forms.BaseForm:
    return next(part for part in parts.values() if isinstance(part, forms.BaseForm))
