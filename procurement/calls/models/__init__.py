"""What a call is made of, in the terms of OCDS, eForms and directive 2014/24/EU."""

from procurement.calls.models.alerts import CallAlert
from procurement.calls.models.call import (
    Call,
    CoBuyer,
    ConsultedFirm,
    NeedStatement,
    Orientation,
    StudyAttachment,
    SupplySource,
    SupplyStudy,
    TeamMember,
    TeamRole,
    Visa,
)
from procurement.calls.models.clauses import ClauseCheck, ClauseVersion
from procurement.calls.models.direct import DirectOffer, DirectPurchase
from procurement.calls.models.documents import CallDocument, DocumentRemoval, DocumentWithdrawal
from procurement.calls.models.following import FitAnswer, Follower, News
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
from procurement.calls.models.partners import PartnerSearch
from procurement.calls.models.patterns import PatternVersion
from procurement.calls.models.period import PeriodDeadline, PeriodEnvelope, ProposedDeadline, SubmissionPeriod
from procurement.calls.models.publication import (
    AcceptedWarning,
    Cancellation,
    ChangeNotice,
    Publication,
)
from procurement.calls.models.questions import Answer, Question, QuestionDraft
from procurement.calls.models.timeline import LotTimeline

__all__ = [
    "AcceptedWarning",
    "AcquisitionTerms",
    "Answer",
    "AwardCriterion",
    "Call",
    "CallAlert",
    "CallDocument",
    "Cancellation",
    "ChangeNotice",
    "ClauseCheck",
    "ClauseVersion",
    "CoBuyer",
    "ConsultedFirm",
    "ContractTerms",
    "DirectOffer",
    "DirectPurchase",
    "DocumentRemoval",
    "DocumentWithdrawal",
    "FitAnswer",
    "Follower",
    "Lot",
    "LotTimeline",
    "NeedStatement",
    "News",
    "Orientation",
    "PartnerSearch",
    "PatternVersion",
    "PerformanceLevel",
    "PeriodDeadline",
    "PeriodEnvelope",
    "Phase",
    "PhaseDeliverable",
    "PhaseObjective",
    "ProposedDeadline",
    "Publication",
    "Question",
    "QuestionDraft",
    "Requirement",
    "SelectionCriterion",
    "StudyAttachment",
    "SubmissionPeriod",
    "SupplySource",
    "SupplyStudy",
    "TeamMember",
    "TeamRole",
    "Visa",
]
