"""Facts of a candidature between its opening and its selection: complements asked, exclusions considered."""

from dataclasses import dataclass
from datetime import date, datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class CandidateToCompleteFacts:
    """One candidature about to be completed, or not (LR-49).

    `missing`: what its file lacks; `asked`: what the firm is asked for. `found_elsewhere`: where in the file stands
    what looked missing and is not asked. `gave_espd`: it came with an electronic ESPD (LR-45).
    """

    candidate_id: str
    name: str = ""
    missing: tuple[str, ...] = ()
    asked: tuple[str, ...] = ()
    found_elsewhere: str = ""
    gave_espd: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class ComplementRequestFacts:
    """The one request of complements of a lot, with the one time limit of all its letters (LR-49)."""

    now: datetime
    launch_date: date | None = None
    deadline: datetime | None = None
    asked_before: bool = False
    candidates: tuple[CandidateToCompleteFacts, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class ComplementFacts:
    """One item that a firm hands in, against the time limit given to all (LR-49)."""

    received_at: datetime
    deadline: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class ExclusionProposalFacts:
    """An exclusion that the buyer considers, about to be told to the firm (LR-47, LR-48).

    `ground`: an article of GROUNDS (procurement.law.exclusion). `evidence`: what it rests on.
    """

    now: datetime
    ground: str = ""
    evidence: str = ""
    deadline: datetime | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class ExclusionDecisionFacts:
    """What is decided of an exclusion that was told to the firm (LR-47, LR-48).

    `observed_at`: when the firm gave its observations. `other_measures`: why nothing but exclusion cures a conflict.
    """

    now: datetime
    ground: str
    deadline: datetime
    observed_at: datetime | None = None
    excluded: bool = False
    reasons: str = ""
    other_measures: str = ""
