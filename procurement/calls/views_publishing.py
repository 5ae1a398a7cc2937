"""Pages on which a call is published, moved or ended, and its team composed."""

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from marketplace.accounts.models import Membership, User
from marketplace.accounts.permissions import can
from marketplace.journal.errors import Refusal
from marketplace.ui.rows import quiet, with_added_row
from procurement.calls.forms import CancellationForm, ExtensionForm, PeriodForm, RoleForm, SendingRows, VisaForm
from procurement.calls.models import SubmissionPeriod, TeamMember, TeamRole
from procurement.calls.services import drafts
from procurement.calls.services.periods import extend_deadline, plan_period
from procurement.calls.services.publishing import Sending, cancel_lot, findings, publish, put_documents_online
from procurement.calls.views import WorkspaceAct
from procurement.law.findings import Severity


class CheckAct(WorkspaceAct):
    """An act of the check page, which comes back to it."""

    section = "verifier"

    def get_back_url(self) -> str:
        """The check page."""
        return reverse("calls:check", args=[self.call.reference])

    def get_success_url(self) -> str:
        """The check page."""
        return self.get_back_url()


class PutOnline(CheckAct):
    """Generate the rules of the consultation and open the documents to all."""

    action = "call.publish"
    page_title = _("Mettre les documents en ligne")
    page_lead = _(
        "Le règlement de la consultation est produit à partir de ce que vous avez écrit. Chacun pourra le "
        "télécharger sans compte dès la publication de l’avis."
    )
    submit_label = _("Produire et mettre en ligne")
    success_message = _("Le règlement est en préparation : il est en ligne dans une minute au plus.")
    law = (
        _("Ce que dit la loi"),
        _("Les documents sont gratuits et en libre accès dès le jour de la publication de l’avis."),
        "R2132-2",
    )

    def act(self, form: forms.Form) -> Any:
        """Put the rules online."""
        return put_documents_online(call=self.call, actor=self.actor, now=self.now)


class ReadStudy(CheckAct):
    """Say that one has read the study of the supply, as a person outside of the project."""

    action = "call.read_study"
    page_title = _("Relire l’étude de l’offre disponible")
    page_lead = _("Vous confirmez avoir lu l’étude, sans avoir participé au projet.")
    submit_label = _("J’ai relu cette étude")
    success_message = _("Votre relecture est enregistrée.")
    template_name = "calls/read_study.html"

    def act(self, form: forms.Form) -> Any:
        """Record the reading."""
        return drafts.read_supply_study(call=self.call, actor=self.actor, now=self.now)


class Publish(CheckAct):
    """Publish: a second person, with the proof of each sending."""

    action = "call.publish"
    template_name = "calls/publish.html"
    page_title = _("Publier l’appel")
    page_lead = _(
        "Après la publication, les exigences, les critères et les poids ne changent plus. L’avis doit être parti : "
        "donnez son numéro pour chaque support."
    )
    submit_label = _("Publier l’appel")
    success_message = _("L’appel est publié.")
    law = (
        _("Ce que dit la loi"),
        _(
            "Dès le seuil européen, l’avis part au BOAMP et au JOUE. Le délai des candidatures court à partir de "
            "l’envoi. Le site ne montre pas l’appel avant le JOUE."
        ),
        "R2131-12 à R2131-19",
    )

    def get_form(self, form_class: Any = None) -> forms.BaseFormSet:
        """Rows of sendings."""
        return SendingRows(self.request.POST if self.request.method == "POST" else None, prefix="sendings")

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Add a row, or publish."""
        if request.POST.get("add"):
            rows = SendingRows(with_added_row(request.POST, request.POST["add"]), prefix="sendings")
            quiet(rows)
            return self.render_to_response(self.get_context_data(form=rows))
        rows = self.get_form()
        if not rows.is_valid():
            return self.form_invalid(rows)
        return self.form_valid(rows)

    def act(self, form: forms.BaseFormSet) -> Any:
        """Publish with the proofs given."""
        sendings = [Sending(**row) for row in form.rows()]
        return publish(call=self.call, sendings=sendings, actor=self.actor, now=self.now, accepted=self.accepted())

    def form_valid(self, form: forms.BaseFormSet) -> HttpResponse:
        """Publish, or show the refusals beside the rows."""
        try:
            self.act(form)
        except Refusal as refusal:
            form.findings = list(getattr(refusal, "findings", ()))
            form.accepted = self.accepted()
            context = self.get_context_data(form=form, reasons=[] if form.findings else refusal.reasons)
            return self.render_to_response(context, status=422)
        messages.success(self.request, str(self.success_message))
        return redirect(self.get_success_url())

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Warnings are shown at once, so that their reasons may be written."""
        context = super().get_context_data(**kwargs)
        if self.request.method == "GET" and not self.call.is_published:
            found = findings(call=self.call, actor=self.actor, now=self.now)
            context["form"].findings = [one for one in found if one.severity is Severity.WARN]
        return context


