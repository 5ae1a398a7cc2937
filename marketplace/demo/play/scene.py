"""What a rehearsal knows while it is played: the plan, the clock, the people, and what the site answered."""

import inspect
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from pathlib import Path
from random import Random
from typing import Any, TypeVar

from marketplace.accounts.actors import Actor
from marketplace.accounts.models import Organisation, User
from marketplace.demo.plan import BidderPlan, CallPlan, EventPlan
from marketplace.demo.results import EventResult, FindingResult
from marketplace.journal.clock import MovingClock
from marketplace.journal.errors import Refusal
from marketplace.journal.outbox import drain, waiting
from procurement.calls.models import Call, Lot
from procurement.law import calendar
from procurement.law.findings import Finding, RuleViolation, Severity
from procurement.submissions.custody import RecoveryKit
from procurement.submissions.models import TenderingParty

Answer = TypeVar("Answer")

MORNING = time(9, 30)
NOON = time(12, 0)
# Tasks that make it worth starting processes of their own.
WORTH_STARTING = 30
ACT_LASTS = timedelta(seconds=20)
CANDIDATURE_DAYS = 35
REASON = "Passé pour la répétition, avec ce motif d’exemple."
# How the numbers begin that a rehearsal makes up in the place of others (official media, prefecture).
NUMBERS = "REPETITION"


class Stopped(Exception):  # noqa: N818 - an answer of the rule book, not a failure of the program
    """The rule book refuses an act of the ordinary course: the rehearsal ends here, with these findings."""

    def __init__(self, findings: list[FindingResult]) -> None:
        super().__init__(*(finding.message for finding in findings))
        self.findings = findings


@dataclass(frozen=True)
class Firm:
    """A bidder on the stage: what the plan says of it, its organisation and the person who acts for it."""

    plan: BidderPlan
    organisation: Organisation
    actor: Actor


@dataclass
class Scene:
    """Everything that the moments of the play share.

    `processes`: how many render documents side by side. `reason`: what is written to pass a warning. `numbers`: how the
    numbers begin that others would give. `candidature_days`: how long candidatures stay open. `people`: the actor of
    each part (author, validator, evaluator…). `kits`: custodians with their recovery kits.
    """

    plan: CallPlan
    clock: MovingClock
    random: Random
    out: Path
    processes: int = 1
    reason: str = REASON
    numbers: str = NUMBERS
    candidature_days: int = CANDIDATURE_DAYS
    buyer: Organisation = field(init=False)
    operator: Actor = field(init=False)
    users: dict[str, User] = field(default_factory=dict)
    people: dict[str, Actor] = field(default_factory=dict)
    call: Call = field(init=False)
    lots: list[Lot] = field(default_factory=list)
    kits: list[tuple[Actor, RecoveryKit]] = field(default_factory=list)
    firms: dict[str, Firm] = field(default_factory=dict)
    parties: dict[tuple[int, str], TenderingParty] = field(default_factory=dict)
    findings: list[FindingResult] = field(default_factory=list)
    events: list[EventResult] = field(default_factory=list)

    @property
    def now(self) -> datetime:
        """The instant at which the clock stands (UTC)."""
        return self.clock.now()

    @property
    def today(self) -> date:
        """The day in Paris."""
        return calendar.paris_date(self.now)

    def go_to(self, instant: datetime) -> None:
        """Move the clock to an instant; one that has passed leaves it where it stands."""
        self.clock.advance_to(max(instant, self.now))

    def go_to_day(self, day: date, hour: time = MORNING) -> None:
        """Move the clock to a day, at a Paris hour."""
        self.go_to(calendar.at_paris(day, hour))

    def working_day(self, days: int, hour: time = MORNING) -> datetime:
        """The first working day `days` after today, at a Paris hour."""
        return calendar.at_paris(calendar.next_working_day(self.today + timedelta(days=days)), hour)

    def wait(self, days: int) -> None:
        """Move the clock forward to the morning of the first working day `days` later."""
        self.go_to(self.working_day(days))

    def do(self, act: Callable[..., Answer], **arguments: Any) -> Answer:
        """Play one act of the ordinary course, now.

        Warnings are passed with a written reason and told. Raises Stopped when a finding blocks.
        """
        try:
            answer = act(**arguments, now=self.now)
        except RuleViolation as violation:
            answer = self._again_with_reasons(act, violation, arguments)
        self.clock.advance(ACT_LASTS)
        return answer

    def render(self) -> None:
        """Let the site do its slow work (documents, mails) when enough of it waits to keep every process busy."""
        if waiting() >= WORTH_STARTING:
            self.render_all()

    def render_all(self) -> None:
        """Let the site finish its slow work: what comes next reads the documents."""
        drain(self.processes)

    def attempt(self, event: str, act: Callable[..., Any], **arguments: Any) -> Any:
        """Try something out of the ordinary and tell what the site answered; None when it refused."""
        try:
            answer = act(**arguments, now=self.now)
        except Refusal as refusal:
            self.tell(event, "refused", rules=refusal.rules, message=" ".join(refusal.reasons))
            answer = None
        else:
            self.tell(event, "accepted")
        self.clock.advance(ACT_LASTS)
        return answer

    def tell(self, event: str, outcome: str, *, rules: list[str] | None = None, message: str = "") -> None:
        """Note what came out of something out of the ordinary."""
        self.events.append(EventResult(event=event, outcome=outcome, rules=rules or [], message=message))

    def planned(self, event: str, *, lot: int | None = None) -> list[EventPlan]:
        """Events of a kind that the plan asks for, for one lot or for all."""
        return [one for one in self.plan.events if one.event == event and (lot is None or one.lot in {None, lot})]

    def firms_of(self, lot: Lot) -> list[Firm]:
        """Bidders of a lot, in the order of the plan."""
        return [firm for firm in self.firms.values() if lot.number in firm.plan.lots]

    def _again_with_reasons(self, act: Callable[..., Answer], violation: RuleViolation, arguments: dict) -> Answer:
        takes_reasons = "accepted" in inspect.signature(act).parameters
        if not takes_reasons or any(finding.severity is Severity.BLOCK for finding in violation.findings):
            raise Stopped([finding_result(one) for one in violation.findings]) from violation
        self.findings.extend(finding_result(one) for one in violation.findings)
        return act(**arguments, now=self.now, accepted={finding.rule: self.reason for finding in violation.findings})


def finding_result(finding: Finding) -> FindingResult:
    """A finding as results tell it."""
    return FindingResult(rule=finding.rule, severity=finding.severity.value, message=str(finding))
