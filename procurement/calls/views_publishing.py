"""Pages on which the team of a call is composed, its documents are joined, and it is published."""

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.translation import gettext as say
from django.utils.translation import gettext_lazy as _

from marketplace.accounts.models import Membership
from marketplace.accounts.permissions import Verdict, can
from marketplace.files.services import RefusedFile, stage
from marketplace.journal.errors import NotAllowed, Refusal
from procurement.calls.act_forms import DocumentForm, RoleRows, SendingRows, VisaForm
from procurement.calls.models import Call, CallDocument, TeamMember, TeamRole
from procurement.calls.services import drafts
from procurement.calls.services.publishing import (
    Sending,
    add_document,
    findings,
    newest_documents,
    publish,
    put_documents_online,
    remove_document,
)
from procurement.calls.views import RowsAct, WorkspaceAct, steps_of, what_remains
from procurement.law.findings import Severity


class FromCheck:
    """An act of the check page, which comes back to it."""

    call: Call
    section = "verifier"

    def get_back_url(self) -> str:
        """The check page."""
        return reverse("calls:check", args=[self.call.reference])

    def get_success_url(self) -> str:
        """The check page."""
        return self.get_back_url()


class CheckAct(FromCheck, WorkspaceAct):
    """An act of the check page, on a form."""


class PutOnline(CheckAct):
    """Write the documents of the consultation and open them to all."""

    action = "call.publish"
    page_title = _("Mettre les documents en ligne")
    page_lead = _(
        "Le règlement, les clauses, le programme, le projet d’acte d’engagement et l’annexe financière sont produits à "
        "partir de ce que vous avez écrit. Chacun pourra les télécharger sans compte dès la publication de l’avis. "
        "Un document que vous avez joint à la place du nôtre reste le vôtre."
    )
    submit_label = _("Produire et mettre en ligne")
    success_message = _("Les documents sont en préparation : ils sont en ligne dans une minute au plus.")
    law = (
        _("Ce que dit la loi"),
        _("Les documents sont gratuits et en libre accès dès le jour de la publication de l’avis."),
        "R2132-2",
    )

    def act(self, form: forms.Form) -> Any:
        """Put them online."""
        return put_documents_online(call=self.call, actor=self.actor, now=self.now)


class AddDocument(CheckAct):
    """Join a file to the consultation: clauses, programme, plans."""

    action = "call.edit"
    form_class = DocumentForm
    page_title = _("Joindre un document")
    page_lead = _(
        "Les documents sont produits par le site. Joignez ici les vôtres : à la place de l’un d’eux, ou en plus. Le "
        "règlement reste produit par le site, car il dit ce qui est figé."
    )
    submit_label = _("Joindre ce document")
    success_message = _("Le document est joint.")
    law = (
        _("Ce que dit la loi"),
        _("Les documents sont gratuits et en libre accès. Après la publication, un document ne change plus sans avis "
          "rectificatif, et le délai peut devoir être prolongé."),
        "R2132-2, R2151-4",
    )  # fmt: skip

    def get_form_kwargs(self) -> dict[str, Any]:
        """With the documents that a file may replace."""
        return super().get_form_kwargs() | {"online": list(newest_documents(self.call).values())}

    def act(self, form: forms.Form) -> Any:
        """Keep the file, then join it. Raises Refusal for a type of file that is not accepted."""
        upload = form.cleaned_data["file"]
        try:
            staged = stage(upload.file, name=upload.name)
        except RefusedFile as refused:
            raise Refusal(*refused.reasons) from refused
        said = {name: form.cleaned_data[name] for name in ("kind", "title", "replaces", "reason")}
        return add_document(call=self.call, file=staged, actor=self.actor, now=self.now, **said)


class RemoveDocument(CheckAct):
    """Take away, before publication, a file that was joined."""

    action = "call.edit"
    page_title = _("Retirer un document")
    submit_label = _("Retirer ce document")
    success_message = _("Le document est retiré.")

    def load(self) -> None:
        """Read the document. Raises Http404 for one of another call, or that is not there."""
        super().load()
        documents = CallDocument.objects.standing().filter(call=self.call, slug=self.kwargs["slug"])
        self.document = get_object_or_404(documents.exclude(file=None), version=self.kwargs["version"])

    def get_page_lead(self) -> str:
        """Which document."""
        return str(_("« %(name)s » ne fera plus partie de l’appel.")) % {"name": self.document.file.name}

    def act(self, form: forms.Form) -> Any:
        """Remove it."""
        return remove_document(document=self.document, actor=self.actor, now=self.now)


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


