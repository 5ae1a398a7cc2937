"""One call from the need to the last purchase order, through the same acts as a real one."""

from datetime import timedelta
from pathlib import Path
from random import Random

from marketplace.demo.plan import CallPlan
from marketplace.demo.play import (
    award,
    cast,
    contracts,
    deposits,
    evaluation,
    execution,
    negotiation,
    preparation,
    selection,
)
from marketplace.demo.play.export import export_documents
from marketplace.demo.play.scene import MORNING, Scene, Stopped
from marketplace.demo.results import END, FindingResult, JournalResult, RehearsalResult
from marketplace.journal import clock
from marketplace.journal.verify import verify
from procurement.calls.models import Call, Lot
from procurement.calls.stages import stage
from procurement.evaluation.models import AwardedPartner
from procurement.law import calendar
from procurement.law.parameters import NoValueInForceError

PREPARATION_DAYS = 20

MOMENTS = (
    cast.gather,
    preparation.prepare,
    preparation.announce,
    deposits.apply,
    selection.select,
    deposits.tender,
    negotiation.negotiate,
    deposits.tender_at_last,
    evaluation.evaluate,
    award.award,
    award.clear,
    contracts.write_to_all,
    contracts.sign,
    contracts.put_into_effect,
    execution.perform,
)
"""What happens, in order. Each moment takes the scene where the one before left it."""


def play_call(plan: CallPlan, *, seed: int, out: Path, processes: int = 1) -> RehearsalResult:
    """Play a call as far as the rule book lets it, and export its documents to `out`.

    The call must be completed or taken as it is, with a launch date. Bids and marks depend on `seed` only; documents
    are rendered by so many `processes`. Raises what breaks: a failure of the program is never told as an answer of the
    rule book.
    """
    begun = calendar.at_paris(plan.launch_date - timedelta(days=PREPARATION_DAYS), MORNING)
    with clock.rehearsal(begun) as moving:
        scene = Scene(plan=plan, clock=moving, random=Random(seed), out=out, processes=processes)  # noqa: S311 - a play, not a secret
        reached = END
        try:
            for moment in MOMENTS:
                moment(scene)
        except Stopped as stopped:
            scene.findings.extend(stopped.findings)
            reached = _stage_reached(scene)
        except NoValueInForceError as unknown:
            scene.findings.append(FindingResult(rule="PR-06", severity="block", message=str(unknown)))
            reached = _stage_reached(scene)
        scene.render_all()
        return RehearsalResult(
            call=plan.id,
            stage=reached,
            launched_on=plan.launch_date.isoformat(),
            lots=len(plan.lots),
            partners=AwardedPartner.objects.filter(eliminated_at=None).count(),
            documents=export_documents(scene),
            completed=list(plan.completed),
            findings=_once(scene.findings),
            events=scene.events,
            journal=_journal(),
        )


def _stage_reached(scene: Scene) -> str:
    """The stage of the lot that went least far."""
    lots = Lot.objects.select_related("timeline").order_by("number")
    return min((stage(lot.timeline, scene.now).value for lot in lots), default="preparation")


def _once(findings: list[FindingResult]) -> list[FindingResult]:
    return list(dict.fromkeys(findings))


def _journal() -> JournalResult:
    report = verify()
    call = Call.objects.first()
    head = report.heads.get(call.chain, "") if call else ""
    return JournalResult(entries=report.entries, verified=report.verified, head=head)
