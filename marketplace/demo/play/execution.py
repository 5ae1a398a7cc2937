"""Phases, gates, tests and orders, until each contract is closed or stopped. Lots go on side by side."""

import heapq
from collections.abc import Iterator, Mapping
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from marketplace.demo.plan import EventPlan
from marketplace.demo.play.contracts import holder_of
from marketplace.demo.play.scene import MORNING, Scene
from procurement.calls.models import Lot, Phase
from procurement.contracts.models import Acceptance, Contract, ContractPhase, GateDecision, GateRound, PaymentDue
from procurement.contracts.payment_terms import clauses_of, terms_facts, terms_of
from procurement.contracts.services import acquisition, closing, gates, invoices, payments, phases
from procurement.correspondence.services import record_reading
from procurement.law import calendar

Decision = GateDecision.Decision
A_WEEK = 7
PROTOCOL = "Protocole d’essai du contrat, joué en présence de l’acheteur et du titulaire"
# Fictitious partners reach a little more than what was asked, the best ones more; or much less when they must miss.
PER_QUALITY = 1_000
MISSED = Decimal("0.6")
WHOLE = Decimal(100)
CENT = Decimal("0.01")
# A first order takes one unit in four.
ORDERED_SHARE = 4
PROPOSALS = {
    Decision.CONTINUE: "Les objectifs mesurés de la phase sont atteints : le partenariat continue.",
    Decision.REDUCE: "La phase suivante est annoncée avec moins de partenaires : le rapport les classe.",
    Decision.STOP: "Les objectifs mesurés de la phase ne sont pas atteints.",
}
REACHED = "Les objectifs mesurés de la phase sont atteints."
# Qualities are out of 100, scores of a phase out of 10; a partner that misses its objectives gets half of its own.
QUALITY_A_POINT = 10
HALF = Decimal("0.5")


def perform(scene: Scene) -> None:
    """Play every lot from its first phase to the end of its contracts, each in its own time."""
    agenda = [(scene.now, lot.number, _course(scene, lot)) for lot in scene.lots]
    while agenda:
        instant, number, course = heapq.heappop(agenda)
        scene.go_to(instant)
        following = next(course, None)
        scene.render()
        if following is not None:
            heapq.heappush(agenda, (following, number, course))


def perform_until_last_gate(scene: Scene, last_days_from: datetime) -> None:
    """Play the only lot until the end of its last research phase is open and nothing of it decided.

    What is left once the last phase has begun waits for `last_days_from`.
    """
    [lot] = scene.lots
    last = lot.phases.filter(kind=Phase.Kind.RESEARCH).latest("number")
    for instant in _course(scene, lot):
        if GateRound.objects.filter(lot=lot, phase=last).exists():
            return
        begun = ContractPhase.objects.filter(contract__lot=lot, phase=last, started_at__isnull=False).exists()
        scene.go_to(max(instant, last_days_from) if begun else instant)
        scene.render()


def _course(scene: Scene, lot: Lot) -> Iterator[datetime]:
    """What happens to a lot; each value is the instant at which it goes on."""
    for phase in lot.phases.filter(kind=Phase.Kind.RESEARCH).order_by("number"):
        yield from _research(scene, lot, phase)
        yield from _gate(scene, lot, phase)
    yield from _acquire(scene, lot)


def _running(lot: Lot) -> list[Contract]:
    return [one for one in Contract.objects.filter(lot=lot).order_by("rank") if one.is_running]


def _receive(scene: Scene, decision: GateDecision) -> None:
    """The partner reads the letter; its reception is recorded."""
    actor = holder_of(scene, decision.contract).actor
    scene.do(record_reading, letter=decision.letter, actor=actor)
    scene.do(gates.notify_decision, decision=decision, actor=actor)


def _research(scene: Scene, lot: Lot, phase: Phase) -> Iterator[datetime]:
    """Each partner performs the phase, hands in, is accepted and measured."""
    rows = [contract.phases.get(phase=phase) for contract in _running(lot)]
    for row in rows:
        scene.do(phases.start_phase, phase=row, actor=scene.people["author"])
        _bill_advance(scene, row)
    end = calendar.add_months(scene.today, max(1, (phase.duration_months or 1) - 1))
    yield calendar.at_paris(calendar.next_working_day(end), MORNING)
    for row in rows:
        _deliver(scene, row)
    yield scene.working_day(A_WEEK)
    for row in rows:
        fails = _is_stopped_by_plan(scene, lot, row)
        scene.do(
            gates.record_results, phase=row, actor=scene.people["evaluator"],
            measured=_measured(row.objectives, "target", quality=_quality(scene, row.contract), failing=fails),
            score=_score(_quality(scene, row.contract), failing=fails),
            summary=PROPOSALS[Decision.STOP] if fails else REACHED,
        )  # fmt: skip
        _bill(scene, row)


