"""The formats that `rehearse` reads: ours, « preau-call/1 », described here field by field, and real calls.

Both lead to the same `CallPlan`s. Reading is strict: see `reading`. Missing facts stay missing (see `completion`).
"""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import fields, replace
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import Any, NoReturn

from marketplace.demo.plan import (
    FULL_WEIGHT,
    AcquisitionPlan,
    AwardCriterionPlan,
    BidderPlan,
    BuyerPlan,
    CallPlan,
    ConventionPlan,
    EventPlan,
    FirmMetPlan,
    LevelPlan,
    LotPlan,
    NeedPlan,
    ObjectivePlan,
    PhasePlan,
    RequirementPlan,
    SelectionCriterionPlan,
    SourcePlan,
)
from marketplace.demo.reading import InputError, Reading, decimal_of
from marketplace.demo.real_calls import REAL_CALLS_FORMAT, read_real_calls

OUR_FORMAT = "preau-call/1"

CATEGORIES = {code: code for code in ("state", "local_authority", "health", "other")}
PROCEDURES = {code: code for code in ("formalised", "adapted")}
PARTNER_MODES = {code: code for code in ("single", "several")}
NATURES = {code: code for code in ("services", "supplies", "works")}
PHASE_TYPES = {"research": "research", "acquisition": "acquisition", "recherche-developpement": "research"}
TAGS = {"price": "price", "environment": "environment", "research": "research", "quality": "quality", "R&D": "research"}
SOURCES = {code: code for code in ("catalogue", "award_notices", "european_and_open_source", "firms_met", "other")}
COMPARISONS = {"at_least": "at_least", "at_most": "at_most", ">=": "at_least", "<=": "at_most"}
SPLITS = {code: code for code in ("equal", "ranking", "graded")}
SIZES = {code: code for code in ("micro", "sme", "mid", "large")}
PRICE_FORMS = {code: code for code in ("firm", "adjustable", "revisable")}
SOCIAL_EXCEPTIONS = {code: code for code in ("available_solution", "no_link", "restricts_competition", "short_works")}
EVENTS = ("late_bid", "weight_change", "double_seal", "lost_custodian", "gate", "order")

# « Précision du comptage ≥ 95 % » says an objective in one line.
_ONE_LINE = re.compile(
    r"(?P<what>.+?)\s*(?P<sign>≥|>=|≤|<=|au moins|au plus)\s*(?P<mark>\d[\d\s\u00a0\u202f]*([.,]\d+)?)(?P<unit>.*)"
)

_CLAUSES: Mapping[str, Callable[[Reading, str], Any]] = {
    **dict.fromkeys(
        (
            "gate_powers", "gate_partner_choice", "gate_financial_consequences", "gate_notification",
            "advance_recovery", "instalments", "price_formula", "penalties", "accounting_officer", "budget_line",
            "ccag", "place", "environmental_clause", "social_clause", "confidentiality", "personal_data", "insurance",
            "termination", "court_name", "court_address", "ccag_departures", "social_exception_reason",
            "personal_data_kinds", "personal_data_purpose", "personal_data_duration", "personal_data_processors",
            "personal_data_security",
        ),
        Reading.text,
    ),
    **dict.fromkeys(("gate_notice_days", "tender_validity_days"), Reading.integer),
    **dict.fromkeys(("vat_rate", "advance_rate", "retention_rate"), Reading.percent),
    "price_form": lambda reading, key: reading.choice(key, PRICE_FORMS),
    "social_exception": lambda reading, key: reading.choice(key, SOCIAL_EXCEPTIONS),
    "personal_data_processed": lambda reading, key: reading.flag(key) if reading.has(key) else None,
    "price_month": Reading.day,
}  # fmt: skip


def read_file(path: Path, *, as_is: bool = False) -> list[CallPlan]:
    """Every call of a file, in order.

    `as_is`: only facts are read from real calls, not the values invented for demonstrations. A call of ours may name
    another file beside it (`based_on`): it takes over everything that it does not write itself.
    Raises InputError, with every problem in French.
    """
    value = _load(path)
    written = value.get("format") if isinstance(value, dict) else None
    if written == REAL_CALLS_FORMAT:
        return read_real_calls(value, with_demo_fill=not as_is)
    if written != OUR_FORMAT:
        raise InputError([f"« format » vaut {written!r} : écrivez « {OUR_FORMAT} » ou « {REAL_CALLS_FORMAT} »."])
    base = value.pop("based_on", None)
    if base is not None:
        if not isinstance(base, str) or Path(base).name != base:
            raise InputError(["« based_on » doit être le nom d’un fichier du même dossier."])
        value = _load(path.with_name(base)) | value
    return [read_call(value, name=path.stem)]


