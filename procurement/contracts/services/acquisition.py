"""Buying what research produced: a test, then orders within each contract's limits (LR-24, LR-25, LR-120)."""

from collections.abc import Mapping
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal

from django.db.models import Max, Sum
from django.utils import timezone

from marketplace.accounts.actors import Actor
from marketplace.accounts.permissions import require
from marketplace.files.documents import request_document
from marketplace.files.models import GeneratedDocument
from marketplace.journal.acts import act, record_refusals
from marketplace.journal.errors import Refusal
from procurement.calls.documents import CENT, call_block, header, money, organisation_block
from procurement.calls.models import Lot, Phase
from procurement.contracts.acte import contract_block
from procurement.contracts.facts import order_facts
from procurement.contracts.measures import measured_rows, printed_rows
from procurement.contracts.models import Contract, ContractPhase, PerformanceTest, PurchaseOrder
from procurement.contracts.services.phases import refuse_unless_running
from procurement.law import execution
from procurement.law.facts import SplitFacts
from procurement.law.findings import refuse


@record_refusals("contract.record_test")
def record_test(
    *,
    contract: Contract,
    measured: Mapping[int, Decimal],
    unit_cost_ht: Decimal,
    total_cost_ht: Decimal,
    tested_at: datetime,
    protocol: str,
    actor: Actor,
    now: datetime,
) -> PerformanceTest:
    """Record the test of a partner's solution: `measured` maps the number of a level to its result; costs in € HT.

    It passes when every agreed level is reached and both costs keep within the contract's maximums. Raises NotAllowed,
    Refusal for a contract that is not in force, an unknown level, or a date to come. Records `contract.tested`.
    """
    require(actor, "contract.follow", contract)
    with act(contract.call.chain, "contract.tested", actor=actor, now=now, subject=contract) as entry:
        current = _current(contract)
        if not current.is_running:
            raise Refusal("Le contrat n’a pas été notifié : ce que vous essayez n’est pas encore dû.")
        agreed = agreed_levels(current.lot)
        unknown = set(measured) - {row["number"] for row in agreed}
        if unknown:
            raise Refusal(f"Aucun niveau de performance ne porte le numéro {min(unknown)} dans ce contrat.")
        if tested_at > now or not protocol.strip():
            raise Refusal("Indiquez quand et comment l’essai a été mené : sa date n’est pas dans l’avenir.")
        levels = measured_rows(agreed, measured, mark="pass_mark")
        test = PerformanceTest(
            contract=current,
            tested_at=tested_at,
            levels=levels,
            unit_cost_ht=unit_cost_ht,
            total_cost_ht=total_cost_ht,
            protocol=protocol,
            passed=bool(levels)
            and all(row["met"] for row in levels)
            and _within(unit_cost_ht, current.unit_cost_max_ht)
            and _within(total_cost_ht, current.total_cost_max_ht),
            recorded_at=now,
            recorded_by_id=actor.user_id,
        )
        test.save()
        entry.data["passed"] = test.passed
    return test


@record_refusals("contract.order")
def order(
    *,
    contract: Contract,
    quantity: int,
    unit_cost_ht: Decimal,
    actor: Actor,
    now: datetime,
    deliver_by: date | None = None,
    delivery_place: str = "",
    number: int | None = None,
) -> PurchaseOrder:
    """Order within the limits of one contract, on its last test (LR-23, LR-24, LR-120). Buying stays optional.

    `number` is the one the buyer saw before ordering: sent twice, an order is placed once. Raises NotAllowed,
    RuleViolation when a level was missed, a cap would be exceeded or the acquisition phase was not decided and
    notified; Refusal without a test, for a negative price or a number that is taken. Records `order.placed` and has
    the order rendered.
    """
    require(actor, "contract.order", contract)
    with act(contract.call.chain, "order.placed", actor=actor, now=now, subject=contract) as entry:
        current = _current(contract)
        phase = current.phases.filter(kind=Phase.Kind.ACQUISITION).order_by("number").first()
        test = current.performance_tests.order_by("tested_at", "recorded_at").last()
        if unit_cost_ht < 0:
            raise Refusal("Le prix unitaire est négatif : écrivez celui du contrat.")
        if phase is None or test is None:
            raise Refusal(
                "Aucun essai de performance n’est consigné pour ce contrat : achetez après un essai réussi (R2172-32)."
            )
        following = next_order_number(current)
        if number is not None and number != following:
            raise Refusal(f"Le bon de commande n° {number} est déjà parti : relisez ce qui est commandé.")
        number = following
        facts = order_facts(phase, test=test, number=number, quantity=quantity, unit_cost_ht=unit_cost_ht, now=now)
        refuse(execution.check_order(facts))
        placed = PurchaseOrder(
            contract=current,
            test=test,
            number=number,
            quantity=quantity,
            unit_cost_ht=unit_cost_ht,
            amount_ht=facts.amount_ht,
            ordered_at=now,
            deliver_by=deliver_by,
            ordered_by_id=actor.user_id,
        )
        placed.document = _order_document(placed, phase, facts.amount_before_ht, delivery_place)
        placed.save()
        entry.data.update(number=number, quantity=quantity, amount_ht=placed.amount_ht)
    return placed


