"""What a person has to do in calls, as far as its writing and its dates go."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db.models import Count
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from marketplace.accounts.actors import Actor
from marketplace.ui.todo import Todo
from procurement.calls.facts import launch_date
from procurement.calls.live import next_deadline, running_in
from procurement.calls.models import Call, DirectPurchase, Question, SubmissionPeriod, TeamRole
from procurement.calls.permissions import roles_in
from procurement.calls.services.periods import pending_proposal
from procurement.law import calendar

KEYS_BEFORE = timedelta(days=2)


def todos(*, calls: Sequence[Call], actor: Actor, now: datetime) -> list[Todo]:
    """What this person must do now in these calls: finish, publish, have keys prepared.

    The number of queries does not grow with the calls.
    """
    roles = roles_in(actor, calls)
    purchases = DirectPurchase.objects.filter(call__in=[call.pk for call in calls if call.is_purchase])
    by_call = {row.call_id: row for row in purchases}
    found: list[Todo] = []
    open_ones = []
    for call in calls:
        if call.is_purchase:
            found += _of_purchase(call, by_call.get(call.pk), roles[call.pk])
        elif not call.is_published:
            found += _before_publication(call, roles[call.pk])
        elif roles[call.pk] & {TeamRole.AUTHOR, TeamRole.VALIDATOR}:
            open_ones.append(call)
    validated = [call for call in open_ones if TeamRole.VALIDATOR in roles[call.pk]]
    return found + _waiting_extensions(validated, actor) + _questions(open_ones, now) + _keys(open_ones, now)


def _keys(calls: Sequence[Call], now: datetime) -> list[Todo]:
    """Periods that do not open without keys, where deposits are here."""
    here = [call.pk for call in calls if not call.deposit_at]
    periods = SubmissionPeriod.objects.filter(lot__call__in=here, keys_ready_at=None, deadlines__closes_at__gt=now)
    return [
        Todo(
            _("Faire préparer les clés : %(period)s") % {"period": period.get_kind_display().lower()},
            reverse("calls:periods", args=[period.lot.call.reference]),
            due=period.opens_at,
            hint=_("Sans clés vérifiées par les gardiens, la période ne s’ouvre pas."),
            tone="warn" if period.opens_at - now < KEYS_BEFORE else "",
        )
        for period in periods.select_related("lot__call").distinct()
    ]


def _questions(calls: Sequence[Call], now: datetime) -> list[Todo]:
    """Questions that wait, until the last day on which an answer may leave (LR-37)."""
    rows = Question.objects.filter(call__in=[call.pk for call in calls], answer=None).order_by()
    counted = dict(rows.values_list("call_id").annotate(waiting=Count("pk")))
    asked = [call for call in calls if counted.get(call.pk)]
    running = running_in(asked, now)
    found = []
    for call in asked:
        waiting, deadline = counted[call.pk], next_deadline(running[call.pk])
        if deadline is None:
            continue
        last_day = calendar.answers_deadline(deadline, launch_date=launch_date(call, now))
        found.append(
            Todo(
                ngettext("Répondre à %(n)s question", "Répondre à %(n)s questions", waiting) % {"n": waiting},
                reverse("calls:questions", args=[call.reference]),
                due=calendar.at_paris(last_day, calendar.OFFICE_CLOSES),
                hint=_("Votre réponse part à tous, six jours au moins avant l’heure limite."),
                tone="warn",
            )
        )
    return found


def _waiting_extensions(calls: Sequence[Call], actor: Actor) -> list[Todo]:
    """Later deadlines that a colleague proposed in the last hours: the second person is this one."""
    proposed = {"opening_began_at": None, "proposed_deadlines__isnull": False}
    periods = SubmissionPeriod.objects.filter(lot__call__in=[call.pk for call in calls], **proposed)
    periods = periods.select_related("lot__call").prefetch_related("deadlines", "proposed_deadlines").distinct()
    proposals = [(one, proposal) for one in periods if (proposal := pending_proposal(one))]
    return [
        Todo(
            _("Donner votre accord au report : %(period)s") % {"period": period.get_kind_display().lower()},
            reverse("calls:agree_extension", args=[period.lot.call.reference, period.lot.number]),
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


def _of_purchase(call: Call, purchase: DirectPurchase | None, roles: set[str]) -> list[Todo]:
    """A direct purchase is written by its authors, decided by another person."""
    address = reverse("calls:purchase", args=[call.reference])
    title = {"title": call.title}
    if purchase is not None and purchase.decided_at is not None:
        return []
    if TeamRole.AUTHOR in roles:
        hint = _("Le dossier dit ce qu’il manque ; une deuxième personne décide.")
        return [Todo(_("Finir le dossier d’achat « %(title)s »") % title, address, hint=hint)]
    if purchase is not None and roles & {TeamRole.VALIDATOR, TeamRole.SIGNATORY}:
        hint = _("Une deuxième personne décide : c’est vous.")
        return [Todo(_("Décider l’achat « %(title)s »") % title, address, hint=hint)]
    return []
