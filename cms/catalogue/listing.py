"""The public list of profiles: what an address asks for, what it finds, and how many each filter would find.

Several values of one filter widen the list, several filters narrow it. The whole state is in the address. No rank is
sold and none is earned by popularity (ux.md §12).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cached_property
from urllib.parse import urlencode

from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from cms.catalogue import facets, index, search, words
from cms.catalogue.facets import DOMAIN, FACETS, Facet
from cms.catalogue.models import Domain, Profile
from marketplace.ui.choices import Choice

LONGEST_TEXT = 200
RELEVANCE, CONFIRMED, UPDATED, BY_NAME = "pertinence", "references", "maj", "nom"
SORTS = {
    RELEVANCE: gettext_lazy("Pertinence"),
    CONFIRMED: gettext_lazy("Références confirmées"),
    UPDATED: gettext_lazy("Mise à jour récente"),
    BY_NAME: gettext_lazy("Ordre alphabétique"),
}


@dataclass(frozen=True)
class Question:
    """What an address asks for.

    Attributes:
        text: Words typed, as typed.
        chosen: Values asked for, by the name of their filter; filters without any are not there.
        sort: A key of `SORTS`, empty for the usual one.
        page_domain: The domain whose own page this is, else empty: it is in the path, not among the parameters.
    """

    text: str = ""
    chosen: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    sort: str = ""
    page_domain: str = ""

    @classmethod
    def of(cls, params: QueryDict, *, page_domain: str = "") -> "Question":
        """Read the parameters; values that mean nothing are left aside, as if they had not been written."""
        chosen = {}
        for facet in FACETS:
            known = {value for value, _label in facet.labels}
            values = [v for v in dict.fromkeys(params.getlist(facet.name)) if not known or v in known]
            if values and not (facet is DOMAIN and page_domain):
                chosen[facet.name] = tuple(values)
        return cls(
            text=" ".join("".join(c if c.isprintable() else " " for c in params.get("q", "")).split())[:LONGEST_TEXT],
            chosen=chosen,
            sort=params.get("tri", "") if params.get("tri", "") in SORTS else "",
            page_domain=page_domain,
        )

    def pairs(self) -> list[tuple[str, str]]:
        """The parameters that give this question again."""
        values = [(name, value) for name, values in self.chosen.items() for value in values]
        return [(name, value) for name, value in [("q", self.text), *values, ("tri", self.sort)] if value]

    def query(self) -> str:
        """The same as the end of an address: « ?… », or « ? » alone when nothing is asked."""
        return f"?{urlencode(self.pairs())}"

    def without(self, name: str, value: str) -> "Question":
        """The question without one value of a filter."""
        kept = {key: tuple(v for v in values if (key, v) != (name, value)) for key, values in self.chosen.items()}
        return replace(self, chosen={key: values for key, values in kept.items() if values})

    def dropping(self, name: str) -> "Question":
        """The question without a filter."""
        return replace(self, chosen={key: values for key, values in self.chosen.items() if key != name})


@dataclass(frozen=True, slots=True)
class WayOut:
    """What to try when nothing is found: a sentence, the address that does it, and how many it would find."""

    label: str
    url: str
    count: int


@dataclass(frozen=True, slots=True)
class Card:
    """One line of the list.

    Attributes:
        profile: The row, with the columns that a card shows.
        domains: Its domains, in order.
        maturity: How far its solutions are, in words.
        purchase: What a buyer may count on (open source…), in words.
        is_verified: Whether the register found it active less than a year ago.
        confirmed: How many references their clients confirmed less than a year ago.
    """

    profile: Profile
    domains: Sequence[Domain]
    maturity: Sequence[str]
    purchase: Sequence[str]
    is_verified: bool
    confirmed: int


@dataclass
class Answer:
    """What a question finds in the catalogue as it is remembered; only the words and one page of rows are read."""

    question: Question
    now: datetime

    def __post_init__(self) -> None:
        self.index = index.current(self.now)
        known = {domain.slug for domain in self.index.domains} | {facets.UNKNOWN}
        slugs = tuple(slug for slug in self.question.chosen.get(DOMAIN.name, ()) if slug in known)
        chosen = {name: values for name, values in self.question.chosen.items() if name != DOMAIN.name}
        self.question = replace(self.question, chosen={DOMAIN.name: slugs, **chosen} if slugs else chosen)

    @cached_property
    def terms(self) -> list[search.Term]:
        """The words of the question that say something."""
        return search.terms_of(self.question.text, self.index.synonyms)

    @property
    def is_widened(self) -> bool:
        """Whether no profile has all the words, so that some of them are enough."""
        return self._by_words[1]

    @property
    def finds_no_word(self) -> bool:
        """Whether no profile at all has any of the words: a gap of the catalogue (ux.md §12)."""
        return bool(self.terms) and not self._by_words[0]

    @cached_property
    def _by_words(self) -> tuple[int, bool]:
        """Profiles that the words find, and whether the search had to be widened."""
        if not self.terms:
            return self.index.everything, False
        having_all = self.index.of_ids(search.ids_having(self.terms, every=True))
        if having_all or len(self.terms) == 1:
            return having_all, False
        return self.index.of_ids(search.ids_having(self.terms, every=False)), True

    @cached_property
    def _by_facet(self) -> dict[str, int]:
        """Profiles that each filter in use lets pass."""
        chosen = {name: self.index.having(facets.BY_NAME[name], v) for name, v in self.question.chosen.items()}
        if self.question.page_domain:
            chosen[DOMAIN.name] = self.index.having(DOMAIN, [self.question.page_domain])
        return chosen

    def matching(self, *, aside: str = "", with_text: bool = True) -> int:
        """Profiles under every condition, one filter left aside, as bits."""
        found = self._by_words[0] if with_text else self.index.everything
        for name, bits in self._by_facet.items():
            if name != aside:
                found &= bits
        return found

    @cached_property
    def sort(self) -> str:
        """The order of the list: relevance needs words."""
        usual = RELEVANCE if self.terms else BY_NAME
        return usual if self.question.sort in {"", RELEVANCE} else self.question.sort

    @cached_property
    def positions(self) -> list[int]:
        """What is found, in order, as positions of the index."""
        bits = self.matching()
        found = index.positions_in(bits)
        if self.sort == UPDATED:
            kept = set(found)
            return [position for position in self.index.updated if position in kept]
        if self.sort == CONFIRMED:
            return sorted(found, key=lambda position: -self.index.references[position])
        if self.sort == RELEVANCE and self.index.texts:
            texts = [self.index.texts[position] for position in found]
            distances = [sum(places) for places in zip(*(term.places(texts) for term in self.terms), strict=True)]
            return [position for _distance, position in sorted(zip(distances, found, strict=True))]
        return found

    @property
    def count(self) -> int:
        """How many profiles are found."""
        return len(self.positions)

    def cards(self, positions: Sequence[int]) -> list[Card]:
        """Lines of one page of the list, in one query."""
        ids = [self.index.ids[position] for position in positions]
        rows = Profile.objects.filter(pk__in=ids).only(*_SHOWN).in_bulk()
        return [self._card(position, rows[pk]) for position, pk in zip(positions, ids, strict=True) if pk in rows]

    def _card(self, position: int, profile: Profile) -> Card:
        def words_of(facet: Facet) -> list[str]:
            return [str(label) for value, label in facet.labels if self.index.has(position, facet, value)]

        return Card(
            profile=profile,
            domains=[one for one in self.index.domains if self.index.has(position, DOMAIN, one.slug)],
            maturity=words_of(facets.MATURITY),
            purchase=words_of(facets.PURCHASE),
            is_verified=self.index.has(position, facets.TRUST, facets.IDENTITY),
            confirmed=self.index.references[position],
        )

    def groups(self) -> list[tuple[Facet, list[Choice]]]:
        """Every filter of the page, with what each value would find under the other conditions."""
        shown = [facet for facet in FACETS if not (facet is DOMAIN and self.question.page_domain)]
        return [(facet, self._choices(facet)) for facet in shown]

    def _choices(self, facet: Facet) -> list[Choice]:
        others = self.matching(aside=facet.name)
        chosen = self.question.chosen.get(facet.name, ())
        bits = self.index.bits
        return [
            Choice(value, str(label), (others & bits.get((facet.name, value), 0)).bit_count(), value in chosen)
            for value, label in facets.labels_of(facet, self.index.domains)
        ]

    def active_filters(self) -> list[tuple[str, str]]:
        """(label, address without it) of each chosen value."""
        active = []
        for name, values in self.question.chosen.items():
            labels = dict(facets.labels_of(facets.BY_NAME[name], self.index.domains))
            active += [(str(labels[value]), self.question.without(name, value).query()) for value in values]
        return active

    def sorts(self) -> list[tuple[str, str, bool]]:
        """(label, address, whether it is the present one) of each order that makes sense."""
        return [
            (str(label), replace(self.question, sort=code).query(), code == self.sort)
            for code, label in SORTS.items()
            if code != RELEVANCE or self.terms
        ]

    def door(self) -> Domain | None:
        """The domain that the words name, to be offered before any profile; None when they name none, or its own page.

        A domain is named by its whole label or by one of the words that editors lead to it.
        """
        asked = frozenset(words.tokens(self.question.text))
        if not asked or self.question.page_domain:
            return None
        found = [(door.rank(asked), door.domain.order, door.domain) for door in self.index.doors]
        named = [one for one in found if one[0] is not None]
        return min(named, key=lambda one: one[:2])[2] if named else None

    def ways_out(self) -> list[WayOut]:
        """When nothing is found: which condition removes most, best first."""
        asked = self.question
        ways = [
            WayOut(
                _("Chercher sans le filtre « %(name)s »") % {"name": facets.BY_NAME[name].legend},
                asked.dropping(name).query(),
                self.matching(aside=name).bit_count(),
            )
            for name in asked.chosen
        ]
        if self.terms:
            without = self.matching(with_text=False).bit_count()
            ways.append(WayOut(_("Chercher sans ces mots"), replace(asked, text="").query(), without))
        return sorted((way for way in ways if way.count), key=lambda way: -way.count)


_SHOWN = ("name", "slug", "tagline", "city", "region", "reviewed_at", "updated_at", "declared_on", "source", "siren")
