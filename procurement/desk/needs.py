"""Needs of citizens and the calls that take them up: this room knows both, and tells needs what happens to calls."""

from datetime import datetime
from typing import Any

from django.db.models import Exists, OuterRef, QuerySet
from django.dispatch import receiver
from django.urls import reverse
from django.utils.translation import gettext as _

from cms.needs.actions import register_action
from cms.needs.models import Need, TakeUp
from cms.needs.services import taking_up
from marketplace.accounts.actors import Actor
from marketplace.accounts.models import Organisation
from marketplace.accounts.permissions import Verdict, permits, require
from marketplace.accounts.spaces import Entry
from procurement.calls.models import Call, Lot, LotTimeline, TeamMember, TeamRole
from procurement.calls.permissions import may_edit
from procurement.calls.signals import fact_recorded
from procurement.contracts.models import Contract
from procurement.contracts.signals import contract_ended

ALIVE = {"cancelled_at": None, "unsuccessful_at": None}


@permits("call.take_up_need", Call)
def may_take_up(actor: Actor, call: Call) -> Verdict:
    """Those who write the call; the need asks by itself for a verified buyer."""
    return may_edit(actor, call)


def calls_open_to(actor: Actor, need: Need) -> QuerySet[Call]:
    """Calls that the actor writes for their buyer, not signed nor ended, and that do not take up this need."""
    writes = TeamMember.objects.filter(call=OuterRef("pk"), user_id=actor.user_id, role=TeamRole.AUTHOR, until=None)
    going_on = LotTimeline.objects.filter(lot__call=OuterRef("pk"), signed_at=None, **ALIVE)
    calls = Call.objects.filter(Exists(writes), Exists(going_on), lead_buyer_id=actor.organisation_id)
    taken = TakeUp.objects.filter(need=need, ended_at=None).values("call_reference")
    return calls.exclude(reference__in=taken).order_by("-created_at")


def studies_of(actor: Actor, need: Need) -> QuerySet[TakeUp]:
    """Take-ups of this need that the actor may undo: by calls that they write, not published yet."""
    writes = TeamMember.objects.filter(user_id=actor.user_id, role=TeamRole.AUTHOR, until=None)
    mine = Call.objects.filter(pk__in=writes.values("call"), lead_buyer_id=actor.organisation_id)
    running = TakeUp.objects.filter(need=need, published_at=None, ended_at=None)
    return running.filter(call_reference__in=mine.values("reference")).order_by("taken_at")


def give_back(*, taken: TakeUp, actor: Actor, now: datetime) -> TakeUp:
    """Undo a take-up by one of one's calls. Raises NotAllowed, Refusal; records `need.given_back`."""
    require(actor, "call.take_up_need", Call.objects.get(reference=taken.call_reference))
    return taking_up.give_back(taken=taken, actor=actor, now=now)


def take_up(*, need: Need, call: Call, actor: Actor, now: datetime) -> TakeUp:
    """Link a need to one of one's calls. Raises NotAllowed, Refusal; records `need.taken_up`."""
    require(actor, "call.take_up_need", call)
    return taking_up.take_up(
        need=need,
        call_reference=call.reference,
        call_title=call.title,
        call_url=reverse("desk:call", args=[call.reference]),
        organisation_name=call.lead_buyer.name,
        is_published=call.is_published,
        actor=actor,
        now=now,
    )


@register_action
def _take_up_button(actor: Actor, need: Need) -> Entry | None:
    """The button of buyers under a need."""
    if actor.organisation_id is None:
        return None
    verified = Organisation.objects.buyers().filter(pk=actor.organisation_id, verified_at__isnull=False)
    if not verified.exists():
        return None
    return Entry(_("Reprendre dans un appel"), reverse("desk:take_up", args=[need.slug]))


@receiver(fact_recorded, dispatch_uid="desk.fact_recorded")
def _fact_recorded(lot: Lot, fact: str, at: datetime | None, **kwargs: Any) -> None:
    if at is None:
        return
    if fact == "published_at":
        taking_up.call_published(call_reference=lot.call.reference, call_title=lot.call.title, now=at)
    elif fact == "signed_at":
        taking_up.partner_chosen(call_reference=lot.call.reference, now=at)
    elif fact in ALIVE and not LotTimeline.objects.filter(lot__call=lot.call_id, **ALIVE).exists():
        taking_up.call_ended(call_reference=lot.call.reference, now=at)


@receiver(contract_ended, dispatch_uid="desk.contract_ended")
def _contract_ended(contract: Contract, now: datetime, **kwargs: Any) -> None:
    """A contract closed after its purchase means adoption; when the last one ends without, nothing came of the call."""
    call = contract.call
    bought = any(phase.is_acquisition and phase.started_at for phase in contract.phases.all())
    if bought and contract.stopped_at is None:
        taking_up.adopted(call_reference=call.reference, now=now)
    elif not Contract.objects.filter(lot__call=call, closed_at=None, stopped_at=None).exists():
        taking_up.call_ended(call_reference=call.reference, now=now)
