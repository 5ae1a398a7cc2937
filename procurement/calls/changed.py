"""What a change to a published call touches, in the codes of the rule book (law.changes). Reads only."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from procurement.calls.documents import rules_facts
from procurement.calls.facts import lots_with_everything
from procurement.calls.models import Call


def texts_of(call: Call, now: datetime) -> dict[str, Any]:
    """Everything that firms build on, by code; two readings are compared."""
    call = Call.objects.get(pk=call.pk)
    rules = rules_facts(call, now=now)
    lots = rules["lots"]
    return {
        "object": [
            [rules["call"], rules["need"]],
            [[lot["title"], lot["object"], lot["partners_max"]] for lot in lots],
        ],
        "minimum_requirements": [[one["text"] for one in lot["requirements"] if one["is_minimum"]] for lot in lots],
        "requirements": [[one["text"] for one in lot["requirements"] if not one["is_minimum"]] for lot in lots],
        "selection_criteria": [[*lot["selection_criteria"]] for lot in lots],
        "award_criteria": [[_names(one) for one in lot["award_criteria"]] for lot in lots],
        "weights": [[_weights(one) for one in lot["award_criteria"]] for lot in lots],
        "phases": [[{**phase, "objectives": None} for phase in lot["phases"]] for lot in lots],
        "objectives": [
            [[phase["objectives"] for phase in lot["phases"]], lot["acquisition"], lot["split"]] for lot in lots
        ],
        "candidates": [rules["candidates_min"], rules["candidates_max"]],
        "terms": [_terms(lot) for lot in lots_with_everything(call)],
        # What no corrective notice moves.
        "fixed": [len(lots), rules["procedure"], rules["co_buyers"], call.deposit_at],
    }


def changed_codes(before: Mapping[str, Any], after: Mapping[str, Any]) -> tuple[str, ...]:
    """Codes under which two readings differ."""
    return tuple(code for code in before if before[code] != after[code])


def lots_touched(before: Mapping[str, Any], after: Mapping[str, Any], codes: Iterable[str]) -> set[int]:
    """Places, from 0, of the lots whose texts differ under these codes, which speak of lots; all for what they share.

    Both readings hold the same lots.
    """
    touched: set[int] = set()
    for code in codes:
        old, new = before[code], after[code]
        if code == "object":
            (shared, old), (shared_now, new) = old, new
            if shared != shared_now:
                return set(range(len(old)))
        touched |= {place for place, (one, other) in enumerate(zip(old, new, strict=True)) if one != other}
    return touched


def _names(criterion: Mapping[str, Any]) -> list[Any]:
    return [criterion["name"], criterion["tag"], [child["name"] for child in criterion["children"]]]


def _weights(criterion: Mapping[str, Any]) -> list[Any]:
    return [criterion["weight"], [child["weight"] for child in criterion["children"]]]


def _terms(lot: Any) -> list[Any]:
    terms = getattr(lot, "terms", None)
    if terms is None:
        return []
    return [getattr(terms, field.attname) for field in terms._meta.concrete_fields]
