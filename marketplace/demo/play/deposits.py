"""Firms fill and seal their submissions, some of them at the last second."""

import io
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import uuid4

from marketplace.demo.plan import EventPlan
from marketplace.demo.play import answers
from marketplace.demo.play.scene import Firm, Scene
from procurement.calls.models import Lot, SubmissionPeriod
from procurement.submissions.assembly import assemble
from procurement.submissions.decisions import admit_late, propose_late_admission
from procurement.submissions.deposits import add_file, form_party, open_deposit, save_answers
from procurement.submissions.filling import State, keep_task
from procurement.submissions.models import Deposit, Invitation
from procurement.submissions.seal import Sealed, seal
from procurement.submissions.tasklist import tasks_of

Kind = SubmissionPeriod.Kind
BEFORE_DEADLINE = timedelta(days=2)
# The submissions in which something out of the ordinary happens, unless the event says otherwise.
EVENTFUL = Kind.INITIAL


@dataclass(frozen=True)
class _Late:
    """A deposit whose seal will be asked too late."""

    firm: Firm
    deposit: Deposit
    root: str
    event: EventPlan


def apply(scene: Scene) -> None:
    """Firms come forward lot by lot, and hand in their candidatures."""
    for lot in scene.lots:
        for firm in scene.firms_of(lot):
            come_forward(scene, lot, firm)
    hand_in(scene, Kind.CANDIDATURE)


def come_forward(scene: Scene, lot: Lot, firm: Firm) -> None:
    """A firm says that it answers, alone."""
    party = scene.do(form_party, lot=lot, lead=firm.organisation, actor=firm.actor)
    scene.parties[lot.number, firm.plan.name] = party


def tender(scene: Scene) -> None:
    """Invited firms hand in their initial bids."""
    hand_in(scene, Kind.INITIAL)


def tender_at_last(scene: Scene) -> None:
    """Those still in hand in their final bids."""
    hand_in(scene, Kind.FINAL)


def hand_in(scene: Scene, kind: str) -> None:
    """Every firm that may, hands in its submission two days before the deadline; the late ones after it."""
    deadline = min(period_of(lot, kind).closes_at() for lot in scene.lots)
    scene.go_to(deadline - BEFORE_DEADLINE)
    late = [
        one for lot in scene.lots for firm in _bidders(scene, lot, kind) if (one := seal_one(scene, lot, firm, kind))
    ]
    for one in late:
        _seal_late(scene, one)
    scene.render()


def period_of(lot: Lot, kind: str) -> SubmissionPeriod:
    """The period of a kind of a lot, the last one planned."""
    return SubmissionPeriod.objects.filter(lot=lot, kind=kind).latest("opens_at")


def _bidders(scene: Scene, lot: Lot, kind: str) -> list[Firm]:
    """All who came forward; for bids, those who were invited."""
    firms = [firm for firm in scene.firms_of(lot) if (lot.number, firm.plan.name) in scene.parties]
    if kind == Kind.CANDIDATURE:
        return firms
    invited = set(Invitation.objects.filter(period=period_of(lot, kind)).values_list("party_id", flat=True))
    return [firm for firm in firms if scene.parties[lot.number, firm.plan.name].pk in invited]


def seal_one(scene: Scene, lot: Lot, firm: Firm, kind: str) -> _Late | None:
    """Fill a deposit and seal it; one that an event makes late is given back unsealed."""
    deposit = fill(scene, lot, firm, kind)
    assembly = scene.do(assemble, deposit=deposit, replacement_rule_accepted=True, actor=firm.actor)
    if event := _event(scene, "late_bid", lot, firm, kind):
        return _Late(firm, deposit, assembly.root, event)
    sealed = scene.do(seal, deposit=deposit, root=assembly.root, idempotency_key=_key(), actor=firm.actor)
    if _event(scene, "double_seal", lot, firm, kind):
        _seal_again(scene, firm, deposit, assembly.root, sealed)
    return None


def fill(scene: Scene, lot: Lot, firm: Firm, kind: str) -> Deposit:
    """Write every answer and join the file; nothing is sealed yet."""
    deposit = begin(scene, lot, firm, kind)
    for envelope, typed in _envelopes(scene, lot, firm, kind).items():
        scene.do(save_answers, deposit=deposit, envelope=envelope, answers=typed, actor=firm.actor)
    _join_file(scene, lot, firm, deposit)
    return deposit


