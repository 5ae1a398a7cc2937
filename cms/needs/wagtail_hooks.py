"""The queue of needs in the editors' room: its addresses and its line in the menu."""

from django.http import HttpRequest
from django.urls import URLResolver, include, path, reverse
from django.utils.translation import gettext as _
from wagtail import hooks
from wagtail.admin.menu import MenuItem

from cms.needs import admin_views
from cms.needs.permissions import MODERATE


class NeedsMenuItem(MenuItem):
    """Shown to those who may moderate."""

    def is_shown(self, request: HttpRequest) -> bool:
        """Whether the person may moderate."""
        return request.user.has_perm(MODERATE)


@hooks.register("register_admin_urls")
def _urls() -> list[URLResolver]:
    return [path("besoins/", include((admin_views.urlpatterns, "needs_admin")))]


@hooks.register("register_admin_menu_item")
def _menu_item() -> MenuItem:
    return NeedsMenuItem(
        _("Besoins à modérer"), reverse("needs_admin:queue"), name="needs", icon_name="comment", order=160
    )
