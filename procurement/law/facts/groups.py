"""Facts of a group of firms whose members are about to change."""

from dataclasses import dataclass
from datetime import date
from typing import Literal

ChangeGround = Literal["restructuring", "liquidation", "impossibility", "negotiation"]


@dataclass(frozen=True, kw_only=True, slots=True)
class GroupChangeFacts:
    """A change of who tenders, between the deposit and the signature (LR-50).

    `ground`: restructuring of a firm, liquidation of a member, a member unable to do its part for no fault of its own,
    or « negotiation »: what procedures with negotiation allow since 2025. `lead_stays`: the lead is still a member.
    `elsewhere`: names of the firms coming in that are in another opened submission of the lot (LR-51).
    """

    launch_date: date | None
    ground: ChangeGround
    lead_stays: bool = True
    becomes_group: bool = False
    capacities_kept: bool = False
    equality_kept: bool = False
    evidence: str = ""
    reasons: str = ""
    several_bids_forbidden: bool = False
    elsewhere: tuple[str, ...] = ()
