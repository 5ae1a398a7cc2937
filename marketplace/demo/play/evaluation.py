"""Final bids: examined, scored by each alone, agreed together, then priced and ranked."""

from marketplace.demo.play import answers, opening
from marketplace.demo.play.deposits import Kind, period_of
from marketplace.demo.play.scene import Scene
from marketplace.demo.play.selection import firm_of
from procurement.calls.models import AwardCriterion, Lot, PeriodEnvelope
from procurement.evaluation.models import Bid
from procurement.evaluation.services import negotiation, ranking, scoring_acts

SCORING_DAYS = 6
EVALUATORS = ("evaluator", "second_evaluator")
STAGE = Bid.Stage.FINAL
WHY = (
    "La réponse ne traite pas le critère.",
    "La réponse laisse de côté l’essentiel de l’attente.",
    "La réponse couvre l’attente, avec des réserves sur la preuve.",
    "La réponse couvre toute l’attente et le démontre par des essais.",
    "La réponse dépasse l’attente et le démontre par des essais comparés.",
)


def evaluate(scene: Scene) -> None:
    """Open the technical envelopes, score them, close, open the prices, rank."""
    opening.open_envelopes(scene, Kind.FINAL, PeriodEnvelope.Name.TECHNICAL)
    examine(scene)
    scene.wait(SCORING_DAYS)
    for lot in scene.lots:
        _score(scene, lot)
    opening.open_envelopes(scene, Kind.FINAL, PeriodEnvelope.Name.PRICE)
    for lot in scene.lots:
        for bid in _register(scene, lot):
            scene.do(scoring_acts.assess_bid, bid=bid, status=Bid.Status.REGULAR, actor=scene.people["evaluator"])
        scene.do(ranking.rank, lot=lot, stage=STAGE, actor=scene.people["validator"])
    scene.render()
    for event in scene.planned("lost_custodian"):
        reason = event.details.get("reason", "")
        scene.tell("lost_custodian", "accepted", message=f"{reason} Les deux autres ont ouvert.".strip())


def examine(scene: Scene) -> None:
    """Register the bids and check every requirement, as each bid says it is met."""
    for lot in scene.lots:
        for bid in _register(scene, lot):
            checks = {row.pk: (True, "Vérifié dans le mémoire technique.") for row in lot.requirements.all()}
            scene.do(scoring_acts.check_requirements, bid=bid, checks=checks, actor=scene.people["evaluator"])


def _register(scene: Scene, lot: Lot) -> list[Bid]:
    period = period_of(lot, Kind.FINAL)
    return scene.do(negotiation.register_bids, lot=lot, period=period, actor=scene.people["evaluator"])


def _score(scene: Scene, lot: Lot) -> None:
    bids = scoring_acts.bids_to_score(lot, STAGE)
    criteria = _scored_by_hand(lot)
    given: dict[tuple[object, object], list[int]] = {}
    for part in EVALUATORS:
        for bid in bids:
            for criterion, value in score_alone(scene, bid, part).items():
                given.setdefault((bid.pk, criterion), []).append(value)
        hand_in(scene, lot, part)
    present = [scene.users[part].pk for part in EVALUATORS]
    for bid in bids:
        for criterion in criteria:
            value = max(given[bid.pk, criterion.pk])
            scene.do(
                scoring_acts.agree_consensus, bid=bid, criterion=criterion, value=value, comment=WHY[value],
                attended=present, actor=scene.people["evaluator"],
            )  # fmt: skip
    scene.do(scoring_acts.close_technical_evaluation, lot=lot, stage=STAGE, actor=scene.people["validator"])


def score_alone(scene: Scene, bid: Bid, part: str) -> dict[object, int]:
    """One evaluator marks a bid on every criterion but the price; gives the marks by id of criterion."""
    firm = firm_of(scene, bid.lot, bid.party_id)
    given = {criterion: answers.mark(firm.plan, scene.random) for criterion in _scored_by_hand(bid.lot)}
    for criterion, value in given.items():
        scene.do(
            scoring_acts.score, bid=bid, criterion=criterion, value=value, comment=WHY[value],
            actor=scene.people[part],
        )  # fmt: skip
    return {criterion.pk: value for criterion, value in given.items()}


def hand_in(scene: Scene, lot: Lot, part: str) -> None:
    """An evaluator hands in their marks."""
    scene.do(scoring_acts.hand_in, lot=lot, stage=STAGE, actor=scene.people[part])


def _scored_by_hand(lot: Lot) -> list[AwardCriterion]:
    return list(AwardCriterion.objects.filter(lot=lot, children=None).exclude(tag=AwardCriterion.Tag.PRICE))
