"""What the room stands against when another one acts."""

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
from procurement.submissions.signals import opening_begins, received_changes


@receiver(opening_begins)
def prices_wait_for_the_technical_evaluation(envelope: PeriodEnvelope, **kwargs: Any) -> None:
    """Hold the prices on which the choice rests until scores on the technique are final (sealed-bids B.5).

    Raises Refusal. Prices of bids still to be negotiated may be opened: they are what one negotiates on.
    """
    stage = STAGES.get(envelope.period.kind)
    if envelope.name != PeriodEnvelope.Name.PRICE or stage not in Bid.AWARDABLE_STAGES:
        return
    if not TechnicalClosing.objects.filter(lot=envelope.period.lot, stage=stage).exists():
        raise Refusal(
            "Les prix ne s’ouvrent qu’après la notation technique (choix du site) : "
            "arrêtez d’abord les notes techniques."
        )


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
