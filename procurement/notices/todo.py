"""What somebody has to do now about notices: send the award notice before its last day (R2183-1, LR-84)."""

from datetime import datetime, time

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from marketplace.accounts.actors import Actor
from marketplace.accounts.permissions import can
from marketplace.ui.todo import Todo
from procurement.calls.models import Call, Lot
from procurement.law import award_notice
from procurement.law.calendar import at_paris
from procurement.notices.models import AwardNotice
from procurement.notices.services import award_notice_facts

LAST_HOUR = time(23, 59)
# Days before the last one on which the board speaks louder: the twentieth and the twenty-seventh after signature.
SOON, PRESSING = 10, 3


def todos(*, call: Call, actor: Actor, now: datetime) -> list[Todo]:
    """Lots of this call whose award notice is still to send."""
    if call.procedure != Call.Procedure.FORMALISED:
        return []
    signed = Lot.objects.filter(call=call, timeline__signed_at__isnull=False)
    waiting = list(signed.exclude(pk__in=AwardNotice.objects.values("lot")).order_by("number"))
    if not waiting or not can(actor, "notice.prepare", call):
        return []
    found = []
    for lot in waiting:
        lot.call = call
        until = award_notice.last_day(award_notice_facts(lot, now=now))
        left = (until - timezone.localdate(now)).days if until else SOON + 1
        found.append(
            Todo(
                _("Envoyer l’avis d’attribution, lot %(number)s") % {"number": lot.number},
                reverse("notices:award", args=[call.reference, lot.number]),
                due=until and at_paris(until, LAST_HOUR),
                hint=_("Dans les trente jours de la signature, sur les mêmes supports."),
                tone="danger" if left <= PRESSING else "warn" if left <= SOON else "",
            )
        )
    return found