def _load(path: Path) -> Any:
    """The JSON value of a file; numbers that are not whole are read as Decimal. Raises InputError."""
    try:
        return json.loads(path.read_text(encoding="utf-8"), parse_float=Decimal, parse_constant=_no_constant)
    except OSError as error:
        raise InputError([f"Le fichier {path} ne peut pas être lu : vérifiez son nom et vos droits."]) from error
    except UnicodeDecodeError as error:
        raise InputError([f"Le fichier {path} n’est pas écrit en UTF-8 : enregistrez-le dans ce codage."]) from error
    except ValueError as error:
        raise InputError(
            [f"{path} n’est pas du JSON : {error}. Vérifiez guillemets, virgules et accolades."]
        ) from error


def read_call(value: Mapping[str, Any], *, name: str = "appel") -> CallPlan:
    """One call in our format. Raises InputError with every problem."""
    problems: list[str] = []
    reading = Reading(value, "", problems)
    reading.raw("format")
    reading.raw("note")
    details = reading.one("call", _call) or {}
    if not reading.has("call"):
        reading.problem("call", "manque : décrivez l’appel.")
    plan = CallPlan(
        id=reading.text("id") or name,
        country=reading.text("country", required=True).upper(),
        buyer=reading.one("buyer", _buyer) or BuyerPlan(name=""),
        co_buyers=reading.objects("co_buyers", _buyer),
        convention=reading.one("convention", _convention),
        bidders=reading.objects("bidders", _bidder),
        events=reading.objects("events", read_event),
        **details,
    )
    if not reading.has("buyer"):
        reading.problem("buyer", "manque : donnez le nom et l’identifiant de l’acheteur.")
    reading.end()
    if problems:
        raise InputError(problems)
    return plan


def read_event(reading: Reading) -> EventPlan:
    """An event: its name, its lot, and details that the player reads at its moment."""
    name = reading.choice("event", {code: code for code in EVENTS}, required=True)
    lot = reading.integer("lot", least=1)
    readers: Mapping[str, Callable[[str], Any]] = {
        "bidder": reading.text,
        "bidders": reading.texts,
        "seconds": partial(reading.integer, least=1),
        "admitted": lambda key: reading.flag(key) if reading.has(key) else reading.raw(key),
        "reason": reading.text,
        "criterion": partial(reading.integer, least=1),
        "weight": reading.percent,
        "custodian": partial(reading.integer, least=1),
        "phase": partial(reading.integer, least=1),
        "decision": partial(reading.choice, accepted={code: code for code in ("continue", "change", "reduce", "stop")}),
        "keep": partial(reading.integer, least=1),
        "level": partial(reading.integer, least=1),
    }
    details = {key: value for key, read_one in readers.items() if (value := read_one(key)) not in (None, "", ())}
    return EventPlan(event=name, lot=lot, details=details)


def _call(reading: Reading) -> dict[str, Any]:
    """The object `call`; its lots inherit all that they do not repeat."""
    shared = _lot_details(reading)
    details = {
        "title": reading.text("title", required=True),
        "object": reading.text("object"),
        "need": _need(reading),
        "cpv": reading.text("cpv"),
        "domain": reading.text("domain"),
        "nature": reading.choice("nature", NATURES) or "services",
        "launch_date": reading.day("launch_date"),
        "procedure": reading.choice("procedure", PROCEDURES),
        "partner_mode": reading.choice("partner_mode", PARTNER_MODES),
        "deposit_at": reading.text("deposit_at"),
        "several_bids_forbidden": reading.flag("several_bids_forbidden"),
        "backup_copy_electronic": reading.flag("backup_copy_electronic"),
        "candidates_min": reading.integer("candidates_min", least=1),
        "candidates_max": reading.integer("candidates_max", least=1),
        "supply_study": reading.objects("supply_study", _source),
        "study_conclusion": reading.text("study_conclusion"),
        "firms_met": reading.objects("firms_met", _firm_met),
        "no_lots_reason": reading.text("no_lots_reason"),
    }
    base = LotPlan(title=details["title"], object=details["object"], **shared)
    lots = reading.objects("lots", partial(_lot, base=base))
    return details | {"lots": lots or (base,)}


