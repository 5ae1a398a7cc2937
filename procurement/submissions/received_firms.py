"""The identity of a firm that answered elsewhere and has nobody here: the buyer writes what its documents say."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from marketplace.accounts.actors import Actor
from marketplace.accounts.models import Membership, Organisation
from marketplace.accounts.permissions import require
from marketplace.journal.acts import act, record_refusals
from marketplace.journal.errors import Refusal
from procurement.submissions.models import ReceivedLine

IDENTITY = ("legal_form", "address", "postcode", "city", "country", "size")
"""What a contract prints of its holder beside name and identifier."""


@record_refusals("firm.complete", subject="line")
def complete_firm(*, line: ReceivedLine, fields: Mapping[str, Any], actor: Actor, now: datetime) -> Organisation:
    """Write the identity of a firm of the register, until somebody of it has an account: then it is theirs to write.

    `fields`: those of IDENTITY. Raises NotAllowed, and Refusal for a firm with an account, or verified.
    Records `firm.completed`.
    """
    call = line.register.period.lot.call
    require(actor, "register.import", call)
    with act(call.chain, "firm.completed", actor=actor, now=now, subject=line) as entry:
        firm = Organisation.objects.get(pk=line.party.lead_id)
        if Membership.objects.filter(organisation=firm).exists() or firm.is_verified:
            raise Refusal(f"« {firm} » a un compte ici : elle tient elle-même son identité à jour.")
        for name in IDENTITY:
            setattr(firm, name, fields[name])
        firm.full_clean(exclude=["verified_by"])
        firm.save()
        entry.data["firm"] = firm.pk
    return firm
