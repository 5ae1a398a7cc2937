"""A buyer makes a mistake on each screen of a call and publishes it all the same, within the budget of ux § 5."""

from collections.abc import Callable

import pytest
from django.db import connection
from playwright.sync_api import BrowserContext

from tests.calls.pages import MISTAKES
from tests.journeys import writing
from tests.journeys.house import House
from tests.journeys.person import Manner

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(connection.vendor != "sqlite", reason="a browser sees no database: played once, on SQLite"),
]

# What looks at accessibility is a program in the page: it has no part in the second manner.
MANNERS = [Manner("mouse"), Manner("no script, 320 px", script=False, width=320)]
MADE = MISTAKES | {
    "new": ({"title": ""}, "Remplissez ce champ."),
    # A browser lets nobody type words in a date.
    "sourcage": ({"firms-0-name": ""}, "Remplissez ce champ."),
    "team": ({"roles-1-email": "inconnue@exemple.fr"}, "invitez-la dans votre équipe"),
}


@pytest.mark.parametrize("manner", MANNERS, ids=lambda one: one.name)
def test_a_mistake_on_each_screen_costs_no_word_and_no_step(
    visit: Callable[..., BrowserContext], moving_clock, settings, manner: Manner
):
    settings.PROFILE_DECLARED_ON = "2026-01-02"
    house = House(visit, moving_clock, manner, looks=manner.script)
    steps = writing.write(house, "formalised", {}, MADE)
    writing.make_keys(house)
    steps += writing.publish(house, mistake={"sendings-0-receipt_number": ""})
    assert steps == writing.STEPS_TO_PUBLISH
    assert house.lot.timeline.published_at is not None
    assert house.seen.problems == [], "\n".join(house.seen.problems)
