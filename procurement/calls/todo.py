"""What a person has to do in a call, as far as its writing and its dates go."""

from datetime import datetime, timedelta

from django.urls import reverse
from django.utils.translation import gettext as _

from marketplace.accounts.actors import Actor
from marketplace.ui.todo import Todo
from procurement.calls.models import Call, SubmissionPeriod, TeamRole
from procurement.calls.permissions import roles_of
from procurement.calls.services.periods import pending_proposal

KEYS_BEFORE = timedelta(days=2)


def todos(*, call: Call, actor: Actor, now: datetime) -> list[Todo]:
    """What this person must do now in this call: finish, publish, have keys prepared."""
    roles = roles_of(actor, call)
    if not call.is_published:
        return _before_publication(call, roles)
    if not roles & {TeamRole.AUTHOR, TeamRole.VALIDATOR}:
        return []
    waiting = _waiting_extensions(call, actor) if TeamRole.VALIDATOR in roles else []
    periods = SubmissionPeriod.objects.filter(lot__call=call, keys_ready_at=None, deadlines__closes_at__gt=now)
    return waiting + [
        Todo(
            _("Faire préparer les clés : %(period)s") % {"period": period.get_kind_display().lower()},
            reverse("calls:periods", args=[call.reference]),
            due=period.opens_at,
            hint=_("Sans clés vérifiées par les gardiens, la période ne s’ouvre pas."),
            tone="warn" if period.opens_at - now < KEYS_BEFORE else "",
        )
        for period in periods.distinct()
    ]


def _waiting_extensions(call: Call, actor: Actor) -> list[Todo]:
    """Later deadlines that a colleague proposed in the last hours: the second person is this one."""
    periods = SubmissionPeriod.objects.filter(lot__call=call, opening_began_at=None, proposed_deadlines__isnull=False)
    periods = periods.select_related("lot").prefetch_related("deadlines", "proposed_deadlines").distinct()
    proposals = [(one, proposal) for one in periods if (proposal := pending_proposal(one))]
    return [
        Todo(
            _("Donner votre accord au report : %(period)s") % {"period": period.get_kind_display().lower()},
            reverse("calls:agree_extension", args=[call.reference, period.lot.number]),
            due=period.closes_at(),
            hint=_("Sans votre accord, l’heure limite ne bouge pas."),
            tone="warn",
        )
        for period, proposal in proposals
        if proposal.proposed_by_id != actor.user_id
    ]


def _before_publication(call: Call, roles: set[str]) -> list[Todo]:
    if TeamRole.AUTHOR in roles:
        return [
            Todo(
                _("Finir la rédaction de « %(title)s »") % {"title": call.title},
                reverse("calls:check", args=[call.reference]),
                hint=_("La page de vérification dit ce qu’il manque."),
            )
        ]
    if TeamRole.VALIDATOR in roles:
        return [
            Todo(
                _("Vérifier et publier « %(title)s »") % {"title": call.title},
                reverse("calls:check", args=[call.reference]),
                hint=_("Une deuxième personne publie : c’est vous."),
            )
        ]
    return []
