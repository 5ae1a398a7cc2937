"""What somebody has to do now about notices: send the award notice before its last day (R2183-1, LR-84)."""

from collections.abc import Sequence
from datetime import datetime, time

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from marketplace.accounts.actors import Actor
from marketplace.ui.todo import Todo
from procurement.calls.models import Call, Lot
from procurement.calls.permissions import roles_in
from procurement.law import award_notice
from procurement.law.calendar import at_paris
from procurement.notices.models import AwardNotice
from procurement.notices.permissions import PREPARING
from procurement.notices.services import award_notices_facts

LAST_HOUR = time(23, 59)
# Days before the last one on which the board speaks louder: the twentieth and the twenty-seventh after signature.
SOON, PRESSING = 10, 3


def todos(*, calls: Sequence[Call], actor: Actor, now: datetime) -> list[Todo]:
    """Lots of these calls whose award notice is still to send; the number of queries does not grow with the calls."""
    roles = roles_in(actor, [call for call in calls if call.procedure == Call.Procedure.FORMALISED])
    mine = {call.pk: call for call in calls if roles.get(call.pk, set()) & set(PREPARING)}
    signed = Lot.objects.filter(call__in=list(mine), timeline__signed_at__isnull=False)
    waiting = signed.exclude(pk__in=AwardNotice.objects.values("lot")).order_by("call", "number")
    lots = list(waiting)
    for lot in lots:
        lot.call = mine[lot.call_id]
    facts = award_notices_facts(lots, now=now)
    found = []
    for lot in lots:
        until = award_notice.last_day(facts[lot.pk])
        left = (until - timezone.localdate(now)).days if until else SOON + 1
        found.append(
            Todo(
                _("Envoyer l’avis d’attribution, lot %(number)s") % {"number": lot.number},
                reverse("notices:award", args=[lot.call.reference, lot.number]),
                due=until and at_paris(until, LAST_HOUR),
                hint=_("Dans les trente jours de la signature, sur les mêmes supports."),
                tone="danger" if left <= PRESSING else "warn" if left <= SOON else "",
            )
        )
    return found
