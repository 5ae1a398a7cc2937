"""Custody, deposits, submissions and opening. Before opening, no column holds a file name, a price or an answer."""

from procurement.submissions.models.custody import (
    REHEARSAL_ENVELOPE,
    Custodian,
    EnvelopeWrap,
    KeyRehearsal,
    PeeledLayer,
    RehearsalBid,
)
from procurement.submissions.models.deposits import Deposit, DepositFile, Part, SealFailure, SealRequest
from procurement.submissions.models.opening import OpenedFile, OpeningMinutes, OpeningResult, OpeningSession
from procurement.submissions.models.parties import Invitation, PartyMember, TenderingParty
from procurement.submissions.models.submissions import LateAdmission, Receipt, SealOutcome, Submission, Withdrawal

__all__ = [
    "REHEARSAL_ENVELOPE",
    "Custodian",
    "Deposit",
    "DepositFile",
    "EnvelopeWrap",
    "Invitation",
    "KeyRehearsal",
    "LateAdmission",
    "OpenedFile",
    "OpeningMinutes",
    "OpeningResult",
    "OpeningSession",
    "Part",
    "PartyMember",
    "PeeledLayer",
    "Receipt",
    "RehearsalBid",
    "SealFailure",
    "SealOutcome",
    "SealRequest",
    "Submission",
    "TenderingParty",
    "Withdrawal",
]
