"""From the candidates to the cleared partners of a lot: who chose, on what, and how it was reckoned."""

from procurement.evaluation.models.award import (
    AwardDecision,
    AwardedPartner,
    CaoMinutes,
    Clearance,
    ClearanceProof,
    RejectionNotice,
    StandstillHold,
)
from procurement.evaluation.models.bids import Bid, PriceExplanation, RequirementCheck
from procurement.evaluation.models.candidates import Candidate, SelectionDecision, SelectionScore
from procurement.evaluation.models.complements import Complement, ComplementItem, ComplementRequest
from procurement.evaluation.models.exclusions import Exclusion
from procurement.evaluation.models.interests import InterestDeclaration
from procurement.evaluation.models.negotiation import NegotiationMeeting, RoundElimination
from procurement.evaluation.models.reasons import ReasonsRequest
from procurement.evaluation.models.scores import (
    ConsensusScore,
    RankedBid,
    Ranking,
    Score,
    ScoreSheet,
    TechnicalClosing,
)

__all__ = [
    "AwardDecision",
    "AwardedPartner",
    "Bid",
    "Candidate",
    "CaoMinutes",
    "Clearance",
    "ClearanceProof",
    "Complement",
    "ComplementItem",
    "ComplementRequest",
    "ConsensusScore",
    "Exclusion",
    "InterestDeclaration",
    "NegotiationMeeting",
    "PriceExplanation",
    "RankedBid",
    "Ranking",
    "ReasonsRequest",
    "RejectionNotice",
    "RequirementCheck",
    "RoundElimination",
    "Score",
    "ScoreSheet",
    "SelectionDecision",
    "SelectionScore",
    "StandstillHold",
    "TechnicalClosing",
]
