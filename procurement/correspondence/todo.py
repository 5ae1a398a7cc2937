"""What somebody has to do now about letters: send, on the other buyer profile, those that nobody reads here."""

from datetime import datetime

from django.urls import reverse
from django.utils.translation import ngettext

from marketplace.accounts.actors import Actor
from marketplace.accounts.permissions import can
from marketplace.ui.todo import Todo
from procurement.calls.models import Call
from procurement.correspondence.models import Letter


def todos(*, call: Call, actor: Actor, now: datetime) -> list[Todo]:
    """Letters of this call that wait for their sending."""
    if not call.deposit_at:
        return []
    waiting = list(Letter.objects.to_dispatch(call).select_related("call")[:100])
    if not waiting or not can(actor, "letter.dispatch", waiting[0]):
        return []
    n = len(waiting)
    label = ngettext(
        "Envoyer %(n)s lettre par l’autre profil d’acheteur", "Envoyer %(n)s lettres par l’autre profil d’acheteur", n
    )
    return [Todo(label % {"n": n}, reverse("desk:messages", args=[call.reference]), tone="warn")]
