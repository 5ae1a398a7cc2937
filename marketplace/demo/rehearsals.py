"""Plays calls, each in a process of its own, on a database of its own: the live one is never touched.

The clock of a rehearsal belongs to a whole process, hence one process a call.
"""

import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

from django.conf import settings

from marketplace.demo import completion, template
from marketplace.demo.plan import BuyerPlan, CallPlan
from marketplace.demo.results import BROKEN, FindingResult, RehearsalResult
from marketplace.journal import clock
from procurement.law import publication
from procurement.law.facts import BuyerFacts, PublicationFacts
from procurement.law.findings import Finding

SIRET_DIGITS = 14
PREFLIGHT = {"PR-03", "PR-04"}


@dataclass(frozen=True, kw_only=True)
class Rehearsal:
    """One call to play. `out`: the folder of its documents; `source`: the file, read again by the other process."""

    plan: CallPlan
    source: Path
    out: Path
    launched_on: date
    as_is: bool = False
    seed: int = 1


def play_all(rehearsals: Sequence[Rehearsal]) -> list[RehearsalResult]:
    """Play the calls one after the other: each renders its documents on every processor."""
    # Built before any clock runs: it is no part of the time of a rehearsal.
    template.template()
    return [play(rehearsal) for rehearsal in rehearsals]


def play(rehearsal: Rehearsal) -> RehearsalResult:
    """Play one call in another process. A failure of the program is told in `error`, never raised."""
    started = time.monotonic()
    result = _stopped_at_once(rehearsal) or _play_apart(rehearsal)
    documents = [replace(one, path=str(rehearsal.out / one.path)) for one in result.documents]
    return replace(
        result,
        documents=documents,
        wall_s=round(time.monotonic() - started, 2),
    )


def planned(rehearsal: Rehearsal) -> CallPlan:
    """The call as it will be played: completed, or as it is."""
    complete = completion.as_is if rehearsal.as_is else completion.complete
    return complete(rehearsal.plan, launched_on=rehearsal.launched_on)


def preflight(plan: CallPlan) -> list[Finding]:
    """What stops a call before anybody is registered: a foreign law (PR-03), an identifier missing or wrong (PR-04)."""
    facts = PublicationFacts(
        country=plan.country,
        buyer=_buyer_facts(plan.buyer, plan.country),
        co_buyers=tuple(_buyer_facts(one, plan.country) for one in plan.co_buyers),
    )
    return [finding for finding in publication.check(facts) if finding.rule in PREFLIGHT]


def _buyer_facts(buyer: BuyerPlan, country: str) -> BuyerFacts:
    digits = "".join(buyer.identifier.split())
    return BuyerFacts(
        name=buyer.name,
        identifier_scheme="siret" if len(digits) == SIRET_DIGITS else "siren",
        identifier=digits,
        country=country,
        category=buyer.category,
        # The operator verifies buyers in the course of the play.
        verified_at=clock.EPOCH,
    )


def _stopped_at_once(rehearsal: Rehearsal) -> RehearsalResult | None:
    """The answer to a call that cannot begin. A foreign one is looked at no further, and nothing of it is completed."""
    foreign = rehearsal.plan.country != "FR"
    plan = rehearsal.plan if foreign else planned(rehearsal)
    findings = preflight(plan)
    if not findings:
        return None
    return RehearsalResult(
        call=plan.id,
        stage="preparation",
        launched_on=rehearsal.launched_on.isoformat(),
        lots=len(plan.lots),
        completed=[] if foreign else list(plan.completed),
        findings=[FindingResult(rule=one.rule, severity=one.severity.value, message=str(one)) for one in findings],
    )


def _play_apart(rehearsal: Rehearsal) -> RehearsalResult:
    with tempfile.TemporaryDirectory(dir=template.folder(), prefix="running-") as scratch:
        place = Path(scratch)
        template.copy_into(place)
        rehearsal.out.mkdir(parents=True, exist_ok=True)
        command = {
            "source": str(rehearsal.source.resolve()),
            "id": rehearsal.plan.id,
            "as_is": rehearsal.as_is,
            "launched_on": rehearsal.launched_on.isoformat(),
            "seed": rehearsal.seed,
            "out": str(rehearsal.out.resolve()),
        }
        done = subprocess.run(
            [sys.executable, "-m", "marketplace.demo.child"], input=json.dumps(command),
            env=template.environment(place), cwd=settings.BASE_DIR, capture_output=True, text=True, check=False,
        )  # fmt: skip
        answer = place / "result.json"
        if done.returncode == 0 and answer.exists():
            return RehearsalResult.from_json(json.loads(answer.read_text(encoding="utf-8")))
    return RehearsalResult(
        call=rehearsal.plan.id,
        stage=BROKEN,
        launched_on=rehearsal.launched_on.isoformat(),
        lots=len(rehearsal.plan.lots),
        completed=list(planned(rehearsal).completed),
        error=done.stderr.strip() or f"Le processus s’est terminé avec le code {done.returncode}.",
    )