class Publish(FromCheck, RowsAct):
    """Publish: a second person, with the proof of each sending."""

    action = "call.publish"
    template_name = "calls/publish.html"
    page_title = _("Publier l’appel")
    page_lead = _(
        "Après la publication, les exigences, les critères et les poids ne changent plus. L’avis doit être parti : "
        "donnez son numéro pour chaque support."
    )
    submit_label = _("Publier l’appel")
    success_message = _("L’appel est publié : chacun peut le lire et y répondre.")
    law = (
        _("Ce que dit la loi"),
        _(
            "Dès le seuil européen, l’avis part au BOAMP et au JOUE. Le délai des candidatures court à partir de "
            "l’envoi. Le site ne montre pas l’appel avant le JOUE."
        ),
        "R2131-12 à R2131-19",
    )

    def get_rows(self, data: QueryDict | None) -> forms.BaseFormSet:
        """Rows of sendings."""
        return SendingRows(data, prefix="sendings")

    def act(self, form: forms.BaseFormSet) -> Any:
        """Publish with the proofs given."""
        sendings = [Sending(**row) for row in form.rows()]
        return publish(call=self.call, sendings=sendings, actor=self.actor, now=self.now, accepted=self.accepted())

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Warnings are shown at once, so that their reasons may be written."""
        context = super().get_context_data(**kwargs)
        if self.request.method == "GET" and not self.call.is_published:
            found = findings(call=self.call, actor=self.actor, now=self.now)
            context["form"].findings = [one for one in found if one.severity is Severity.WARN]
        return context


TEAM_RULES = {"PR-02", "PR-05"}

# Those whom a direct purchase needs beside its author.
PEOPLE_OF_PURCHASE = {TeamRole.VALIDATOR: 1, TeamRole.SIGNATORY: 1}
PURCHASE_TEAM_LEAD = _("Chacun n’a que les droits de son rôle. Une deuxième personne décide l’achat.")
# People that PR-02 asks for beside the author.
PEOPLE = {TeamRole.VALIDATOR: 1, TeamRole.EVALUATOR: 1, TeamRole.SIGNATORY: 1, TeamRole.CUSTODIAN: 3}


class Team(RowsAct):
    """Who does what in the call; one form gives a role, another a visa."""

    section = "equipe"
    serves_purchases = True
    template_name = "calls/team.html"
    page_title = _("Équipe et droits")
    submit_label = _("Confier ces rôles")
    success_message = _("L’équipe est enregistrée.")
    law = (
        _("Ce que dit la loi"),
        _(
            "Toute personne qui peut influencer le choix doit être libre d’intérêts dans l’affaire. Chacune le "
            "déclarera avant de lire les réponses."
        ),
        "L2141-10",
    )

    def get_page_lead(self) -> str:
        """Who decides: nobody alone."""
        if self.call.is_purchase:
            return str(PURCHASE_TEAM_LEAD)
        if self.call.deposit_at:
            return say("Chacun n’a que les droits de son rôle. Une deuxième personne publie.")
        return say(
            "Chacun n’a que les droits de son rôle. Une deuxième personne publie ; deux gardiens ouvrent les plis."
        )

    def allowed(self) -> Verdict:
        """All who see the file read who does what; who composes the team, or gives visas, depends on the stage."""
        if self.request.method != "POST":
            return Verdict.yes()
        return can(self.actor, "call.give_visa" if "visa" in self.request.POST else "call.set_team", self.call)

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Give a visa, take back a role given by mistake, or give a role."""
        if "visa" in request.POST:
            return self._try(VisaForm(request.POST), self._give_visa, _("Votre visa est donné."))
        if "take_back" in request.POST:
            return self._try(forms.Form(request.POST), self._take_back, _("Le rôle est repris."))
        return super().post(request, *args, **kwargs)

    def _try(self, form: forms.Form, act: Callable[[forms.Form], Any], said: Any) -> HttpResponse:
        if form.is_valid():
            try:
                act(form)
            except NotAllowed:
                raise
            except Refusal as refusal:
                return self.render_to_response(self._unchanged(reasons=refusal.reasons), status=422)
            messages.success(self.request, str(said))
            return redirect(self.get_success_url())
        return self.render_to_response(self._unchanged(visa_form=form), status=422)

    def _unchanged(self, **kwargs: Any) -> dict[str, Any]:
        """The page with its rows as they stand: the other form was handed in."""
        return self.get_context_data(form=self.get_rows(None), **kwargs)

    def _give_visa(self, form: forms.Form) -> Any:
        return drafts.give_visa(call=self.call, kind=form.cleaned_data["kind"], actor=self.actor, now=self.now)

    def _take_back(self, form: forms.Form) -> Any:
        role, _colon, key = self.request.POST["take_back"].partition(":")
        members = TeamMember.objects.filter(call=self.call, until=None).select_related("user")
        member = next((one for one in members if one.role == role and str(one.user_id) == key), None)
        if member is None:
            raise Refusal("Cette personne n’a plus ce rôle.")
        return drafts.take_back_role(call=self.call, user=member.user, role=role, actor=self.actor, now=self.now)

    def get_rows(self, data: QueryDict | None) -> forms.BaseFormSet:
        """A row for each role that nobody holds yet, and that the rule book asks for."""
        held = list(self.call.team.filter(until=None).values_list("role", flat=True))
        asked = PEOPLE_OF_PURCHASE if self.call.is_purchase else PEOPLE
        wanted = {role: n for role, n in asked.items() if role != TeamRole.CUSTODIAN or not self.call.deposit_at}
        missing = [role for role, people in wanted.items() for _one in range(people - held.count(role))]
        initial = [{"role": role} for role in missing] if missing and not self.call.is_published else [{"role": ""}]
        return RoleRows(data, prefix="roles", initial=initial, form_kwargs={"buyer": self.call.lead_buyer_id})

    def act(self, form: Any) -> Any:
        """Give the roles, one act each."""
        for row in form.rows():
            drafts.give_role(call=self.call, user=row["user"], role=row["role"], actor=self.actor, now=self.now)

    def get_success_url(self) -> str:
        """This page."""
        return reverse("calls:team", args=[self.call.reference])

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Roles given, visas given."""
        team = TeamMember.objects.filter(call=self.call, until=None).select_related("user").order_by("role")
        kwargs.setdefault("visa_form", VisaForm())
        found = [] if self.call.is_purchase else what_remains(self.call, self.actor, self.now)
        return super().get_context_data(
            team=list(team),
            steps=steps_of(self.call, "equipe", found),
            remarks=[one for one in found if one.rule in TEAM_RULES],
            visas=list(self.call.visas.select_related("given_by").order_by("kind")),
            colleagues=Membership.objects.active().filter(organisation=self.call.lead_buyer).select_related("user"),
            can_set_team=can(self.actor, "call.set_team", self.call),
            can_give_visa=can(self.actor, "call.give_visa", self.call),
            **kwargs,
        )
