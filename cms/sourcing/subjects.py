"""What is compared, kept and exported: a solution, or a whole profile that names none; the same rows everywhere."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _

from cms.catalogue import trust
from cms.catalogue.models import Label, Profile, Solution
from cms.catalogue.sheet import served_words
from marketplace.ui.formats import day_words, euros_words
from marketplace.ui.templatetags.printing import siren

FEWEST, MOST = 2, 4
"""How many may be compared: fewer is no comparison, more does not fit a screen."""

Row = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Subject:
    """A solution of a profile, or the profile alone."""

    profile: Profile
    solution: Solution | None

    @property
    def name(self) -> str:
        """« Tramélys : Guidage vocal », or the name alone."""
        if self.solution is None or self.solution.name == self.profile.name:
            return self.profile.name
        return f"{self.profile.name}{_(' : ')}{self.solution.name}"

    @property
    def url(self) -> str:
        """Its own page."""
        return (self.solution or self.profile).get_absolute_url()

    @property
    def pair(self) -> tuple[str, str]:
        """The parameter that names it in an address."""
        return (self.solution or self.profile).pair


@dataclass(frozen=True, slots=True)
class Line:
    """One row of a comparison: what is said of each."""

    label: str
    texts: Sequence[str]

    @property
    def differs(self) -> bool:
        """Whether they do not all say the same."""
        return len(set(self.texts)) > 1


def named(*, profiles: Iterable[str], solutions: Iterable[str]) -> list[Subject]:
    """The published subjects of these addresses, in that order, each once; unknown ones are left aside.

    A profile with solutions is looked at through the first of them.
    """
    wanted, chosen = list(dict.fromkeys(profiles)), list(dict.fromkeys(solutions))
    public = Profile.objects.published().with_parts()
    by_slug = {one.slug: one for one in public.filter(slug__in=wanted)}
    by_solution = {
        solution.slug: Subject(one, solution)
        for one in public.filter(solutions__slug__in=chosen).distinct()
        for solution in one.solutions.all()
    }
    found = [Subject(one, next(iter(one.solutions.all()), None)) for slug in wanted if (one := by_slug.get(slug))]
    found += [by_solution[slug] for slug in chosen if slug in by_solution]
    return list({subject.pair: subject for subject in found}.values())


def compared(subjects: Sequence[Subject], *, now: datetime) -> list[Line]:
    """The rows of all, those that differ first; rows of which nobody says anything are left out."""
    columns = [rows_of(subject, now=now) for subject in subjects]
    lines = [Line(cells[0][0], [text for _label, text in cells]) for cells in zip(*columns, strict=True)]
    return sorted((line for line in lines if any(line.texts)), key=lambda line: not line.differs)


def rows_of(subject: Subject, *, now: datetime) -> list[Row]:
    """What the catalogue says of a subject: the same labels for all, empty where nothing is said."""
    return [*_presented(subject), *_offered(subject.solution), *_trusted(subject.profile, now), *_dated(subject)]


def _presented(subject: Subject) -> list[Row]:
    profile, solution = subject.profile, subject.solution
    shown = solution or profile
    return [
        (_("En une phrase"), shown.tagline or profile.tagline),
        (_("Le problème"), shown.problem or profile.problem),
        (_("La réponse"), shown.answer or profile.answer),
        (_("Domaines"), ", ".join(domain.label for domain in profile.domains.all())),
        (_("Nature"), profile.get_kind_display()),
        (_("Siège"), profile.place),
        (_("Intervient en"), served_words(profile.served_regions)),
        (_("Taille"), profile.get_size_display()),
        (_("Année de création"), str(profile.founded_year or "")),
    ]


def _offered(solution: Solution | None) -> list[Row]:
    solution = solution or Solution()
    price = ""
    if solution.price_from is not None:
        price = f"{euros_words(solution.price_from)} HT {solution.get_price_unit_display()}".strip()
        price = f"{price} ({solution.price_note})" if solution.price_note else price
    innovative = solution.innovation_reason or (_("Oui, dit l’entreprise") if solution.claims_innovative else "")
    return [
        (_("Maturité"), solution.get_maturity_display()),
        (_("Prix de départ"), price),
        (_("Délai de mise en route"), solution.setup_delay),
        (_("Hébergement des données"), solution.get_hosting_display()),
        (_("Fin de contrat"), solution.exit_terms),
        (_("Logiciel libre"), solution.source_url or (_("Oui") if solution.is_open_source else "")),
        (_("Centrale d’achat"), solution.central_purchasing),
        (_("Se dit innovante"), innovative if solution.claims_innovative else ""),
    ]


def _trusted(profile: Profile, now: datetime) -> list[Row]:
    facts = trust.facts_of(profile, now=now)
    labels = set(Label.Kind.values)

    def said(kinds: set[str]) -> str:
        told = [(fact, siren(fact.value) if fact.is_siren else fact.value) for fact in facts if fact.kind in kinds]
        return " ; ".join(
            f"{fact.label}{_(' : ')}{value} ({fact.state})" if value else f"{fact.label} ({fact.state})"
            for fact, value in told
        )

    return [
        (_("Identité"), said({"identity"})),
        (_("Références"), said({"reference"})),
        (_("Labels et certifications"), said(labels)),
    ]


def _dated(subject: Subject) -> list[Row]:
    profile = subject.profile
    fresh = profile.reviewed_at or profile.updated_at
    return [
        (_("Fiche relue ou mise à jour le"), day_words(fresh) if fresh else ""),
        (_("Source"), profile.source or _("L’organisation elle-même")),
    ]