def _need(reading: Reading) -> NeedPlan:
    if isinstance(reading.raw("need"), str):
        return NeedPlan(problem=reading.text("need"))
    return reading.one("need", _need_details) or NeedPlan()


def _need_details(reading: Reading) -> NeedPlan:
    listed = {"innovation_indicators"}
    texts = {field.name: reading.text(field.name) for field in fields(NeedPlan) if field.name not in listed}
    return NeedPlan(**texts, innovation_indicators=reading.texts("innovation_indicators"))


def _lot(reading: Reading, *, base: LotPlan) -> LotPlan:
    reading.raw("number")
    own = {
        "title": reading.text("title", required=True),
        "object": reading.text("object"),
        **_lot_details(reading),
    }
    own = {name: value for name, value in own.items() if reading.has(name)}
    for mapping in ("clauses", "limits"):
        if mapping in own:
            own[mapping] = {**getattr(base, mapping), **own[mapping]}
    return replace(base, **own)


def _lot_details(reading: Reading) -> dict[str, Any]:
    """What a call says for all its lots, or a lot for itself."""
    return {
        "partners_max": reading.integer("partners_max", least=1),
        "requirements": reading.texts_or_objects("requirements", _requirement, lambda text: RequirementPlan(text=text)),
        "selection_criteria": reading.objects("selection_criteria", _selection_criterion),
        "award_criteria": reading.objects("award_criteria", _award_criterion),
        "phases": reading.objects("phases", _phase),
        "acquisition": reading.one("acquisition", _acquisition),
        "clauses": reading.one("clauses", _clauses) or {},
        "limits": reading.one("limits", _limits) or {},
    }


def _buyer(reading: Reading) -> BuyerPlan:
    return BuyerPlan(
        name=reading.text("name", required=True),
        identifier=reading.text("identifier"),
        category=reading.choice("category", CATEGORIES),
        legal_form=reading.text("legal_form"),
        address=reading.text("address"),
        postcode=reading.text("postcode"),
        city=reading.text("city"),
    )


def _convention(reading: Reading) -> ConventionPlan:
    return ConventionPlan(reference=reading.text("reference"), signed_on=reading.day("signed_on"))


def _source(reading: Reading) -> SourcePlan:
    return SourcePlan(
        source=reading.choice("source", SOURCES, required=True),
        searched_on=reading.day("date"),
        days_before=reading.integer("days_before"),
        query=reading.text("query"),
        result=reading.text("result"),
        reason=reading.text("reason"),
    )


def _firm_met(reading: Reading) -> FirmMetPlan:
    return FirmMetPlan(
        name=reading.text("name", required=True),
        identifier=reading.text("identifier"),
        met_on=reading.day("date"),
        days_before=reading.integer("days_before"),
        information=reading.text("information"),
    )


def _requirement(reading: Reading) -> RequirementPlan:
    return RequirementPlan(text=reading.text("text", required=True), is_minimum=reading.flag("is_minimum"))


def _selection_criterion(reading: Reading) -> SelectionCriterionPlan:
    return SelectionCriterionPlan(
        name=reading.text("name", required=True),
        weight=reading.percent("weight", required=True) or 0,
        is_innovation=reading.flag("is_innovation"),
    )


def _award_criterion(reading: Reading) -> AwardCriterionPlan:
    return AwardCriterionPlan(
        name=reading.text("name", required=True),
        weight=reading.percent("weight", required=True) or 0,
        tag=reading.choice("tag", TAGS) or "quality",
        children=reading.objects("children", _award_criterion),
    )


