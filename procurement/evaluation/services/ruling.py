"""How every act of this room listens to the rule book."""

from collections.abc import Iterable, Mapping
from datetime import datetime

from marketplace.accounts.actors import Actor
from marketplace.journal.errors import Refusal
from procurement.calls.models import AcceptedWarning, Call, Lot, LotTimeline
from procurement.law.findings import Finding, Severity, refuse


def pass_rules(
    call: Call, findings: Iterable[Finding], *, accepted: Mapping[str, str] | None, actor: Actor, now: datetime
) -> None:
    """Refuse the current act because of what stands in its way, or keep the reasons that pass its warnings.

    `accepted` maps the id of a rule to the reason written to pass its warning. Raises RuleViolation with all findings.
    """
    findings = list(findings)
    refuse(findings, accepted)
    for rule in sorted({finding.rule for finding in findings if finding.severity is Severity.WARN}):
        AcceptedWarning(
            call=call, rule=rule, reason=(accepted or {})[rule], accepted_by_id=actor.user_id, accepted_at=now
        ).save()


def refuse_ended(lot: Lot) -> None:
    """Refuse, under the lock of the act, to go on with a lot without follow-up or unsuccessful (R2185-1, LR-86)."""
    timeline = LotTimeline.objects.get(lot=lot)
    if timeline.cancelled_at or timeline.unsuccessful_at:
        raise Refusal("Ce lot est sans suite ou infructueux : sa procédure est terminée (R2185-1).")
