"""The public list of profiles: what an address asks for, what it finds, and how many each filter would find.

Several values of one filter widen the list, several filters narrow it. The whole state is in the address. No rank is
sold and none is earned by popularity (ux.md §12).
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any
from urllib.parse import urlencode

from django.db.models import Count, F
from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from cms.catalogue import search
from cms.catalogue.models import Domain, Profile, ProfileQuerySet
from cms.catalogue.regions import Region
from marketplace.ui.choices import Choice

UNKNOWN = "a-preciser"
"""Value of a filter for profiles that say nothing there."""

LONGEST_TEXT = 200
RELEVANCE, UPDATED, BY_NAME = "pertinence", "maj", "nom"
SORTS = {
    RELEVANCE: gettext_lazy("Pertinence"),
    UPDATED: gettext_lazy("Mise à jour récente"),
    BY_NAME: gettext_lazy("Ordre alphabétique"),
}


@dataclass(frozen=True, slots=True)
class Question:
    """What an address asks for.

    Attributes:
        text: Words typed, as typed.
        domains: Slugs of domains, or `UNKNOWN`.
        regions: Codes of regions, or `UNKNOWN`.
        sort: A key of `SORTS`, empty for the usual one.
        page_domain: The domain whose own page this is, else empty: it is in the path, not among the parameters.
    """

    text: str = ""
    domains: tuple[str, ...] = ()
    regions: tuple[str, ...] = ()
    sort: str = ""
    page_domain: str = ""

    @classmethod
    def of(cls, params: QueryDict, *, page_domain: str = "") -> "Question":
        """Read the parameters; values that mean nothing are left aside, as if they had not been written."""
        known = {*Region.values, UNKNOWN}
        return cls(
            text=" ".join(params.get("q", "").split())[:LONGEST_TEXT],
            domains=() if page_domain else tuple(dict.fromkeys(params.getlist("domaine"))),
            regions=tuple(dict.fromkeys(code for code in params.getlist("region") if code in known)),
            sort=params.get("tri", "") if params.get("tri", "") in SORTS else "",
            page_domain=page_domain,
        )

    def pairs(self) -> list[tuple[str, str]]:
        """The parameters that give this question again."""
        named = [("q", self.text), *(("domaine", d) for d in self.domains), *(("region", r) for r in self.regions)]
        return [(name, value) for name, value in [*named, ("tri", self.sort)] if value]

    def query(self) -> str:
        """The same as the end of an address: « ?… », or « ? » alone when nothing is asked."""
        return f"?{urlencode(self.pairs())}"

    def without(self, value: str) -> "Question":
        """The question without one value of a filter."""
        return replace(
            self,
            domains=tuple(domain for domain in self.domains if domain != value),
            regions=tuple(region for region in self.regions if region != value),
        )


@dataclass(frozen=True, slots=True)
class WayOut:
    """What to try when nothing is found: a sentence, the address that does it, and how many it would find."""

    label: str
    url: str
    count: int


@dataclass
class Answer:
    """What a question finds; each part is read once, in a number of queries that does not depend on the rows."""

    question: Question
    domains: Sequence[Domain] = field(default_factory=list)

    def __post_init__(self) -> None:
        known = {domain.slug for domain in self.domains} | {UNKNOWN}
        self.question = replace(self.question, domains=tuple(d for d in self.question.domains if d in known))

    @cached_property
    def terms(self) -> list[search.Term]:
        """The words of the question that say something."""
        return search.terms_of(self.question.text)

    @cached_property
    def is_widened(self) -> bool:
        """Whether no profile has all the words, so that some of them are enough."""
        return bool(self.terms) and not search.having_all(Profile.objects.published(), self.terms).exists()

    @cached_property
    def sort(self) -> str:
        """The order of the list: relevance needs words."""
        usual = RELEVANCE if self.terms else BY_NAME
        return usual if self.question.sort in {"", RELEVANCE} else self.question.sort

    def matching(self, *, with_text: bool = True, domains: bool = True, regions: bool = True) -> ProfileQuerySet:
        """Published profiles under the conditions that are not left aside."""
        profiles = Profile.objects.published()
        if self.question.page_domain:
            profiles = profiles.filter(domains=self.question.page_domain)
        if with_text and self.terms:
            profiles = (search.having_some if self.is_widened else search.having_all)(profiles, self.terms)
        if domains and self.question.domains:
            profiles = profiles.in_domains(_named(self.question.domains), or_none=UNKNOWN in self.question.domains)
        if regions and self.question.regions:
            profiles = profiles.in_regions(_named(self.question.regions), or_none=UNKNOWN in self.question.regions)
        return profiles

    def profiles(self) -> ProfileQuerySet:
        """What is found, in order, with what a card shows."""
        found = self.matching().for_cards()
        if self.sort == RELEVANCE:
            return search.by_relevance(found, self.terms)
        if self.sort == UPDATED:
            return found.order_by(F("updated_at").desc(nulls_last=True), "sort_name", "pk")
        return found.order_by("sort_name", "pk")

    def domain_choices(self) -> list[Choice]:
        """Domains with what each would find under the other conditions."""
        counts = _counts(self.matching(domains=False), "domains")
        labels = [(domain.slug, domain.label) for domain in self.domains]
        return _choices([*labels, (UNKNOWN, _("Domaine à préciser"))], counts, self.question.domains)

    def region_choices(self) -> list[Choice]:
        """Regions with what each would find under the other conditions."""
        counts = _counts(self.matching(regions=False), "region")
        return _choices([*Region.choices, (UNKNOWN, _("Région à préciser"))], counts, self.question.regions)

    def active_filters(self) -> list[tuple[str, str]]:
        """(label, address without it) of each chosen value."""
        labels = {UNKNOWN: _("À préciser"), **{d.slug: d.label for d in self.domains}, **dict(Region.choices)}
        chosen = [*self.question.domains, *self.question.regions]
        return [(str(labels[value]), self.question.without(value).query()) for value in chosen]

    def sorts(self) -> list[tuple[str, str, bool]]:
        """(label, address, whether it is the present one) of each order that makes sense."""
        return [
            (str(label), replace(self.question, sort=code).query(), code == self.sort)
            for code, label in SORTS.items()
            if code != RELEVANCE or self.terms
        ]

    def ways_out(self) -> list[WayOut]:
        """When nothing is found: which condition removes most, best first."""
        asked = self.question
        ways = []
        if asked.domains:
            ways.append((_("Chercher dans tous les domaines"), replace(asked, domains=()), {"domains": False}))
        if asked.regions:
            ways.append((_("Chercher dans toutes les régions"), replace(asked, regions=()), {"regions": False}))
        if self.terms:
            ways.append((_("Chercher sans ces mots"), replace(asked, text=""), {"with_text": False}))
        counted = [WayOut(label, without.query(), self.matching(**kept).count()) for label, without, kept in ways]
        return sorted((way for way in counted if way.count), key=lambda way: -way.count)


def _named(values: Sequence[str]) -> list[str]:
    return [value for value in values if value != UNKNOWN]


def _counts(profiles: ProfileQuerySet, column: str) -> dict[str, int]:
    rows: Any = profiles.order_by().values_list(column).annotate(number=Count("pk"))
    return {value or UNKNOWN: number for value, number in rows}


def _choices(labels: Sequence[tuple[str, str]], counts: dict[str, int], chosen: Sequence[str]) -> list[Choice]:
    return [Choice(value, str(label), counts.get(value, 0), value in chosen) for value, label in labels]
