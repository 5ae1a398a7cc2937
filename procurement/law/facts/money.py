"""Facts of what is owed under one contract: its payment terms, its invoices, penalties, lateness, assignment.

Amounts are Decimal euros, HT or TTC in the name; rates are hundredths of a percent.
"""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Literal

from .common import BuyerCategory

AdvanceRegime = Literal["state", "big", "other"]
InvoiceKind = Literal["advance", "phase", "order", "settlement", "credit"]


@dataclass(frozen=True, kw_only=True, slots=True)
class PaymentTermsFacts:
    """How one contract is paid (LR-87 to LR-91, LR-116, LR-118).

    `regime`: « state » for the State itself, « big » for a local authority or an administrative establishment of the
    State that spends more than 60 M€ a year to run. `amount_ht`, `months`: of what is firm at the notification.
    `recovery_start`, `recovery_end`: None where the contract is silent.
    """

    launch_date: date | None
    buyer_category: BuyerCategory = ""
    regime: AdvanceRegime = "other"
    holder_is_sme: bool = False
    amount_ht: Decimal = Decimal(0)
    months: int | None = None
    advance_accepted: bool = True
    advance_rate: int = 0
    recovery_start: int | None = None
    recovery_end: int | None = None
    instalment_months: int = 3
    monthly_asked: bool = False
    payment_days: int = 30
    price_form: str = ""
    price_month: date | None = None
    price_formula: str = ""
    index_name: str = ""
    index_base: Decimal | None = None
    retention_rate: int = 0


@dataclass(frozen=True, kw_only=True, slots=True)
class InvoiceFacts:
    """An invoice about to be prepared (LR-87, LR-89, LR-93, LR-116).

    `mentions`: what D2192-2 wants, French name to value; an empty value is missing. `terms`: of its contract.
    """

    kind: InvoiceKind
    terms: PaymentTermsFacts
    mentions: tuple[tuple[str, str], ...] = ()
    guarantee_required: bool = False
    guarantee_received_on: date | None = None
    index_value: Decimal | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class LatenessFacts:
    """An invoice and its payment (LR-92). `ecb_rate`: percent on `rate_day`, None while nobody entered it."""

    launch_date: date | None
    principal_ttc: Decimal
    due_on: date
    paid_on: date
    ecb_rate: Decimal | None = None
    interest_paid: Decimal | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class PenaltyFacts:
    """A penalty about to be decided (LR-117). `cap_ht`: most that all penalties of the contract may reach."""

    launch_date: date | None
    decision: Literal["apply", "waive"]
    amount_ht: Decimal
    applied_before_ht: Decimal = Decimal(0)
    contract_ht: Decimal = Decimal(0)
    cap_rate: int | None = None
    notified_on: date | None = None
    observed: bool = False
    today: date
    bears_on_research: bool = False
    reasons: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class AssignmentFacts:
    """The document that lets the holder assign what it is owed (LR-119)."""

    already_issued: bool = False
    amount_ttc: Decimal = Decimal(0)
    assignable_ttc: Decimal = Decimal(0)
