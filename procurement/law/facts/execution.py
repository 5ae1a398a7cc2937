"""Facts of the performance of one contract: phases, gates, orders."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Literal

from .common import Split
from .completion import TransmissionFacts
from .publication import GateClauseFacts

GateDecision = Literal["continue", "change", "reduce", "stop", ""]


@dataclass(frozen=True, kw_only=True, slots=True)
class PhaseStartFacts:
    """Something of a phase is about to happen (LR-23, LR-82, LR-83).

    `contract_notified_at`: receipt by the holder. `decision_notified_at`: when the decision to perform this phase
    reached the partner (for the first phase too).
    """

    now: datetime
    phase_number: int
    step: Literal["start", "order", "delivery", "invoice"] = "start"
    contract_notified_at: datetime | None = None
    decision_notified_at: datetime | None = None
    decision_allows: bool = False
    transmission: TransmissionFacts | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class GateFacts:
    """The decision at the end of a phase for one contract (LR-21, LR-22).

    `partners`: contracts still running on the lot. `contract_clause`: the clause as the signed contract has it.
    """

    decision: GateDecision = ""
    results: str = ""
    reasons: str = ""
    signatory_id: str = ""
    partners: int = 1
    round_report_id: str = ""
    objectives_changed: bool = False
    partner_agreement_signed_at: datetime | None = None
    substantial_change: bool = False
    contract_clause: GateClauseFacts | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class PerformanceLevelFacts:
    """An agreed performance level and its test: None while it was not tested."""

    label: str
    met: bool | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class OrderFacts:
    """A purchase order of one contract (LR-23, LR-24, LR-120). The `…_before` sums leave this order out.

    `contract_amount_ht`: what the contract is worth without its orders; `contract_signed_at`: by both sides.
    """

    number: str = ""
    dated: bool = False
    start: PhaseStartFacts
    levels: tuple[PerformanceLevelFacts, ...] = ()
    test_passed_at: datetime | None = None
    quantity: Decimal = Decimal(0)
    unit_cost_ht: Decimal | None = None
    amount_ht: Decimal | None = None
    quantity_before: Decimal = Decimal(0)
    amount_before_ht: Decimal = Decimal(0)
    unit_cost_max_ht: Decimal | None = None
    total_cost_max_ht: Decimal | None = None
    quantity_max: Decimal | None = None
    launch_date: date | None = None
    contract_amount_ht: Decimal | None = None
    contract_signed_at: datetime | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class SplitFacts:
    """Sharing a quantity among the partners who succeeded (LR-25).

    `partners_in_rank_order`: ids, best first. `shares`: hundredths of a percent by rank, for `ranking` and `graded`.
    """

    mode: Split
    partners_in_rank_order: tuple[str, ...]
    quantity: int
    shares: tuple[int, ...] = ()
    chosen_before_publication: bool = False
