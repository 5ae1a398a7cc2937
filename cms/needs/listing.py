"""The public list of needs: what an address asks for, and how many needs each state has."""

from collections import Counter
from dataclasses import dataclass
from typing import Self
from urllib.parse import urlencode

from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from cms.needs.models import Need, NeedQuerySet, State

BY_SUPPORT, BY_DATE = "soutiens", "date"
SORTS = {BY_SUPPORT: gettext_lazy("Nombre de soutiens"), BY_DATE: gettext_lazy("Date")}
_ORDERS = {BY_SUPPORT: ("-support", "-published_at", "pk"), BY_DATE: ("-published_at", "pk")}


@dataclass(frozen=True, slots=True)
class Question:
    """What a list was asked; unknown values are passed over. `state` is empty for all."""

    state: str = ""
    sort: str = BY_SUPPORT

    @classmethod
    def read(cls, asked: QueryDict) -> Self:
        """Read an address."""
        state, sort = asked.get("etat", ""), asked.get("tri", "")
        return cls(state if state in set(State.values) else "", sort if sort in SORTS else BY_SUPPORT)

    def address(self, *, state: str | None = None, sort: str | None = None) -> str:
        """The same question with another state or order."""
        pairs = [("etat", self.state if state is None else state), ("tri", self.sort if sort is None else sort)]
        kept = [(name, value) for name, value in pairs if value and (name, value) != ("tri", BY_SUPPORT)]
        return f"?{urlencode(kept)}"

    def needs(self) -> NeedQuerySet:
        """The needs asked for, in order."""
        needs = Need.objects.published().with_state()
        return (needs.filter(state=self.state) if self.state else needs).order_by(*_ORDERS[self.sort])

    def tabs(self) -> list[tuple[str, str, bool]]:
        """(label with the number of needs, address, whether it is the present one) of each state."""
        counts = Counter(Need.objects.published().with_state().order_by().values_list("state", flat=True))
        tabs = [("", _("Tous"), counts.total()), *((value, label, counts[value]) for value, label in State.choices)]
        return [
            (f"{label} ({number})", self.address(state=value), value == self.state) for value, label, number in tabs
        ]

    def sorts(self) -> list[tuple[str, str, bool]]:
        """(label, address, whether it is the present one) of each order."""
        return [(str(label), self.address(sort=code), code == self.sort) for code, label in SORTS.items()]
