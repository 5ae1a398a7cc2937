"""What a person has to do in a call, as far as its writing and its dates go."""

from datetime import datetime, timedelta

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from marketplace.accounts.actors import Actor
from marketplace.ui.todo import Todo
from procurement.calls.facts import launch_date
from procurement.calls.live import next_deadline, running_periods
from procurement.calls.models import Call, DirectPurchase, SubmissionPeriod, TeamRole
from procurement.calls.permissions import roles_of
from procurement.calls.services.periods import pending_proposal
from procurement.law import calendar

KEYS_BEFORE = timedelta(days=2)


def todos(*, call: Call, actor: Actor, now: datetime) -> list[Todo]:
    """What this person must do now in this call: finish, publish, have keys prepared."""
    roles = roles_of(actor, call)
    if call.is_purchase:
        return _of_purchase(call, roles)
    if not call.is_published:
        return _before_publication(call, roles)
    if not roles & {TeamRole.AUTHOR, TeamRole.VALIDATOR}:
        return []
    waiting = _waiting_extensions(call, actor) if TeamRole.VALIDATOR in roles else []
    periods = SubmissionPeriod.objects.filter(lot__call=call, keys_ready_at=None, deadlines__closes_at__gt=now)
    if call.deposit_at:
        periods = periods.none()
    return (
        waiting
        + _questions(call, now)
        + [
            Todo(
                _("Faire préparer les clés : %(period)s") % {"period": period.get_kind_display().lower()},
                reverse("calls:periods", args=[call.reference]),
                due=period.opens_at,
                hint=_("Sans clés vérifiées par les gardiens, la période ne s’ouvre pas."),
                tone="warn" if period.opens_at - now < KEYS_BEFORE else "",
            )
            for period in periods.distinct()
        ]
    )


def _questions(call: Call, now: datetime) -> list[Todo]:
    """Questions that wait, until the last day on which an answer may leave (LR-37)."""
    waiting = call.questions.waiting().count()
    if not waiting:
        return []
    deadline = next_deadline(running_periods(call, now))
    if deadline is None:
        return []
    last_day = calendar.answers_deadline(deadline, launch_date=launch_date(call, now))
    return [
        Todo(
            ngettext("Répondre à %(n)s question", "Répondre à %(n)s questions", waiting) % {"n": waiting},
            reverse("calls:questions", args=[call.reference]),
            due=calendar.at_paris(last_day, calendar.OFFICE_CLOSES),
            hint=_("Votre réponse part à tous, six jours au moins avant l’heure limite."),
            tone="warn",
        )
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


def _of_purchase(call: Call, roles: set[str]) -> list[Todo]:
    """A direct purchase is written by its authors, decided by another person."""
    purchase = DirectPurchase.objects.filter(call=call).first()
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
