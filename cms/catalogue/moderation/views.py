"""The pages of editors: the review, the facts of a profile, the answer to a report, the meeting of two profiles."""

from typing import Any

from django.forms import BaseForm
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse, reverse_lazy
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from wagtail.admin.views.generic.base import WagtailAdminTemplateMixin

from cms.catalogue.models import Confirmation, ErrorReport, Label, Profile, Verification
from cms.catalogue.moderation import comparison, errors, facts, forms, merging, services
from cms.catalogue.moderation.permissions import NOT_AN_EDITOR, is_editor
from cms.catalogue.moderation.snippets import ProfileViewSet
from marketplace.accounts.pages import ActView, Page
from marketplace.accounts.permissions import Verdict

HOME = {"url": reverse_lazy("wagtailadmin_home"), "label": gettext_lazy("Accueil")}
QUEUE = {"url": reverse_lazy("moderation:queue"), "label": gettext_lazy("Fiches à relire")}


class EditorsRoom(WagtailAdminTemplateMixin):
    """What every page of editors has: the frame of Wagtail, and the right to publish profiles."""

    above: tuple[dict[str, Any], ...] = (QUEUE,)
    header_icon = "group"

    def allowed(self) -> Verdict:
        """Editors only, before anything is read; services ask again."""
        return Verdict.yes() if is_editor(self.request.user) else Verdict.no(NOT_AN_EDITOR)

    def get_breadcrumbs_items(self) -> list[dict[str, Any]]:
        """Where the page is."""
        return [HOME, *self.above, {"url": "", "label": self.get_page_title()}]


class EditorsPage(EditorsRoom, Page):
    """A page to read."""


class EditorsAct(EditorsRoom, ActView):
    """A page on which an editor acts."""

    template_name = "catalogue/moderation/act.html"