class Team(WorkspaceAct):
    """Who does what in the call; one form gives a role, another a visa."""

    section = "equipe"
    template_name = "calls/team.html"
    form_class = RoleForm
    page_title = _("Équipe et droits")
    page_lead = _(
        "Chacun n’a que les droits de son rôle. Une deuxième personne publie ; deux gardiens ouvrent les plis."
    )
    submit_label = _("Confier ce rôle")
    success_message = _("Le rôle est confié.")
    law = (
        _("Ce que dit la loi"),
        _(
            "Toute personne qui peut influencer le choix doit être libre d’intérêts dans l’affaire. Chacune le "
            "déclarera avant de lire les réponses."
        ),
        "L2141-10",
    )

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Give a visa, or a role."""
        if "visa" in request.POST:
            form = VisaForm(request.POST)
            if form.is_valid():
                drafts.give_visa(call=self.call, kind=form.cleaned_data["kind"], actor=self.actor, now=self.now)
                messages.success(request, str(_("Votre visa est donné.")))
                return redirect(self.get_success_url())
        return super().post(request, *args, **kwargs)

    def act(self, form: forms.Form) -> Any:
        """Give the role. Raises Refusal for somebody without account, or from outside for an inside role."""
        user = User.objects.filter(email=form.cleaned_data["email"].lower(), is_active=True).first()
        role = form.cleaned_data["role"]
        inside = user and Membership.objects.active().filter(user=user, organisation=self.call.lead_buyer_id).exists()
        if user is None or not (inside or role in {TeamRole.CUSTODIAN, TeamRole.AUDITOR}):
            raise Refusal(
                "Cette personne n’a pas de compte rattaché à votre organisation : invitez-la d’abord dans votre équipe."
            )
        return drafts.give_role(call=self.call, user=user, role=role, actor=self.actor, now=self.now)

    def get_success_url(self) -> str:
        """This page."""
        return reverse("calls:team", args=[self.call.reference])

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Roles given, visas given."""
        team = TeamMember.objects.filter(call=self.call, until=None).select_related("user").order_by("role")
        return super().get_context_data(
            team=list(team),
            visas=list(self.call.visas.select_related("given_by").order_by("kind")),
            visa_form=VisaForm(),
            can_set_team=can(self.actor, "call.set_team", self.call),
            can_give_visa=can(self.actor, "call.give_visa", self.call),
            **kwargs,
        )


class Periods(WorkspaceAct):
    """Periods of deposits of the call, and the planning of the next one."""

    section = "periodes"
    action = "period.plan"
    template_name = "calls/periods.html"
    form_class = PeriodForm
    page_title = _("Dates et périodes")
    submit_label = _("Prévoir cette période")
    success_message = _("La période est prévue. Faites maintenant préparer ses clés par les gardiens.")
    law = (
        _("Ce que dit la loi"),
        _("Le délai des offres est libre, mais il tient compte de la complexité. L’heure est la même pour tous."),
        "R2172-29, R2151-1",
    )

    def allowed(self) -> Any:
        """All who see the file read the dates; authors and validators plan."""
        return super().allowed() if self.request.method == "POST" else True

    def act(self, form: forms.Form) -> Any:
        """Plan the period for the lot."""
        lot = self.lots[0] if self.lot is None else self.lot
        number = SubmissionPeriod.objects.filter(lot=lot, kind=SubmissionPeriod.Kind.ROUND).count()
        is_round = form.cleaned_data["kind"] == SubmissionPeriod.Kind.ROUND
        return plan_period(
            lot=lot, actor=self.actor, now=self.now, accepted=self.accepted(),
            round_number=number + 1 if is_round else 0, **form.cleaned_data,
        )  # fmt: skip

    def get_success_url(self) -> str:
        """This page."""
        return self.request.path

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Periods with their deadlines in force."""
        periods = SubmissionPeriod.objects.filter(lot__in=self.lots).select_related("lot")
        rows = [(one, one.closes_at()) for one in periods.prefetch_related("deadlines").order_by("lot", "opens_at")]
        return super().get_context_data(
            rows=rows,
            can_plan=can(self.actor, "period.plan", self.call),
            can_change=can(self.actor, "call.change", self.call),
            **kwargs,
        )


class Extend(WorkspaceAct):
    """Move a deadline forward, for all."""

    section = "periodes"
    action = "call.change"
    form_class = ExtensionForm
    page_title = _("Reporter l’heure limite")
    page_lead = _("Le report vaut pour tous. Il est publié avec son motif. Une heure limite n’avance jamais.")
    submit_label = _("Reporter pour tous")
    success_message = _("L’heure limite est reportée.")
    law = (
        _("Ce que dit la loi"),
        _("Le délai est prolongé si une information nécessaire arrive trop tard ou si les documents changent."),
        "R2151-4",
    )

    def act(self, form: forms.Form) -> Any:
        """Extend the period in progress of the lot."""
        period = SubmissionPeriod.objects.filter(lot=self.lot, opens_at__lte=self.now).order_by("-opens_at").first()
        if period is None:
            raise Refusal("Aucune période n’est ouverte pour ce lot : il n’y a pas d’heure limite à reporter.")
        return extend_deadline(
            period=period, actor=self.actor, now=self.now, accepted=self.accepted(), **form.cleaned_data
        )

    def get_back_url(self) -> str:
        """The periods."""
        return reverse("calls:periods", args=[self.call.reference])

    def get_success_url(self) -> str:
        """The periods."""
        return self.get_back_url()


class Cancel(WorkspaceAct):
    """End a lot before signature."""

    section = "suivi"
    action = "call.change"
    form_class = CancellationForm
    page_title = _("Déclarer sans suite")
    page_lead = _("L’appel s’arrête pour ce lot, sans retour possible. Les plis non ouverts restent scellés.")
    submit_label = _("Arrêter l’appel")
    success_message = _("L’appel est arrêté pour ce lot.")
    law = (
        _("Ce que dit la loi"),
        _("Vous pouvez renoncer à tout moment avant la signature. Les motifs sont vite envoyés aux participants."),
        "R2185-1, R2185-2",
    )

    def act(self, form: forms.Form) -> Any:
        """Cancel the lot."""
        return cancel_lot(lot=self.lot, actor=self.actor, now=self.now, **form.cleaned_data)

    def get_back_url(self) -> str:
        """The check page, which everyone has."""
        return reverse("calls:check", args=[self.call.reference])

    def get_success_url(self) -> str:
        """The same."""
        return self.get_back_url()
