"""The portfolio of start-ups d'État: the phase of each on a day, stopped ones included, and the history of one."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date

from django.utils.translation import gettext as _

from cms.catalogue.models import PhaseObservation, PhasePassage, PortfolioSurvey, Profile
from marketplace.ui.charts import Step
from marketplace.ui.formats import short_day_words

ENDS = frozenset({PhasePassage.Phase.STOPPED, PhasePassage.Phase.STOPPED_EARLY})
"""Phases in which nothing more is made nor kept up."""


@dataclass(frozen=True, slots=True)
class Member:
    """A start-up d'État of the portfolio: its name, and the end of its address."""

    name: str
    slug: str


@dataclass(frozen=True, slots=True)
class Portfolio:
    """Who was in which phase on a day.

    Attributes:
        day: The day.
        by_phase: Start-ups d'État in each phase, by name; every phase has its list.
        source: The survey of that very day, which is a closed list; empty when dated passages were read instead.
        undated: How many of the catalogue have no dated passage, and are counted nowhere but in surveys.
    """

    day: date
    by_phase: dict[str, list[Member]]
    source: str = ""
    undated: int = 0

    @property
    def total(self) -> int:
        """Start-ups d'État in the portfolio."""
        return sum(len(members) for members in self.by_phase.values())

    def count(self, phase: str) -> int:
        """Start-ups d'État in a phase."""
        return len(self.by_phase[phase])

    @property
    def stopped(self) -> list[Member]:
        """Those that were stopped, by name."""
        return sorted((one for phase in ENDS for one in self.by_phase[phase]), key=lambda one: one.name)


@dataclass(slots=True)
class History:
    """What a profile shows of its phases: dated passages, and what surveys saw when there is none."""

    steps: list[Step] = field(default_factory=list)
    surveys: list[PhaseObservation] = field(default_factory=list)
    is_stopped: bool = False


def portfolio_on(day: date) -> Portfolio:
    """The portfolio on a day: the survey of that very day when there is one, else the last passage of each until then.

    Three queries at most, whatever the rows.
    """
    survey = PortfolioSurvey.objects.filter(observed_on=day).first()
    if survey is not None:
        rows = survey.observations.order_by("profile__sort_name").values_list(
            "profile__pk", "profile__name", "profile__slug", "phase"
        )
        return Portfolio(day, _grouped(rows), source=survey.source)
    passages = PhasePassage.objects.filter(
        since__lte=day, profile__kind=Profile.Kind.STATE_START_UP, profile__in=Profile.objects.published()
    )
    # The last passage of a profile comes last and stays.
    rows = passages.order_by("since", "sort_order").values_list(
        "profile__pk", "profile__name", "profile__slug", "phase"
    )
    last = {row[0]: row for row in rows}
    undated = Profile.objects.published().filter(kind=Profile.Kind.STATE_START_UP, phases=None).count()
    return Portfolio(day, _grouped(sorted(last.values(), key=lambda row: row[1].lower())), undated=undated)


def survey_days() -> list[date]:
    """Days of which a survey is kept, oldest first."""
    return list(PortfolioSurvey.objects.values_list("observed_on", flat=True))


def history_of(profile: Profile, *, today: date) -> History:
    """The phases of a start-up d'État, oldest first; what lies in the future is said to be planned."""
    passages = list(profile.phases.all())
    reached = [passage for passage in passages if passage.since <= today]
    steps = [
        Step(
            passage.get_phase_display(),
            _("depuis le %(day)s") % {"day": short_day_words(passage.since)}
            if passage.since <= today
            else _("prévu le %(day)s") % {"day": short_day_words(passage.since)},
            state=_state(passage, reached),
        )
        for passage in passages
    ]
    surveys = [] if passages else list(profile.observations.select_related("survey").order_by("survey__observed_on"))
    last = reached[-1].phase if reached else (surveys[-1].phase if surveys else "")
    return History(steps, surveys, is_stopped=last in ENDS)


def _state(passage: PhasePassage, reached: list[PhasePassage]) -> str:
    if passage not in reached:
        return "next"
    return "now" if passage is reached[-1] and passage.phase not in ENDS else "done"


def _grouped(rows: Iterable[tuple[int, str, str, str]]) -> dict[str, list[Member]]:
    by_phase: dict[str, list[Member]] = {phase: [] for phase in PhasePassage.Phase.values}
    for _pk, name, slug, phase in rows:
        by_phase[phase].append(Member(name, slug))
    return by_phase
