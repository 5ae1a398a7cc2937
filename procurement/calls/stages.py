"""The stage of a lot, computed from dated facts and the clock: no job has to run for a deadline to be true.

`stage` (pure) and `stage_case` (SQL) read the same table, so they cannot disagree; a property test proves it.
Codes are those of design § 6; the law of each is part (a) of the legal rules.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import models
from django.db.models import Case, Q, Value, When


class Stage(models.TextChoices):
    """Stages to signature, in order; then the two exits."""

    PREPARATION = "preparation", "Préparation"
    PUBLISHED = "published", "Publié"
    CANDIDATURES_OPEN = "candidatures_open", "Candidatures ouvertes"
    SELECTION = "selection", "Sélection"
    INVITED = "invited", "Invitations envoyées"
    INITIAL_BIDS = "initial_bids", "Offres initiales"
    NEGOTIATION = "negotiation", "Négociation"
    FINAL_BIDS = "final_bids", "Offres finales"
    EVALUATION = "evaluation", "Notation et choix"
    WINNER_CLEARED = "winner_cleared", "Retenu vérifié"
    REJECTIONS_SENT = "rejections_sent", "Lettres envoyées"
    STANDSTILL = "standstill", "Délai de suspension"
    SIGNED = "signed", "Signé"
    CANCELLED = "cancelled", "Sans suite"
    UNSUCCESSFUL = "unsuccessful", "Infructueux"


@dataclass(frozen=True)
class Entry:
    """A stage begins at the instant of a fact; a deadline belongs to the stage before it (`inclusive` False)."""

    stage: Stage
    fact: str
    inclusive: bool = True


# From the last to the first: the stage of a lot is the first line whose fact has come.
ENTRIES = (
    Entry(Stage.CANCELLED, "cancelled_at"),
    Entry(Stage.UNSUCCESSFUL, "unsuccessful_at"),
    Entry(Stage.SIGNED, "signed_at"),
    Entry(Stage.STANDSTILL, "standstill_at"),
    Entry(Stage.REJECTIONS_SENT, "rejections_sent_at"),
    Entry(Stage.WINNER_CLEARED, "winner_cleared_at"),
    Entry(Stage.EVALUATION, "final_close_at", inclusive=False),
    Entry(Stage.FINAL_BIDS, "final_open_at"),
    Entry(Stage.NEGOTIATION, "initial_close_at", inclusive=False),
    Entry(Stage.INITIAL_BIDS, "initial_open_at"),
    Entry(Stage.INVITED, "invited_at"),
    Entry(Stage.SELECTION, "candidatures_close_at", inclusive=False),
    Entry(Stage.CANDIDATURES_OPEN, "candidatures_open_at"),
    Entry(Stage.PUBLISHED, "published_at"),
)


def stage(timeline: Any, at: datetime) -> Stage:
    """Stage at an instant (UTC) of a lot whose dated facts are the attributes of `timeline`."""
    for entry in ENTRIES:
        instant = getattr(timeline, entry.fact)
        if instant is not None and (instant < at or (entry.inclusive and instant == at)):
            return entry.stage
    return Stage.PREPARATION


def stage_case(at: datetime, *, prefix: str = "") -> Case:
    """The same table as an SQL expression; `prefix` leads to the timeline from the queried model."""
    return Case(
        *(
            When(
                Q(**{f"{prefix}{entry.fact}__{'lte' if entry.inclusive else 'lt'}": at}), then=Value(entry.stage.value)
            )
            for entry in ENTRIES
        ),
        default=Value(Stage.PREPARATION.value),
        output_field=models.CharField(),
    )
