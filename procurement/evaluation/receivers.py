"""What the room stands against when another one acts."""

from collections.abc import Collection
from typing import Any

from django.db.models import Max
from django.dispatch import receiver

from marketplace.journal.errors import Refusal
from procurement.calls.models import LotTimeline, PeriodEnvelope, SubmissionPeriod
from procurement.calls.services.timeline import record
from procurement.correspondence.models import Letter, LetterKind
from procurement.correspondence.signals import letter_dispatched
from procurement.evaluation.models import Bid, Candidate, Ranking, RejectionNotice, TechnicalClosing
from procurement.evaluation.services.negotiation import STAGES
from procurement.submissions.signals import opening_begins, openings_held, received_changes

PRICES_WAIT = (
    "Les prix ne s’ouvrent qu’après la notation technique (choix du site) : arrêtez d’abord les notes techniques."
)


@receiver(openings_held)
def prices_that_wait(envelopes: Collection[PeriodEnvelope], **kwargs: Any) -> dict[Any, str]:
    """Prices on which the choice rests, held until scores on the technique are final (sealed-bids B.5), in one query.

    Prices of bids still to be negotiated may be opened: they are what one negotiates on.
    """
    prices = [
        one
        for one in envelopes
        if one.name == PeriodEnvelope.Name.PRICE and STAGES.get(one.period.kind) in Bid.AWARDABLE_STAGES
    ]
    closings = TechnicalClosing.objects.filter(lot__in=[one.period.lot_id for one in prices])
    closed = set(closings.values_list("lot_id", "stage"))
    return {one.pk: PRICES_WAIT for one in prices if (one.period.lot_id, STAGES[one.period.kind]) not in closed}


@receiver(opening_begins)
def prices_wait_for_the_technical_evaluation(envelope: PeriodEnvelope, **kwargs: Any) -> None:
    """Refuse to open what `prices_that_wait` holds. Raises Refusal."""
    if reason := prices_that_wait([envelope]).get(envelope.pk):
        raise Refusal(reason)


@receiver(received_changes)
def what_is_evaluated_stays(period: SubmissionPeriod, envelope: PeriodEnvelope | None, **kwargs: Any) -> None:
    """Hold what was brought from another buyer profile once it is being evaluated: prices, once bids are ranked.

    Raises Refusal.
    """
    if envelope is not None:
        if Ranking.objects.filter(lot=period.lot_id, stage=STAGES.get(period.kind, "")).exists():
            raise Refusal("Les offres sont classées : leurs prix ne changent plus (R2152-6).")
        return
    registered = (rows.filter(submission__period=period).exists() for rows in (Candidate.objects, Bid.objects))
    if any(registered):
        raise Refusal(
            "L’évaluation a commencé sur ces plis : leur registre ne se remplace plus. Écrivez à l’autre profil "
            "d’acheteur si une ligne est fausse, et traitez-la dans l’examen."
        )


@receiver(letter_dispatched)
def the_delay_runs_from_the_last_sending(letter: Letter, **kwargs: Any) -> None:
    """Move the dated facts of the lot to the last letter of rejection that left by another buyer profile (LR-78)."""
    if letter.kind != LetterKind.REJECTION or letter.lot_id is None:
        return
    notices = RejectionNotice.objects.filter(lot=letter.lot_id)
    last = notices.aggregate(last=Max("letter__dispatch__sent_at"))["last"]
    timeline = LotTimeline.objects.get(lot=letter.lot_id)
    for fact in ("rejections_sent_at", "standstill_at"):
        known = getattr(timeline, fact)
        if known is not None and last is not None and last > known:
            record(letter.lot, fact, last)