def write_most(scene: Scene, lot: Lot, firm: Firm) -> Deposit:
    """Write a candidature page by page, all but the last one: somebody goes on from there."""
    deposit = begin(scene, lot, firm, Kind.CANDIDATURE)
    given = answers.candidature(scene.plan.lots[lot.number - 1], firm.plan)
    parts = {"declaration": given["declarations"], "capacites": given["capacities"]}
    parts |= {f"selection-{one['criterion']}": one["text"] for one in given["answers"]}
    for task in [one for one in tasks_of(deposit.period) if one.code in parts][:-1]:
        scene.do(
            keep_task, deposit=deposit, task=task, data=_as_typed(parts[task.code]), part=parts[task.code],
            state=State.DONE, version=0, actor=firm.actor,
        )  # fmt: skip
    _join_file(scene, lot, firm, deposit)
    return deposit


def _as_typed(part: Any) -> dict[str, list[str]]:
    """What somebody types in the fields of a page to give this answer."""
    if isinstance(part, str):
        return {"text": [part]}
    return {name: ["on" if value is True else str(value).replace(".", ",")] for name, value in part.items()}


def _join_file(scene: Scene, lot: Lot, firm: Firm, deposit: Deposit) -> None:
    """The document that the first envelope asks for; an unasked one when it asks for none."""
    name = "candidature" if deposit.period.kind == Kind.CANDIDATURE else "technical"
    envelope = deposit.period.envelopes.get(name=name)
    content = answers.memoir(scene.plan.lots[lot.number - 1], firm.plan)
    scene.do(
        add_file, deposit=deposit, envelope=name, name="memoire.txt", content=io.BytesIO(content),
        label=next(iter(envelope.expected_documents), ""), actor=firm.actor,
    )  # fmt: skip


def begin(scene: Scene, lot: Lot, firm: Firm, kind: str) -> Deposit:
    """Open a draft, empty."""
    party = scene.parties[lot.number, firm.plan.name]
    return scene.do(open_deposit, period=period_of(lot, kind), party=party, actor=firm.actor)


def _envelopes(scene: Scene, lot: Lot, firm: Firm, kind: str) -> dict[str, dict[str, Any]]:
    plan = scene.plan.lots[lot.number - 1]
    if kind == Kind.CANDIDATURE:
        return {"candidature": answers.candidature(plan, firm.plan)}
    return {
        "technical": answers.technical(plan, firm.plan),
        "price": answers.price(plan, firm.plan, scene.random, final=kind == Kind.FINAL),
    }


def _event(scene: Scene, name: str, lot: Lot, firm: Firm, kind: str) -> EventPlan | None:
    """The event that the plan keeps for this firm in this submission."""
    if kind != EVENTFUL:
        return None
    planned = scene.planned(name, lot=lot.number)
    return next((one for one in planned if one.details.get("bidder") == firm.plan.name), None)


def _key() -> str:
    return uuid4().hex


def _seal_again(scene: Scene, firm: Firm, deposit: Deposit, root: str, first: Sealed) -> None:
    """The same seal asked twice, as a nervous double click does: one submission, one receipt."""
    again = seal(deposit=deposit, root=root, idempotency_key=_key(), actor=firm.actor, now=scene.now)
    same = again.receipt.number == first.receipt.number
    scene.tell(
        "double_seal", "accepted" if same else "broken",
        message=f"{firm.plan.name} : deux demandes, un seul pli et le même accusé {first.receipt.number}.",
    )  # fmt: skip


def _seal_late(scene: Scene, late: _Late) -> None:
    """A seal asked after the deadline is received, kept and flagged; two people may admit it (LR-53, LR-54)."""
    seconds = late.event.details.get("seconds", 1)
    scene.go_to(late.deposit.period.closes_at() + timedelta(seconds=seconds))
    sealed = scene.do(seal, deposit=late.deposit, root=late.root, idempotency_key=_key(), actor=late.firm.actor)
    scene.tell(
        "late_bid", "late",
        message=f"{late.firm.plan.name} : pli reçu {seconds} s après l’heure limite, gardé scellé et marqué en retard.",
    )  # fmt: skip
    if not late.event.details.get("admitted"):
        return
    scene.render_all()
    admission = scene.do(
        propose_late_admission, submission=sealed.submission, reasons=late.event.details["reason"],
        incident_report_id=sealed.receipt.document_id, actor=scene.people["validator"],
    )  # fmt: skip
    scene.attempt("late_bid", admit_late, admission=admission, actor=scene.people["validator"])
    scene.attempt("late_bid", admit_late, admission=admission, actor=scene.people["signatory"])