class ReviewPage(EditorsAct):
    """The version under review beside the published one; « Publier », or « Renvoyer » with a reason."""

    template_name = "catalogue/moderation/review.html"
    success_url = reverse_lazy("moderation:queue")
    RETURN = "return"

    def find(self) -> None:
        """Read the profile and its latest version."""
        self.profile = get_object_or_404(Profile.objects.select_related("organisation"), pk=self.kwargs["pk"])
        self.draft = self.profile.get_latest_revision_as_object()
        self.state = self.profile.current_workflow_task_state

    def get_page_title(self) -> str:
        """The name that the version gives."""
        return _("Relire « %(name)s »") % {"name": self.draft.name}

    @property
    def is_return(self) -> bool:
        """Whether the version is sent back, which is the other form of the page."""
        return self.request.POST.get("decision") == self.RETURN

    def get_form_class(self) -> type[BaseForm]:
        """The form that was sent."""
        return forms.ReturnForm if self.is_return else forms.PublishForm

    def get_initial(self) -> dict[str, Any]:
        """The version that is read."""
        return {"revision": self.profile.latest_revision_id}

    def act(self, form: BaseForm) -> None:
        """Publish or send back."""
        common = {"revision_id": form.cleaned_data["revision"], "actor": self.actor, "now": self.now}
        if self.is_return:
            services.send_back(profile=self.profile, reasons=form.reasons(), **common)
        else:
            services.publish_reviewed(profile=self.profile, ticked=form.cleaned_data["checks"], **common)

    def get_success_message(self) -> str:
        """What became of the version."""
        told = _("« %(name)s » est renvoyée, avec vos raisons.") if self.is_return else _("« %(name)s » est en ligne.")
        return told % {"name": self.draft.name}

    success_message = True

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Both versions, both forms, the facts of the published version, what the review said before."""
        context = super().get_context_data(**kwargs)
        form = context["form"]
        before = self.profile if self.profile.live else Profile()
        panel = ProfileViewSet().get_edit_handler()
        return context | {
            "profile": self.profile,
            "draft": self.draft,
            "state": self.state,
            "rows": comparison.rows_of(panel, before, self.draft, self.request),
            "publish_form": form
            if isinstance(form, forms.PublishForm)
            else forms.PublishForm(initial=self.get_initial()),
            "return_form": form if isinstance(form, forms.ReturnForm) else forms.ReturnForm(initial=self.get_initial()),
            "labels": facts.labels_of(self.profile, now=self.now) if self.profile.live else [],
            "earlier": self._earlier_returns(),
        }

    def _earlier_returns(self) -> list[Any]:
        if self.state is None:
            return []
        states = self.state.workflow_state.task_states.exclude(comment="")
        return list(states.select_related("finished_by").order_by("finished_at"))


class FactsPage(EditorsPage):
    """The labels of a published profile with their checks, and the quotes of its clients."""

    template_name = "catalogue/moderation/facts.html"

    def find(self) -> None:
        """Read the profile."""
        self.profile = get_object_or_404(Profile.objects.select_related("organisation"), pk=self.kwargs["pk"])

    def get_page_title(self) -> str:
        """Whose facts."""
        return _("Faits de « %(name)s »") % {"name": self.profile.name}

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """The labels and the quotes."""
        quotes = self.profile.confirmations.filter(confirmed_at__isnull=False).exclude(quote="")
        labels = facts.labels_of(self.profile, now=self.now) if self.profile.live else []
        return super().get_context_data(profile=self.profile, labels=labels, quotes=quotes, **kwargs)


class FactAct(EditorsAct):
    """One act upon a fact; the person comes back to the facts of the profile."""

    model: type[Any] = Label
    profile: Profile

    def find(self) -> None:
        """Read the row and its profile."""
        self.row = get_object_or_404(self.model.objects.select_related("profile"), pk=self.kwargs["pk"])
        self.profile = self.row.profile

    def get_success_url(self) -> str:
        """The facts of the profile."""
        return reverse("moderation:facts", args=[self.profile.pk])

    get_back_url = get_success_url

    def get_page_lead(self) -> str:
        """The very words that the act is about."""
        return f"{self.profile.name} : {self.row.statement}"


class VerifyLabel(FactAct):
    """« J’ai lu le justificatif »."""

    template_name = "catalogue/moderation/verify.html"
    form_class = forms.VerifyForm
    page_title = gettext_lazy("Vérifier un label")
    submit_label = gettext_lazy("Marquer ce label comme vérifié")
    success_message = gettext_lazy("Le label est marqué comme vérifié.")

    def act(self, form: BaseForm) -> Any:
        """Verify."""
        read = form.cleaned_data["has_read"]
        return facts.verify_label(label=self.row, has_read_proof=read, actor=self.actor, now=self.now)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """The proof, and until when the mark will hold."""
        return super().get_context_data(label=self.row, until=facts.holds_until(self.row, now=self.now), **kwargs)


class WithdrawVerification(FactAct):
    """A check does not hold any more."""

    model = Verification
    form_class = forms.ReasonForm
    page_title = gettext_lazy("Retirer une vérification")
    submit_label = gettext_lazy("Retirer la vérification")
    success_message = gettext_lazy("La vérification est retirée : le fait est de nouveau « déclaré ».")

    def act(self, form: BaseForm) -> None:
        """Withdraw."""
        reason = form.cleaned_data["reason"]
        facts.withdraw_verification(verification=self.row, reason=reason, actor=self.actor, now=self.now)


class QuoteAct(FactAct):
    """A client's quote, read whole before it is shown or hidden."""

    model = Confirmation

    def get_page_lead(self) -> str:
        """The quote and who wrote it."""
        return f"{self.row.author or self.row.statement} : « {self.row.quote} »"


class ShowQuote(QuoteAct):
    """A quote goes on the page."""

    page_title = gettext_lazy("Montrer un témoignage")
    submit_label = gettext_lazy("Montrer ce témoignage")
    success_message = gettext_lazy("Le témoignage est montré sur la fiche.")

    def act(self, form: BaseForm) -> None:
        """Accept."""
        facts.accept_quote(confirmation=self.row, actor=self.actor, now=self.now)


class HideQuote(QuoteAct):
    """A quote leaves the page."""

    page_title = gettext_lazy("Masquer un témoignage")
    submit_label = gettext_lazy("Masquer ce témoignage")
    success_message = gettext_lazy("Le témoignage n’est plus montré ; la confirmation reste.")

    def act(self, form: BaseForm) -> None:
        """Hide."""
        facts.hide_quote(confirmation=self.row, actor=self.actor, now=self.now)


