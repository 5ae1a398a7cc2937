"""Custody, deposits, submissions and opening. Before opening, no column holds a file name, a price or an answer."""

from procurement.submissions.models.attempts import Attempt
from procurement.submissions.models.backup import BackupCopy, CopyFile, CopyOpening
from procurement.submissions.models.consents import ConsentRequest, GroupConsent
from procurement.submissions.models.custody import (
    REHEARSAL_ENVELOPE,
    Custodian,
    EnvelopeWrap,
    KeyRehearsal,
    PeeledLayer,
    RehearsalBid,
)
from procurement.submissions.models.deposits import Deposit, DepositFile, Part, SealFailure, SealRequest
from procurement.submissions.models.destruction import DestroyedFile, DestroyedSubmission, Destruction
from procurement.submissions.models.opening import OpenedFile, OpeningMinutes, OpeningResult, OpeningSession
from procurement.submissions.models.parties import GroupChange, Invitation, PartyMember, TenderingParty
from procurement.submissions.models.received import ReceivedLine, ReceivedRegister, RegisterDraft
from procurement.submissions.models.submissions import LateAdmission, Receipt, SealOutcome, Submission, Withdrawal
from procurement.submissions.models.timestamps import ReceiptTimestamp, TimestampAttempt
from procurement.submissions.models.uploads import Trial, UnfinishedFile, UnfinishedPart
from procurement.submissions.models.watch import ClockClearance, HealthSample, Incident, IncidentSettlement, StoreScrub

__all__ = [
    "REHEARSAL_ENVELOPE",
    "Attempt",
    "BackupCopy",
    "ClockClearance",
    "ConsentRequest",
    "CopyFile",
    "CopyOpening",
    "Custodian",
    "Deposit",
    "DepositFile",
    "DestroyedFile",
    "DestroyedSubmission",
    "Destruction",
    "EnvelopeWrap",
    "GroupChange",
    "GroupConsent",
    "HealthSample",
    "Incident",
    "IncidentSettlement",
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
    "ReceiptTimestamp",
    "ReceivedLine",
    "ReceivedRegister",
    "RegisterDraft",
    "RehearsalBid",
    "SealFailure",
    "SealOutcome",
    "SealRequest",
    "StoreScrub",
    "Submission",
    "TenderingParty",
    "TimestampAttempt",
    "Trial",
    "UnfinishedFile",
    "UnfinishedPart",
    "Withdrawal",
]
