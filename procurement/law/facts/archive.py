"""Facts of what may be destroyed at the end of a procedure or of a contract."""

from dataclasses import dataclass
from datetime import date
from typing import Literal

Holdings = Literal["procedure", "contract"]


@dataclass(frozen=True, kw_only=True, slots=True)
class RetentionFacts:
    """Holdings of a lot that somebody wants to destroy (LR-107, LR-108).

    `holdings`: « procedure » for candidatures, losing bids and keys, « contract » for the pieces of one contract.
    `signed_on`: the last signature of the lot, None while a contract may still be signed; `given_up_on`: day on which
    a lot without contract was declared without follow-up or unsuccessful. `paid_on`: the final payment, None while
    the contract runs or something stays unpaid. `archivist`, `visa`, `visa_on`: who agreed, under which reference.
    """

    holdings: Holdings
    today: date
    launch_date: date | None
    signed_on: date | None = None
    given_up_on: date | None = None
    paid_on: date | None = None
    archivist: str = ""
    visa: str = ""
    visa_on: date | None = None
