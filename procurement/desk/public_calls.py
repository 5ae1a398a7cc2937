"""What everybody may read of calls in a list: state, dates, domain, value. Never whether anybody answered.

A lot that was given up no longer counts: the others decide whether a call is open. Each list is read in a constant
number of queries.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any, Self

from django.db.models import Count, Max, Min, Q, QuerySet
from django.http import QueryDict

from cms.catalogue.domains import DOMAINS
from cms.catalogue.regions import Region
from marketplace.ui.choices import Choice
from procurement.calls.facts import value_facts
from procurement.calls.models import Call, Lot
from procurement.calls.models.call import Procedure
from procurement.desk.departments import region_of, starts_of
from procurement.law.estimate import estimated_value

LINE = "lots__timeline"


class State(StrEnum):
    """Where a call stands, for somebody who wonders whether to answer."""

    COMING = "a-venir"
    OPEN = "ouverts"
    CLOSED = "clos"


def published_calls(now: datetime) -> QuerySet[Call]:
    """Published calls with the dates of their first deposits, and how many lots are alive, open, or still to open.

    `next_close_at` is the nearest deadline to come, equality included: it is on time (LR-53).
    """
    alive = Q(**{f"{LINE}__cancelled_at": None, f"{LINE}__unsuccessful_at": None})
    open_at, close_at = f"{LINE}__candidatures_open_at", f"{LINE}__candidatures_close_at"
    not_over = alive & Q(**{f"{close_at}__gte": now})
    return (
        Call.objects.published()
        .select_related("lead_buyer")
        .annotate(
            published_at=Min(f"{LINE}__published_at"),
            opens_at=Min(open_at),
            next_close_at=Min(close_at, filter=not_over),
            last_close_at=Max(close_at),
            lots_alive=Count(LINE, filter=alive),
            lots_open=Count(LINE, filter=not_over & Q(**{f"{open_at}__lte": now})),
            lots_to_open=Count(LINE, filter=alive & Q(**{f"{open_at}__gt": now})),
            cancelled_at=Max(f"{LINE}__cancelled_at"),
            unsuccessful_at=Max(f"{LINE}__unsuccessful_at"),
        )
    )


def state_of(call: Call) -> State:
    """State of a call read by `published_calls`."""
    if call.lots_open:
        return State.OPEN
    return State.COMING if call.lots_to_open else State.CLOSED


def closes_at(call: Call) -> datetime | None:
    """The nearest deadline to come, else the last one."""
    return call.next_close_at or call.last_close_at


def given_up_at(call: Call) -> datetime | None:
    """When the last lot was given up, None while one is alive."""
    ended = [at for at in (call.cancelled_at, call.unsuccessful_at) if at]
    return max(ended) if ended and not call.lots_alive else None


def calls_in(state: State, now: datetime) -> QuerySet[Call]:
    """Calls in a state: the open ones by nearest deadline, the closed ones by latest."""
    calls = published_calls(now)
    if state is State.OPEN:
        return calls.filter(lots_open__gt=0).order_by("next_close_at", "reference")
    calls = calls.filter(lots_open=0)
    if state is State.COMING:
        return calls.filter(lots_to_open__gt=0).order_by("opens_at", "reference")
    return calls.filter(lots_to_open=0).order_by("-last_close_at", "reference")


@dataclass(frozen=True, slots=True)
class Filed:
    """What the filters look at in a call."""

    domain: str
    region: str
    procedure: str


@dataclass(frozen=True, slots=True)
class Question:
    """What a list of calls was asked, as its address says it; unknown values are passed over."""

    state: State = State.OPEN
    domains: tuple[str, ...] = ()
    regions: tuple[str, ...] = ()
    procedures: tuple[str, ...] = ()

    @classmethod
    def read(cls, asked: QueryDict) -> Self:
        """Read an address."""
        state = asked.get("etat", State.OPEN)
        return cls(
            state=State(state) if state in set(State) else State.OPEN,
            domains=_known(asked.getlist("domaine"), DOMAINS),
            regions=_known(asked.getlist("region"), Region.values),
            procedures=_known(asked.getlist("procedure"), Procedure.values),
        )

    @property
    def active(self) -> int:
        """Number of values that narrow the list."""
        return len(self.domains) + len(self.regions) + len(self.procedures)

    def address(self, state: State) -> str:
        """The same filters on another tab."""
        asked = QueryDict(mutable=True)
        asked["etat"] = state.value
        for name, values in (("domaine", self.domains), ("region", self.regions), ("procedure", self.procedures)):
            asked.setlist(name, list(values))
        return f"?{asked.urlencode()}"

    def accepts(self, row: Filed) -> bool:
        """Whether a call passes every filter: OR among the values of one, AND between them."""
        wanted = ((self.domains, row.domain), (self.regions, row.region), (self.procedures, row.procedure))
        return all(not values or value in values for values, value in wanted)


def _known(values: Iterable[str], allowed: Iterable[str]) -> tuple[str, ...]:
    known = set(allowed)
    return tuple(dict.fromkeys(value for value in values if value in known))


class Answer:
    """The list that answers a question, and what each filter would find under the others."""

    def __init__(self, question: Question, now: datetime) -> None:
        self.question = question
        self._calls = calls_in(question.state, now)

    @property
    def calls(self) -> QuerySet[Call]:
        """The calls asked for, in order."""
        calls, question = self._calls, self.question
        if question.domains:
            calls = calls.filter(domain__in=question.domains)
        if question.procedures:
            calls = calls.filter(procedure__in=question.procedures)
        if question.regions:
            near = Q()
            for start in (start for region in question.regions for start in starts_of(region)):
                near |= Q(lead_buyer__postcode__startswith=start)
            calls = calls.filter(near)
        return calls

    def choices(self) -> dict[str, list[Choice]]:
        """Values of the three filters that some call of the tab has, or that are chosen, in one query."""
        columns = ("domain", "lead_buyer__postcode", "procedure")
        rows = [
            Filed(domain, region_of(postcode), procedure)
            for domain, postcode, procedure in self._calls.order_by().values_list(*columns)
        ]
        question = self.question
        filters = (
            ("domaine", "domain", question.domains, {one.slug: one.label for one in DOMAINS.values()}),
            ("region", "region", question.regions, dict(Region.choices)),
            ("procedure", "procedure", question.procedures, dict(Procedure.choices)),
        )
        return {name: self._of_filter(field, chosen, known, rows) for name, field, chosen, known in filters}

    def _of_filter(
        self, field: str, chosen: tuple[str, ...], labels: dict[str, str], rows: Sequence[Filed]
    ) -> list[Choice]:
        others = replace(self.question, **{f"{field}s": ()})
        present = {getattr(row, field) for row in rows} | set(chosen)
        counts = Counter(getattr(row, field) for row in rows if others.accepts(row))
        return [
            Choice(value, str(label), counts[value], value in chosen)
            for value, label in labels.items()
            if value in present
        ]


@dataclass(frozen=True)
class Card:
    """A call in a list: its state, its domain in words, its deadline, its value in € HT."""

    call: Call
    state: State
    domain: str
    closes_at: datetime | None
    is_given_up: bool
    value: Decimal


def cards(calls: Sequence[Call]) -> list[Card]:
    """Cards of a page of calls read by `published_calls`, lots and phases read at once."""
    lots: dict[Any, list[Lot]] = {call.pk: [] for call in calls}
    rows = Lot.objects.filter(call__in=calls).select_related("call", "acquisition")
    for lot in rows.prefetch_related("phases"):
        lots[lot.call_id].append(lot)
    return [
        Card(
            call=call,
            state=state_of(call),
            domain=domain_label(call),
            closes_at=closes_at(call),
            is_given_up=given_up_at(call) is not None,
            value=estimated_value([value_facts(lot) for lot in lots[call.pk]]),
        )
        for call in calls
    ]


def domain_label(call: Call) -> str:
    """Domain of a call in words."""
    return DOMAINS[call.domain].label if call.domain in DOMAINS else ""
