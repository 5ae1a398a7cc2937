"""Journey 1: a formalised procedure of a local authority, from the need to the decision that ends a phase.

Played in two manners; kinds of pages are looked at by axe the first time that somebody meets them.
"""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import connection
from playwright.sync_api import BrowserContext

from procurement.calls.facts import lot_facts, lots_with_everything
from procurement.contracts.models import GateDecision
from procurement.law.estimate import estimated_value
from procurement.submissions.models import Submission
from tests.journeys import answering, choosing, contracting, opening, selecting, writing
from tests.journeys.house import House
from tests.journeys.person import Manner

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(connection.vendor != "sqlite", reason="a browser sees no database: played once, on SQLite"),
]

MANNERS = [
    Manner("mouse"),
    Manner("keyboard, no script, 320 px", script=False, mouse=False, width=320),
]
INVITED = ("Tramélys", "Quai Clair", "Voie Douce")
PRICES = {
    "Tramélys": ("20 000", "9 000", "198 000"),
    "Quai Clair": ("19 800", "8 950", "196 900"),
    "Voie Douce": ("20 000", "9 050", "199 100"),
}
# 240 000 € HT in all, and contracts large enough for the prefect's control.
AMOUNTS = {
    "phases": {
        "partners-partners_max": "2", "partners-estimated_acquisition_ht": "200 000",
        "phases-0-remuneration_fixed_ht": "20 000", "phases-0-partners_max": "2",
        "phases-1-remuneration_fixed_ht": "200 000", "acquisition-unit_cost_max_ht": "9 500",
        "acquisition-total_cost_max_ht": "200 000",
    },
}  # fmt: skip
STEPS_TO_AWARD = 3
"""The board's sitting, the choice read over, the choice."""


@pytest.mark.law("LR-78")
@pytest.mark.parametrize("manner", MANNERS, ids=lambda one: one.name)
def test_from_the_need_to_the_end_of_a_phase(
    visit: Callable[..., BrowserContext], moving_clock, settings, manner: Manner
):
    settings.PROFILE_DECLARED_ON = "2026-01-02"
    house = House(visit, moving_clock, manner, looks=manner.script)
    team = house.team
    steps = writing.write(house, "formalised", AMOUNTS)
    kits = writing.make_keys(house)
    steps += writing.publish(house)
    assert steps == writing.STEPS_TO_PUBLISH
    assert estimated_value([lot_facts(lot) for lot in lots_with_everything(house.call)]) == 240_000

    for name in INVITED:
        answering.hand_in(answering.apply(house, name))
    late = answering.apply(house, "Trop Tard")
    house.until(house.lot.periods.get(kind="candidature").closes_at() + timedelta(seconds=1))
    answering.hand_in(late)
    late.reads("Votre réponse est arrivée après l’heure limite")
    assert Submission.objects.count() == 4

    opening.open_envelope(house, kits, "candidature", "Candidature")
    house.at(team.author).reads(*INVITED, "Reste scellé")
    assert "Trop Tard" not in house.at(team.author).text()
    for actor in (team.evaluator, team.validator, team.author, team.signatory):
        selecting.declare(house, actor)
    selecting.select_all(house)
    selecting.invite(house, kits)

    tender_all(house, kits, "initial")
    opening.open_envelope(house, kits, "initial", "Prix")
    choosing.negotiate(house, kits)
    tender_all(house, kits, "final")
    choosing.score(house, "final")
    choosing.examine(house, "final")
    choosing.rank(house, kits, "final")
    assert choosing.choose(house, partners=2, has_board=True) == STEPS_TO_AWARD
    choosing.clear(house)
    choosing.write_to_all(house)

    contracting.prepare(house)
    contracting.holders_sign(house)
    first, second = contracting.contracts_of(house)
    opens = choosing.first_moment_to_sign(house)
    house.until(opens - timedelta(seconds=1))
    contracting.buyer_signs(house, first, is_refused=True)
    house.at(team.signatory).reads("ne peut être signé avant le", "LR-78")
    house.until(opens)
    for contract in (first, second):
        contracting.buyer_signs(house, contract)
        contracting.put_into_effect(house, contract)

    contracting.perform(house, "92", "71")
    contracting.end_phase(house, "continue", "reduce")
    assert {"continue", "reduce"} <= set(GateDecision.objects.values_list("decision", flat=True))
    stages = [one.stage(house.clock.now()).code for one in contracting.contracts_of(house)]
    assert stages[1] == "stopped"
    assert stages[0] != "stopped"
    assert house.seen.problems == [], "\n".join(house.seen.problems)


def tender_all(house: House, kits: list, kind: str) -> None:
    """Those invited hand in a bid, and its technical part is opened."""
    for name in INVITED:
        answering.tender(house, name, PRICES[name])
    opening.open_envelope(house, kits, kind, "Offre technique")
