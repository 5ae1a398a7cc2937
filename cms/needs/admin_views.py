"""« Besoins à modérer », in the editors' room: the queue with its age, and one page per need."""

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.forms import BaseForm
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import path, reverse
from django.utils.decorators import method_decorator
from django.utils.timezone import localdate
from django.utils.translation import gettext_lazy
from django.views.generic import TemplateView
from wagtail.admin.auth import permission_required
from wagtail.admin.views.generic.base import WagtailAdminTemplateMixin

from cms.needs.delays import answer_due
from cms.needs.forms import MergeForm, PublishForm, ReasonForm
from cms.needs.models import Need
from cms.needs.permissions import MODERATE
from cms.needs.services import moderation
from marketplace.accounts.pages import actor_of, now_of
from marketplace.journal.errors import Refusal

PER_PAGE = 50
DONE = {
    "publish": gettext_lazy("Le besoin est en ligne, son auteur est prévenu."),
    "refuse": gettext_lazy("Le besoin est refusé, son auteur reçoit la raison."),
    "merge": gettext_lazy("Les deux besoins sont réunis, les auteurs sont prévenus."),
    "decline": gettext_lazy("Le besoin est classé « non retenu », ceux qui le suivent sont prévenus."),
}


@method_decorator(permission_required(MODERATE), name="dispatch")
class Moderation(WagtailAdminTemplateMixin, TemplateView):
    """Needs that wait, oldest first, with the day by which an answer is due; then published ones."""

    page_title = gettext_lazy("Besoins à modérer")
    header_icon = "comment"
    template_name = "needs/admin/queue.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Both lists."""
        now = now_of(self.request)
        waiting = [
            (need, answer_due(need.confirmed_at), (now - need.confirmed_at).days)
            for need in Need.objects.to_moderate()[:PER_PAGE]
        ]
        published = Need.objects.published().with_state().order_by("-published_at", "pk")
        return super().get_context_data(
            waiting=waiting,
            today=localdate(now),
            page=Paginator(published, PER_PAGE).get_page(self.request.GET.get("p")),
            **kwargs,
        )


@method_decorator(permission_required(MODERATE), name="dispatch")
class ModerateNeed(WagtailAdminTemplateMixin, TemplateView):
    """One need: what was written, and the answers that an editor may give; each is an act of its own."""

    header_icon = "comment"
    template_name = "needs/admin/need.html"
    need: Need

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Read the need. Raises Http404 for one that no editor may read: not confirmed, refused, joined."""
        needs = Need.objects.with_state().filter(confirmed_at__isnull=False, refused_at=None, merged_into=None)
        need = needs.filter(pk=kwargs["pk"]).first()
        if need is None:
            raise Http404
        self.need = need
        self.forms = self._forms()
        return super().dispatch(request, *args, **kwargs)

    def get_page_title(self) -> str:
        """The title, else the beginning of the text."""
        return str(self.need)

    def get_breadcrumbs_items(self) -> list[dict[str, str]]:
        """Home, queue, need."""
        queue = {"url": reverse("needs_admin:queue"), "label": str(Moderation.page_title)}
        return [*super().get_breadcrumbs_items(), queue, {"url": "", "label": str(self.need)}]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """The need and the forms."""
        need = self.need
        return super().get_context_data(need=need, forms=self.forms, due=answer_due(need.confirmed_at), **kwargs)

    def post(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        """Do the act whose button was pressed; a refusal shows the page again."""
        name = request.POST.get("act", "")
        form = self.forms.get(name)
        if form is None:
            raise Http404
        if form.is_valid():
            try:
                self._act(name, form)
            except Refusal as refusal:
                for reason in refusal.reasons:
                    form.add_error(None, reason)
            else:
                messages.success(request, DONE[name])
                return redirect("needs_admin:queue")
        return self.render_to_response(self.get_context_data(), status=422)

    def _forms(self) -> dict[str, BaseForm]:
        need, pressed = self.need, self.request.POST.get("act", "")
        data = {name: self.request.POST if name == pressed else None for name in DONE}
        forms: dict[str, BaseForm] = {"merge": MergeForm(data["merge"], need=need, prefix="merge")}
        if need.published_at is None:
            forms["publish"] = PublishForm(data["publish"], instance=Need.objects.get(pk=need.pk), prefix="publish")
            forms["refuse"] = ReasonForm(data["refuse"], prefix="refuse")
        elif need.declined_at is None:
            forms["decline"] = ReasonForm(data["decline"], prefix="decline")
        return forms

    def _act(self, name: str, form: BaseForm) -> None:
        common = {"need": self.need, "actor": actor_of(self.request), "now": now_of(self.request)}
        values = form.cleaned_data
        if name == "publish":
            moderation.publish(**values, **common)
        elif name == "merge":
            moderation.merge(into=values["into"], **common)
        elif name == "refuse":
            moderation.refuse(reason=values["reason"], **common)
        else:
            moderation.decline(reason=values["reason"], **common)


urlpatterns = [
    path("", Moderation.as_view(), name="queue"),
    path("<uuid:pk>/", ModerateNeed.as_view(), name="need"),
]
