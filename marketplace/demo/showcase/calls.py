"""The calls of the demonstration: our format (`formats`), what they share written once, the stage where each stands."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from marketplace.demo.formats import read_call
from marketplace.demo.plan import CallPlan
from marketplace.demo.showcase.cast import DATA, Cast, House


@dataclass(frozen=True, kw_only=True)
class ShowcaseCall:
    """A call, its buyer, and the code of the stage that it must reach. `reason`: why it was given up."""

    plan: CallPlan
    buyer: House
    stage: str
    reason: str = ""

    def launched_on(self, day: date) -> CallPlan:
        """The plan with its launch date, prices of that month, and the searches of the study some weeks before."""
        lots = tuple(replace(lot, clauses={**lot.clauses, "price_month": day.replace(day=1)}) for lot in self.plan.lots)
        study = tuple(
            replace(one, searched_on=day - timedelta(days=one.days_before or 0)) for one in self.plan.supply_study
        )
        firms = tuple(replace(one, met_on=day - timedelta(days=one.days_before or 0)) for one in self.plan.firms_met)
        return replace(self.plan, launch_date=day, lots=lots, supply_study=study, firms_met=firms)


def read_calls(cast: Cast) -> list[ShowcaseCall]:
    """Every call, in the order of the files. Raises InputError for a file that is not one of our format."""
    common = _load("common.json")
    return [_read(_load(f"calls/{path.name}"), common, cast) for path in sorted((DATA / "calls").glob("*.json"))]


def _read(value: Mapping[str, Any], common: Mapping[str, Any], cast: Cast) -> ShowcaseCall:
    buyer = cast.buyers[value["buyer"]]
    call = common["call"] | value["call"]
    court_name, court_address = buyer.facts["court"]
    call["clauses"] = {
        **common["call"]["clauses"],
        "court_name": court_name,
        "court_address": court_address,
        "accounting_officer": buyer.facts["accounting_officer"],
        **value["call"].get("clauses", {}),
    }
    indicators = call.pop("innovation_indicators")
    call["need"] = {"innovation_indicators": indicators, **call["need"]}
    call["phases"] = [common["phase"] | phase for phase in call["phases"]]
    call = {name: part for name, part in call.items() if part is not None}
    if "deposit_at" in value:
        call["deposit_at"] = value["deposit_at"]
    plan = read_call(
        {
            "format": "preau-call/1",
            "id": value["id"],
            "country": common["country"],
            "buyer": {"name": buyer.name, "identifier": buyer.siret, "category": buyer.facts["category"]},
            "bidders": [_bidder(cast.suppliers[code], pitch) for code, pitch in value["bidders"].items()],
            "call": call,
        }
    )
    return ShowcaseCall(plan=plan, buyer=buyer, stage=value["stage"], reason=value.get("reason", ""))


def _bidder(house: House, pitch: str) -> dict[str, Any]:
    facts = {name: house.facts[name] for name in ("city", "legal_form", "size", "quality", "price")}
    return {"name": house.name, "identifier": house.siret, "lots": [1], "pitch": pitch, **facts}


def _load(name: str) -> Any:
    return json.loads((DATA / name).read_text(encoding="utf-8"), parse_float=Decimal)
