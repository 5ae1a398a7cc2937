"""Facts from the examination of the bids to the notified contract."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Literal

from .common import BuyerCategory, InterestFacts, Nature, PartnerMode, Procedure

TenderStatus = Literal["regular", "irregular", "unacceptable", "inappropriate", "abnormally_low", ""]


@dataclass(frozen=True, kw_only=True, slots=True)
class AssessmentFacts:
    """The status that the buyer is about to give a bid (LR-67, LR-69).

    `meets_minimum_requirements`: None while the list of checks is not complete. `explanations_…`: the exchange about a
    low price, if any.
    """

    now: datetime
    status: TenderStatus
    reasons: str = ""
    meets_minimum_requirements: bool | None = None
    explanations_asked_at: datetime | None = None
    explanations_due_at: datetime | None = None
    explanations_given_at: datetime | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class PriceFacts:
    """A price about to be ranked, among the others, in euros HT (LR-69)."""

    launch_date: date | None = None
    bidder_id: str
    price_ht: Decimal
    other_prices_ht: tuple[Decimal, ...] = ()
    explanations_asked: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class ReplacementFacts:
    """A winner leaves between the choice and the notification, without any fault of its own (LR-81)."""

    reasons: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class RankedTenderFacts:
    """A tender in the ranking. `score` in hundredths of a point; `commented`: each score has its comment."""

    bidder_id: str
    rank: int | None = None
    score: int | None = None
    status: TenderStatus = ""
    final: bool = False
    minimum_requirements_checked: bool = False
    meets_minimum_requirements: bool = False
    commented: bool = False
    eliminated: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class AwardFacts:
    """The choice of the partners of a lot (LR-04, LR-16, LR-18, LR-64, LR-70, LR-71, LR-72)."""

    launch_date: date | None = None
    procedure: Procedure = "formalised"
    nature: Nature = "services"
    buyer_category: BuyerCategory = ""
    estimated_value_ht: Decimal | None = None
    partner_mode: PartnerMode = ""
    partners_max: int | None = None
    tenders: tuple[RankedTenderFacts, ...] = ()
    chosen_ids: tuple[str, ...] = ()
    reasons: str = ""
    negotiation_held: bool = False
    people: tuple[InterestFacts, ...] = ()
    tender_board_minutes: bool = False
    frozen_hash: str = ""
    current_hash: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class ProofFacts:
    """A proof asked from the intended winner; `valid_until` None when it does not expire."""

    code: str
    label: str = ""
    received_at: datetime | None = None
    valid_until: date | None = None
    accepted: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class ProofRequestFacts:
    """A request of proofs (LR-73): only to intended winners, each with a deadline."""

    intended_ids: tuple[str, ...] = ()
    asked_ids: tuple[str, ...] = ()
    asked_codes: tuple[str, ...] = ()
    deadline: datetime | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class ClearanceFacts:
    """Clearing or eliminating an intended winner (LR-73, LR-74)."""

    now: datetime
    decision: Literal["clear", "eliminate"] = "clear"
    required_codes: tuple[str, ...] = ()
    proofs: tuple[ProofFacts, ...] = ()
    deadline: datetime | None = None
    false_statement: bool = False
    excluded: bool = False
    reasons: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class LetterFacts:
    """A decision letter about to be sent to one firm (LR-75, LR-76, LR-78, LR-124).

    `standstill_applies`: answer of `signature.standstill_applies`. `signing_date`: the earliest date it announces.
    """

    kind: Literal["candidate_rejection", "tender_rejection", "round_elimination", "award", "cancellation"]
    launch_date: date | None = None
    procedure: Procedure = "formalised"
    sent_on: date | None = None
    electronic: bool = True
    reasons: str = ""
    winner_ids: tuple[str, ...] = ()
    cleared_ids: tuple[str, ...] = ()
    winner_name: str = ""
    reasons_of_choice: str = ""
    standstill_applies: bool = True
    signing_date: date | None = None
    appeals: str = ""
    court: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class ReasonsReplyFacts:
    """An answer to a firm that asks why it was not chosen (LR-77).

    `advantages`: features and advantages of the winning tender, owed once a lot is awarded (`awarded`) to whoever made
    a valid tender (`valid_tender`); `answered_on`: the day of the answer.
    """

    asked_on: date
    answered_on: date
    launch_date: date | None = None
    reasons: str = ""
    awarded: bool = False
    valid_tender: bool = False
    advantages: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class SentLetterFacts:
    """A rejection letter that went out after the choice, and the signing date it announced."""

    recipient_id: str
    sent_at: datetime
    electronic: bool = True
    announced_signing_date: date | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class PowerFacts:
    """The power to sign (LR-122): attached document, dates, ceiling in euros HT (None: without ceiling)."""

    document_id: str = ""
    valid_from: date | None = None
    valid_until: date | None = None
    ceiling_ht: Decimal | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class ElectronicSignatureFacts:
    """The report on one electronic signature (LR-63). `level`: what its certificate allows to say."""

    signer: str = ""
    format: Literal["PAdES", "XAdES", "CAdES", "scan", ""] = ""
    level: Literal["qualified", "advanced_qualified_certificate", "advanced", "simple", ""] = ""
    intact: bool = False
    certificate_valid_at_signing: bool = False
    identity_checked_by: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class SignatureFacts:
    """The buyer is about to sign one contract (LR-63, LR-78, LR-79, LR-80, LR-82, LR-122).

    `rejected_ids`: every firm that had to get a rejection letter. `wet_ink`: signed on paper, so no electronic report.
    """

    now: datetime
    launch_date: date | None = None
    procedure: Procedure = "formalised"
    amount_ht: Decimal | None = None
    participants: int = 0
    rejected_ids: tuple[str, ...] = ()
    letters: tuple[SentLetterFacts, ...] = ()
    voluntary_standstill_until: date | None = None
    appeal_pending: bool = False
    presentation_report: bool = False
    holder_cleared: bool = False
    holder_signed: bool = False
    wet_ink: bool = False
    signatures: tuple[ElectronicSignatureFacts, ...] = ()
    signatory_id: str = ""
    power: PowerFacts | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class TransmissionFacts:
    """The contract at the prefect (LR-83), and whether it may take effect."""

    launch_date: date | None = None
    buyer_category: BuyerCategory = ""
    amount_ht: Decimal | None = None
    signed_on: date | None = None
    transmitted_on: date | None = None
    receipt_number: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class NotificationFacts:
    """The signed contract is about to be notified to its holder (LR-82, LR-83)."""

    holder_signed_at: datetime | None = None
    buyer_signed_at: datetime | None = None
    documents: tuple[str, ...] = ()
    transmission: TransmissionFacts


@dataclass(frozen=True, kw_only=True, slots=True)
class AwardNoticeFacts:
    """The award notice of a lot (LR-84). `signed_on`: first signature; `sent_on`: day of each sending, by channel.

    `notice_channels`: those of the contract notice.
    """

    launch_date: date | None = None
    procedure: Procedure = "formalised"
    signed_on: date | None = None
    notice_channels: tuple[str, ...] = ()
    sent_on: Mapping[str, date] = field(default_factory=dict)
