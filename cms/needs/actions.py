"""Buttons that rooms above hang under a need: this room knows no call."""

from collections.abc import Callable

from cms.needs.models import Need
from marketplace.accounts.actors import Actor
from marketplace.accounts.spaces import Entry

ActionOf = Callable[[Actor, Need], Entry | None]

_registered: list[ActionOf] = []


def register_action(action_of: ActionOf) -> ActionOf:
    """Ask `action_of` for the page of every need; it takes one query at most and answers None to most people."""
    _registered.append(action_of)
    return action_of


def actions_for(actor: Actor, need: Need) -> list[Entry]:
    """What an actor may do with a need, in the order in which rooms registered."""
    return [entry for one in _registered if (entry := one(actor, need)) is not None]
