"""What the room stands against when another one acts."""

from typing import Any

from django.dispatch import receiver

from marketplace.journal.errors import Refusal
from procurement.calls.models import PeriodEnvelope
from procurement.evaluation.models import Bid, TechnicalClosing
from procurement.evaluation.services.negotiation import STAGES
from procurement.submissions.signals import opening_begins


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
