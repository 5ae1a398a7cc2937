"""The editors' room in Wagtail: what it shows of the catalogue, and where (the rest is in `moderation`)."""

from functools import partial
from typing import Any

from django.urls import include, path
from wagtail import hooks
from wagtail.log_actions import LogActionRegistry
from wagtail.snippets.models import register_snippet

from cms.catalogue.moderation import bulk, history, menus, reports, snippets

register_snippet(snippets.ProfileViewSet)
register_snippet(snippets.CatalogueGroup)

hooks.register("register_admin_menu_item", menus.queue_item)
hooks.register("construct_homepage_panels", menus.dashboard)
hooks.register("register_snippet_listing_buttons", menus.list_buttons)
hooks.register("construct_snippet_action_menu", menus.form_actions)
hooks.register("before_delete_snippet", snippets.explain_domain_in_use)

for report in reports.REPORTS:
    hooks.register("register_reports_menu_item", partial(menus.report_item, report))
for action in bulk.ACTIONS:
    hooks.register("register_bulk_action", action)


@hooks.register("register_admin_urls")
def admin_urls() -> list[Any]:
    """The pages of editors, under /gestion/catalogue/."""
    return [path("catalogue/", include("cms.catalogue.moderation.urls"))]


@hooks.register("register_log_actions")
def log_actions(actions: LogActionRegistry) -> None:
    """The acts of editors, in the history of a profile."""
    history.register_actions(actions)
