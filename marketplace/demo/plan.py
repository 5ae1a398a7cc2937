"""A whole call to play, as plain values: what the file says, and nothing that is looked up or computed.

A fact that the file leaves out is None or empty: completing it, or not, is the business of `completion`.
Money is Decimal euros HT. Weights and shares are integers in hundredths of a percent (10 000 = 100 %).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

FULL_WEIGHT = 10_000


@dataclass(frozen=True, kw_only=True)
class BuyerPlan:
    """A contracting authority. `identifier`: SIRET, or SIREN when that is all that is known."""

    name: str
    identifier: str = ""
    category: str = ""
    legal_form: str = ""
    address: str = ""
    postcode: str = ""
    city: str = ""


@dataclass(frozen=True, kw_only=True)
class ConventionPlan:
    """The convention of a buyers' group (L2113-6)."""

    reference: str = ""
    signed_on: date | None = None


@dataclass(frozen=True, kw_only=True)
class NeedPlan:
    """The need, before any solution."""

    problem: str = ""
    users: str = ""
    expected_results: str = ""
    sustainable_development: str = ""
    innovation_reasons: str = ""
    innovation_indicators: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class SourcePlan:
    """One search of the study of the available supply; `days_before`: how long before the launch it was made."""

    source: str
    days_before: int | None = None
    searched_on: date | None = None
    query: str = ""
    result: str = ""
    reason: str = ""


@dataclass(frozen=True, kw_only=True)
class FirmMetPlan:
    """A firm met before the call, and what it was told; `days_before`: how long before the launch."""

    name: str
    identifier: str = ""
    days_before: int | None = None
    met_on: date | None = None
    information: str = ""


@dataclass(frozen=True, kw_only=True)
class RequirementPlan:
    """What a tender must offer."""

    text: str
    is_minimum: bool = False


@dataclass(frozen=True, kw_only=True)
class SelectionCriterionPlan:
    """A criterion that chooses candidates."""

    name: str
    weight: int
    is_innovation: bool = False


@dataclass(frozen=True, kw_only=True)
class AwardCriterionPlan:
    """A criterion that ranks tenders, with its sub-criteria."""

    name: str
    weight: int
    tag: str = "quality"
    children: "tuple[AwardCriterionPlan, ...]" = ()


@dataclass(frozen=True, kw_only=True)
class ObjectivePlan:
    """What a phase must reach; without a target it cannot be measured."""

    indicator: str
    comparison: str = "at_least"
    target: Decimal | None = None
    unit: str = ""


@dataclass(frozen=True, kw_only=True)
class PhasePlan:
    """A phase. Amounts are per partner; `partners_max`: how many may go on into it."""

    name: str
    type: str
    objectives: tuple[ObjectivePlan, ...] = ()
    duration_months: int | None = None
    remuneration_fixed_ht: Decimal | None = None
    remuneration_result_ht: Decimal = Decimal(0)
    deliverables: tuple[str, ...] = ()
    ip_regime: str = ""
    ip_background: str = ""
    ip_open_source: str = ""
    partners_max: int | None = None
    acceptance_days: int | None = None

    @property
    def is_research(self) -> bool:
        """Whether it is a phase of research and development, not of acquisition."""
        return self.type == "research"

    @property
    def remuneration_ht(self) -> Decimal | None:
        """Most that one partner can be paid for the phase."""
        if self.remuneration_fixed_ht is None:
            return None
        return self.remuneration_fixed_ht + self.remuneration_result_ht


@dataclass(frozen=True, kw_only=True)
class LevelPlan:
    """A performance level to reach before any purchase."""

    indicator: str
    pass_mark: Decimal
    comparison: str = "at_least"
    unit: str = ""
    test_method: str = ""


@dataclass(frozen=True, kw_only=True)
class AcquisitionPlan:
    """Limits of the optional purchase, per partner."""

    levels: tuple[LevelPlan, ...] = ()
    unit_cost_max: Decimal | None = None
    total_cost_max: Decimal | None = None
    quantity_max: int | None = None
    quantity_unit: str = ""
    split: str = ""
    split_shares: tuple[int, ...] = ()


@dataclass(frozen=True, kw_only=True)
class LotPlan:
    """A lot with all that holds for it, its own or inherited from the call.

    `clauses`: fields of `calls.ContractTerms`; `limits`: limits of `calls.SubmissionPeriod`.
    """

    title: str = ""
    object: str = ""
    partners_max: int | None = None
    phases: tuple[PhasePlan, ...] = ()
    requirements: tuple[RequirementPlan, ...] = ()
    selection_criteria: tuple[SelectionCriterionPlan, ...] = ()
    award_criteria: tuple[AwardCriterionPlan, ...] = ()
    acquisition: AcquisitionPlan | None = None
    clauses: Mapping[str, Any] = field(default_factory=dict)
    limits: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class BidderPlan:
    """A bidder of the rehearsal. `quality` (0 to 100) and `price` (percent of the announced limits) decide its rank.

    `pitch`: how it would answer, in its own words.
    """

    name: str
    identifier: str
    city: str = ""
    legal_form: str = "SAS"
    size: str = "sme"
    lots: tuple[int, ...] = ()
    quality: int = 60
    price: int = 90
    pitch: str = ""


@dataclass(frozen=True, kw_only=True)
class EventPlan:
    """Something out of the ordinary that the player must try at its moment; `details` as read, by name."""

    event: str
    lot: int | None = None
    details: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class CallPlan:
    """A call, those who buy, those who bid and what happens.

    `completed`: labels of everything that is not a fact of the file. `history`: true dates of a real call.
    `deposit_at`: address of the other buyer profile that receives the bids, empty when they come here.
    `several_bids_forbidden`: a firm answers once a lot, alone or in a group (LR-51). `backup_copy_electronic`: a backup
    copy may come electronically (LR-55).
    """

    id: str
    country: str = ""
    buyer: BuyerPlan
    co_buyers: tuple[BuyerPlan, ...] = ()
    convention: ConventionPlan | None = None
    title: str = ""
    object: str = ""
    need: NeedPlan = NeedPlan()
    cpv: str = ""
    domain: str = ""
    nature: str = "services"
    launch_date: date | None = None
    procedure: str = ""
    partner_mode: str = ""
    deposit_at: str = ""
    several_bids_forbidden: bool = False
    backup_copy_electronic: bool = False
    candidates_min: int | None = None
    candidates_max: int | None = None
    supply_study: tuple[SourcePlan, ...] = ()
    study_conclusion: str = ""
    firms_met: tuple[FirmMetPlan, ...] = ()
    no_lots_reason: str = ""
    lots: tuple[LotPlan, ...] = ()
    bidders: tuple[BidderPlan, ...] = ()
    events: tuple[EventPlan, ...] = ()
    completed: tuple[str, ...] = ()
    history: tuple[str, ...] = ()
