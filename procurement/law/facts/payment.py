"""Facts of how an invoice may be paid."""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, kw_only=True, slots=True)
class TransferRoadFacts:
    """An invoice is to be paid by transfer through Stripe (PR-07).

    `buyer_category`: as in the account of the buyer, empty when unknown. `has_public_accountant`: whether its expenses
    are paid by a public accountant; None when nobody said.
    """

    buyer_category: Literal["state", "local_authority", "health", "other", ""] = ""
    has_public_accountant: bool | None = None
