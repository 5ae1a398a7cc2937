"""Incidents declared around a deadline: the opening waits until two people settled them (B.4, C10, C11; LR-57).

Answers are taken meanwhile. What an incident asks for is an extension for all, decided on its own page (LR-39); the
settlement says what was decided and why. Nobody learns by it who answers.
"""

from datetime import datetime

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from marketplace.accounts.actors import Actor
from marketplace.accounts.permissions import require
from marketplace.journal.acts import act, record_refusals
from marketplace.journal.errors import Refusal
from marketplace.ui.formats import precise_words
from procurement.calls.models import SubmissionPeriod
from procurement.submissions.models import Incident, IncidentSettlement

OPERATOR = "operator"
"""Trade of the site under which its operator declares a trouble for every period that it touched."""

LONGEST = 500
"""Signs that tell what happened."""


def unsettled(period: SubmissionPeriod) -> QuerySet[Incident]:
    """The incidents of a period that hold its opening, the oldest first."""
    return period.incidents.filter(Q(settlement__isnull=True) | Q(settlement__confirmed_at__isnull=True))


@record_refusals("incident.declare")
def declare(*, period: SubmissionPeriod, what: str, began_at: datetime, actor: Actor, now: datetime) -> Incident:
    """Write down a trouble that may have kept somebody from answering, as long as nothing is open.

    Raises NotAllowed, and Refusal without words or with too many, for an instant to come, after the deadline in force
    or before the period, and once the opening began. Records `incident.declared`.
    """
    call = period.lot.call
    require(actor, "incident.declare", call)
    _check_told(what, began_at, now)
    return _write(period, what, began_at, actor, now)


def declare_everywhere(*, what: str, began_at: datetime, now: datetime) -> list[Incident]:
    """Declare a trouble of the site itself for each period that it touched and of which nothing is open.

    One that it was declared for already, from the same instant, is left out. Raises Refusal without words, with too
    many, or for an instant to come. Records `incident.declared` on the chain of each call.
    """
    _check_told(what, began_at, now)
    periods = SubmissionPeriod.objects.filter(
        opens_at__lte=began_at, keys_ready_at__isnull=False, opening_began_at=None
    ).exclude(incidents__began_at=began_at, incidents__declared_by=None)
    touched = [
        one
        for one in periods.select_related("lot__call").prefetch_related("deadlines")
        if not one.lot.call.deposit_at and one.closes_at() >= began_at
    ]
    return [_write(one, what, began_at, Actor.system(OPERATOR), now) for one in touched]


def _check_told(what: str, began_at: datetime, now: datetime) -> None:
    if not what.strip():
        raise Refusal(_("Écrivez ce qui s’est passé, et ce qui en a été vu."))
    if len(what) > LONGEST:
        raise Refusal(_("Dites-le en %(most)d signes au plus.") % {"most": LONGEST})
    if began_at > now:
        raise Refusal(_("Cet instant est à venir : dites quand l’incident a commencé."))


def _write(period: SubmissionPeriod, what: str, began_at: datetime, actor: Actor, now: datetime) -> Incident:
    with act(period.lot.call.chain, "incident.declared", actor=actor, now=now, subject=period) as entry:
        current = SubmissionPeriod.objects.get(pk=period.pk)
        if current.opening_began_at is not None:
            raise Refusal(_("Les plis sont déjà ouverts : un retard se décide pli par pli, sur sa page."))
        if not (current.opens_at <= began_at <= current.closes_at()):
            raise Refusal(
                _("Cet instant n’est pas dans le délai, qui court du %(start)s au %(end)s : aucun dépôt n’a été gêné.")
                % {"start": precise_words(current.opens_at), "end": precise_words(current.closes_at())}
            )
        incident = Incident(
            period=current, what=what.strip(), began_at=began_at, declared_at=now, declared_by_id=actor.user_id
        )
        incident.save()
        entry.data["began_at"] = began_at
    return incident


@record_refusals("incident.propose_settlement")
def propose_settlement(
    *, incident: Incident, ended_at: datetime, reasons: str, actor: Actor, now: datetime
) -> IncidentSettlement:
    """Say when an incident ended and what was decided for all; a second person settles it.

    Raises NotAllowed, and Refusal without reasons, for an end to come or before the beginning, or when a settlement is
    proposed already. Records `incident.settlement_proposed`.
    """
    call = incident.period.lot.call
    require(actor, "incident.settle", call)
    if not reasons.strip():
        raise Refusal(_("Écrivez ce qui a été décidé pour tous, et pourquoi."))
    if not (incident.began_at <= ended_at <= now):
        raise Refusal(_("L’incident finit après avoir commencé, et avant maintenant : corrigez l’heure de sa fin."))
    with act(call.chain, "incident.settlement_proposed", actor=actor, now=now, subject=incident.period):
        if IncidentSettlement.objects.filter(incident=incident).exists():
            raise Refusal(_("Le règlement de cet incident est déjà proposé : une seconde personne en décide."))
        settlement = IncidentSettlement(
            incident=incident, ended_at=ended_at, reasons=reasons, proposed_by_id=actor.user_id, proposed_at=now
        )
        settlement.save()
    return settlement


@record_refusals("incident.settle")
def settle(*, settlement: IncidentSettlement, actor: Actor, now: datetime) -> IncidentSettlement:
    """Settle an incident, as a second person. Raises NotAllowed, Refusal. Records `incident.settled`."""
    period = settlement.incident.period
    require(actor, "incident.settle", period.lot.call)
    with act(period.lot.call.chain, "incident.settled", actor=actor, now=now, subject=period):
        current = IncidentSettlement.objects.get(pk=settlement.pk)
        current.confirm(
            actor, now,
            done=_("Cet incident est déjà réglé."),
            own=_("Vous avez proposé de régler cet incident : une seconde personne, distincte, le décide."),
        )  # fmt: skip
    return current