def _phase(reading: Reading) -> PhasePlan:
    fixed, result = _remuneration(reading)
    return PhasePlan(
        name=reading.text("name", required=True),
        type=reading.choice("type", PHASE_TYPES, required=True),
        objectives=reading.texts_or_objects("objectives", _objective, _objective_of),
        duration_months=reading.integer("duration_months", least=1),
        remuneration_fixed_ht=fixed,
        remuneration_result_ht=result or Decimal(0),
        deliverables=reading.texts("deliverables"),
        partners_max=reading.integer("partners_max", least=1),
        acceptance_days=reading.integer("acceptance_days", least=1),
        **_ip_regime(reading),
    )


def _remuneration(reading: Reading) -> tuple[Decimal | None, Decimal | None]:
    """One amount, or {"fixed": …, "result": …}: what is paid in any case, and when the objectives are reached."""
    if isinstance(reading.raw("remuneration_ht"), dict):
        amounts = reading.one("remuneration_ht", lambda one: (one.money("fixed"), one.money("result")))
        return amounts or (None, None)
    return reading.money("remuneration_ht"), None


def _ip_regime(reading: Reading) -> dict[str, str]:
    if isinstance(reading.raw("ip_regime"), dict):
        parts = reading.one("ip_regime", lambda one: [one.text(k) for k in ("results", "background", "open_source")])
        return dict(zip(("ip_regime", "ip_background", "ip_open_source"), parts or ("", "", ""), strict=True))
    return {"ip_regime": reading.text("ip_regime")}


def _objective(reading: Reading) -> ObjectivePlan:
    return ObjectivePlan(
        indicator=reading.text("indicator", required=True),
        comparison=reading.choice("comparison", COMPARISONS) or "at_least",
        target=reading.number("target"),
        unit=reading.text("unit"),
    )


def _objective_of(text: str) -> ObjectivePlan:
    """An objective written in one line; without a figure it has no target."""
    found = _ONE_LINE.fullmatch(text.strip())
    if found is None:
        return ObjectivePlan(indicator=text.strip())
    comparison = "at_most" if found["sign"] in {"≤", "<=", "au plus"} else "at_least"
    return ObjectivePlan(
        indicator=found["what"], comparison=comparison, target=decimal_of(found["mark"]), unit=found["unit"].strip()
    )


def _acquisition(reading: Reading) -> AcquisitionPlan:
    return AcquisitionPlan(
        levels=reading.objects("levels", _level),
        unit_cost_max=reading.money("unit_cost_max"),
        total_cost_max=reading.money("total_cost_max"),
        quantity_max=reading.integer("quantity_max", least=1),
        quantity_unit=reading.text("quantity_unit"),
        split=reading.choice("split", SPLITS),
        split_shares=tuple(share * FULL_WEIGHT // 100 for share in reading.integers("split_shares")),
    )


def _level(reading: Reading) -> LevelPlan:
    mark = reading.number("pass_mark")
    if mark is None and not reading.has("pass_mark"):
        reading.problem("pass_mark", "manque : écrivez le niveau à atteindre, un nombre.")
    return LevelPlan(
        indicator=reading.text("indicator", required=True),
        comparison=reading.choice("comparison", COMPARISONS) or "at_least",
        pass_mark=mark or Decimal(0),
        unit=reading.text("unit"),
        test_method=reading.text("test_method"),
    )


def _clauses(reading: Reading) -> dict[str, Any]:
    found = {name: read_one(reading, name) for name, read_one in _CLAUSES.items()}
    return {name: value for name, value in found.items() if value not in (None, "")}


def _limits(reading: Reading) -> dict[str, Any]:
    found: dict[str, Any] = {
        name: reading.integer(name, least=1) for name in ("bytes_per_file", "bytes_in_all", "files_max")
    }
    found["media_types"] = list(reading.texts("media_types"))
    return {name: value for name, value in found.items() if value}


def _bidder(reading: Reading) -> BidderPlan:
    given = {
        "legal_form": reading.text("legal_form"),
        "size": reading.choice("size", SIZES),
        "quality": reading.integer("quality"),
        "price": reading.integer("price", least=1),
        "pitch": reading.text("pitch"),
    }
    return BidderPlan(
        name=reading.text("name", required=True),
        identifier=reading.text("identifier", required=True),
        city=reading.text("city"),
        lots=reading.integers("lots"),
        **{name: value for name, value in given.items() if value not in (None, "")},
    )


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} n’est pas un nombre")
