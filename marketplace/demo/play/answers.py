"""What fictitious bidders write: the three envelopes, in the shape that real ones are typed in."""

from decimal import ROUND_HALF_UP, Decimal
from random import Random
from typing import Any

from marketplace.demo.plan import BidderPlan, LotPlan

CENT = Decimal("0.01")
VAT_RATE = 2_000
# A final price is what a negotiation leaves of the initial one.
NEGOTIATED = Decimal("0.97")
SCALE_MAX = 4


def candidature(lot: LotPlan, bidder: BidderPlan) -> dict[str, Any]:
    """The candidature envelope."""
    staff = {"micro": 8, "sme": 42, "mid": 380, "large": 5_200}[bidder.size]
    return {
        "declarations": {"exclusion_grounds_absent": True},
        "capacities": {
            "turnover_ht": _written(Decimal(staff * 96_000)),
            "staff": staff,
            "research_staff": max(2, staff // 4),
        },
        "answers": [
            {"criterion": number, "text": f"{bidder.name} : {one.name}. Trois références et l’équipe en annexe."}
            for number, one in enumerate(lot.selection_criteria, start=1)
        ],
    }


def technical(lot: LotPlan, bidder: BidderPlan) -> dict[str, Any]:
    """The technical envelope: an answer to each criterion but the price, every requirement met."""
    return {
        "answers": [
            {"criterion": number, "text": _about(bidder, one.name)}
            for number, one in enumerate(lot.award_criteria, start=1)
            if one.tag != "price"
        ],
        "requirements": [
            {"number": number, "met": True, "comment": "Démontré dans le mémoire technique."}
            for number, _ in enumerate(lot.requirements, start=1)
        ],
        "subcontractors": [],
        "secrets": ["Méthodes de calcul et plans joints au mémoire technique"],
    }


def price(lot: LotPlan, bidder: BidderPlan, random: Random, *, final: bool) -> dict[str, Any]:
    """The price envelope, under the announced limits: research phases, then the cost of an acquisition."""
    share = Decimal(bidder.price + random.randint(-2, 2)) / 100 * (NEGOTIATED if final else 1)
    terms = lot.acquisition
    return {
        "phases": [
            {
                "number": number,
                "fixed_ht": _written((phase.remuneration_fixed_ht or Decimal(0)) * share),
                "result_ht": _written(phase.remuneration_result_ht * share),
            }
            for number, phase in enumerate(lot.phases, start=1)
            if phase.is_research
        ],
        "acquisition": {
            "unit_ht": _written((terms.unit_cost_max if terms else None) or Decimal(0), share),
            "total_ht": _written((terms.total_cost_max if terms else None) or Decimal(0), share),
        },
        "vat_rate": lot.clauses.get("vat_rate", VAT_RATE),
    }


def _about(bidder: BidderPlan, criterion: str) -> str:
    said = f"{bidder.name} répond au critère « {criterion} » dans son mémoire."
    return f"{bidder.pitch} {said}".strip()


def mark(bidder: BidderPlan, random: Random) -> int:
    """A score from 0 to 4 that follows the quality of the bidder, as evaluators more or less see it."""
    seen = bidder.quality + random.randint(-8, 8)
    return max(0, min(SCALE_MAX, round(seen / 100 * SCALE_MAX)))


def memoir(lot: LotPlan, bidder: BidderPlan) -> bytes:
    """The file that a bidder joins."""
    return f"{bidder.name}\nMémoire pour « {lot.title} ».\n{lot.object}\n{bidder.pitch}".rstrip().encode() + b"\n"


def _written(amount: Decimal, share: Decimal = Decimal(1)) -> str:
    return str((amount * share).quantize(CENT, ROUND_HALF_UP))
