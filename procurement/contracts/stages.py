"""The stage of a contract, computed from its own dated facts: each partner's contract goes its own way (LR-03).

`stage` (pure) and `stage_case` (SQL, over the annotations of `ContractQuerySet.with_stage`) read one table, so they
cannot disagree; a property test proves it. States 14 to 21 of part (a) of the legal rules.
"""

from dataclasses import dataclass
from datetime import datetime

from django.db import models
from django.db.models import Case, Q, Value, When


class ContractStage(models.TextChoices):
    """Stages of one contract, in order; then the early exit."""

    TO_SIGN = "to_sign", "À signer"
    SIGNED = "signed", "Signé"
    TRANSMITTED = "transmitted", "Transmis au préfet"
    NOTIFIED = "notified", "Notifié"
    PHASE = "phase", "Phase en cours"
    GATE = "gate", "Décision de fin de phase"
    ACQUISITION = "acquisition", "Acquisition"
    CLOSED = "closed", "Clos"
    STOPPED = "stopped", "Arrêté"


@dataclass(frozen=True, slots=True)
class PhaseDates:
    """Dated facts of one phase of one contract: when it began, when its results were recorded for the decision."""

    number: int
    is_acquisition: bool = False
    started_at: datetime | None = None
    results_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class ContractDates:
    """Dated facts of one contract."""

    signed_at: datetime | None = None
    transmitted_at: datetime | None = None
    notified_at: datetime | None = None
    closed_at: datetime | None = None
    stopped_at: datetime | None = None
    phases: tuple[PhaseDates, ...] = ()


@dataclass(frozen=True, slots=True)
class StageOfContract:
    """A stage, with the number of the phase that it is about (None before the first one and after the end)."""

    code: ContractStage
    phase: int | None = None

    @property
    def label(self) -> str:
        """What a person reads, with the number of the phase."""
        if self.code is ContractStage.PHASE:
            return f"Phase {self.phase}"
        if self.code is ContractStage.GATE:
            return f"Fin de phase {self.phase} : décision de l’acheteur"
        return str(self.code.label)


PHASE_STAGES = {ContractStage.PHASE, ContractStage.GATE, ContractStage.ACQUISITION}

# From the last to the first: the stage is the first line whose fact has come. The facts `gate_at`, `acquisition_at`
# and `phase_at` are those of the last phase begun.
ENTRIES = (
    (ContractStage.STOPPED, "stopped_at"),
    (ContractStage.CLOSED, "closed_at"),
    (ContractStage.GATE, "gate_at"),
    (ContractStage.ACQUISITION, "acquisition_at"),
    (ContractStage.PHASE, "phase_at"),
    (ContractStage.NOTIFIED, "notified_at"),
    (ContractStage.TRANSMITTED, "transmitted_at"),
    (ContractStage.SIGNED, "signed_at"),
)


def stage(dates: ContractDates, at: datetime) -> StageOfContract:
    """Stage of a contract at an instant (UTC)."""
    begun = [phase for phase in dates.phases if phase.started_at is not None and phase.started_at <= at]
    current = max(begun, key=lambda phase: phase.number, default=None)
    facts = {
        "stopped_at": dates.stopped_at,
        "closed_at": dates.closed_at,
        "notified_at": dates.notified_at,
        "transmitted_at": dates.transmitted_at,
        "signed_at": dates.signed_at,
        "gate_at": current.results_at if current else None,
        "acquisition_at": current.started_at if current and current.is_acquisition else None,
        "phase_at": current.started_at if current else None,
    }
    for code, fact in ENTRIES:
        instant = facts[fact]
        if instant is not None and instant <= at:
            return StageOfContract(code, current.number if current and code in PHASE_STAGES else None)
    return StageOfContract(ContractStage.TO_SIGN)


def stage_case(at: datetime) -> Case:
    """The same table as an SQL expression, over the columns and annotations that bear the names of the facts."""
    return Case(
        *(When(Q(**{f"{fact}__lte": at}), then=Value(code.value)) for code, fact in ENTRIES),
        default=Value(ContractStage.TO_SIGN.value),
        output_field=models.CharField(),
    )
