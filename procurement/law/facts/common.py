"""Words and facts that several moments share.

A fact left out keeps a default that blocks: an act that forgets to tell something is refused, never let through.
Money is `Decimal` euros HT. Weights are integers in hundredths of a percent (10000 = 100 %). Instants are aware.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

FULL_WEIGHT = 10_000

Procedure = Literal["formalised", "adapted", "direct", ""]
Nature = Literal["services", "supplies", "works"]
BuyerCategory = Literal["state", "local_authority", "health", "other", ""]
PartnerMode = Literal["single", "several", ""]
PhaseKind = Literal["research", "acquisition"]
Split = Literal["equal", "ranking", "graded", ""]


@dataclass(frozen=True, kw_only=True, slots=True)
class InterestFacts:
    """What one person who takes part or may influence has declared about their interests (LR-70)."""

    person_id: str
    declared_at: datetime | None = None
    has_interest: bool = False
    recused_at: datetime | None = None
