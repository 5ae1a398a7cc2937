"""Two custodians open what was sealed, technique first, prices once the technical evaluation is closed."""

from datetime import timedelta

from marketplace.accounts.actors import Actor
from marketplace.demo.play.deposits import Kind, period_of
from marketplace.demo.play.scene import Scene
from procurement.calls.models import Lot, PeriodEnvelope
from procurement.submissions.custody import RecoveryKit
from procurement.submissions.opening import begin_opening, complete_opening, to_open

AFTER_DEADLINE = timedelta(hours=2)


def open_envelopes(scene: Scene, kind: str, envelope: str) -> None:
    """Open one envelope of the periods of a kind, in every lot."""
    deadline = max(period_of(lot, kind).closes_at() for lot in scene.lots)
    scene.go_to(deadline + AFTER_DEADLINE)
    for lot in scene.lots:
        _open(scene, lot, kind, envelope)
    scene.render()


def _open(scene: Scene, lot: Lot, kind: str, name: str) -> None:
    """The opening, then the supplementary one of those who were late and admitted."""
    envelope = PeriodEnvelope.objects.get(period=period_of(lot, kind), name=name)
    (first, first_kit), (second, second_kit) = _present(scene, kind)
    begun = False
    while not begun or to_open(envelope):
        session = scene.do(begin_opening, envelope=envelope, identity=first_kit.identity, actor=first)
        scene.do(complete_opening, session=session, identity=second_kit.identity, actor=second)
        begun = True


def _present(scene: Scene, kind: str) -> list[tuple[Actor, RecoveryKit]]:
    """Two custodians who have their kit: one may lose theirs before the final opening, the other two open as well."""
    lost = {event.details.get("custodian") for event in scene.planned("lost_custodian") if kind == Kind.FINAL}
    return [one for position, one in enumerate(scene.kits, start=1) if position not in lost][:2]