def _bill(scene: Scene, row: ContractPhase) -> None:
    """The partner prepares and deposits its invoice for what the phase pays; by another road, the buyer records it."""
    current = phases.current_phase(row)
    amount = gates.settlement(current) - payments.work_billed(current)
    number = f"F-{scene.today:%Y%m%d}-{row.contract.rank}"
    if not amount:
        return
    if not _is_prepared_here(row.contract):
        scene.do(
            payments.record_invoice, phase=row, amount_ht=amount, received_at=scene.now, invoice_number=number,
            actor=scene.people["author"],
        )  # fmt: skip
        return
    prepared = scene.do(
        invoices.prepare_invoice, phase=row, work_ht=amount, invoice_number=number, is_balance=True,
        actor=holder_of(scene, row.contract).actor,
    )  # fmt: skip
    _deposit(scene, prepared)


def _bill_advance(scene: Scene, row: ContractPhase) -> None:
    """Where there is one, the advance is billed as the first phase begins."""
    facts = terms_facts(row.contract, terms_of(row.contract))
    if row.number > 1 or not facts.advance_accepted or not facts.advance_rate or not _is_prepared_here(row.contract):
        return
    prepared = scene.do(
        invoices.prepare_advance, contract=row.contract, invoice_number=f"A-{scene.today:%Y%m%d}-{row.contract.rank}",
        actor=holder_of(scene, row.contract).actor,
    )  # fmt: skip
    _deposit(scene, prepared)


def _is_prepared_here(contract: Contract) -> bool:
    """Whether both SIRETs are known and the price is firm: what else an invoice needs is in every contract played."""
    terms = terms_of(contract)
    return bool(terms.holder_siret and terms.buyer_siret) and clauses_of(contract).price_form == "firm"


def _deposit(scene: Scene, row: PaymentDue) -> None:
    scene.do(
        payments.record_deposit, payment=row, deposited_at=scene.now, reference=f"CPP-{row.invoice_number}",
        actor=holder_of(scene, row.contract).actor,
    )  # fmt: skip


def _pay(scene: Scene, lot: Lot, phase: Phase) -> None:
    """What a phase owes is certified, mandated and paid before its end is decided."""
    author = scene.people["author"]
    rows = PaymentDue.objects.filter(contract__lot=lot, contract_phase__phase=phase, paid_at=None)
    for row in rows.select_related("contract__lot__call"):
        if row.prepared_at is not None:
            scene.do(payments.record_service_done, payment=row, done_at=scene.now, actor=author)
            mandate = f"M-{row.invoice_number}"
            scene.do(payments.record_mandate, payment=row, mandated_at=scene.now, reference=mandate, actor=author)
        scene.do(payments.record_payment, payment=row, paid_at=scene.now, actor=author)


def _deliver(scene: Scene, row: ContractPhase) -> None:
    holder = holder_of(scene, row.contract)
    for deliverable in row.deliverables.all():
        handed_in = scene.do(
            phases.hand_in_deliverable, deliverable=deliverable, note="Remis par le profil d’acheteur.",
            actor=holder.actor,
        )  # fmt: skip
        scene.do(
            phases.accept, deliverable=handed_in, decision=Acceptance.Decision.ACCEPTED,
            actor=scene.people["evaluator"],
        )  # fmt: skip


def _gate(scene: Scene, lot: Lot, phase: Phase) -> Iterator[datetime]:
    """One report for all partners, one decision for each contract (LR-21)."""
    contracts = _by_results(_running(lot), phase)
    if not contracts:
        return
    choices = _choices(scene, lot, phase, contracts)
    proposal = " ".join(f"{one.contract.party} : {one.decision.label.lower()}. {one.reasons}" for one in choices)
    gate = scene.do(gates.open_gate_round, lot=lot, phase=phase, proposal=proposal, actor=scene.people["author"])
    yield scene.working_day(A_WEEK)
    _pay(scene, lot, phase)
    for decision in scene.do(gates.decide, gate=gate, choices=choices, actor=scene.people["signatory"]):
        _receive(scene, decision)
    for event in _gate_events(scene, lot, phase):
        scene.tell("gate", event.details["decision"], message=f"Lot {lot.number}, phase {phase.number}.")
    yield scene.working_day(1)


def _choices(scene: Scene, lot: Lot, phase: Phase, contracts: list[Contract]) -> list[gates.GateChoice]:
    """What the plan says of the gate; else as many partners go on as the next phase announced."""
    events = _gate_events(scene, lot, phase)
    following = lot.phases.filter(number__gt=phase.number).order_by("number").first()
    announced = following.partners_max if following else None
    keep = min([one.details["keep"] for one in events if "keep" in one.details] or [announced or len(contracts)])
    choices, kept = [], 0
    for contract in contracts:
        decision = Decision.CONTINUE if kept < keep else Decision.REDUCE
        if any(_concerns(scene, one, contract) for one in events if one.details["decision"] == Decision.STOP):
            decision = Decision.STOP
        kept += decision == Decision.CONTINUE
        choices.append(gates.GateChoice(contract=contract, decision=decision, reasons=_why(events, decision)))
    return choices


