"""What the room stands against when another one acts."""

from typing import Any

from django.dispatch import receiver

from marketplace.journal.errors import Refusal
from procurement.contracts.models import Contract
from procurement.submissions.models import TenderingParty
from procurement.submissions.signals import group_changes


@receiver(group_changes)
def a_signed_holder_stays(party: TenderingParty, **kwargs: Any) -> None:
    """Hold the composition of whoever has signed: from then on the contract itself changes (LR-50). Raises Refusal."""
    if Contract.objects.filter(party=party, signed_at__isnull=False).exists():
        raise Refusal(
            "Le contrat de ce candidat est signé : sa composition ne change plus que par une modification du contrat "
            "(R2194-6)."
        )
