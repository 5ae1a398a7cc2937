"""A new draft from a call of the same house: its texts, never its study, its dates, its team or its keys."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.db import models

from marketplace.accounts.actors import Actor
from procurement.calls.facts import lots_with_everything
from procurement.calls.models import Call, Lot, NeedStatement
from procurement.calls.services import drafts

# What was searched, and when, holds for one call only: study, firms met, dates and team are not taken over.
COPIED = (
    "object", "cpv", "domain", "procedure", "procedure_reasons", "nature", "partner_mode", "candidates_min",
    "candidates_max", "no_lots_reason", "variants_allowed", "variants_conditions", "elimination_announced",
    "signature_at_deposit", "deposit_at", "several_bids_forbidden", "backup_copy_electronic",
)  # fmt: skip


def copy_call(*, source: Call, title: str, actor: Actor, now: datetime) -> Call:
    """Begin a call from the texts of another one of the same buyer. Raises NotAllowed as `create_call` does."""
    fields = {name: getattr(source, name) for name in COPIED}
    call = drafts.create_call(buyer=source.lead_buyer, title=title, actor=actor, now=now, **fields)
    common = {"actor": actor, "now": now}
    lots = lots_with_everything(source)
    with drafts.edit_screen(call=call, screen="copy", **common):
        if (need := NeedStatement.objects.filter(call=source).first()) is not None:
            drafts.save_need(call=call, fields=_values(need, "call"), **common)
        alone = {"title": title} if len(lots) == 1 else {}
        rows = [_values(lot, "call", "number") | alone for lot in lots]
        for old, new in zip(lots, drafts.save_lots(call=call, lots=rows, **common), strict=True):
            _copy_lot(old, new, common)
    return call


def _copy_lot(old: Lot, new: Lot, common: dict[str, Any]) -> None:
    drafts.save_requirements(lot=new, rows=_rows(old.requirements.all()), **common)
    drafts.save_selection_criteria(lot=new, rows=_rows(old.selection_criteria.all()), **common)
    criteria = [
        _values(one, "lot", "number", "parent") | {"children": _rows(one.children.all(), "parent")}
        for one in old.award_criteria.all()
        if one.parent_id is None
    ]
    drafts.save_award_criteria(lot=new, rows=criteria, **common)
    phases = [
        _values(phase, "lot", "number")
        | {
            "objectives": _rows(phase.objectives.all(), "phase"),
            "deliverables": _rows(phase.deliverables.all(), "phase"),
        }
        for phase in old.phases.all()
    ]
    drafts.save_phases(lot=new, rows=phases, **common)
    if (acquisition := getattr(old, "acquisition", None)) is not None:
        levels = _rows(acquisition.levels.all(), "acquisition")
        drafts.save_acquisition(lot=new, fields=_values(acquisition, "lot"), levels=levels, **common)
    if (terms := getattr(old, "terms", None)) is not None:
        # Prices are those of a month: that of the new call is not known yet.
        drafts.save_terms(lot=new, fields=_values(terms, "lot", "price_month"), **common)


def _rows(rows: Iterable[models.Model], *without: str) -> list[dict[str, Any]]:
    return [_values(row, "lot", "number", *without) for row in rows]


def _values(row: models.Model, *without: str) -> dict[str, Any]:
    names = (field.name for field in row._meta.concrete_fields)
    return {name: getattr(row, name) for name in names if name not in {"id", *without}}
