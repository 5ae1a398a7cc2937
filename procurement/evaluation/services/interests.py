"""Declaring one's interests before any access to what firms handed in (L2141-10, LR-70)."""

from datetime import datetime

from marketplace.accounts.actors import Actor
from marketplace.accounts.permissions import require
from marketplace.journal.acts import act
from marketplace.journal.errors import Refusal
from procurement.calls.models import Call, TeamMember
from procurement.evaluation.models import InterestDeclaration


def declare(*, call: Call, has_interest: bool, actor: Actor, now: datetime, text: str = "") -> InterestDeclaration:
    """Declare to have an interest in a call, or none. An interest takes the person off the team, for good.

    `text` is read by the person in charge of the call only; the entry does not hold it. Raises NotAllowed outside of
    the team, and Refusal for an interest declared without a word about it.
    """
    require(actor, "interests.declare", call)
    if has_interest and not text.strip():
        raise Refusal(
            "Dites en une phrase l’intérêt en cause (L2141-10) : seule la personne chargée de l’appel la lit, et le "
            "rapport de présentation mentionne votre retrait."
        )
    code = "recused" if has_interest else "none"
    with act(call.chain, "interests.declared", actor=actor, now=now, subject=call, interest=code):
        declaration = InterestDeclaration(
            call=call, user_id=actor.user_id, has_interest=has_interest, text=text.strip(), declared_at=now
        )
        declaration.save()
        if has_interest:
            _leave_team(call, actor, now)
    return declaration


def _leave_team(call: Call, actor: Actor, now: datetime) -> None:
    for member in TeamMember.objects.filter(call=call, user_id=actor.user_id, until=None):
        member.until = now
        member.save()
