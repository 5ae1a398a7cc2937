"""Journey 2: an adapted procedure in one step, in each manner of using a browser."""

from collections.abc import Callable

import pytest
from django.db import connection
from playwright.sync_api import BrowserContext

from tests.calls.pages import BOAMP
from tests.journeys import answering, choosing, contracting, opening, selecting, writing
from tests.journeys.house import House
from tests.journeys.person import Manner

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(connection.vendor != "sqlite", reason="a browser sees no database: played once, on SQLite"),
]

MANNERS = [Manner("keyboard", mouse=False), Manner("no script, 320 px", script=False, width=320)]
CHANGES = {
    "phases": {"phases-0-remuneration_fixed_ht": "20 000"},
    "dates": {"dates-technical": "Mémoire technique", "dates-price": "Annexe financière"},
}
PRICES = {"Tramélys": ("18 000", "3 900", "85 000"), "Quai Clair": ("19 000", "3 950", "86 000")}


@pytest.mark.parametrize("manner", MANNERS, ids=lambda one: one.name)
def test_in_one_step(visit: Callable[..., BrowserContext], moving_clock, settings, manner: Manner):
    settings.PROFILE_DECLARED_ON = "2026-01-02"
    house = House(visit, moving_clock, manner)
    team = house.team
    steps = writing.write(house, "adapted", CHANGES)
    kits = writing.make_keys(house, "Candidatures et offres en une étape")
    steps += writing.publish(house, BOAMP)
    assert steps == writing.STEPS_TO_PUBLISH
    for name, prices in PRICES.items():
        person = answering.begin(house, name)
        answering.fill(
            person,
            answering.CANDIDATURE | answering.offer(*prices),
            "Présentation de l’équipe", "Mémoire technique", "Annexe financière",
        )  # fmt: skip
        answering.read_over(person)
        answering.hand_in(person)
    for envelope in ("Candidature", "Offre technique"):
        opening.open_envelope(house, kits, "single_step", envelope)
    for actor in (team.evaluator, team.validator, team.author, team.signatory):
        selecting.declare(house, actor)
    selecting.select_all(house)
    choosing.score(house, "single_step")
    choosing.examine(house, "single_step")
    choosing.rank(house, kits, "single_step")
    choosing.choose(house, partners=1, has_board=False)
    choosing.clear(house)
    choosing.write_to_all(house)
    contracting.prepare(house)
    contracting.holders_sign(house)
    (contract,) = contracting.contracts_of(house)
    contracting.buyer_signs(house, contract)
    assert contracting.contracts_of(house)[0].signed_at == house.clock.now()
    assert house.seen.problems == [], "\n".join(house.seen.problems)
