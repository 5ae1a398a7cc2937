"""What somebody has to do now about letters: send, on the other buyer profile, those that nobody reads here."""

from collections.abc import Sequence
from datetime import datetime

from django.db.models import Count
from django.urls import reverse
from django.utils.translation import ngettext

from marketplace.accounts.actors import Actor
from marketplace.ui.todo import Todo
from procurement.calls.models import Call
from procurement.calls.permissions import roles_in
from procurement.correspondence.models import Letter
from procurement.correspondence.permissions import DISPATCHING


def todos(*, calls: Sequence[Call], actor: Actor, now: datetime) -> list[Todo]:
    """Letters of these calls that wait for their sending, in two queries whatever the number of calls."""
    roles = roles_in(actor, [call for call in calls if call.deposit_at])
    mine = [call for call in calls if roles.get(call.pk, set()) & set(DISPATCHING)]
    rows = Letter.objects.waiting_for_dispatch().filter(call__in=[call.pk for call in mine]).order_by()
    counted = dict(rows.values_list("call_id").annotate(waiting=Count("pk")))
    return [
        Todo(_words(counted[call.pk]), reverse("desk:messages", args=[call.reference]), tone="warn")
        for call in mine
        if counted.get(call.pk)
    ]


def _words(n: int) -> str:
    label = ngettext(
        "Envoyer %(n)s lettre par l’autre profil d’acheteur", "Envoyer %(n)s lettres par l’autre profil d’acheteur", n
    )
    return label % {"n": n}
