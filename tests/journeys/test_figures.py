"""The page of public figures in a browser: accessible at every width, a day chosen without programs."""

from collections.abc import Callable
from datetime import date

import pytest
from django.db import connection
from playwright.sync_api import BrowserContext

from cms.catalogue.models import PhaseObservation, PhasePassage, PortfolioSurvey
from tests.catalogue.factories import ProfileFactory
from tests.journeys.looking import Seen, look, watch
from tests.journeys.person import Manner, Person

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(connection.vendor != "sqlite", reason="a browser sees no database: played once, on SQLite"),
]
BARE = Manner("keyboard, no script, 320 px", script=False, mouse=False, width=320)


def lay() -> None:
    ProfileFactory(domains=["mobilite", "sante"])
    survey = PortfolioSurvey.objects.create(observed_on=date(2019, 11, 13), source="Relevé d’exemple")
    for phase in PhasePassage.Phase.values:
        profile = ProfileFactory(kind="state_start_up", region="")
        PhasePassage.objects.create(profile=profile, phase=phase, since=date(2020, 1, 1), sort_order=0)
        PhaseObservation.objects.create(survey=survey, profile=profile, phase=phase)


def test_figures_are_accessible_at_every_width(visit: Callable[..., BrowserContext], moving_clock):
    page, seen = visit().new_page(), Seen()
    watch(page, seen)
    page.goto("/chiffres/")
    look(page, seen)
    lay()
    for address in ("/chiffres/", "/chiffres/?au=2019-11-13"):
        page.goto(address)
        for summary in page.locator("main summary").all():
            summary.click()
        look(page, seen)
    assert seen.problems == []
    assert page.locator("main section svg").count() > 0


def test_a_day_is_chosen_by_keyboard_without_programs(visit: Callable[..., BrowserContext], moving_clock):
    lay()
    seen = Seen()
    page = visit(**BARE.options).new_page()
    watch(page, seen)
    reader = Person(page, BARE, seen, looks=False)
    reader.go("/chiffres/")
    reader.fill({"au": "2019-11-13"})
    reader.press("Voir ce jour")
    assert "au=2019-11-13" in page.url
    reader.reads("Au 13 novembre 2019", "Relevé d’exemple")
    reader.open("Produits arrêtés")
    assert seen.problems == []
