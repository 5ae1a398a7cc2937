"""What a call is made of, in the terms of OCDS, eForms and directive 2014/24/EU."""

from procurement.calls.models.call import (
    Call,
    CoBuyer,
    NeedStatement,
    SupplySource,
    SupplyStudy,
    TeamMember,
    TeamRole,
    Visa,
)
from procurement.calls.models.lot import (
    AcquisitionTerms,
    AwardCriterion,
    ContractTerms,
    Lot,
    PerformanceLevel,
    Phase,
    PhaseDeliverable,
    PhaseObjective,
    Requirement,
    SelectionCriterion,
)
from procurement.calls.models.period import PeriodDeadline, PeriodEnvelope, ProposedDeadline, SubmissionPeriod
from procurement.calls.models.publication import (
    AcceptedWarning,
    CallDocument,
    Cancellation,
    ChangeNotice,
    Publication,
)
from procurement.calls.models.timeline import LotTimeline

__all__ = [
    "AcceptedWarning",
    "AcquisitionTerms",
    "AwardCriterion",
    "Call",
    "CallDocument",
    "Cancellation",
    "ChangeNotice",
    "CoBuyer",
    "ContractTerms",
    "Lot",
    "LotTimeline",
    "NeedStatement",
    "PerformanceLevel",
    "PeriodDeadline",
    "PeriodEnvelope",
    "Phase",
    "PhaseDeliverable",
    "PhaseObjective",
    "ProposedDeadline",
    "Publication",
    "Requirement",
    "SelectionCriterion",
    "SubmissionPeriod",
    "SupplySource",
    "SupplyStudy",
    "TeamMember",
    "TeamRole",
    "Visa",
]
