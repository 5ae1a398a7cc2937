"""Warnings of the rule book that a person passed, kept with the reason they wrote (design § 7)."""

from collections.abc import Iterable, Mapping
from datetime import datetime

from marketplace.accounts.actors import Actor
from procurement.calls.models import AcceptedWarning, Call
from procurement.law.findings import Finding, Severity


def keep_reasons(
    call: Call, found: Iterable[Finding], accepted: Mapping[str, str], *, actor: Actor, now: datetime
) -> None:
    """Keep, inside an act that `refuse` let pass, why each warning of `found` was passed."""
    warned = {finding.rule for finding in found if finding.severity is Severity.WARN}
    for rule in sorted(warned):
        AcceptedWarning(
            call=call, rule=rule, reason=accepted[rule], accepted_by_id=actor.user_id, accepted_at=now
        ).save()
