"""« Quelle procédure ? »: answers kept with what the rule book reckons from them, then the road that is taken."""

from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime
from typing import Any

from django.utils import timezone

from marketplace.accounts.actors import Actor
from marketplace.accounts.models import Organisation
from marketplace.accounts.permissions import require
from marketplace.journal.acts import SITE_CHAIN, act
from marketplace.journal.errors import Refusal
from procurement.calls.models import Call, Orientation
from procurement.calls.services.drafts import create_call
from procurement.law import orientation as law
from procurement.law.findings import refuse


def facts_of(orientation: Orientation, *, road: str = "") -> law.OrientationFacts:
    """The answers as the rule book reads them, on the day they were given."""
    return law.OrientationFacts(
        launch_date=timezone.localdate(orientation.made_at),
        category=orientation.buyer.buyer_category,
        nature=orientation.nature,
        supply=orientation.supply,
        research_ht=orientation.research_ht,
        purchases_ht=orientation.purchases_ht,
        reasons=orientation.reasons,
        road=road,
    )


def orient(*, buyer: Organisation, answers: Mapping[str, Any], actor: Actor, now: datetime) -> Orientation:
    """Keep the answers of a buyer and what follows from them.

    `answers`: title, supply, nature, research_ht, purchases_ht, reasons. Raises NotAllowed, RuleViolation without
    reasons, Refusal while the buyer has no category. Records `procedure.oriented`.
    """
    require(actor, "call.create", buyer)
    with act(SITE_CHAIN, "procedure.oriented", actor=actor, now=now) as entry:
        if not buyer.buyer_category:
            raise Refusal("La catégorie de votre organisme manque : le seuil européen dépend d’elle. Complétez-la.")
        kept = Orientation(buyer=buyer, made_by_id=actor.user_id, made_at=now, **answers)
        facts = facts_of(kept)
        refuse(law.check(facts))
        advice = asdict(law.advise(facts))
        kept.advice = {name: value if isinstance(value, str | tuple | None) else str(value)
                       for name, value in advice.items()}  # fmt: skip
        kept.full_clean(exclude=["buyer", "made_by"])
        kept.save()
        entry.data.update(orientation=str(kept.pk), road=kept.advice["road"])
    return kept


def begin_call(*, orientation: Orientation, actor: Actor, now: datetime) -> Call:
    """Prepare the partnership that the answers lead to. Raises NotAllowed, RuleViolation, Refusal for a second call."""
    require(actor, "call.create", orientation.buyer)
    _refuse_taken(orientation)
    refuse(law.check(facts_of(orientation, road=Orientation.Road.PARTNERSHIP)))
    return create_call(
        buyer=orientation.buyer,
        title=orientation.title,
        procedure=orientation.advice["procedure"],
        procedure_reasons=orientation.reasons,
        nature=orientation.nature,
        orientation=orientation,
        actor=actor,
        now=now,
    )


def take_road(*, orientation: Orientation, road: str, actor: Actor, now: datetime) -> Orientation:
    """Record that the need goes another way than a partnership.

    Raises NotAllowed, RuleViolation for a road that the value closes (LR-31, LR-103), Refusal once a road was taken.
    Records `procedure.road_taken`.
    """
    require(actor, "call.create", orientation.buyer)
    road = Orientation.Road(road)
    with act(SITE_CHAIN, "procedure.road_taken", actor=actor, now=now, subject=orientation, road=road.value):
        current = Orientation.objects.select_related("buyer").get(pk=orientation.pk)
        _refuse_taken(current)
        if road == Orientation.Road.PARTNERSHIP:
            raise Refusal("Pour un partenariat, préparez l’appel : il garde ce choix et ses raisons.")
        refuse(law.check(facts_of(current, road=road)))
        current.road, current.road_chosen_at = road, now
        current.save()
    return current


def _refuse_taken(orientation: Orientation) -> None:
    if orientation.road or Call.objects.filter(orientation=orientation).exists():
        raise Refusal("Ce choix a déjà servi : répondez de nouveau aux questions pour un autre besoin.")
