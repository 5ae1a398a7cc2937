"""From the initial bids to the call for final ones: everyone is met, for the same time."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from marketplace.demo.play import opening
from marketplace.demo.play.deposits import Kind, period_of
from marketplace.demo.play.scene import Scene
from marketplace.demo.play.selection import firm_of, plan_bids
from procurement.calls.models import Lot, PeriodEnvelope
from procurement.evaluation.facts import remaining_parties
from procurement.evaluation.models import NegotiationMeeting
from procurement.evaluation.services import negotiation

READING_DAYS = 7
NOTICE_DAYS = 8
FINAL_DAYS = 16
MINUTES = 60
BETWEEN_MEETINGS = timedelta(hours=2)
LATER_EACH_LOT = timedelta(days=1)


def negotiate(scene: Scene) -> None:
    """Open initial bids, meet each tenderer once, close for all with one deadline."""
    open_initial_bids(scene)
    scene.wait(READING_DAYS)
    meetings = [meeting for lot in scene.lots for meeting in _invite(scene, lot)]
    scene.render()
    for meeting in sorted(meetings, key=lambda one: one.planned_at):
        meet(scene, meeting)
    scene.render()
    scene.wait(1)
    for period in plan_bids(scene, Kind.FINAL, FINAL_DAYS):
        scene.do(negotiation.close_negotiation, lot=period.lot, period=period, actor=scene.people["validator"])
    scene.render()


def open_initial_bids(scene: Scene) -> None:
    """Technical envelopes, then prices; the bids are registered."""
    opening.open_envelopes(scene, Kind.INITIAL, PeriodEnvelope.Name.TECHNICAL)
    opening.open_envelopes(scene, Kind.INITIAL, PeriodEnvelope.Name.PRICE)
    for lot in scene.lots:
        scene.do(
            negotiation.register_bids, lot=lot, period=period_of(lot, Kind.INITIAL), actor=scene.people["evaluator"]
        )


def _invite(scene: Scene, lot: Lot) -> list[NegotiationMeeting]:
    """Letters leave together; meetings follow each other on one day, each lot has its own."""
    first = scene.working_day(NOTICE_DAYS) + (lot.number - 1) * LATER_EACH_LOT
    parties = remaining_parties(lot)
    return invite(scene, lot, {one.pk: first + place * BETWEEN_MEETINGS for place, one in enumerate(parties)})


def invite(scene: Scene, lot: Lot, meetings: Mapping[object, datetime]) -> list[NegotiationMeeting]:
    """Invite every tenderer to its meeting, by id of party, all for the same time."""
    return scene.do(
        negotiation.invite_to_negotiate, lot=lot, round_number=1, meetings=meetings, duration_minutes=MINUTES,
        place="Salle des projets, chez l’acheteur", actor=scene.people["validator"],
    )  # fmt: skip


def meet(scene: Scene, meeting: NegotiationMeeting) -> None:
    """Hold a meeting at its hour and record what was said."""
    firm = firm_of(scene, meeting.lot, meeting.party_id)
    scene.go_to(meeting.planned_at)
    held_at = scene.now
    scene.go_to(held_at + timedelta(minutes=MINUTES - 5))
    scene.do(
        negotiation.record_meeting, meeting=meeting, held_at=held_at, ended_at=scene.now,
        attendees=[
            {"name": str(scene.users["evaluator"]), "side": "buyer", "capacity": "évaluatrice"},
            {"name": firm.organisation.name, "side": "tenderer", "capacity": "direction du projet"},
        ],
        points=[
            {
                "subject": "Plan d’essais",
                "discussion": "L’entreprise précise les conditions des essais et les données dont elle a besoin.",
                "follow_up": "À reprendre dans l’offre finale.",
            },
            {
                "subject": "Prix des phases",
                "discussion": "L’acheteur demande de détailler la part liée aux résultats.",
                "follow_up": "Décomposition attendue dans l’offre finale.",
            },
        ],
        actor=scene.people["evaluator"],
    )  # fmt: skip
