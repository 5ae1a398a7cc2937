"""Deposits received on another buyer profile: what was brought, the register and its files checked, then imported."""

from typing import Any

from django import forms
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as say
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from marketplace.accounts.permissions import Verdict, can
from marketplace.files.media_types import CSV, ZIP
from marketplace.files.services import stage
from marketplace.journal.errors import Refusal
from marketplace.ui.spreadsheets import csv_response
from procurement.calls.models import SubmissionPeriod
from procurement.calls.views import WorkspaceAct, WorkspacePage
from procurement.submissions.decisions import admit_late, propose_late_admission
from procurement.submissions.forms.registers import FilesForm, FirmForm, ReportForm
from procurement.submissions.models import LateAdmission, ReceivedLine, ReceivedRegister
from procurement.submissions.periods import code_of, period_of
from procurement.submissions.received import received_in
from procurement.submissions.received_firms import complete_firm
from procurement.submissions.register_drafts import draft_of, files_of, forget_draft, keep_draft, mark_of
from procurement.submissions.register_table import COLUMNS
from procurement.submissions.registers import check_import, envelopes_of, import_register
from procurement.submissions.verdicts import FRENCH


class ElsewhereMixin:
    """A page of a call whose deposits are on another buyer profile; for other calls it does not exist."""

    section = "recus"

    def load(self) -> None:
        """Read the call. Raises Http404 where deposits are made here."""
        super().load()
        if not self.call.deposit_at:
            raise Http404

    def get_back_url(self) -> str:
        """What was received."""
        return reverse("submissions:received", args=[self.call.reference])

    def get_success_url(self) -> str:
        """The same page."""
        return self.get_back_url()


