"""From the opened candidatures to the invitations."""

from datetime import timedelta

from marketplace.demo.play import answers, opening, preparation
from marketplace.demo.play.deposits import Kind
from marketplace.demo.play.scene import NOON, Firm, Scene
from procurement.calls.models import Lot, PeriodEnvelope, SelectionCriterion, SubmissionPeriod
from procurement.calls.services.periods import plan_period
from procurement.evaluation.models import Candidate
from procurement.evaluation.services import interests, selection
from procurement.evaluation.services.selection import Choice

REVIEW_DAYS = 12
TENDER_DAYS = 34
OPENS_AFTER = timedelta(hours=2)
SCORED_BY_THE_DOSSIER = "Le dossier le démontre par ses références et l’équipe présentée."
TENDER_DOCUMENTS = {"technical": ["Mémoire technique"], "price": ["Décomposition du prix"]}


def select(scene: Scene) -> None:
    """Declare interests, open the candidatures, score them, choose, and invite at the same instant."""
    open_candidatures(scene)
    scene.wait(REVIEW_DAYS)
    for lot in scene.lots:
        _select(scene, lot)
    scene.render()
    plan_bids(scene, Kind.INITIAL, TENDER_DAYS)
    for lot in scene.lots:
        scene.do(selection.invite, lot=lot, period=_period(lot), actor=scene.people["validator"])
    scene.render()


def open_candidatures(scene: Scene) -> None:
    """Everybody of the team declares their interests, then two custodians open the candidatures."""
    for part in preparation.TEAM:
        scene.do(interests.declare, call=scene.call, has_interest=False, actor=scene.people[part])
    opening.open_envelopes(scene, Kind.CANDIDATURE, PeriodEnvelope.Name.CANDIDATURE)


def plan_bids(scene: Scene, kind: str, days: int) -> list[SubmissionPeriod]:
    """Plan the period of a kind in every lot, the same for all, with proved keys."""
    opens_at = scene.now + OPENS_AFTER
    closes_at = scene.working_day(days, NOON)
    periods = [
        scene.do(
            plan_period, lot=lot, kind=kind, opens_at=opens_at, closes_at=closes_at,
            limits=dict(scene.plan.lots[lot.number - 1].limits), expected_documents=TENDER_DOCUMENTS,
            actor=scene.people["author"],
        )
        for lot in scene.lots
    ]  # fmt: skip
    preparation.share_keys(scene, kind)
    return periods


def firm_of(scene: Scene, lot: Lot, party_id: object) -> Firm:
    """The bidder behind a tendering party."""
    return next(
        scene.firms[name]
        for (number, name), party in scene.parties.items()
        if number == lot.number and party.pk == party_id
    )


def _period(lot: Lot) -> SubmissionPeriod:
    return SubmissionPeriod.objects.get(lot=lot, kind=Kind.INITIAL)


def _select(scene: Scene, lot: Lot) -> None:
    candidates = scene.do(selection.register_candidates, lot=lot, actor=scene.people["evaluator"])
    for candidate in candidates:
        score(scene, lot, candidate)
    choices = [Choice(candidate=candidate, is_qualified=True, is_selected=True) for candidate in candidates]
    scene.do(selection.select_candidates, lot=lot, choices=choices, actor=scene.people["validator"])


def score(scene: Scene, lot: Lot, candidate: Candidate) -> None:
    """Mark a candidate on every criterion."""
    for criterion in SelectionCriterion.objects.filter(lot=lot):
        scene.do(
            selection.score_candidate, candidate=candidate, criterion=criterion, value=_mark(scene, lot, candidate),
            comment=SCORED_BY_THE_DOSSIER, actor=scene.people["evaluator"],
        )  # fmt: skip


def _mark(scene: Scene, lot: Lot, candidate: Candidate) -> int:
    return max(1, answers.mark(firm_of(scene, lot, candidate.party_id).plan, scene.random))
