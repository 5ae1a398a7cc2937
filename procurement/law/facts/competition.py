"""Facts from candidatures to the choice: deposits, opening, selection, negotiation, changes of the call."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

from .common import InterestFacts, Procedure

SubmissionKind = Literal["candidature", "initial", "round", "final", "single_step"]


@dataclass(frozen=True, kw_only=True, slots=True)
class PeriodFacts:
    """When candidatures or tenders may be handed in. `notice_sent_on`: day the notice (or its correction) was sent."""

    kind: SubmissionKind = "candidature"
    procedure: Procedure = "formalised"
    launch_date: date | None = None
    notice_sent_on: date | None = None
    closes_at: datetime | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class ArrivalFacts:
    """The instants of one submission and what people decided about it (LR-43, LR-53, LR-54)."""

    received_at: datetime
    deadline: datetime
    first_byte_at: datetime | None = None
    contested: bool = False
    admitted_at: datetime | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class SealFacts:
    """A submission about to be begun or sealed (LR-50, LR-52, LR-86).

    `lot_ended`: without follow-up, unsuccessful. `refused_by`: members of the group that refuse their part in it.
    """

    required_envelopes: tuple[str, ...] = ()
    complete_envelopes: tuple[str, ...] = ()
    replacement_rule_accepted: bool = False
    lot_ended: bool = False
    refused_by: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class LateAdmissionFacts:
    """Two people consider admitting a late submission (LR-54)."""

    arrival: ArrivalFacts
    reasons: str = ""
    decided_by: tuple[str, ...] = ()
    incident_report_id: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class UnsealFacts:
    """One submission that an opening would unseal (LR-43, LR-52, LR-53). `road`: a lawful exception, by its code."""

    kind: SubmissionKind
    arrival: ArrivalFacts
    superseded: bool = False
    withdrawn: bool = False
    road: Literal["", "admitted_late", "admitted_supplement", "backup_copy", "court_order"] = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class ReceiptFacts:
    """What an electronic receipt states (LR-56)."""

    depositor: str = ""
    buyer: str = ""
    call_title: str = ""
    call_object: str = ""
    received_at: datetime | None = None
    documents: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class CustodianFacts:
    """One custodian at the opening, as a person, with the instant they proved who they are again."""

    person_id: str
    is_custodian: bool = False
    authenticated_at: datetime | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class OpeningFacts:
    """An opening about to begin (LR-57, LR-115).

    `clock_in_doubt_at`: when the clock of the site was in doubt near the deadline, until two people lift the doubt;
    `incident_since`: when a declared incident began that two people did not settle yet.
    """

    now: datetime
    closes_at: datetime | None = None
    custodians: tuple[CustodianFacts, ...] = ()
    pending_arrivals: int = 0
    clock_in_doubt_at: datetime | None = None
    incident_since: datetime | None = None
    outsiders: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class MinutesLineFacts:
    """One submission in the minutes of an opening."""

    submission_id: str
    depositor: str = ""
    received_at: datetime | None = None
    root: str = ""
    result: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class OpeningMinutesFacts:
    """The minutes of an opening against what was received (LR-115)."""

    received_ids: tuple[str, ...] = ()
    lines: tuple[MinutesLineFacts, ...] = ()
    people: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class CandidateFacts:
    """One firm in the decision of selection. `late`: received late and not admitted.

    `excluded`: an exclusion was pronounced; `exclusion_pending`: one was told to the firm, and nothing decided yet.
    `members`: names of its firms by id, lead included.
    """

    candidate_id: str
    members: tuple[tuple[str, str], ...] = ()
    applied: bool = False
    late: bool = False
    excluded: bool = False
    exclusion_pending: bool = False
    qualified: bool = False
    selected: bool = False
    reasons: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class SelectionFacts:
    """The choice of the candidates who may tender (LR-15, LR-43, LR-47, LR-48, LR-49, LR-51, LR-70, LR-76).

    `complements_deadline`: until when the firms asked may complete their candidatures; None when they all did, or when
    nothing was asked.
    """

    now: datetime | None = None
    complements_deadline: datetime | None = None
    procedure: Procedure = "formalised"
    launch_date: date | None = None
    several_bids_forbidden: bool = False
    limit_announced: bool = False
    candidates_min: int | None = None
    candidates_max: int | None = None
    candidates: tuple[CandidateFacts, ...] = ()
    people: tuple[InterestFacts, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class LetterOfRoundFacts:
    """An invitation or a round letter to one firm: when sent, until when it may answer, where the documents are."""

    candidate_id: str
    sent_at: datetime | None = None
    deadline: datetime | None = None
    documents_address: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class InvitationFacts:
    """The invitation to tender, to all selected candidates (LR-14, LR-111)."""

    launch_date: date | None = None
    selected_ids: tuple[str, ...] = ()
    invitations: tuple[LetterOfRoundFacts, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class EliminationFacts:
    """A tenderer left out of the next round.

    `on_award_criteria`: its last tender was ranked on the announced criteria, below those of all who remain.
    """

    tenderer_id: str
    on_award_criteria: bool = False
    reasons: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class NegotiationFacts:
    """A round of negotiation, or its end (`closing`) with the call for final tenders (LR-16, LR-17, LR-18).

    `tenderer_ids`: all who were still in before this act. `changed`: what the act changes in the documents, as codes
    (`award_criteria`, `weights`, `minimum_requirements`, `objectives`…). `met_ids`: those with a recorded meeting.
    `people`: who takes part in an elimination or may influence it (LR-70).
    """

    launch_date: date | None = None
    now: datetime
    closing: bool = False
    tenderer_ids: tuple[str, ...] = ()
    met_ids: tuple[str, ...] = ()
    elimination_announced: bool = False
    eliminated: tuple[EliminationFacts, ...] = ()
    letters: tuple[LetterOfRoundFacts, ...] = ()
    changed: tuple[str, ...] = ()
    final_closed_at: datetime | None = None
    people: tuple[InterestFacts, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class AnswerFacts:
    """An answer about to be told to everybody (LR-19, LR-37).

    `deadline`: the one that will rule once it is told. `names_firms`: firms that its text names.
    """

    now: datetime
    deadline: datetime | None = None
    procedure: Procedure = "formalised"
    launch_date: date | None = None
    names_firms: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class EditFacts:
    """A change to a published call (LR-16, LR-39, LR-64).

    `changed`: codes of what changes (`object`, `phases`, `objectives`, `minimum_requirements`, `selection_criteria`,
    `award_criteria`, `weights`, `sub_criteria`; other codes weigh on no tender). `frozen_hash` was taken at
    publication, `current_hash` is that of the rows before this edit. `new_period`: what the corrective notice opens.
    `closes_at`: the nearest deadline once the notice is out.
    """

    now: datetime
    launch_date: date | None = None
    changed: tuple[str, ...] = ()
    deadline: datetime | None = None
    tenders_received: bool = False
    negotiation_open: bool = False
    corrective_notice: bool = False
    documents_corrected: bool = False
    new_period: PeriodFacts | None = None
    closes_at: datetime | None = None
    frozen_hash: str = ""
    current_hash: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class EndingFacts:
    """A lot about to be ended before its signature (LR-86). `ended`: it was, already."""

    reasons: str = ""
    signed: bool = False
    ended: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class EndingLettersFacts:
    """The letters that tell the end of a lot (LR-86). `to_tell_ids`: participants whom no letter sent home yet."""

    ended: bool = False
    reasons: str = ""
    to_tell_ids: tuple[str, ...] = ()