class Received(ElsewhereMixin, WorkspacePage):
    """What the other profile received, period by period."""

    template_name = "submissions/received.html"
    page_title = _("Plis reçus ailleurs")
    page_lead = _("Les entreprises déposent sur un autre profil d’acheteur. Apportez ici son registre et les plis.")

    def allowed(self) -> Verdict:
        """The team only: lines name the firms."""
        return can(self.actor, "openings.read", self.call)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Periods with what was brought of each."""
        return super().get_context_data(
            periods=received_in(self.lots, self.now),
            may_import=bool(can(self.actor, "register.import", self.call)),
            may_admit=bool(can(self.actor, "submission.admit_late", self.call)),
            **kwargs,
        )


class PeriodMixin(ElsewhereMixin):
    """A page of one period of such a call."""

    action = "register.import"
    period: SubmissionPeriod

    def load(self) -> None:
        """Read the period. Raises Http404."""
        super().load()
        period = period_of(self.lot, self.kwargs["period"])
        if period is None:
            raise Http404
        period.lot = self.lot
        self.period = period

    def allowed(self) -> Verdict:
        """Those who import."""
        return can(self.actor, self.action, self.call)

    def link(self, name: str, *more: Any) -> str:
        """Address of a page of this period."""
        return reverse(f"submissions:{name}", args=[self.call.reference, self.lot.number, code_of(self.period), *more])

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """The period, its deadline and its envelopes."""
        return super().get_context_data(
            period=self.period,
            code=code_of(self.period),
            closes_at=self.period.closes_at(),
            envelopes=envelopes_of(self.period),
            **kwargs,
        )


class RegisterTemplate(PeriodMixin, WorkspacePage):
    """The register to fill in, with its titles and one example."""

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """A CSV file; the example is dated a day before the deadline, and is to be replaced."""
        example = [
            "1",
            "Exemple SAS",
            "732829320",
            "contact@exemple.fr",
            "2027-01-15T11:59:58+01:00",
            ", ".join(name.lower() for name in envelopes_of(self.period).values()),
        ]
        return csv_response(f"registre-{self.call.reference}-{code_of(self.period)}.csv", COLUMNS, [example])


class SendFiles(PeriodMixin, WorkspaceAct):
    """The register and the opened files; they are checked on the next page, and nothing is written before."""

    template_name = "submissions/send_register.html"
    form_class = FilesForm
    page_title = _("Apporter le registre et les plis")
    submit_label = _("Vérifier avant d’importer")
    law = (
        _("Ce que dit la loi"),
        _(
            "Un pli reçu après l’heure limite est éliminé. Le site juge chaque pli sur l’heure limite de l’appel ; le "
            "registre ne donne que l’heure de réception."
        ),
        _("Articles R. 2143-2 et R. 2151-5 du code de la commande publique."),
    )

    def load(self) -> None:
        """Read what was sent before."""
        super().load()
        self.draft = draft_of(self.period)
        self.standing = ReceivedRegister.objects.standing(self.period)

    def get_page_lead(self) -> str:
        """Which period."""
        return self.period.get_kind_display()

    def get_form_kwargs(self) -> dict[str, Any]:
        """What need not be sent again."""
        kept = {name for name in ("table", "archive") if self.draft is not None and getattr(self.draft, name)}
        return {**super().get_form_kwargs(), "kept": kept, "is_correction": self.standing is not None}

    def get_initial(self) -> dict[str, Any]:
        """The reason typed before."""
        return {"reason": self.draft.reason} if self.draft else {}

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Keep each sound file, even when the other one is missing or refused."""
        form = self.get_form()
        if form.is_valid():
            return self.form_valid(form)
        self._keep(form)
        return self.form_invalid(form)

    def act(self, form: FilesForm) -> Any:
        """Keep both for the check."""
        refused = self._keep(form)
        if refused:
            raise Refusal(*refused)

    def _keep(self, form: FilesForm) -> list[str]:
        """Stage and keep what can be; gives the reasons why others cannot."""
        staged, refused = {}, []
        for name, media_type in (("table", CSV), ("archive", ZIP)):
            sent = form.cleaned_data.get(name)
            if not sent:
                continue
            try:
                staged[name] = stage(sent, name=sent.name, media_type=media_type)
            except Refusal as refusal:
                refused += refusal.reasons
        reason = form.cleaned_data.get("reason") or form.data.get("reason", "")
        if staged or reason:
            self.draft = keep_draft(
                period=self.period,
                table=staged.get("table"),
                archive=staged.get("archive"),
                reason=reason,
                actor=self.actor,
                now=self.now,
            )
        return refused

    def get_success_url(self) -> str:
        """What would be written."""
        return self.link("check_register")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Files kept, and the register that would be replaced."""
        return super().get_context_data(draft=self.draft, standing=self.standing, columns=COLUMNS, **kwargs)


class CheckRegister(PeriodMixin, WorkspaceAct):
    """Everything that the import would write, with every fault by its line; then the import itself."""

    template_name = "submissions/check_register.html"
    page_title = _("Vérifier avant d’importer")
    form_class = forms.Form
    submit_label = _("Importer")
    success_message = _("Le registre et les plis sont importés.")

    def load(self) -> None:
        """Read what was sent. Raises Http404 before both files were."""
        super().load()
        self.draft = draft_of(self.period)
        files = files_of(self.draft)
        if files is None:
            raise Http404
        self.files = files

    def get_page_lead(self) -> str:
        """Which period."""
        return self.period.get_kind_display()

    def act(self, form: forms.Form) -> ReceivedRegister:
        """Import what was shown."""
        if self.request.POST.get("shown") != mark_of(self.files):
            raise Refusal("Un collègue a envoyé d’autres fichiers : relisez ce qui serait importé.")
        table, archive = self.files
        register = import_register(
            period=self.period,
            table=table,
            archive=archive,
            reason=self.draft.reason,
            actor=self.actor,
            now=self.now,
        )
        forget_draft(self.period)
        return register

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Lines and faults."""
        table, archive = self.files
        checked = check_import(period=self.period, table=table, archive=archive, now=self.now)
        late = sum(one.is_late for one in checked.lines)
        return super().get_context_data(
            checked=checked,
            shown=mark_of(self.files),
            table=table,
            archive=archive,
            draft=self.draft,
            standing=ReceivedRegister.objects.standing(self.period),
            send_url=self.link("import_register"),
            late_words=ngettext("%(n)s pli hors délai", "%(n)s plis hors délai", late) % {"n": late} if late else "",
            **kwargs,
        )


