"""Moments that stop halfway, where somebody has something to do today: they complete those of `demo.play`.

Each takes the scene, its call and the day on which the demonstration is laid out; nothing happens after it.
"""

from datetime import date, time, timedelta

from marketplace.demo.play import (
    contracts,
    deposits,
    evaluation,
    execution,
    negotiation,
    opening,
    preparation,
    selection,
)
from marketplace.demo.play.deposits import Kind
from marketplace.demo.play.scene import MORNING, Scene
from marketplace.demo.showcase.calls import ShowcaseCall
from procurement.calls.models import Cancellation, PeriodEnvelope
from procurement.calls.services.publishing import cancel_lot
from procurement.evaluation.facts import remaining_parties
from procurement.evaluation.services import scoring_acts
from procurement.evaluation.services import selection as selection_acts
from procurement.law import calendar

AFTERNOON = time(14, 30)
LATER = timedelta(hours=2)


def working_day_before(today: date, days: int) -> date:
    """The last working day at least so many days before today."""
    day = today - timedelta(days=days)
    while not calendar.is_working_day(day):
        day -= timedelta(days=1)
    return day


def write_half(scene: Scene, call: ShowcaseCall, today: date) -> None:
    """The author wrote the need and a first phase, and went no further."""
    preparation.begin(scene)
    scene.go_to_day(working_day_before(today, 2), AFTERNOON)
    preparation.write_content(scene)


def await_second_person(scene: Scene, call: ShowcaseCall, today: date) -> None:
    """Everything is written and the keys are proved: a second person must say yes."""
    preparation.prepare(scene)
    preparation.plan_candidatures(scene)


def apply_partly(scene: Scene, call: ShowcaseCall, today: date) -> None:
    """One firm in turn hands in, leaves a draft well filled, leaves one just begun."""
    [lot] = scene.lots
    scene.go_to_day(working_day_before(today, 2), AFTERNOON)
    for place, firm in enumerate(scene.firms_of(lot)):
        deposits.come_forward(scene, lot, firm)
        if place % 3 == 0:
            deposits.seal_one(scene, lot, firm, Kind.CANDIDATURE)
        elif place % 3 == 1:
            deposits.write_most(scene, lot, firm)
        else:
            deposits.begin(scene, lot, firm, Kind.CANDIDATURE)


def give_up(scene: Scene, call: ShowcaseCall, today: date) -> None:
    """The buyer gives the call up once candidatures are in (R2185-1)."""
    scene.go_to_day(working_day_before(today, 26), AFTERNOON)
    for lot in scene.lots:
        scene.do(
            cancel_lot, lot=lot, kind=Cancellation.Kind.WITHOUT_FOLLOW_UP, reasons=call.reason,
            actor=scene.people["validator"],
        )  # fmt: skip


def select_partly(scene: Scene, call: ShowcaseCall, today: date) -> None:
    """Candidatures are opened; the first half of them is marked."""
    selection.open_candidatures(scene)
    scene.go_to_day(working_day_before(today, 1))
    for lot in scene.lots:
        candidates = scene.do(selection_acts.register_candidates, lot=lot, actor=scene.people["evaluator"])
        for candidate in candidates[: len(candidates) // 2]:
            selection.score(scene, lot, candidate)


def negotiate_partly(scene: Scene, call: ShowcaseCall, today: date) -> None:
    """All tenderers are invited; one was met, the others come on the next working day."""
    negotiation.open_initial_bids(scene)
    scene.go_to_day(working_day_before(today, 9))
    met_on = calendar.at_paris(working_day_before(today, 1), MORNING)
    coming = calendar.at_paris(calendar.next_working_day(today + timedelta(days=1)), MORNING)
    for lot in scene.lots:
        first, *others = remaining_parties(lot)
        meetings = {first.pk: met_on} | {one.pk: coming + place * LATER for place, one in enumerate(others)}
        planned = negotiation.invite(scene, lot, meetings)
        negotiation.meet(scene, next(one for one in planned if one.party_id == first.pk))


def evaluate_partly(scene: Scene, call: ShowcaseCall, today: date) -> None:
    """Technical envelopes are opened and examined; one evaluator handed in, the other is halfway."""
    opening.open_envelopes(scene, Kind.FINAL, PeriodEnvelope.Name.TECHNICAL)
    scene.go_to_day(working_day_before(today, 5))
    evaluation.examine(scene)
    done, under_way = evaluation.EVALUATORS
    for lot in scene.lots:
        bids = scoring_acts.bids_to_score(lot, evaluation.STAGE)
        scene.go_to_day(working_day_before(today, 2))
        for bid in bids:
            evaluation.score_alone(scene, bid, done)
        evaluation.hand_in(scene, lot, done)
        scene.go_to_day(working_day_before(today, 1), AFTERNOON)
        for bid in bids[: len(bids) // 2]:
            evaluation.score_alone(scene, bid, under_way)


def suspend(scene: Scene, call: ShowcaseCall, today: date) -> None:
    """Letters left a few days ago, partners signed; the buyer tried to sign, and was told from which day they may."""
    scene.go_to_day(working_day_before(today, 5))
    contracts.write_to_all(scene)
    drawn_up, power = contracts.sign_by_holders(scene, wait=1)
    contracts.try_too_early(scene, drawn_up[0], power)


def perform_until_today(scene: Scene, call: ShowcaseCall, today: date) -> None:
    """The last research phase is measured, its report is out: the signatory must decide."""
    last_days_from = calendar.at_paris(working_day_before(today, 13), MORNING)
    execution.perform_until_last_gate(scene, last_days_from)