def _gate_events(scene: Scene, lot: Lot, phase: Phase) -> list[EventPlan]:
    return [one for one in scene.planned("gate", lot=lot.number) if one.details.get("phase") == phase.number]


def _concerns(scene: Scene, event: EventPlan, contract: Contract) -> bool:
    """Whether an event speaks of this contract: it names its holder, or nobody."""
    return event.details.get("bidder") in {None, holder_of(scene, contract).plan.name}


def _why(events: list[EventPlan], decision: Decision) -> str:
    given = (one.details.get("reason") for one in events if one.details["decision"] == decision)
    return next(filter(None, given), PROPOSALS[decision])


def _is_stopped_by_plan(scene: Scene, lot: Lot, row: ContractPhase) -> bool:
    """Whether the plan stops this contract at the end of this phase: its results must then miss the objectives."""
    events = _gate_events(scene, lot, row.phase)
    return any(one.details["decision"] == Decision.STOP and _concerns(scene, one, row.contract) for one in events)


def _by_results(contracts: list[Contract], phase: Phase) -> list[Contract]:
    """Best results first, as the report ranks them; the rank of the award settles a tie."""
    return sorted(contracts, key=lambda one: -one.phases.get(phase=phase).result.score)


def _score(quality: int, *, failing: bool) -> Decimal:
    """A mark out of 10 that tells partners apart, so that the report ranks them."""
    whole = (Decimal(quality) / QUALITY_A_POINT).quantize(CENT)
    return (whole * HALF).quantize(CENT, ROUND_HALF_UP) if failing else whole


def _quality(scene: Scene, contract: Contract) -> int:
    return holder_of(scene, contract).plan.quality


def _measured(
    rows: list[Mapping[str, Any]], mark: str, *, quality: int, failing: bool = False, only: int | None = None
) -> dict[int, Decimal]:
    """Results on the right side of each mark; on the wrong one when `failing`, or for the row of number `only`."""
    results = {}
    for row in rows:
        wanted = Decimal(str(row[mark] or 0))
        factor = MISSED if failing or row["number"] == only else 1 + Decimal(quality) / PER_QUALITY
        if row["comparison"] == "at_most":
            factor = 1 / factor
        value = (wanted * factor).quantize(CENT, ROUND_HALF_UP)
        is_share = row["unit"] == "%" and wanted <= WHOLE
        results[row["number"]] = min(value, WHOLE) if is_share else value
    return results


def _acquire(scene: Scene, lot: Lot) -> Iterator[datetime]:
    """Test what research gave, order within the limits, close."""
    if not _running(lot):
        return
    for event in scene.planned("order", lot=lot.number):
        _try_order(scene, event, next(one for one in _running(lot) if _concerns(scene, event, one)))
    yield scene.working_day(A_WEEK)
    for contract in _running(lot):
        _test(scene, contract)
    yield scene.working_day(A_WEEK)
    _order(scene, lot)
    yield scene.working_day(A_WEEK)
    for contract in _running(lot):
        scene.do(closing.close_contract, contract=contract, actor=scene.people["signatory"])


def _test(scene: Scene, contract: Contract, *, missed: int | None = None) -> None:
    """A performance test that reaches every level, but the one of number `missed`."""
    levels = [
        {"number": one.number, "comparison": one.comparison, "pass_mark": one.pass_mark, "unit": one.unit}
        for one in contract.lot.acquisition.levels.all()
    ]
    scene.do(
        acquisition.record_test, contract=contract, protocol=PROTOCOL, tested_at=scene.now,
        unit_cost_ht=contract.unit_cost_ht or Decimal(0), total_cost_ht=contract.acquisition_ht or Decimal(0),
        measured=_measured(levels, "pass_mark", quality=_quality(scene, contract), only=missed),
        actor=scene.people["evaluator"],
    )  # fmt: skip


def _try_order(scene: Scene, event: EventPlan, contract: Contract) -> None:
    """An order tried on a test that missed a level is refused (LR-24)."""
    _test(scene, contract, missed=event.details.get("level", 1))
    scene.attempt(
        "order", acquisition.order, contract=contract, quantity=1, unit_cost_ht=contract.unit_cost_ht,
        actor=scene.people["signatory"],
    )  # fmt: skip


def _order(scene: Scene, lot: Lot) -> None:
    """A first order, shared as announced (LR-25, LR-120)."""
    quantity = max(1, lot.acquisition.quantity_max // ORDERED_SHARE)
    for contract, units in acquisition.split_shares(lot=lot, quantity=quantity).items():
        if units:
            scene.do(
                acquisition.order, contract=contract, quantity=units, unit_cost_ht=contract.unit_cost_ht,
                deliver_by=calendar.add_months(scene.today, 3), actor=scene.people["signatory"],
            )  # fmt: skip
