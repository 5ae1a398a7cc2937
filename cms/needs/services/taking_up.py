"""What buyers make of a need: this room keeps plain facts, the room that knows calls tells what happens to them.

But for `take_up`, these functions are called inside the act that makes the fact.
"""

from datetime import datetime

from django.utils.translation import gettext as _

from cms.needs.models import Need, News, TakeUp
from cms.needs.services.following import announce
from marketplace.accounts.actors import Actor
from marketplace.accounts.permissions import require
from marketplace.journal.acts import SITE_CHAIN, act, record_refusals
from marketplace.journal.errors import Refusal


@record_refusals("need.take_up", subject="need")
def take_up(
    *,
    need: Need,
    call_reference: str,
    call_title: str,
    call_url: str,
    organisation_name: str,
    is_published: bool,
    actor: Actor,
    now: datetime,
) -> TakeUp:
    """Link a need to a call of the actor's organisation; until the call is published, the buyer alone is shown.

    Whoever calls has checked that the actor writes this call; one that was given back may be taken up again. Records
    `need.taken_up`; those who follow are told. Raises NotAllowed, and Refusal when the call takes this need up already.
    """
    require(actor, "need.take_up", need)
    with act(SITE_CHAIN, "need.taken_up", actor=actor, now=now, subject=need, organisation=actor.organisation_id):
        former = need.take_ups.filter(call_reference=call_reference).first()
        if former is not None and former.ended_at is None:
            raise Refusal(_("Cet appel reprend déjà ce besoin : il n’y a rien à faire."))
        current = Need.objects.get(pk=need.pk)
        if current.declined_at is not None:
            current.declined_at, current.reason = None, ""
            current.save()
        taken, _created = TakeUp.objects.update_or_create(
            need=current,
            call_reference=call_reference,
            defaults={
                "call_title": call_title,
                "call_url": call_url,
                "organisation_name": organisation_name,
                "taken_at": now,
                "published_at": now if is_published else None,
                "ended_at": None,
            },
        )
        announce(current, News.Kind.TAKEN_UP if is_published else News.Kind.STUDIED, take_up=taken, now=now)
    return taken


@record_refusals("need.give_back", subject="taken")
def give_back(*, taken: TakeUp, actor: Actor, now: datetime) -> TakeUp:
    """Undo a take-up while the call is not published: the study ends, the need is open to every buyer as before.

    Whoever calls has checked that the actor writes this call. Records `need.given_back`; those who follow are told.
    Raises NotAllowed, and Refusal once the call is published or the take-up is over.
    """
    require(actor, "need.take_up", taken.need)
    with act(SITE_CHAIN, "need.given_back", actor=actor, now=now, subject=taken.need) as entry:
        current = TakeUp.objects.select_related("need").get(pk=taken.pk)
        if current.published_at is not None:
            raise Refusal(
                _("L’appel est publié : il cite ce besoin. La reprise s’arrête avec l’appel, s’il est sans suite.")
            )
        if current.ended_at is not None:
            raise Refusal(_("Cet appel ne reprend plus ce besoin : il n’y a rien à faire."))
        current.ended_at = now
        _keep(current, News.Kind.ENDED, now)
        entry.data["call"] = current.call_reference
    return current


def call_published(*, call_reference: str, call_title: str, now: datetime) -> None:
    """The call is public: its title as it stands now is shown, and those who follow get its address."""
    for taken in _running(call_reference).filter(published_at=None):
        taken.published_at, taken.call_title = now, call_title
        _keep(taken, News.Kind.TAKEN_UP, now)


def partner_chosen(*, call_reference: str, now: datetime) -> None:
    """A contract is signed: that a partner was chosen is public."""
    for taken in _running(call_reference).filter(published_at__isnull=False, partner_chosen_at=None):
        taken.partner_chosen_at = now
        _keep(taken, News.Kind.PARTNER_CHOSEN, now)


def adopted(*, call_reference: str, now: datetime) -> None:
    """What the call led to is in use: supporters are asked whether it is better."""
    for taken in _running(call_reference).filter(published_at__isnull=False, adopted_at=None):
        taken.adopted_at = now
        _keep(taken, News.Kind.ADOPTED, now)


def call_ended(*, call_reference: str, now: datetime) -> None:
    """The call led to nothing: the need is open to other buyers again."""
    for taken in _running(call_reference).filter(adopted_at=None):
        taken.ended_at = now
        _keep(taken, News.Kind.ENDED, now)


def taken_up_by(call_reference: str) -> list[Need]:
    """The needs that a call takes up, for its page."""
    taken = TakeUp.objects.filter(call_reference=call_reference)
    return list(Need.objects.published().filter(pk__in=taken.values("need")).order_by("published_at"))


def _running(call_reference: str):  # noqa: ANN202 - a queryset of this module's own
    return TakeUp.objects.filter(call_reference=call_reference, ended_at=None).select_related("need")


def _keep(taken: TakeUp, kind: str, now: datetime) -> None:
    taken.save()
    announce(taken.need, kind, take_up=taken, now=now)
