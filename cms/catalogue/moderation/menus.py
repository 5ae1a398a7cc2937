"""Where editors find their pages: the menu, the dashboard, the lists, the form."""

from collections.abc import Iterator
from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from wagtail.admin.menu import MenuItem
from wagtail.admin.ui.components import Component
from wagtail.admin.views.home import WorkflowObjectsToModeratePanel
from wagtail.admin.widgets.button import Button
from wagtail.snippets.action_menu import ActionMenuItem

from cms.catalogue.models import Profile
from cms.catalogue.moderation import queue, reports
from cms.catalogue.moderation.permissions import is_editor
from marketplace.accounts.pages import now_of

ON_THE_DASHBOARD = 10


class EditorsItem(MenuItem):
    """An entry that only those who publish profiles see."""

    def is_shown(self, request: HttpRequest) -> bool:
        """As the page itself decides."""
        return is_editor(request.user)


def queue_item() -> MenuItem:
    """« Fiches à relire », first of the menu."""
    return EditorsItem(
        gettext_lazy("Fiches à relire"), reverse("moderation:queue"), name="queue", icon_name="check", order=110
    )


def report_item(report: type[reports.EditorsReport]) -> MenuItem:
    """A report of this room, under « Rapports », before Wagtail's."""
    return EditorsItem(
        report.page_title,
        reverse(f"moderation:{report.name}"),
        name=report.name,
        icon_name=report.header_icon,
        order=100 + reports.REPORTS.index(report),
    )


class QueuePanel(Component):
    """The queue on the dashboard: the profiles that have waited longest."""

    name = "profiles_to_review"
    template_name = "catalogue/moderation/queue_panel.html"
    order = 100

    def get_context_data(self, parent_context: dict[str, Any]) -> dict[str, Any]:
        """The first of the queue, and how long it is."""
        request = parent_context["request"]
        return {"rows": queue.waiting(now=now_of(request), limit=ON_THE_DASHBOARD), "count": queue.length()}


class OthersToModerate(WorkflowObjectsToModeratePanel):
    """Wagtail's panel for what is not a profile: profiles have a queue of their own."""

    def get_context_data(self, parent_context: dict[str, Any]) -> dict[str, Any]:
        """Without the profiles."""
        context = super().get_context_data(parent_context)
        context["states"] = [state for state in context["states"] if not isinstance(state["obj"], Profile)]
        return context


def dashboard(request: HttpRequest, panels: list[Component]) -> None:
    """Put the queue on the dashboard of editors (hook of Wagtail)."""
    if not is_editor(request.user):
        return
    panels[:] = [OthersToModerate() if type(panel) is WorkflowObjectsToModeratePanel else panel for panel in panels] + [
        QueuePanel()
    ]


def list_buttons(profile: Any, user: Any, next_url: str | None = None) -> Iterator[Button]:
    """What the list offers for each profile (hook of Wagtail)."""
    if isinstance(profile, Profile) and is_editor(user):
        yield Button(_("Vérifier les faits"), url=reverse("moderation:facts", args=[profile.pk]), icon_name="check")


class ReviewItem(ActionMenuItem):
    """« Relire cette version », in the place of Wagtail's buttons: a decision follows a reading."""

    name = "action-review"
    label = gettext_lazy("Relire et décider")
    icon_name = "check"
    order = 5

    def get_url(self, parent_context: dict[str, Any]) -> str:
        """The page of the review."""
        return reverse("moderation:review", args=[parent_context["instance"].pk])


def form_actions(items: list[ActionMenuItem], request: HttpRequest, context: dict[str, Any]) -> None:
    """Lead to the review from the form of a profile (hook of Wagtail)."""
    if context["model"] is not Profile or not any(item.name in {"approve", "reject"} for item in items):
        return
    items[:] = [item for item in items if item.name not in {"approve", "reject"}]
    items.insert(1, ReviewItem())