class ReceivedFirm(ElsewhereMixin, WorkspaceAct):
    """The identity of a firm that nobody represents here, from its documents."""

    action = "register.import"
    form_class = FirmForm
    submit_label = _("Enregistrer son identité")
    success_message = _("L’identité est enregistrée.")
    page_lead = _("Cette entreprise n’a pas de compte ici. Recopiez ce que disent ses pièces : le contrat l’imprime.")

    def find(self) -> None:
        """Read the line. Raises Http404 for one of another call, or of a firm with an account."""
        rows = ReceivedLine.objects.filter(register__period__lot__call=self.call)
        rows = rows.select_related("register__period__lot__call", "party__lead")
        line = rows.filter(pk=self.kwargs["line"], party__lead__memberships__isnull=True).first()
        if line is None:
            raise Http404
        self.line = line

    def get_page_title(self) -> str:
        """Which firm."""
        return self.line.firm_name

    def get_form_kwargs(self) -> dict[str, Any]:
        """What is known of it."""
        return {**super().get_form_kwargs(), "instance": self.line.party.lead}

    def act(self, form: FirmForm) -> Any:
        """Write it."""
        return complete_firm(line=self.line, fields=form.cleaned_data, actor=self.actor, now=self.now)


class ReceivedLate(ElsewhereMixin, WorkspaceAct):
    """Decide on what came late elsewhere: one person proposes with the other profile's report, another confirms."""

    action = "submission.admit_late"
    template_name = "submissions/received_late.html"
    page_title = _("Pli reçu après l’heure limite")
    law = (
        _("Ce que dit la loi"),
        _(
            "Un pli en retard est éliminé, sauf si l’entreprise a été diligente et que le profil d’acheteur ne peut "
            "prouver qu’il marchait. La décision est motivée, à deux."
        ),
        "R2151-5, R2143-2 ; CE, 23 septembre 2021, n° 449250",
    )
    admission: LateAdmission | None

    def find(self) -> None:
        """Read the line and what was decided. Raises Http404 for one on time, or of a register that was replaced."""
        rows = ReceivedLine.objects.filter(register__period__lot__call=self.call, register__replaced_by__isnull=True)
        line = (
            rows.filter(pk=self.kwargs["line"])
            .select_related("party__lead", "submission__period__lot__call", "submission__party")
            .first()
        )
        if line is None or line.received_at <= line.submission.period.closes_at():
            raise Http404
        self.line, self.submission = line, line.submission
        self.admission = LateAdmission.objects.filter(submission=self.submission).first()
        self.submit_label = say("Confirmer l’admission") if self.admission else say("Proposer d’admettre ce pli")

    def get_form_class(self) -> type[forms.Form]:
        """Reasons and a report to give, or a decision to confirm."""
        return ReportForm if self.admission is None else forms.Form

    success_message = _("C’est inscrit.")

    def act(self, form: forms.Form) -> LateAdmission:
        """Propose, or confirm."""
        if self.admission is not None:
            return admit_late(admission=self.admission, actor=self.actor, now=self.now)
        report = form.cleaned_data["report"]
        return propose_late_admission(
            submission=self.submission,
            reasons=form.cleaned_data["reasons"],
            incident_report=stage(report, name=report.name),
            actor=self.actor,
            now=self.now,
        )

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Instants, verdict, and where the decision is."""
        return super().get_context_data(
            line=self.line,
            submission=self.submission,
            verdict=FRENCH[self.submission.verdict],
            closes_at=self.submission.period.closes_at(),
            admission=self.admission,
            has_files=self.submission.results.exists(),
            **kwargs,
        )
