"""Every component, looked at: 1280, 390 and 320 px, light and dark, in forced colours and on paper."""

from collections.abc import Callable

import pytest
from django.urls import include, path
from playwright.sync_api import BrowserContext

from tests.journeys.looking import Seen, look, watch

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.urls(__name__)]

urlpatterns = [
    path("composants/", include("marketplace.ui.urls")),
    path("compte/", include("allauth.urls")),
]


def test_components_are_accessible_at_every_width(visit: Callable[..., BrowserContext]):
    page, seen = visit().new_page(), Seen()
    watch(page, seen)
    page.goto("/composants/")
    look(page, seen)
    assert seen.problems == []
    page.emulate_media(forced_colors="active")
    assert page.get_by_role("button", name="Enregistrer").is_visible()


def test_on_paper_nothing_to_press_is_printed(visit: Callable[..., BrowserContext]):
    page = visit().new_page()
    page.goto("/composants/")
    page.emulate_media(media="print")
    assert not page.locator(".header").is_visible()
    assert not page.get_by_role("link", name="Relire").is_visible()
    assert page.get_by_text("heure de Paris", exact=False).first.is_visible()
    assert len(page.pdf()) > 10_000


def test_the_menu_opens_and_closes_by_keyboard(visit: Callable[..., BrowserContext]):
    page = visit(viewport={"width": 390, "height": 800}).new_page()
    page.goto("/absente/")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Aller au contenu"
    page.get_by_role("button", name="Menu").press("Enter")
    assert page.get_by_role("navigation", name="Menu principal").is_visible()
    page.keyboard.press("Escape")
    assert not page.get_by_role("navigation", name="Menu principal").is_visible()