class AnswerReport(EditorsAct):
    """The answer to somebody who reported an error."""

    template_name = "catalogue/moderation/answer.html"
    form_class = forms.AnswerForm
    above = ({"url": reverse_lazy("moderation:reported_errors"), "label": gettext_lazy("Erreurs signalées")},)
    header_icon = "warning"
    success_url = reverse_lazy("moderation:reported_errors")
    back_url = reverse_lazy("moderation:reported_errors")
    submit_label = gettext_lazy("Envoyer la réponse")
    success_message = gettext_lazy("Votre réponse est enregistrée.")

    def find(self) -> None:
        """Read the report."""
        self.report = get_object_or_404(ErrorReport.objects.select_related("profile"), uid=self.kwargs["uid"])

    def get_page_title(self) -> str:
        """About which profile."""
        return _("Répondre : « %(name)s »") % {"name": self.report.profile.name}

    def act(self, form: BaseForm) -> None:
        """Answer."""
        errors.answer(
            report=self.report,
            text=form.cleaned_data["answer"],
            was_corrected=form.cleaned_data["was_corrected"],
            actor=self.actor,
            now=self.now,
        )

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """The report and its last day."""
        due = errors.due_on(self.report.reported_at)
        return super().get_context_data(report=self.report, due=due, **kwargs)


class ChooseMerge(EditorsPage):
    """Two profiles that may be one: a search, then a choice on each side."""

    template_name = "catalogue/moderation/choose_merge.html"
    page_title = gettext_lazy("Réunir deux fiches")
    above = ({"url": reverse_lazy("wagtailsnippets_catalogue_profile:list"), "label": gettext_lazy("Fiches")},)

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Show the search; once both are chosen, lead to the page that compares them."""
        chosen = [request.GET.get(side, "") for side in ("kept", "other")]
        if all(pk.isdecimal() for pk in chosen):
            return HttpResponse(status=302, headers={"Location": reverse("moderation:merge", args=chosen)})
        return super().get(request, *args, **kwargs)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """What the search finds."""
        form = forms.SearchForm(self.request.GET or None)
        text = form.cleaned_data["q"] if form.is_valid() else ""
        return super().get_context_data(
            form=form, text=text, found=list(merging.candidates(text)), kept=self.request.GET.get("kept", ""), **kwargs
        )


class Merge(EditorsAct):
    """Two profiles side by side, the one kept on the left."""

    template_name = "catalogue/moderation/merge.html"
    page_title = gettext_lazy("Réunir deux fiches")
    above = ({"url": reverse_lazy("moderation:choose_merge"), "label": gettext_lazy("Choisir deux fiches")},)
    back_url = reverse_lazy("moderation:choose_merge")
    submit_label = gettext_lazy("Réunir ces fiches")

    def find(self) -> None:
        """Read both. Raises Http404 when one is absent."""
        rows = Profile.objects.select_related("organisation").prefetch_related("domains")
        found = rows.in_bulk([self.kwargs["kept"], self.kwargs["other"]])
        if len(found) != len({self.kwargs["kept"], self.kwargs["other"]}):
            raise Http404
        self.kept, self.other = found[self.kwargs["kept"]], found[self.kwargs["other"]]

    def act(self, form: BaseForm) -> merging.Moved:
        """Join them."""
        return merging.merge(kept=self.kept, other=self.other, actor=self.actor, now=self.now)

    def get_success_message(self) -> str:
        """What moved."""
        return _("Les fiches sont réunies : %(parts)s éléments et %(domains)s domaines repris.") % {
            "parts": self.result.parts,
            "domains": self.result.domains,
        }

    success_message = True

    def get_success_url(self) -> str:
        """The profile kept."""
        return reverse("wagtailsnippets_catalogue_profile:edit", args=[self.kept.pk])

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Both profiles, and what stands in the way."""
        panel = ProfileViewSet().get_edit_handler()
        return super().get_context_data(
            kept=self.kept,
            other=self.other,
            rows=comparison.both(panel, self.kept, self.other, self.request),
            against=merging.reasons_against(self.kept, self.other),
            **kwargs,
        )
