"""How a call ended, lot by lot, as everybody may read it: after the signature, or once given up (R2183-1, LR-86).

Names, amounts and the points of those who were chosen are public from the signature on; nothing is said of the others
but how many they were, since their offers are covered by business secrecy (CRPA L311-6). Reasons written for the firms
that answered stay in their letters.
"""

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

from marketplace.ui.charts import Bar
from procurement.calls.models import Call, Cancellation, Lot
from procurement.contracts.models import Contract
from procurement.evaluation.models import Bid, Candidate, RankedBid


@dataclass(frozen=True)
class Chosen:
    """A partner that signed: who, at which rank, with which points, under which contract, and where it is now."""

    contract: Contract
    name: str
    members: list[str]
    rank: int
    points: Decimal | None
    marks: list[Bar]
    stage: str


@dataclass(frozen=True)
class LotResult:
    """How a lot ended."""

    lot: Lot
    cancellation: Cancellation | None
    chosen: list[Chosen] = field(default_factory=list)
    candidates: int = 0
    bids: int = 0

    @property
    def amount_ht(self) -> Decimal:
        """Most that all contracts may cost, € HT."""
        return sum((one.contract.amount_ht for one in self.chosen), Decimal(0))


def results_of(call: Call, now: datetime) -> list[LotResult]:
    """The lots of a call, in a constant number of queries."""
    lots = list(call.lots.select_related("timeline", "cancellation").order_by("number"))
    signed = [lot.pk for lot in lots if lot.timeline.signed_at]
    rows = Contract.objects.filter(lot__in=signed, signed_at__isnull=False)
    rows = rows.select_related("party__lead", "awarded__decision").prefetch_related(
        "phases", "party__members__organisation"
    )
    contracts: dict[Any, list[Contract]] = defaultdict(list)
    for contract in rows.order_by("rank"):
        contracts[contract.lot_id].append(contract)
    bids = [contract.awarded.bid_id for of_lot in contracts.values() for contract in of_lot]
    ranked = {(row.ranking_id, row.bid_id): row for row in RankedBid.objects.filter(bid__in=bids)}
    candidates = Counter(Candidate.objects.filter(lot__in=signed).values_list("lot", flat=True))
    offers = Counter(Bid.objects.filter(lot__in=signed, stage__in=Bid.AWARDABLE_STAGES).values_list("lot", flat=True))
    return [
        LotResult(
            lot=lot,
            cancellation=getattr(lot, "cancellation", None),
            chosen=[_chosen(one, ranked, now) for one in contracts[lot.pk]],
            candidates=candidates[lot.pk],
            bids=offers[lot.pk],
        )
        for lot in lots
    ]


def _chosen(contract: Contract, ranked: dict[tuple[Any, Any], RankedBid], now: datetime) -> Chosen:
    row = ranked.get((contract.awarded.decision.ranking_id, contract.awarded.bid_id))
    members = [member.organisation for member in contract.party.members.all()]
    return Chosen(
        contract=contract,
        name=contract.party.lead.name,
        members=[one.name for one in members if one.pk != contract.party.lead_id],
        rank=contract.rank,
        points=row.points if row else None,
        marks=[_mark(one) for one in row.marks] if row else [],
        stage=contract.stage(now).label,
    )


def _mark(one: dict[str, Any]) -> Bar:
    """Points of a criterion, out of those it can give."""
    points, whole = Decimal(one["points"]), Decimal(one["weight"]) / 100
    words = f"{points:f} / {whole:f}".replace(".", ",")
    return Bar(one["name"], words, round(float(points / whole if whole else 0) * 100, 2))
