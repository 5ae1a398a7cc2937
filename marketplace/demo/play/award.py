"""The choice of the partners, the proofs they bring, the letters to all."""

from datetime import timedelta

from marketplace.accounts.models import Organisation
from marketplace.demo.play.scene import NOON, Scene
from procurement.calls.models import Call, Lot
from procurement.evaluation.models import AwardedPartner, Bid
from procurement.evaluation.services import awards, clearance

BOARD_DAYS = 9
CONVENED_BEFORE = timedelta(days=6)
PROOF_DAYS = 10
PROOFS_VALID = timedelta(days=170)
BOARD = (
    ("Maud Perrin", "présidente de la commission", True),
    ("Jean Vidal", "membre titulaire", True),
    ("Aïcha Benali", "membre titulaire", True),
    ("Luc Fabre", "membre titulaire", True),
    ("Nora Simon", "membre suppléante", True),
    ("Théo Blanc", "comptable public, voix consultative", False),
)
QUORUM = 4


def award(scene: Scene) -> None:
    """The tender board of a local buyer picks the holders, then the choice is decided (LR-71, LR-72)."""
    scene.wait(BOARD_DAYS)
    for lot in scene.lots:
        chosen = _best(scene, lot)
        if _needs_board(scene):
            _sit(scene, lot, chosen)
        scene.do(awards.award, lot=lot, chosen=chosen, reasons=_reasons(lot, chosen), actor=scene.people["signatory"])
    scene.render()


def clear(scene: Scene) -> None:
    """Only the intended winners bring their proofs (LR-73)."""
    scene.wait(1)
    deadline = scene.working_day(PROOF_DAYS, NOON)
    asked = [
        one
        for lot in scene.lots
        for one in scene.do(clearance.ask_proofs, lot=lot, deadline=deadline, actor=scene.people["author"])
    ]
    scene.render()
    scene.wait(PROOF_DAYS - 3)
    for one in asked:
        for proof in one.proofs.all():
            scene.do(
                clearance.record_proof, proof=proof, is_accepted=True, valid_until=scene.today + PROOFS_VALID,
                actor=scene.people["author"],
            )  # fmt: skip
    for lot in scene.lots:
        for partner in AwardedPartner.objects.standing(lot):
            scene.do(clearance.clear, partner=partner, actor=scene.people["validator"])


def _best(scene: Scene, lot: Lot) -> list[Bid]:
    """The first of the ranking, as many as announced."""
    ranked = awards.ranking_in_force(lot).ranked_bids.select_related("bid__party__lead")
    rows = sorted(ranked, key=lambda row: (row.rank, row.bid.party.lead.name))
    return [row.bid for row in rows[: scene.plan.lots[lot.number - 1].partners_max or 1]]


def _reasons(lot: Lot, chosen: list[Bid]) -> str:
    names = ", ".join(str(bid.party) for bid in chosen)
    return f"Pour le lot {lot.number}, {names} : meilleures offres au regard des critères publiés et de leurs poids."


def _needs_board(scene: Scene) -> bool:
    return (
        scene.buyer.buyer_category == Organisation.BuyerCategory.LOCAL_AUTHORITY
        and scene.call.procedure == Call.Procedure.FORMALISED
    )


def _sit(scene: Scene, lot: Lot, chosen: list[Bid]) -> None:
    held_at = scene.now
    scene.clock.advance(timedelta(minutes=40))
    scene.do(
        awards.record_cao_minutes, lot=lot, held_at=held_at, convened_on=scene.today - CONVENED_BEFORE,
        members=[
            {"name": name, "capacity": capacity, "voting": voting, "present": True} for name, capacity, voting in BOARD
        ],
        quorum=QUORUM, votes={"for": 4, "against": 0, "abstention": 1}, winners=chosen, reasons=_reasons(lot, chosen),
        place="Salle du conseil", actor=scene.people["signatory"],
    )  # fmt: skip
