"""What everybody may read of calls: dates, need, money, criteria, documents, changes. Never whether anybody answered.

Each list is read in a constant number of queries.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any

from django.db.models import Max, Min, QuerySet
from django.utils.translation import gettext as _

from cms.catalogue.domains import DOMAINS
from marketplace.ui.charts import Bar, Step, bars
from procurement.calls.facts import lot_facts, lots_with_everything
from procurement.calls.models import Call, CallDocument, Lot
from procurement.law.estimate import estimated_value, partners_in

# What the rule book reads of a lot to reckon its value.
READ_BY_RULES = (
    "requirements",
    "selection_criteria",
    "award_criteria__children",
    "phases__objectives",
    "phases__deliverables",
    "acquisition__levels",
    "periods__deadlines",
    "periods__envelopes",
)


class State(StrEnum):
    """Where a call stands, for somebody who wonders whether to answer."""

    COMING = "a-venir"
    OPEN = "ouverts"
    CLOSED = "clos"


def published_calls() -> QuerySet[Call]:
    """Published calls with the dates of their first deposits."""
    calls = Call.objects.published().select_related("lead_buyer")
    return calls.annotate(
        opens_at=Min("lots__timeline__candidatures_open_at"),
        closes_at=Max("lots__timeline__candidatures_close_at"),
        published_at=Min("lots__timeline__published_at"),
        cancelled_at=Max("lots__timeline__cancelled_at"),
    )


def calls_in(state: State, now: datetime, *, domain: str = "") -> QuerySet[Call]:
    """Calls in a state: the open ones by nearest deadline, the closed ones by latest."""
    calls = published_calls()
    if domain:
        calls = calls.filter(domain=domain)
    if state is State.OPEN:
        return calls.filter(opens_at__lte=now, closes_at__gte=now, cancelled_at=None).order_by("closes_at", "pk")
    if state is State.COMING:
        return calls.filter(opens_at__gt=now, cancelled_at=None).order_by("opens_at", "pk")
    closed = calls.filter(closes_at__lt=now) | calls.exclude(cancelled_at=None)
    return closed.order_by("-closes_at", "pk")


@dataclass(frozen=True)
class Card:
    """A call in a list: its domain in words, its value in € HT."""

    call: Call
    domain: str
    value: Decimal


def cards(calls: Sequence[Call]) -> list[Card]:
    """Cards of a page of calls, lots and phases read at once."""
    lots: dict[Any, list[Lot]] = {call.pk: [] for call in calls}
    rows = Lot.objects.filter(call__in=calls).select_related("call", "acquisition", "timeline", "terms")
    for lot in rows.prefetch_related(*READ_BY_RULES):
        lots[lot.call_id].append(lot)
    return [
        Card(call, domain_label(call), estimated_value([lot_facts(lot) for lot in lots[call.pk]])) for call in calls
    ]


def domain_label(call: Call) -> str:
    """Domain of a call in words."""
    return DOMAINS[call.domain].label if call.domain in DOMAINS else ""


@dataclass(frozen=True)
class LotView:
    """A lot as its public page shows it; amounts in € HT."""

    lot: Lot
    phases: list[dict[str, Any]]
    criteria: list[Bar]
    minimum: list[str]
    wanted: list[str]
    total: Decimal
    pay: Decimal
    rights: list[tuple[str, str]]


def lot_views(call: Call) -> list[LotView]:
    """Everything of the lots that bidders decide upon."""
    return [_lot_view(lot) for lot in lots_with_everything(call)]


def _lot_view(lot: Lot) -> LotView:
    facts = lot_facts(lot)
    phases = []
    for phase, known in zip(lot.phases.all(), facts.phases, strict=True):
        partners, pay = partners_in(facts, known), phase.remuneration_ht
        phases.append({"phase": phase, "partners": partners, "pay": pay, "total": pay and pay * partners})
    weights = [one for one in lot.award_criteria.all() if one.parent_id is None]
    required = list(lot.requirements.all())
    return LotView(
        lot=lot,
        phases=phases,
        criteria=bars([(one.name, one.weight, percent_words(one.weight)) for one in weights]),
        minimum=[one.text for one in required if one.is_minimum],
        wanted=[one.text for one in required if not one.is_minimum],
        total=estimated_value([facts]),
        pay=sum((row["pay"] or Decimal(0) for row in phases), Decimal(0)),
        rights=[(str(row["phase"]), row["phase"].ip_results) for row in phases if row["phase"].ip_results],
    )


def percent_words(hundredths: int) -> str:
    """3500 → « 35 % »."""
    return f"{Decimal(hundredths) / 100:f}".replace(".", ",") + "\u00a0%"


def documents(call: Call) -> list[CallDocument]:
    """Documents online, each in its last version, once rendered."""
    latest: dict[str, CallDocument] = {}
    rows = call.documents.select_related("document__rendering__stored_file", "file").order_by("kind", "version")
    for one in rows:
        if one.file_id or (one.document and one.document.is_rendered):
            latest[one.kind if one.kind != CallDocument.Kind.OTHER else str(one.pk)] = one
    return list(latest.values())


def key_dates(call: Call, now: datetime) -> list[Step]:
    """Publication, opening, deadline, as a track."""
    dated = [
        (_("Publication"), call.published_at),
        (_("Ouverture des dépôts"), call.opens_at),
        (_("Heure limite"), call.closes_at),
    ]
    steps, is_open = [], True
    for label, at in dated:
        if at is None:
            continue
        is_done = at <= now
        steps.append(Step(label, state="done" if is_done else "now" if is_open else "next", at=at))
        is_open = is_open and is_done
    return steps


def history(call: Call) -> list[Step]:
    """Public history: sendings of the notice, changes with their reasons."""
    lines = [
        (one.sent_at, f"{_('Avis envoyé')} : {one.get_channel_display()}", one.receipt_number)
        for one in call.publications.all()
    ]
    lines += [(one.decided_at, one.what, one.reason) for one in call.change_notices.all()]
    return [Step(what, note, "done", at) for at, what, note in sorted(lines, key=lambda line: line[0], reverse=True)]