def split_shares(*, lot: Lot, quantity: int) -> dict[Contract, int]:
    """How many units each partner who succeeded may expect, by the mode chosen before publication (LR-25).

    Raises RuleViolation when the mode or its shares are missing, or nobody passed its test.
    """
    acquisition = getattr(lot, "acquisition", None)
    passed = [contract for contract in _running(lot) if _last_test_passed(contract)]
    by_id = {str(contract.pk): contract for contract in passed}
    facts = SplitFacts(
        mode=acquisition.split if acquisition else "",
        partners_in_rank_order=tuple(by_id),
        quantity=quantity,
        shares=tuple(acquisition.split_shares) if acquisition else (),
        chosen_before_publication=lot.call.is_published,
    )
    refuse(execution.check_split(facts))
    return {by_id[pk]: units for pk, units in execution.split(facts).items()}


def next_order_number(contract: Contract) -> int:
    """Number that the next order of a contract will bear."""
    return (contract.purchase_orders.aggregate(last=Max("number"))["last"] or 0) + 1


def ordered(contract: Contract) -> tuple[int, Decimal]:
    """Quantity and amount (€ HT) already ordered on a contract."""
    sums = contract.purchase_orders.aggregate(quantity=Sum("quantity"), amount=Sum("amount_ht"))
    return sums["quantity"] or 0, sums["amount"] or Decimal(0)


def _current(contract: Contract) -> Contract:
    current = Contract.objects.select_related("lot__call__lead_buyer", "party__lead").get(pk=contract.pk)
    refuse_unless_running(current)
    return current


def _running(lot: Lot) -> list[Contract]:
    return list(
        Contract.objects.filter(lot=lot, notified_at__isnull=False, closed_at=None, stopped_at=None).order_by("rank")
    )


def _last_test_passed(contract: Contract) -> bool:
    test = contract.performance_tests.order_by("tested_at", "recorded_at").last()
    return test is not None and test.passed


def _within(cost: Decimal, cap: Decimal | None) -> bool:
    return cap is None or cost <= cap


def agreed_levels(lot: Lot) -> list[dict[str, object]]:
    """Performance levels agreed for the purchase: number, indicator, comparison, pass mark as text, unit."""
    acquisition = getattr(lot, "acquisition", None)
    return [
        {
            "number": row.number,
            "indicator": row.indicator,
            "comparison": row.comparison,
            "pass_mark": f"{row.pass_mark.normalize():f}",
            "unit": row.unit,
        }
        for row in (acquisition.levels.all() if acquisition else ())
    ]


def _share(contract: Contract) -> dict[str, int] | None:
    """The partner's share by rank, where the contract gives one."""
    acquisition = contract.lot.acquisition
    shares = acquisition.split_shares if acquisition.split != "equal" else []
    if contract.rank > len(shares):
        return None
    return {"rank": contract.rank, "share": shares[contract.rank - 1]}


def _order_document(
    placed: PurchaseOrder, phase: ContractPhase, before: Decimal, delivery_place: str
) -> GeneratedDocument:
    contract, test = placed.contract, placed.test
    lot = contract.lot
    terms = getattr(lot, "terms", None)
    vat = (placed.amount_ht * contract.vat_rate / 10_000).quantize(CENT, rounding=ROUND_HALF_UP)
    unit = lot.acquisition.quantity_unit
    cap = contract.total_cost_max_ht
    return request_document(
        kind="purchase_order",
        title=f"Bon de commande {placed.reference}",
        template="pdf/contracts/purchase_order.html",
        facts={
            **header(contract.call),
            "order_number": placed.reference,
            "call": call_block(contract.call),
            "contract": contract_block(contract),
            "buyer": organisation_block(contract.call.lead_buyer),
            "holder": organisation_block(contract.party.lead),
            "test": {
                "performed_on": timezone.localdate(test.tested_at).isoformat(),
                "report": test.protocol,
                "results": printed_rows(test.levels),
            },
            "lines": [
                {
                    "description": phase.name,
                    "quantity": placed.quantity,
                    "unit": unit,
                    "unit_price_ht": money(placed.unit_cost_ht),
                    "total_ht": money(placed.amount_ht),
                }
            ],
            "total_ht": money(placed.amount_ht),
            "vat_rate": contract.vat_rate,
            "vat": money(vat),
            "total_ttc": money(placed.amount_ht + vat),
            "caps": {
                "unit_cost_max_ht": money(contract.unit_cost_max_ht),
                "total_cost_max_ht": money(cap),
                "ordered_before_ht": money(before),
                "remaining_ht": money(cap - before - placed.amount_ht),
            },
            "share": _share(contract),
            "delivery_place": delivery_place or (terms.place if terms else ""),
            "deliver_before": placed.deliver_by and placed.deliver_by.isoformat(),
            "budget_line": terms.budget_line if terms else "",
            "signatory": {"name": str(placed.ordered_by or ""), "capacity": "pour l’acheteur"},
        },
        subject=contract,
    )
